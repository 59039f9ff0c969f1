"""A document as it is sent: printed when it is first asked for, and the same bytes ever after.

The file's name in the store is the hash of what it says, so nothing can be put in the place of
something else, and two who print the same at once put the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.files.sandbox import Sandbox, TooCostly
from app.http.stored import Stored, unchanging
from app.shipments.documents.printing import pdf_of

MEDIA_TYPE = "application/pdf"

_BY_LINK = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",  # the address is what opens the document
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


class NotPrinted(DomainError):
    """Setting the pages took longer than it ever should."""

    kind = Kind.UNAVAILABLE
    code = "document_not_printed"
    retry_after = 30
    title = Text("The document could not be printed", "Dokumen belum bisa dicetak")
    advice = Text(
        "The document is issued and safe; only its PDF is not ready. Ask for it again later.",
        "Dokumen sudah terbit dan aman; hanya berkas PDF-nya belum siap. Coba lagi nanti.",
    )


class _Paper:
    """What a PDF is made of: ``number``, ``content``, ``livemode`` of a document."""

    def __init__(self, sandbox: Sandbox, found: Mapping[str, Any]) -> None:
        self._sandbox = sandbox
        self._number: str = found["number"]
        self._content = orjson.dumps(found["content"], option=orjson.OPT_SORT_KEYS)
        self.said = sha256(self._number.encode() + b"\n" + self._content).hexdigest()
        self.key = f"{'' if found['livemode'] else 'test-'}documents/{self.said}.pdf"
        self.filename = f"{self._number.replace('/', '-')}.pdf"

    async def printed(self) -> bytes:
        """The PDF. Raises FilesBusy, NotPrinted."""
        try:
            return await self._sandbox.run(pdf_of, self._number, self._content)
        except TooCostly:
            raise NotPrinted from None


def download(request: Request, found: Mapping[str, Any]) -> Response:
    """The PDF of a document as the answer to a caller with a key."""
    paper = _Paper(request.app.state.sandbox, found)
    return unchanging(
        request,
        paper.key,
        MEDIA_TYPE,
        tag=f'"{paper.said[:32]}"',
        filename=paper.filename,
        make=paper.printed,
    )


async def opened(request: Request, found: Mapping[str, Any]) -> Response:
    """The PDF for whoever has a link: to be seen now, and to be left in no cache.

    Raises FilesUnavailable, FilesBusy, NotPrinted.
    """
    paper = _Paper(request.app.state.sandbox, found)
    headers = _BY_LINK | {"content-disposition": f'inline; filename="{paper.filename}"'}
    files = request.app.state.files
    return await Stored(files, paper.key, MEDIA_TYPE, headers, paper.printed).fetch()
