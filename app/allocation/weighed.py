"""What became of goods that were weighed: lost, rejected, found, and all of that taken back.

Called by the lots above, which hold the order for themselves. What is lost or rejected shortens its
allocation and frees the line, so that others may be asked for it. Lost goods were given by their
seller: its offer has delivered them. Rejected ones are the seller's again: its offer is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import queries
from app.allocation.commands.release import end
from app.allocation.entries import entries
from app.allocation.progress import bring_over
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.core.errors import DomainError, Kind
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import progress as orders

A = AllocationStatus
Parts = Mapping[UUID, Decimal]
"""So much of each allocation, in base units; never nothing."""

_LESS = """
UPDATE allocations a SET quantity = a.quantity - g.quantity, weighed = a.weighed - g.quantity,
  proposed = a.proposed - g.quantity, version = version + 1
FROM unnest($1::uuid[], $2::numeric[]) AS g(id, quantity) WHERE a.id = g.id
"""
# One that had ended still says with how much it did.
_MORE = """
UPDATE allocations a SET status = CASE WHEN a.status = $3 THEN $4 ELSE a.status END,
  reason = CASE WHEN a.status = $3 THEN NULL ELSE a.reason END,
  quantity = g.quantity + CASE WHEN a.status = $3 THEN 0 ELSE a.quantity END,
  proposed = a.proposed + g.quantity - CASE WHEN a.status = $3 THEN a.quantity ELSE 0 END,
  weighed = a.weighed + g.quantity, version = version + 1
FROM unnest($1::uuid[], $2::numeric[]) AS g(id, quantity) WHERE a.id = g.id
"""
_WEIGHED = """
UPDATE allocations a SET weighed = a.weighed + g.quantity, quantity = a.quantity - g.over,
  proposed = greatest(a.proposed - g.over, a.quantity - g.over), version = version + 1
