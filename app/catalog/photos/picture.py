"""A photo as it is sent, and what it is called when somebody saves it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.catalog.photos.files import MEDIA_TYPE, Files, SizeName
from app.http.stored import unchanging


def picture(
    request: Request, found: Mapping[str, Any], size: SizeName, *, shared: bool
) -> Response:
    """The answer with one *size* of the photo *found* (see `queries.picture`)."""
    files = Files(found["livemode"], found["seller_id"], found["sha256"])
    return unchanging(
        request,
        files.key(size),
        MEDIA_TYPE,
        tag=files.tag(size),
        filename=_filename(found["title"], size),
        shared=shared,
    )


def _filename(title: str, size: str) -> str:
    """What the file is called when somebody saves it: the goods, in plain letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or "foto"
    return f"{name}-{size}.jpg"
