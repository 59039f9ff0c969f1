"""`/v1/listing-changes`: edits of curated listings, until the curator has decided."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.changes import commands, queries
from app.catalog.changes.schemas import ListingChangeOut, change_out
from app.catalog.listings.schemas import ReviewIn
from app.catalog.states import ListingChangeStatus
from app.core.ids import ListingChangeId, ListingId
from app.db.tx import Tx
from app.http.conditional import IfMatch
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])


@router.get("/v1/listing-changes")
async def listing_change_list(
    tx: Annotated[Tx, Opens(P.LISTING_CHANGE_READ)],
    paging: Paged,
    status: Annotated[ListingChangeStatus | None, Query()] = None,
    listing_id: Annotated[ListingId | None, Query()] = None,
) -> Page[ListingChangeOut]:
    """Your own change requests; everybody's for the hub. Newest first."""
    rows, cursor = await queries.changes(tx, paging, status=status, listing_id=listing_id)
    return Page(data=[change_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/listing-changes/{listing_change_id}")
async def listing_change_read(
    listing_change_id: ListingChangeId, tx: Annotated[Tx, Opens(P.LISTING_CHANGE_READ)]
) -> ListingChangeOut:
    """One change request: every field it touches, before and after."""
    return change_out(await authorized(tx, queries.change(tx, listing_change_id)), tx.actor)


@router.post("/v1/listing-changes/{listing_change_id}/approve")
async def listing_change_approve(
    listing_change_id: ListingChangeId,
    tx: Annotated[Tx, Commands(P.LISTING_CHANGE_APPROVE)],
    asked: NoteIn | None = None,
    if_match: IfMatch = None,
) -> ListingChangeOut:
    """The curator accepts it: the listing, and the shelf, change with this answer.

    If-Match says which version the curator has seen: its seller may have edited it since (412).
    409 `licence_missing` if it moves to a category its seller has no licence for, `change_outdated`
    if a photo it shows is gone or its unit is in use by now.
    """
    row = await commands.approve(tx, listing_change_id, asked.note if asked else None, if_match)
    return change_out(row, tx.actor)


@router.post("/v1/listing-changes/{listing_change_id}/request-changes")
async def listing_change_request_changes(
    listing_change_id: ListingChangeId,
    asked: ReviewIn,
    tx: Annotated[Tx, Commands(P.LISTING_CHANGE_REQUEST_CHANGES)],
) -> ListingChangeOut:
    """The curator says what must be different; the seller's next edit submits it again."""
    row = await commands.request_changes(tx, listing_change_id, asked.reason, asked.note)
    return change_out(row, tx.actor)


@router.post("/v1/listing-changes/{listing_change_id}/reject")
async def listing_change_reject(
    listing_change_id: ListingChangeId,
    asked: ReviewIn,
    tx: Annotated[Tx, Commands(P.LISTING_CHANGE_REJECT)],
) -> ListingChangeOut:
    """The curator refuses it; the listing stays as it was."""
    row = await commands.reject(tx, listing_change_id, asked.reason, asked.note)
    return change_out(row, tx.actor)


@router.post("/v1/listing-changes/{listing_change_id}/withdraw")
async def listing_change_withdraw(
    listing_change_id: ListingChangeId,
    tx: Annotated[Tx, Commands(P.LISTING_CHANGE_WITHDRAW)],
    asked: NoteIn | None = None,
) -> ListingChangeOut:
    """Think better of it; the listing stays as it was."""
    row = await commands.withdraw(tx, listing_change_id, asked.note if asked else None)
    return change_out(row, tx.actor)
