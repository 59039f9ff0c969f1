"""A photo as it is sent: bytes that never change, read when no connection is held any more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.catalog.photos.files import MEDIA_TYPE, Files, SizeName
from app.core.errors import NotFound
from app.files.store import FileStore

log = structlog.get_logger("photos")

_YEAR = 31_536_000


class Picture(Response):
    """One file of the store. Its bytes are fetched when the answer is sent, that is after the
    route has closed its door: a slow store holds no connection of the database."""

    media_type = MEDIA_TYPE

    def __init__(self, files: FileStore, key: str, headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        self._files = files
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises NotFound for a file that has gone missing, FilesUnavailable."""
        data = await self._files.get(self._key)
        if data is None:
            log.error("photo_missing", key=self._key)
            raise NotFound
        self.body = data
        self.headers["content-length"] = str(len(data))
        await super().__call__(scope, receive, send)


def picture(
    request: Request, found: Mapping[str, Any], size: SizeName, *, shared: bool
) -> Response:
    """The answer with one *size* of the photo *found* (see `queries.picture`).

    Caches may keep it for a year; those of many people only what is *shared* with anybody.
    """
    files = Files(found["livemode"], found["seller_id"], found["sha256"])
    headers = {
        "etag": files.tag(size),
        "cache-control": f"{'public' if shared else 'private'}, max-age={_YEAR}, immutable",
    }
    sent = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if sent & {headers["etag"], f"W/{headers['etag']}", "*"}:
        return Response(status_code=304, headers=headers)
    headers |= {
        "content-disposition": f'inline; filename="{_filename(found["title"], size)}"',
        "x-content-type-options": "nosniff",
    }
    return Picture(request.app.state.files, files.key(size), headers)


def _filename(title: str, size: str) -> str:
    """What the file is called when somebody saves it: the goods, in plain letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or "foto"
    return f"{name}-{size}.jpg"
