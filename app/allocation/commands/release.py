"""Giving allocations back in bulk: orders end or need less, lines are complete, nobody answered.

`release`, `let_go` and `shrink` are called by the shipments above, which hear of it first: goods
are taken off trucks and out of lots before the allocations they were weighed for, and locked in
that order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import queries
from app.allocation.entries import entries
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import progress

A = AllocationStatus

LINE_COMPLETE = "line_complete"
"""The reason that the history gives for what a line did not need any more."""

# Whatever was weighed of what ends here is given back with it: nothing of it stands in lots.
_MOVE = """
UPDATE allocations SET status = $2, reason = $3, weighed = 0, version = version + 1
WHERE id = ANY($1)
"""
# The seller did not bring less: less is asked of it, so that what was proposed is less too.
_SHORTEN = """
UPDATE allocations a SET quantity = k.quantity, weighed = least(a.weighed, k.quantity),
  proposed = a.proposed - a.quantity + k.quantity, version = version + 1
FROM unnest($1::uuid[], $2::numeric[]) AS k(id, quantity) WHERE a.id = k.id
"""
_FREED = (
    (OfferMovementKind.RELEASE, {A.OFFERED}),
    (OfferMovementKind.UNCOMMIT, {A.CONFIRMED, A.PICKED, A.SHIPPED}),
)


async def release(tx: Tx, order_ids: Collection[UUID], reason: str) -> None:
    """Every allocation of the orders that has not left ends; the sellers' offers are free again.

    The orders are locked and the scope is the hub's; their lots are given back already.
    """
    rows = await queries.of_orders(tx, order_ids, ALLOCATION.transitions["release"].sources)
    await _keep(tx, rows, {}, reason)


async def let_go(
    tx: Tx,
    line_ids: Collection[UUID],
    given_back: Mapping[UUID, Decimal],
    reason: str = LINE_COMPLETE,
) -> None:
    """What sellers hold for lines that need no more is theirs again.

    *given_back* is the weight of the lots given back just now, per allocation. An allocation keeps
    what has left; one of which nothing has ends.
    """
    rows = await queries.unneeded(tx, line_ids, given_back)
    kept = {row.id: row.weighed - given_back.get(row.id, Decimal(0)) for row in rows}
    await _keep(tx, rows, kept, reason)


async def shrink(tx: Tx, kept: Mapping[UUID, Decimal], reason: str) -> None:
    """Of each of these allocations only so much stays; of which nothing stays, it ends.

    They are locked already, and nothing of what goes is weighed.
    """
    await _keep(tx, await queries.held(tx, kept), kept, reason)


async def _keep(
    tx: Tx, rows: Sequence[Row[Any]], kept: Mapping[UUID, Decimal], reason: str
) -> None:
    """Of each of *rows* (locked) only what *kept* says stays; if that is nothing, it ends."""
    if not rows:
        return
    await end(tx, [row for row in rows if not kept.get(row.id)], "release", A.RELEASED, reason)
    await _shorten(tx, [row for row in rows if kept.get(row.id)], kept)
    freed = {row.id: row.quantity - kept.get(row.id, Decimal(0)) for row in rows}
    # One pass over all of them: the two ledger statements below would lock them in two.
    await queries.offers_locked(tx, {row.offer_period_id for row in rows} - {None})
    for kind, statuses in _FREED:
        back = entries((row, freed[row.id]) for row in rows if row.status in statuses)
        await ledger.move(tx, kind, back)
    await _take_off(tx, [(row.order_line_id, freed[row.id]) for row in rows])


async def _shorten(tx: Tx, rows: Sequence[Row[Any]], kept: Mapping[UUID, Decimal]) -> None:
    if not rows:
        return
    for row in rows:
        ALLOCATION.check("shorten", row.status)
    await tx.sql(_SHORTEN, [row.id for row in rows], [kept[row.id] for row in rows])
    changes = [
        Change(
            ALLOCATION,
            "shorten",
            row.id,
            row.version + 1,
            row.status,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(kept[row.id])},
        )
        for row in rows
    ]
    await record(tx, changes)


async def _take_off(tx: Tx, given_back: Sequence[tuple[UUID, Decimal]]) -> None:
    """Lines have less allocated by what was given back, summed per line."""
    deltas: dict[UUID, Decimal] = {}
    for line_id, quantity in given_back:
        deltas[line_id] = deltas.get(line_id, Decimal(0)) - quantity
    await progress.allocate(tx, deltas)


async def end(
    tx: Tx, rows: Sequence[Row[Any]], action: str, to: AllocationStatus, reason: str
) -> None:
    """All *rows* (locked) after *action*, which ends them; events and history written."""
    if not rows:
        return
    for row in rows:
        ALLOCATION.check(action, row.status)
    await tx.sql(_MOVE, [row.id for row in rows], to, reason)
    changes = [
        Change(
            ALLOCATION,
            action,
            row.id,
            row.version + 1,
            to,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(row.quantity), "reason": reason},
            reason=reason,
        )
        for row in rows
    ]
    await record(tx, changes)
