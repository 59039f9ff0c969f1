"""`/v1/listings`: sellers' own products, from the draft to the shelf."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import ANYBODY, Opens, OpensToAnybody
from app.access.enter import Unauthenticated
from app.access.permissions import Permission as P
from app.catalog.listings import commands, queries
from app.catalog.listings.filters import Filters
from app.catalog.listings.schemas import ListingIn, ListingOut, ListingPatch, ReviewIn, listing_out
from app.core.errors import NotFound, invalid
from app.core.ids import ListingId
from app.db.tx import Tx
from app.http.conditional import NOT_MODIFIED, IfMatch, for_anybody
from app.http.query import asks, query_of
from app.http.routes import Route, etag
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])


@router.get("/v1/listings", response_model=Page[ListingOut], responses=NOT_MODIFIED)
@asks(Filters)
async def listing_list(
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)], request: Request
) -> Page[ListingOut] | Response:
    """What is on the shelf, newest first; with a key also your own (`mine=true`, `status=…`).

    Without a key the answer may be cached for a short while and has an ETag.
    """
    filters = query_of(request, Filters)
    if filters.external_reference is not None and not filters.mine:
        raise invalid(
            "query:external_reference",
            "mine_only",
            "References are the seller's own: send mine=true with it.",
            "Nomor referensi milik penjual sendiri: sertakan mine=true.",
        )
    if tx.actor is ANYBODY:
        if not filters.public:
            raise Unauthenticated
        body, cursor = await queries.cards(tx, filters.paging, filters)
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        return for_anybody(request, body, tag, cursor)
    rows, cursor = await queries.listings(tx, filters.paging, filters)
    return Page(data=[listing_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/listings/{listing_id}", response_model=ListingOut, responses=NOT_MODIFIED)
async def listing_read(
    listing_id: ListingId,
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    request: Request,
) -> ListingOut | Response:
    """One listing: a published one for anybody, your own in any status with your key."""
    if tx.actor is ANYBODY:
        found = await queries.card(tx, listing_id)
        if found is None:
            raise NotFound
        return for_anybody(request, found["card"], etag(found["version"]))
    return listing_out(await authorized(tx, queries.listing(tx, listing_id)), tx.actor)


@router.post("/v1/listings", status_code=201)
async def listing_create(
    asked: ListingIn, tx: Annotated[Tx, Commands(P.LISTING_CREATE)]
) -> ListingOut:
    """Write a draft. Submit it when it is ready; the public sees it once it was curated."""
    return listing_out(await commands.create(tx, asked), tx.actor)


@router.patch(
    "/v1/listings/{listing_id}",
    openapi_extra={
        "requestBody": {
            "content": {
                "application/merge-patch+json": {
                    "schema": {"$ref": "#/components/schemas/ListingPatch"}
                }
            }
        }
    },
)
async def listing_edit(
    listing_id: ListingId,
    asked: ListingPatch,
    tx: Annotated[Tx, Opens(P.LISTING_EDIT)],
    if_match: IfMatch = None,
) -> ListingOut:
    """Change some fields (JSON Merge Patch). From approval on only the price may change."""
    return listing_out(await commands.edit(tx, listing_id, asked, if_match), tx.actor)


@router.post("/v1/listings/{listing_id}/submit")
async def listing_submit(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_SUBMIT)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Ask for curation. Food and drink need their licences first (409 `licence_missing`)."""
    row = await commands.submit(tx, listing_id, asked.note if asked else None)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/approve")
async def listing_approve(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_APPROVE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """The curator accepts it. Its seller publishes it when it likes."""
    row = await commands.approve(tx, listing_id, asked.note if asked else None)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/request-changes")
async def listing_request_changes(
    listing_id: ListingId,
    asked: ReviewIn,
    tx: Annotated[Tx, Commands(P.LISTING_REQUEST_CHANGES)],
) -> ListingOut:
    """The curator says what must change; the seller edits and submits it again."""
    row = await commands.request_changes(tx, listing_id, asked.reason, asked.note)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/reject")
async def listing_reject(
    listing_id: ListingId, asked: ReviewIn, tx: Annotated[Tx, Commands(P.LISTING_REJECT)]
) -> ListingOut:
    """The curator refuses it."""
    row = await commands.reject(tx, listing_id, asked.reason, asked.note)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/publish")
async def listing_publish(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_PUBLISH)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Put it on the shelf, or back on it after a pause. Licences are checked again."""
    row = await commands.publish(tx, listing_id, asked.note if asked else None)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/pause")
async def listing_pause(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_PAUSE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Take it off the shelf; publish brings it back."""
    row = await commands.pause(tx, listing_id, asked.note if asked else None)
    return listing_out(row, tx.actor)


@router.post("/v1/listings/{listing_id}/archive")
async def listing_archive(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_ARCHIVE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Take it off for ever, from any state."""
    row = await commands.archive(tx, listing_id, asked.note if asked else None)
    return listing_out(row, tx.actor)
