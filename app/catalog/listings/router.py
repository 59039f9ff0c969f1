"""`/v1/listings`: sellers' own products, from the draft to the shelf."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized, permit
from app.access.doors import ANYBODY, Opens, OpensToAnybody
from app.access.enter import Unauthenticated
from app.access.permissions import Permission as P
from app.catalog.listings import commands, queries
from app.catalog.listings.filters import Filters
from app.catalog.listings.schemas import ListingIn, ListingOut, ListingPatch, ReviewIn
from app.catalog.listings.shown import listing_out, shown
from app.catalog.search.shown import MatchOut, search
from app.catalog.shelf import feed
from app.catalog.shelf import queries as shelf
from app.core.errors import invalid
from app.core.ids import ListingId
from app.db.tx import Tx
from app.http.conditional import NOT_MODIFIED, IfMatch, for_anybody
from app.http.query import asks, query_of
from app.http.routes import Answer, Route
from app.http.sparse import fields_of, sparse
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])


class ListingPart(BaseModel):
    """Part of a listing: with `fields`, its id and those; in the change feed, one that has left."""

    model_config = ConfigDict(extra="allow")

    id: ListingId
    deleted: Literal[True] | None = Field(None, description="It stands on the shelf no more.")


class ListingPage(Page[ListingOut | ListingPart]):
    """One page of listings. Follow `next_cursor` until it is null; a page may be short."""

    corrected: str | None = Field(
        default=None, description="With `q`: what was searched for, if it was mended."
    )
    matches: list[MatchOut] = Field(default=[], description="With `q`: why each was found.")


@router.get("/v1/listings", response_model=ListingPage, responses=NOT_MODIFIED)
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
    picked = fields_of(ListingOut, filters.fields)
    if filters.public:
        body, cursor = await _shelf_page(tx, filters)
        body = sparse(body, picked)
        return for_anybody(request, body, f'"{sha256(body).hexdigest()[:32]}"', cursor)
    if tx.actor is ANYBODY:
        raise Unauthenticated
    rows, cursor = await queries.listings(tx, filters.paging, filters)
    found = [listing_out(row, tx.actor) for row in rows]
    page = Page[ListingOut](data=found, next_cursor=cursor)
    return page if picked is None else Answer.page(sparse(page.model_dump_json(), picked), cursor)


async def _shelf_page(tx: Tx, filters: Filters) -> tuple[bytes, str | None]:
    if filters.updated_since is not None:
        return await feed.changes(tx, filters.updated_since, filters.cursor, filters.limit)
    if filters.searching:
        return await search(tx, filters.wanted(filters.sort), filters.paging)
    return await shelf.cards(tx, filters)


@router.get("/v1/listings/{listing_id}", response_model=ListingOut, responses=NOT_MODIFIED)
async def listing_read(
    listing_id: ListingId,
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    request: Request,
) -> ListingOut | Response:
    """One listing: a published one for anybody, your own in any status with your key."""
    if tx.actor is not ANYBODY and (row := await queries.whole(tx, listing_id)) is not None:
        permit(tx)
        return listing_out(row, tx.actor)
    found = await authorized(tx, shelf.card(tx, listing_id))
    return for_anybody(request, found["card"], f'"{found["version"]}-{found["seq"]}"')


@router.post("/v1/listings", status_code=201)
async def listing_create(
    asked: ListingIn, tx: Annotated[Tx, Commands(P.LISTING_CREATE)]
) -> ListingOut:
    """Write a draft. Submit it when it is ready; the public sees it once it was curated."""
    return await shown(tx, await commands.create(tx, asked))


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
    """Change some fields (JSON Merge Patch).

    From approval on, price, terms and the order of photos change at once; for anything else the
    edit makes a change request (`change`), and the listing stays as it is until it is approved.
    """
    await commands.edit(tx, listing_id, asked, if_match)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/submit")
async def listing_submit(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_SUBMIT)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Ask for curation. Food and drink need their licences first (409 `licence_missing`)."""
    await commands.submit(tx, listing_id, asked.note if asked else None)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/approve")
async def listing_approve(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_APPROVE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """The curator accepts it. Its seller publishes it when it likes."""
    await commands.approve(tx, listing_id, asked.note if asked else None)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/request-changes")
async def listing_request_changes(
    listing_id: ListingId,
    asked: ReviewIn,
    tx: Annotated[Tx, Commands(P.LISTING_REQUEST_CHANGES)],
) -> ListingOut:
    """The curator says what must change; the seller edits and submits it again."""
    await commands.request_changes(tx, listing_id, asked.reason, asked.note)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/reject")
async def listing_reject(
    listing_id: ListingId, asked: ReviewIn, tx: Annotated[Tx, Commands(P.LISTING_REJECT)]
) -> ListingOut:
    """The curator refuses it."""
    await commands.reject(tx, listing_id, asked.reason, asked.note)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/publish")
async def listing_publish(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_PUBLISH)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Put it on the shelf, or back on it after a pause. Licences are checked again."""
    await commands.publish(tx, listing_id, asked.note if asked else None)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/pause")
async def listing_pause(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_PAUSE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Take it off the shelf; publish brings it back."""
    await commands.pause(tx, listing_id, asked.note if asked else None)
    return await shown(tx, listing_id)


@router.post("/v1/listings/{listing_id}/archive")
async def listing_archive(
    listing_id: ListingId,
    tx: Annotated[Tx, Commands(P.LISTING_ARCHIVE)],
    asked: NoteIn | None = None,
) -> ListingOut:
    """Take it off for ever, from any state."""
    await commands.archive(tx, listing_id, asked.note if asked else None)
    return await shown(tx, listing_id)
