"""A photo on its way in: made small and stored before the operation's transaction begins."""

from __future__ import annotations

from starlette.requests import Request

from app.access.doors import Door
from app.access.permissions import Permission as P
from app.catalog.photos import commands
from app.catalog.photos.files import Size
from app.core.ids import decode
from app.files import images
from app.http.uploads import Upload

MOST_BYTES = 20 * 2**20

_LOOK = Door(P.PHOTO_CREATE)


async def stored(request: Request, upload: Upload) -> Size | None:
    """The size of the photo, whose files are in the store when this returns.

    Who may not upload it hears that before anything is computed; a picture that is there already
    is not made again. None when the path names no listing at all.
    """
    try:
        listing_id = decode("lst", request.path_params["listing_id"])
    except ValueError:
        return None
    async with _LOOK.open(request):
        tx = await _LOOK(request)
        files, size = await commands.expect(tx, listing_id, upload.sha256)
    if size is not None:
        return size
    state = request.app.state
    made = await state.sandbox.run(images.render, upload.path, upload.media_type)
    return await files.put(state.files, made)