FROM unnest($1::uuid[], $2::numeric[], $3::numeric[]) AS g(id, quantity, over) WHERE a.id = g.id
"""


class LineFilled(DomainError):
    """Others were asked for what the line lacked; it cannot have it twice."""

    kind = Kind.CONFLICT
    code = "line_filled"
    title = Text("The line is filled again", "Barisnya sudah terisi lagi")
    advice = Text(
        "What was lost or rejected has been allocated to others meanwhile; it cannot come back.",
        "Yang hilang atau ditolak sudah dialokasikan ke penjual lain; tidak bisa dikembalikan.",
    )


@dataclass(frozen=True)
class Gone:
    """What is no more of each allocation: ``lost``, or rejected and so ``back`` at its seller."""

    lost: dict[UUID, Decimal] = field(default_factory=dict)
    back: dict[UUID, Decimal] = field(default_factory=dict)

    def each(self) -> dict[UUID, Decimal]:
        """Both together."""
        both = dict(self.lost)
        for allocation, quantity in self.back.items():
            both[allocation] = both.get(allocation, Decimal(0)) + quantity
        return both


async def lessen(tx: Tx, line_id: UUID, gone: Gone, reason: str) -> None:
    """Allocations of a line are shorter by what is *gone*; one of which nothing is left ends."""
    parts = gone.each()
    if not parts:
        return
    rows = await queries.held(tx, parts)
    await end(tx, [r for r in rows if parts[r.id] == r.quantity], "release", A.RELEASED, reason)
    shorter = [row for row in rows if parts[row.id] < row.quantity]
    if shorter:
        await tx.sql(_LESS, [row.id for row in shorter], [parts[row.id] for row in shorter])
        await _say(tx, "shorten", [(row, row.quantity - parts[row.id]) for row in shorter])
    await _offers(
        tx,
        rows,
        (OfferMovementKind.DELIVER, gone.lost),
        (OfferMovementKind.UNCOMMIT, gone.back),
    )
    await orders.allocate(tx, {line_id: -sum(parts.values(), Decimal(0))})


async def restore(tx: Tx, line_id: UUID, gone: Gone) -> None:
    """The exact inverse of `lessen`: what was gone is there again.

    Raises LineFilled when the line has no room for it any more, OfferExhausted when the offer that
    was free again has been promised to others.
    """
    parts = gone.each()
    if not parts:
        return
    total = sum(parts.values(), Decimal(0))
    lacking = await orders.lacking(tx, line_id)
    if total > lacking:
        raise LineFilled(left=plain(lacking))
    rows = await queries.held(tx, parts)
    quantities = [parts[row.id] for row in rows]
    await tx.sql(_MORE, [row.id for row in rows], quantities, A.RELEASED, A.PICKED)
    ended = [row for row in rows if row.status == A.RELEASED]
    await _say(tx, "restore", [(row, parts[row.id]) for row in ended], A.PICKED)
    longer = [(row, row.quantity + parts[row.id]) for row in rows if row.status != A.RELEASED]
    await _say(tx, "lengthen", longer)
    await _offers(
        tx,
        rows,
        (OfferMovementKind.UNDELIVER, gone.lost),
        (OfferMovementKind.RESERVE, gone.back),
        (OfferMovementKind.COMMIT, gone.back),
    )
    await orders.allocate(tx, {line_id: total})


async def find(tx: Tx, line_id: UUID, found: Parts) -> dict[UUID, Decimal]:
    """More of allocations stands in lots than was weighed; how much of it they grew by.

    As when it is weighed: beyond what was allocated the line must take more, and the offers give
    it. Raises OverAllocation, OfferExhausted and QuotaExceeded as weighing does.
    """
    rows = await queries.held(tx, found)
    beyond = {row.id: row.weighed + found[row.id] - row.quantity for row in rows}
    over = {allocation: excess for allocation, excess in beyond.items() if excess > 0}
    if over:
        await bring_over(tx, line_id, [(row, over[row.id]) for row in rows if row.id in over])
    await _count(tx, found, {}, 1)
    return over


async def unfind(tx: Tx, line_id: UUID, found: Parts, over: Parts) -> None:
    """The inverse of `find`: what was found is not there, and *over* was not brought."""
    rows = await queries.held(tx, found)
    await _count(tx, found, over, -1)
    await _offers(tx, rows, (OfferMovementKind.UNCOMMIT, over))
    if over:
        await orders.take_back(tx, line_id, sum(over.values(), Decimal(0)))


async def _count(tx: Tx, found: Parts, over: Parts, sign: int) -> None:
    quantities = [sign * quantity for quantity in found.values()]
    shorter = [over.get(allocation, Decimal(0)) for allocation in found]
    await tx.sql(_WEIGHED, list(found), quantities, shorter)


async def _offers(
    tx: Tx, rows: Sequence[Row[Any]], *moves: tuple[OfferMovementKind, Parts]
) -> None:
    """Move the offers of allocations: locked in one pass, before several statements move them."""
    wanted = [(kind, entries(_of(rows, parts))) for kind, parts in moves]
    wanted = [(kind, moved) for kind, moved in wanted if moved]
    if len(wanted) > 1:
        await queries.offers_locked(tx, {entry.period_id for _, moved in wanted for entry in moved})
    for kind, moved in wanted:
        await ledger.move(tx, kind, moved)


def _of(rows: Sequence[Row[Any]], parts: Parts) -> Iterable[tuple[Row[Any], Decimal]]:
    return ((row, parts[row.id]) for row in rows if parts.get(row.id))


async def _say(
    tx: Tx,
    action: str,
    rows: Iterable[tuple[Row[Any], Decimal]],
    after: AllocationStatus | None = None,
) -> None:
    """Note *action* on each row (as it was), with the quantity it has now."""
    changes = []
    for row, quantity in rows:
        ALLOCATION.check(action, row.status)
        changes.append(
            Change(
                ALLOCATION,
                action,
                row.id,
                row.version + 1,
                after or row.status,
                before=row.status,
                audience=(row.seller_id,),
                data={"quantity": plain(quantity)},
            )
        )
    await record(tx, changes)
