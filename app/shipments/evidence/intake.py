"""A photo on its way in: drawn anew and stored before the operation's transaction begins."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request

from app.access.doors import Door
from app.access.permissions import Permission as P
from app.files import images
from app.http.uploads import Upload
from app.shipments.evidence import commands

MOST_BYTES = 20 * 2**20

_LOOK = Door(P.EVIDENCE_CREATE)
_KEPT = ("large",)


async def stored(request: Request, upload: Upload) -> UUID:
    """The id of the photo, whose file is in the store when this returns.

    Who may not upload hears that before anything is computed. An upload that is repeated is stored
    again: that its row is there does not say that its file is.
    """
    async with _LOOK.open(request):
        pass
    state = request.app.state
    drawn = await state.sandbox.run(images.render, upload.path, upload.media_type, _KEPT)
    (made,) = drawn.sizes
    async with _LOOK.open(request):
        tx = await _LOOK(request)
        evidence_id, key = await commands.expect(tx, upload.sha256, made)
    await state.files.put(key, made.data, commands.MEDIA_TYPE)
    return evidence_id
