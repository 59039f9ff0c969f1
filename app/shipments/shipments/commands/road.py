"""A shipment on its way: it is loaded, leaves, is at the gate, is handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation import progress as allocations
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.orders import holdings
from app.orders import progress as orders
from app.shipments.shipments import facts, queries, rules
from app.shipments.shipments.commands.common import Held, advance, hold_one, per
from app.shipments.states import SHIPMENT, ShipmentStatus, TrackingStatus

S, T = ShipmentStatus, TrackingStatus


class GoodsUnfit(DomainError):
    """Something on the truck must not be eaten: it is recalled, or past its best-before day."""

    kind = Kind.CONFLICT
    code = "goods_unfit"
    title = Text("Goods that must not leave", "Ada barang yang tidak boleh berangkat")
    advice = Text(
        "The lots in recalled and expired must not leave. Plan the shipment without them.",
        "Lot dalam isian recalled dan expired tidak boleh berangkat. Rencanakan ulang tanpa lot "
        "itu.",
    )


async def load(tx: Tx, shipment_id: UUID) -> None:
    """The goods are being put on the truck: what rides does not change any more."""
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_carries(row, tx.actor)
    await advance(tx, [row], "load", S.LOADING)


async def dispatch(tx: Tx, shipment_id: UUID) -> None:
    """The truck leaves: orders and allocations see their goods on the road; orders start."""
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    rules.check_carries(seen, tx.actor)
    await tx.as_hub()  # the carrier moves the buyer's order and the sellers' allocations
    held = await hold_one(tx, seen.id)
    await leave(tx, held, held.rows)


async def leave(tx: Tx, held: Held, rows: Sequence[Row[Any]], at: datetime | None = None) -> None:
    """Those *rows* of *held* leave, in the hub's scope; *at* when that is told late.

    Goods of listings are sold with that. The same statements for any number of shipments. Raises
    WrongState, GoodsUnfit, Replanned.
    """
    if not rows:
        return
    for row in rows:
        SHIPMENT.check("dispatch", row.status)
    loads = await queries.loaded(tx, [row.id for row in rows])
    held.check(loads)
    _check_fit(loads)
    await orders.ship(tx, per("order_line_id", loads))
    await allocations.ship(tx, per("allocation_id", loads))
    await facts.say(tx, rows, T.PICKED_UP, at=at)
    await advance(tx, rows, "dispatch", S.DISPATCHED, dispatched_at=at or tx.now)
    await holdings.sell(tx, loads)


def _check_fit(loads: Sequence[Mapping[str, Any]]) -> None:
    recalled, expired = _lots("recalled", loads), _lots("expired", loads)
    if recalled or expired:
        raise GoodsUnfit(recalled=recalled, expired=expired)


def _lots(column: str, loads: Sequence[Mapping[str, Any]]) -> list[str]:
    lots = {lot_id for load in loads for lot_id in load[column] or ()}
    return [encode("lot", lot_id) for lot_id in sorted(lots)]


async def arrive(tx: Tx, shipment_id: UUID, at: datetime | None = None) -> None:
    """It is, or was *at*, at the gate; what the road says of it does not change."""
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_carries(row, tx.actor)
    rules.check_happened(row, at, tx.now)
    await advance(tx, [row], "arrive", S.ARRIVED, arrived_at=at or tx.now)


async def deliver(tx: Tx, shipment_id: UUID, at: datetime | None = None) -> None:
    """It is handed over, or was *at*."""
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_carries(row, tx.actor)
    SHIPMENT.check("deliver", row.status)
    rules.check_happened(row, at, tx.now)
    when = at or tx.now
    await facts.say(tx, [row], T.DELIVERED, at=at)
    await advance(tx, [row], "deliver", S.DELIVERED, delivered_at=when, ended_at=when)
