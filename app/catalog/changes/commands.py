"""The curator's answers to a change request, and its seller thinking better of it.

Each locks the listing, then the change, as an edit does.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.changes import pending, queries
from app.catalog.licences import check_licences
from app.catalog.listings.commands.edit import change, check, wire
from app.catalog.listings.queries import own
from app.catalog.listings.schemas import ReviewReason
from app.catalog.shelf import gate
from app.catalog.states import LISTING_CHANGE, ListingChangeStatus
from app.core.errors import DomainError, Invalid, Kind, NotFound
from app.core.text import Text
from app.db.tx import Tx
from app.http.conditional import check_version
from app.parties.queries import held_licences

BY_CHANGE = "change_approved"
"""The reason that the history gives for an edit which a curator approved."""


class ChangeOutdated(DomainError):
    """The listing has moved on: the change does not fit it any more."""

    kind = Kind.CONFLICT
    code = "change_outdated"
    title = Text("The change does not fit any more", "Perubahan ini sudah tidak cocok")
    advice = Text(
        "Something it builds on is gone (a photo, the unit); see errors. Request changes, so that "
        "its seller edits it again.",
        "Ada bagian yang sudah berubah (foto atau satuan), lihat errors. Minta penjual memperbaiki "
        "usulannya.",
    )


async def approve(tx: Tx, change_id: UUID, note: str | None, if_match: str | None) -> Row[Any]:
    """Change the listing. Raises LicenceMissing for a category its seller has no licence for
    today, ChangeOutdated when what it names is gone; nobody approves what they have not seen:
    PreconditionRequired, PreconditionFailed."""
    listing, row = await _held(tx, change_id, "approve")
    check_version(if_match, row.version)
    before = wire(listing)
    after = before | row.after
    changed = {name for name in row.after if after[name] != before[name]}
    if "category" in changed:
        held = await held_licences(tx, listing.seller_id)
        check_licences(after["category"], held, tx.today)
    try:
        await check(tx, listing, after, changed)
    except (Invalid, NotFound) as error:
        raise ChangeOutdated(error.detail, errors=error.errors) from None
    if changed:
        await change(tx, listing, before, after, changed, reason=BY_CHANGE)
    if "category" in changed:
        await gate.hold(tx, [listing.seller_id], only=listing.id)
    said: dict[str, Any] = {"review_reason": None, "review_note": note}
    return await _turn(tx, row, "approve", ListingChangeStatus.APPROVED, note=note, **said)


async def request_changes(
    tx: Tx, change_id: UUID, reason: ReviewReason, note: str | None
) -> Row[Any]:
    """The curator says what must be different; the seller's next edit submits it again."""
    return await _refuse(
        tx, change_id, "request_changes", ListingChangeStatus.CHANGES_REQUESTED, reason, note
    )


async def reject(tx: Tx, change_id: UUID, reason: ReviewReason, note: str | None) -> Row[Any]:
    """The curator refuses it; the listing stays as it was."""
    return await _refuse(tx, change_id, "reject", ListingChangeStatus.REJECTED, reason, note)


async def withdraw(tx: Tx, change_id: UUID, note: str | None) -> Row[Any]:
    """The seller thinks better of it; the listing stays as it was."""
    _, row = await _held(tx, change_id, "withdraw")
    return await _turn(tx, row, "withdraw", ListingChangeStatus.WITHDRAWN, note=note)


async def _held(tx: Tx, change_id: UUID, action: str) -> tuple[Row[Any], Row[Any]]:
    """The listing and its change, both locked, in this order. Raises WrongState."""
    seen = await authorized(tx, queries.change(tx, change_id))
    listing = await own(tx, seen.listing_id)
    row = await queries.locked(tx, change_id)
    assert listing is not None, "whoever may see the change may see its listing"
    assert row is not None
    LISTING_CHANGE.check(action, row.status)
    return listing, row


async def _refuse(
    tx: Tx,
    change_id: UUID,
    action: str,
    to: ListingChangeStatus,
    reason: ReviewReason,
    note: str | None,
) -> Row[Any]:
    _, row = await _held(tx, change_id, action)
    said: dict[str, Any] = {"review_reason": reason, "review_note": note}
    return await _turn(tx, row, action, to, reason=reason, note=note, **said)


async def _turn(tx: Tx, row: Row[Any], action: str, to: str, **rest: Any) -> Row[Any]:
    await pending.turn(tx, row, action, to, **rest)
    turned = await queries.change(tx, row.id)
    assert turned is not None
    return turned
