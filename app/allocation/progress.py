"""How far an allocation has come: weighed into lots, on the road. Moved by the shipments above.

The caller holds the orders concerned; allocations are locked here, then their offers.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record

_SHIP = "UPDATE allocations SET status = $2, version = version + 1 WHERE id = ANY($1)"


class OverAllocation(DomainError):
    """More would stand in lots than the seller was asked to bring."""

    kind = Kind.CONFLICT
    code = "over_allocation"
    title = Text("More than was allocated", "Melebihi alokasi")
    advice = Text(
        "left says how much of the allocation is not weighed yet; weigh at most that.",
        "Isian left menunjukkan sisa yang belum ditimbang; timbang paling banyak sejumlah itu.",
    )


async def weigh(tx: Tx, allocation: Row[Any], quantity: Decimal) -> Row[Any]:
    """The allocation after *quantity* (base units) of it was weighed; the first lot picks it.

    It is locked and read again here, so that two lots weighed at once are counted one after the
    other. Raises WrongState unless the seller has confirmed it, OverAllocation beyond what is left.
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
    left = row.quantity - row.weighed
    if quantity > left:
        raise OverAllocation(left=plain(left))
    weighed = row.weighed + quantity
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


async def ship(tx: Tx, shipped: Mapping[UUID, Decimal]) -> None:
    """What leaves now, per allocation (base units): offers have delivered it.

    The first goods to leave make an allocation shipped. The same few statements for any number.
    """
    rows = await queries.held(tx, shipped)
    first = [row for row in rows if row.status != AllocationStatus.SHIPPED]
    for row in first:
        ALLOCATION.check("ship", row.status)
    if first:
        await tx.sql(_SHIP, [row.id for row in first], AllocationStatus.SHIPPED)
    delivered = entries((row, shipped[row.id]) for row in rows)
    await ledger.move(tx, OfferMovementKind.DELIVER, delivered)
    changes = [
        Change(
            ALLOCATION,
            "ship",
            row.id,
            row.version + 1,
            AllocationStatus.SHIPPED,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(shipped[row.id])},
        )
        for row in first
    ]
    await record(tx, changes)
