"""`/v1/listings/{id}/photos` and `/v1/photos`: from the seller's phone to everybody's screen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import ANYBODY, Opens, OpensToAnybody
from app.access.permissions import Permission as P
from app.catalog.listings import queries as listings
from app.catalog.listings.shown import photo_out
from app.catalog.photos import commands, queries
from app.catalog.photos.files import SizeName
from app.catalog.photos.intake import MOST_BYTES, stored
from app.catalog.photos.picture import picture
from app.catalog.photos.schemas import UploadedPhotoOut
from app.core.ids import ListingId, PhotoId
from app.db.tx import Tx
from app.files.images import MEDIA_TYPES
from app.http.conditional import NOT_MODIFIED
from app.http.routes import Route
from app.http.stored import JPEG
from app.http.uploads import Takes, Upload
from app.http.wire import Listed
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])


@router.post("/v1/listings/{listing_id}/photos", status_code=201)
async def photo_create(
    listing_id: ListingId,
    photo: Annotated[Upload, Takes(*MEDIA_TYPES, most=MOST_BYTES, opened_by=stored)],
    tx: Annotated[Tx, Commands(P.PHOTO_CREATE)],
) -> UploadedPhotoOut:
    """Upload a photo: the file itself is the body, at most 20 MB and 40 megapixels.

    It comes last on the listing. Before approval it is shown at once; afterwards it waits for the
    curator with the listing's change request (`change_id`). Kept are three sizes as JPEG, upright,
    without anything the phone wrote into the file (place, time, model). The same file again is the
    same photo.
    """
    assert photo.opened is not None, "a path without a listing does not come this far"
    return _out(await commands.create(tx, listing_id, photo.sha256, photo.opened))


@router.get("/v1/listings/{listing_id}/photos")
async def photo_list(
    listing_id: ListingId, tx: Annotated[Tx, Opens(P.LISTING_READ)]
) -> Listed[UploadedPhotoOut]:
    """All photos of your listing: those it shows, in order, then the others, oldest first.

    Reorder them, take one off or put it back with `photos` in `PATCH /v1/listings/{id}`.
    """
    row = await authorized(tx, listings.listing(tx, listing_id))
    return Listed(data=[_out(photo) for photo in await queries.photos(tx, row.id)])


@router.get(
    "/v1/photos/{photo_id}/{size}",
    response_class=Response,
    responses=JPEG | NOT_MODIFIED,
)
async def photo_read(
    photo_id: PhotoId,
    size: Annotated[
        SizeName,
        Path(description="At most 1600, 800, 320 pixels wide or high.", examples=["thumb"]),
    ],
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    request: Request,
) -> Response:
    """The picture: for anybody while its listing shows it on the shelf, for its seller always.

    It never changes: caches may keep it for a year.
    """
    found = await authorized(tx, queries.picture(tx, photo_id))
    return picture(request, found, size, shared=tx.actor is ANYBODY)


def _out(photo: Any) -> UploadedPhotoOut:
    shown = photo_out(photo).model_dump()
    return UploadedPhotoOut(**shown, shown=photo["shown"], change_id=photo["change_id"])
