"""Everything that moves a shipment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation import progress as allocations
from app.core.errors import DomainError, Kind, NotFound
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.orders import holdings
from app.orders import progress as orders
from app.shipments import chain
from app.shipments.lots import ledger
from app.shipments.shipments import codes, facts, queries, rules
from app.shipments.shipments.queries import SHIPMENTS
from app.shipments.shipments.schemas import ShipmentCancelIn, ShipmentIn
from app.shipments.states import SHIPMENT, ShipmentStatus, TrackingStatus

S, T = ShipmentStatus, TrackingStatus

_INSERT = f"""
INSERT INTO shipments (id, status, tracking_status, number, tracking_code, buyer_id, carrier_id,
  from_site_id, to_site_id, from_place, to_place, from_region, to_region, livemode, created_at)
VALUES ($1, $2, $3, {number_sql("shipment")}, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
RETURNING *
"""
_CARRY = """
INSERT INTO shipment_lots (shipment_id, lot_id, buyer_id, livemode, quantity)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::numeric[])
"""
_CANCEL = """
UPDATE shipments SET status = $2, reason = $3, note = $4, version = version + 1
WHERE id = ANY($1) RETURNING *
"""


class LotTaken(DomainError):
    """A lot is in another shipment, or was given back to its seller."""

    kind = Kind.CONFLICT
    code = "lot_not_available"
    title = Text("A lot is not available", "Ada lot yang tidak tersedia")
    advice = Text(
        "Leave out the lots in lot_ids, or cancel the planned shipment they are in.",
        "Keluarkan lot dalam lot_ids, atau batalkan pengiriman yang memuatnya.",
    )


def audience(row: Any) -> tuple[UUID, ...]:
    """The parties besides the hub that may hear of a shipment: its buyer and its carrier."""
    return (row.buyer_id, row.carrier_id) if row.carrier_id else (row.buyer_id,)


async def create(tx: Tx, asked: ShipmentIn) -> UUID:
    """Plan a shipment and load its lots; its id.

    Raises Invalid for lots, sites or a carrier that do not fit together, LotTaken when another
    shipment was faster, OrderClosed when an order of theirs has ended, LineComplete when its line
    needs no more.
    """
    rows = await queries.terms(
        tx,
        asked.lot_ids,
        from_site_id=asked.from_site_id,
        to_site_id=asked.to_site_id,
        carrier_id=asked.carrier_id,
    )
    rules.check_lots(rows)
    rules.check_way(rows, with_carrier=asked.carrier_id is not None)
    await chain.open_orders(tx, {row["order_id"] for row in rows})
    rules.check_needed(rows)
    made = await _insert(tx, asked, rows[0])
    shipment_id: UUID = made["id"]
    await _load(tx, shipment_id, asked.lot_ids)
    change = Change(
        SHIPMENT,
        "create",
        shipment_id,
        made["version"],
        made["status"],
        audience=tuple(p for p in (made["buyer_id"], made["carrier_id"]) if p),
        data=_told(made),
    )
    await record(tx, [change])
    return shipment_id


async def _insert(tx: Tx, asked: ShipmentIn, terms: Any) -> Any:
    return await tx.sql_row(
        _INSERT,
        new_id(),
        S.PLANNED,
        T.PENDING,
        codes.new_code(),
        terms["buyer_id"],
        asked.carrier_id,
        asked.from_site_id,
        asked.to_site_id,
        rules.place(terms["from_name"], terms["from_region"]),
        rules.place(terms["to_name"], terms["to_region"]),
        terms["from_region"],
        terms["to_region"],
        tx.actor.livemode,
        tx.now,
    )


async def _load(tx: Tx, shipment_id: UUID, lot_ids: Sequence[UUID]) -> None:
    lots = await ledger.load(tx, lot_ids, shipment_id)
    taken = set(lot_ids) - {lot["id"] for lot in lots}
    if taken:
        raise LotTaken(lot_ids=[encode("lot", lot_id) for lot_id in sorted(taken)])
    await tx.sql(
        _CARRY,
        [lot["shipment_id"] for lot in lots],
        [lot["id"] for lot in lots],
        [lot["buyer_id"] for lot in lots],
        [lot["livemode"] for lot in lots],
        [lot["quantity"] for lot in lots],
    )


def _told(row: Any) -> dict[str, Any]:
    """What events of a shipment say. *row* is a row of either driver."""
    return {"number": row["number"], "tracking_code": row["tracking_code"]}


async def dispatch(tx: Tx, shipment_id: UUID) -> None:
    """The truck leaves: orders and allocations see their goods on the road; orders start.

    Goods of listings are sold with that.
    """
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    rules.check_carries(seen, tx.actor)
    await tx.as_hub()  # the carrier moves the buyer's order and the sellers' allocations
    row = await _held(tx, seen.id)
    SHIPMENT.check("dispatch", row.status)
    loads = await queries.loaded(tx, row.id)
    lines: dict[UUID, Any] = {}
    for load in loads:
        lines[load["order_line_id"]] = lines.get(load["order_line_id"], 0) + load["quantity"]
    await orders.ship(tx, lines)
    await allocations.ship(tx, {load["allocation_id"]: load["quantity"] for load in loads})
    await facts.say(tx, [row], T.PICKED_UP)
    await _move(tx, row, "dispatch", S.DISPATCHED, dispatched_at=tx.now)
    await holdings.sell(tx, loads)


async def _held(tx: Tx, shipment_id: UUID) -> Row[Any]:
    """The shipment, locked after its orders."""
    await chain.hold(tx, [shipment_id])
    row = await queries.shipment(tx, shipment_id, lock=True)
    if row is None:
        raise NotFound
    return row


async def arrive(tx: Tx, shipment_id: UUID) -> None:
    """It is at the gate; what the road says of it does not change."""
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_carries(row, tx.actor)
    await _move(tx, row, "arrive", S.ARRIVED, arrived_at=tx.now)


async def deliver(tx: Tx, shipment_id: UUID) -> None:
    """It is handed over."""
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_carries(row, tx.actor)
    SHIPMENT.check("deliver", row.status)
    await facts.say(tx, [row], T.DELIVERED)
    await _move(tx, row, "deliver", S.DELIVERED, delivered_at=tx.now)


async def _move(tx: Tx, row: Row[Any], action: str, to: ShipmentStatus, **values: Any) -> None:
    await move(
        tx,
        SHIPMENT,
        SHIPMENTS,
        row,
        action,
        to,
        audience=audience(row),
        data=_told(row._mapping),
        **values,
    )


async def cancel(tx: Tx, shipment_id: UUID, asked: ShipmentCancelIn) -> None:
    """It does not leave: its lots are available again. Only the hub's own scope may."""
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    row = await _held(tx, seen.id)
    await call_off(tx, [row], asked.reason, asked.note)
    await chain.settle(tx, [row.id])


async def call_off(tx: Tx, rows: Sequence[Row[Any]], reason: str, note: str | None) -> None:
    """Cancel planned shipments, locked by the caller, and unload their lots."""
    for row in rows:
        SHIPMENT.check("cancel", row.status)
    ids = [row.id for row in rows]
    await ledger.unload(tx, ids)
    await facts.say(tx, rows, T.CANCELLED)
    changed = await tx.sql(_CANCEL, ids, S.CANCELLED, reason, note)
    before = {row.id: row for row in rows}
    changes = [
        Change(
            SHIPMENT,
            "cancel",
            row["id"],
            row["version"],
            row["status"],
            before=before[row["id"]].status,
            audience=audience(before[row["id"]]),
            data=_told(row) | {"reason": reason},
            reason=reason,
            note=note,
        )
        for row in changed
    ]
    await record(tx, changes)
