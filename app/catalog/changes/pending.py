"""The one change of a listing that waits: opened or joined by an edit, withdrawn when it ends."""

from __future__ import annotations

from collections.abc import Set
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, insert, select

from app.catalog.changes.models import ListingChange
from app.catalog.states import LISTING_CHANGE, ListingChangeStatus
from app.core.ids import encode, new_id
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record

CHANGES: Table = ListingChange.__table__  # type: ignore[assignment]
OPEN = (ListingChangeStatus.SUBMITTED, ListingChangeStatus.CHANGES_REQUESTED)


async def waiting(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The listing's open change, locked. The listing itself must be locked before it."""
    return await tx.row(
        select(CHANGES)
        .where(ListingChange.listing_id == listing_id, ListingChange.status.in_(OPEN))
        .with_for_update(key_share=True)
    )


async def propose(
    tx: Tx, listing: Row[Any], before: dict[str, Any], after: dict[str, Any], dropped: Set[str]
) -> None:
    """Ask the curator for *after* instead of *before* (fields as on the wire) of *listing*.

    Joins what is open already, from which the fields *dropped* go; a change of which nothing is
    left is withdrawn.
    """
    row = await waiting(tx, listing.id)
    if row is None:
        if after:
            await _open(tx, listing, before, after)
        return
    joined = {name: said for name, said in (row.after | after).items() if name not in dropped}
    if not joined:
        await turn(tx, row, "withdraw", ListingChangeStatus.WITHDRAWN)
    elif joined != row.after:
        old = {name: said for name, said in (before | row.before).items() if name in joined}
        await turn(
            tx, row, "revise", ListingChangeStatus.SUBMITTED, before=old, after=joined, **_SETTLED
        )


_SETTLED: dict[str, Any] = {"review_reason": None, "review_note": None}


async def withdraw(tx: Tx, listing_id: UUID) -> None:
    """Call off what is open of a listing that ends; nothing when nothing is."""
    row = await waiting(tx, listing_id)
    if row is not None:
        await turn(tx, row, "withdraw", ListingChangeStatus.WITHDRAWN)


async def turn(tx: Tx, row: Row[Any], action: str, to: str, **rest: Any) -> Row[Any]:
    """*row* (locked) after *action*; its seller and the hub hear of it."""
    fields = sorted(rest.get("after", row.after))
    data = {"listing_id": encode("lst", row.listing_id), "fields": fields}
    return await move(
        tx,
        LISTING_CHANGE,
        CHANGES,
        row,
        action,
        to,
        audience=(row.seller_id,),
        data=data,
        updated_at=tx.now,
        **rest,
    )


async def _open(tx: Tx, listing: Row[Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    change_id = new_id()
    await tx.run(
        insert(CHANGES).values(
            id=change_id,
            status=ListingChangeStatus.SUBMITTED,
            listing_id=listing.id,
            seller_id=listing.seller_id,
            before=before,
            after=after,
            livemode=listing.livemode,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    change = Change(
        LISTING_CHANGE,
        "create",
        change_id,
        1,
        ListingChangeStatus.SUBMITTED,
        audience=(listing.seller_id,),
        data={"listing_id": encode("lst", listing.id), "fields": sorted(after)},
    )
    await record(tx, [change])
