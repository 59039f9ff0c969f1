"""How far an allocation has come: weighed into lots, on the road. Moved by the shipments above.

The caller holds the orders concerned; allocations are locked here, then their offers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from app.allocation import queries
from app.allocation.entries import entries
from app.allocation.models import Allocation
from app.allocation.queries import ALLOCATIONS
from app.allocation.states import ALLOCATION, WEIGHABLE, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.core.errors import DomainError, Kind, WrongState
from app.core.quantity import plain, quantum_of
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.orders import progress as orders

# What it was asked for grows with it: it has not given anything back.
_GROW = """
UPDATE allocations a SET quantity = a.quantity + g.quantity,
  proposed = greatest(a.proposed, a.quantity + g.quantity)
FROM unnest($1::uuid[], $2::numeric[]) AS g(id, quantity) WHERE a.id = g.id
"""
# How much more the offers have free than is brought over of them, at the least.
_SPARE = """
SELECT min(p.offered - p.reserved - p.committed - p.delivered - g.quantity) FROM (
  SELECT id, sum(quantity) AS quantity FROM unnest($1::uuid[], $2::numeric[]) AS e(id, quantity)
  GROUP BY id) g JOIN offer_periods p ON p.id = g.id
"""
_TURN = "UPDATE allocations SET status = $2, version = version + 1 WHERE id = ANY($1)"


class OverAllocation(DomainError):
    """More would stand in lots than the seller was asked to bring."""

    kind = Kind.CONFLICT
    code = "over_allocation"
    title = Text("More than was allocated", "Melebihi alokasi")
    advice = Text(
        "left says how much can still be weighed, with the tolerance of the order and what the "
        "seller's offer has free; weigh at most that.",
        "Isian left menunjukkan berapa yang masih bisa ditimbang, termasuk toleransi pesanan dan "
        "sisa penawaran penjual; timbang paling banyak sejumlah itu.",
    )


async def weigh(tx: Tx, allocation: Row[Any], quantity: Decimal) -> Row[Any]:
    """The allocation after *quantity* (base units) of it was weighed; the first lot picks it.

    It is locked and read again here, so that two lots weighed at once are counted one after the
    other. What is weighed beyond it grows it, where its line takes more; then the caller holds the
    order for itself. Raises WrongState unless the seller has confirmed it, OverAllocation beyond
    what is left and may be brought over.
    """
    (row,) = await queries.held(tx, [allocation.id])
    if row.status not in WEIGHABLE:
        raise WrongState(
            Text(
                f"This allocation is {row.status}; only confirmed goods can be weighed.",
                f"Status alokasi {row.status}; hanya yang disanggupi bisa ditimbang.",
            ),
            current_status=row.status,
            allowed_actions=tx.actor.allowed(ALLOCATION, row.status),
        )
    weighed = row.weighed + quantity
    if weighed > row.quantity:
        await bring_over(tx, row.order_line_id, [(row, weighed - row.quantity)])
    if row.status == AllocationStatus.CONFIRMED:
        return await move(
            tx,
            ALLOCATION,
            ALLOCATIONS,
            row,
            "pick",
            AllocationStatus.PICKED,
            audience=(row.seller_id,),
            data={"weighed": plain(weighed)},
            weighed=weighed,
        )
    changed = await tx.row(
        update(ALLOCATIONS)
        .where(Allocation.id == row.id)
        .values(weighed=weighed, version=row.version + 1)
        .returning(*ALLOCATIONS.c)
    )
    assert changed is not None, "it is locked"
    return changed


async def bring_over(tx: Tx, line_id: UUID, parts: Sequence[tuple[Row[Any], Decimal]]) -> None:
    """Let sellers bring more of a line than allocated; their offers and the quota give it.

    It counts over the line even while some of that has no seller yet: who fills the rest is decided
    by a run, not by the scales. Raises OverAllocation beyond the line's tolerance, or beyond what
    an offer has free; OfferExhausted when that was taken just after it was looked at.
    """
    excess = sum((over for _, over in parts), Decimal(0))
    room = await orders.room(tx, line_id)
    more = entries(parts)
    if more:
        spare = _SPARE, [entry.period_id for entry in more], [entry.quantity for entry in more]
        room = min(room, await tx.sql_value(*spare) + excess)
    unit = parts[0][0].base_unit
    room -= room % quantum_of(unit)
    if excess > room:
        left = plain(sum((row.quantity - row.weighed for row, _ in parts), room))
        raise OverAllocation(
            Text(
                "{left} {unit} can still be weighed.", "Masih bisa ditimbang {left} {unit}."
            ).filled(left=left, unit=unit),
            left=left,
            unit=unit,
        )
    await tx.sql(_GROW, [row.id for row, _ in parts], [over for _, over in parts])
    await ledger.move(tx, OfferMovementKind.RESERVE, more)
    await ledger.move(tx, OfferMovementKind.COMMIT, more)
    await orders.bring_over(tx, line_id, excess)


async def ship(tx: Tx, shipped: Mapping[UUID, Decimal]) -> None:
    """What leaves now, per allocation (base units): offers have delivered it.

    The first goods to leave make an allocation shipped. The same few statements for any number.
    """
    rows = await queries.held(tx, shipped)
    first = [row for row in rows if row.status != AllocationStatus.SHIPPED]
    await _turn(tx, first, "ship", AllocationStatus.SHIPPED, shipped)
    delivered = entries((row, shipped[row.id]) for row in rows)
    await ledger.move(tx, OfferMovementKind.DELIVER, delivered)


async def unship(tx: Tx, returned: Mapping[UUID, Decimal], still_out: Collection[UUID]) -> None:
    """The inverse of `ship`: so much of each came back, and is committed to its line again.

    Those not in *still_out* have nothing on the road, or beyond, any more.
    """
    rows = await queries.held(tx, returned)
    home = [row for row in rows if row.id not in still_out]
    await _turn(tx, home, "unship", AllocationStatus.PICKED, returned)
    back = entries((row, returned[row.id]) for row in rows)
    await ledger.move(tx, OfferMovementKind.UNDELIVER, back)


async def _turn(
    tx: Tx,
    rows: Sequence[Row[Any]],
    action: str,
    to: AllocationStatus,
    quantities: Mapping[UUID, Decimal],
) -> None:
    if not rows:
        return
    for row in rows:
        ALLOCATION.check(action, row.status)
    await tx.sql(_TURN, [row.id for row in rows], to)
    changes = [
        Change(
            ALLOCATION,
            action,
            row.id,
            row.version + 1,
            to,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(quantities[row.id])},
        )
        for row in rows
    ]
    await record(tx, changes)
