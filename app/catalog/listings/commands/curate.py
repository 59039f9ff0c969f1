"""A listing's way to the shelf and off it: the seller asks, the curator answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.changes import pending
from app.catalog.licences import check_licences
from app.catalog.listings import queries
from app.catalog.listings.queries import LISTINGS
from app.catalog.listings.schemas import ReviewReason
from app.catalog.shelf import gate, refresh
from app.catalog.states import LISTING, ListingStatus
from app.core.ids import encode
from app.db.tx import Tx
from app.events.move import move
from app.parties.queries import held_licences


async def submit(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Ask for curation. Raises LicenceMissing."""
    row = await _found(tx, listing_id, "submit")
    check_licences(row.category, await held_licences(tx, row.seller_id), tx.today)
    return await turn(tx, row, "submit", ListingStatus.SUBMITTED, note=note)


async def approve(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """The curator accepts it; what was asked of the seller before is settled."""
    row = await _found(tx, listing_id, "approve")
    said: dict[str, Any] = {"review_reason": None, "review_note": note}
    return await turn(tx, row, "approve", ListingStatus.APPROVED, note=note, **said)


async def request_changes(
    tx: Tx, listing_id: UUID, reason: ReviewReason, note: str | None
) -> Row[Any]:
    """The curator says what must change."""
    return await _refuse(
        tx, listing_id, "request_changes", ListingStatus.CHANGES_REQUESTED, reason, note
    )


async def reject(tx: Tx, listing_id: UUID, reason: ReviewReason, note: str | None) -> Row[Any]:
    """The curator refuses it."""
    return await _refuse(tx, listing_id, "reject", ListingStatus.REJECTED, reason, note)


async def publish(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Put it on the shelf, or back on it. Raises LicenceMissing."""
    row = await _found(tx, listing_id, "publish")
    held = await held_licences(tx, row.seller_id)
    check_licences(row.category, held, tx.today)
    refresh.touch(tx, [row.id])
    await gate.watch(tx, row.seller_id)
    standing = await gate.standing(tx, row.seller_id, row.category, held)
    return await turn(tx, row, "publish", ListingStatus.PUBLISHED, note=note, **standing)


async def pause(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Take it off the shelf for a while."""
    row = await _found(tx, listing_id, "pause")
    refresh.touch(tx, [row.id])
    return await turn(tx, row, "pause", ListingStatus.PAUSED, note=note)


async def archive(tx: Tx, listing_id: UUID, note: str | None) -> Row[Any]:
    """Take it off for ever; an edit that waited for the curator is withdrawn."""
    row = await _found(tx, listing_id, "archive")
    await pending.withdraw(tx, row.id)
    if row.status == ListingStatus.PUBLISHED:
        refresh.touch(tx, [row.id])
    return await turn(tx, row, "archive", ListingStatus.ARCHIVED, note=note)


async def _found(tx: Tx, listing_id: UUID, action: str) -> Row[Any]:
    row = await authorized(tx, queries.own(tx, listing_id))
    LISTING.check(action, row.status)
    return row


async def _refuse(
    tx: Tx, listing_id: UUID, action: str, to: ListingStatus, reason: ReviewReason, note: str | None
) -> Row[Any]:
    row = await _found(tx, listing_id, action)
    said: dict[str, Any] = {"review_reason": reason, "review_note": note}
    return await turn(tx, row, action, to, reason=reason, note=note, **said)


async def turn(
    tx: Tx,
    row: Row[Any],
    action: str,
    to: str,
    *,
    reason: str | None = None,
    note: str | None = None,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> Row[Any]:
    """*row* (locked) after *action*, with *values* set; its seller and the hub hear of it."""
    told = said(row) | ({"reason": reason} if reason else {}) | (data or {})
    return await move(
        tx,
        LISTING,
        LISTINGS,
        row,
        action,
        to,
        audience=(row.seller_id,),
        data=told,
        reason=reason,
        note=note,
        updated_at=tx.now,
        **values,
    )


def said(row: Row[Any]) -> dict[str, Any]:
    """What the events of a listing tell its seller and the hub."""
    return {
        "title": row.title,
        "category": row.category,
        "seller_id": encode("pty", row.seller_id),
    }
