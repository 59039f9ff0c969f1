"""How the way of a shipment ends other than by handing it over, and when all about it is done."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func

from app.access.authorize import authorized
from app.allocation import progress as allocations
from app.core.ids import encode
from app.db.tx import Tx
from app.orders import holdings
from app.orders import progress as orders
from app.orders.progress import Verdict
from app.shipments import chain
from app.shipments.evidence.commands import attach
from app.shipments.lots import ledger
from app.shipments.lots.states import LotStatus
from app.shipments.models import Shipment
from app.shipments.receipts.queries import check_none
from app.shipments.shipments import facts, queries, rules
from app.shipments.shipments.commands.common import advance, hold_one, per
from app.shipments.shipments.schemas import (
    ShipmentCancelIn,
    ShipmentLoseIn,
    ShipmentRefuseIn,
    ShipmentReturnIn,
)
from app.shipments.states import SHIPMENT, ShipmentStatus, TrackingStatus

S, T = ShipmentStatus, TrackingStatus

LOST = "goods_lost"
"""What the road says of goods that will not arrive; in the words of `tracking`."""


async def cancel(tx: Tx, shipment_id: UUID, asked: ShipmentCancelIn) -> None:
    """It does not leave: its lots are available again. Only the hub's own scope may."""
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    held = await hold_one(tx, seen.id)
    held.check(await call_off(tx, held.rows, asked.reason, asked.note))
    await chain.settle(tx, [seen.id])


async def call_off(
    tx: Tx, rows: Sequence[Row[Any]], reason: str, note: str | None
) -> Sequence[Any]:
    """Cancel shipments that have not left, locked by the caller; the lots that were unloaded."""
    for row in rows:
        SHIPMENT.check("cancel", row.status)
    lots = await ledger.unload(tx, [row.id for row in rows])
    await facts.say(tx, rows, T.CANCELLED)
    await advance(tx, rows, "cancel", S.CANCELLED, reason=reason, note=note, ended_at=tx.now)
    return lots


async def refuse(tx: Tx, shipment_id: UUID, asked: ShipmentRefuseIn) -> None:
    """The buyer does not take it: its goods ride on, to come back or to be lost.

    Raises Forbidden for whoever neither receives nor carries it, AlreadyExists when somebody writes
    down, or has, what arrived: that receipt must be reversed first.
    """
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    rules.check_takes_part(row, tx.actor)
    SHIPMENT.check("refuse", row.status)
    await tx.as_hub()  # the carrier may not see the buyer's receipt
    await check_none(tx, row.id)
    await attach(tx, asked.photo_ids, rules.audience(row))
    await facts.say(tx, [row], T.DELIVERY_FAILED, reason=asked.reason)
    await advance(
        tx,
        [row],
        "refuse",
        S.REFUSED,
        reason=asked.reason,
        note=asked.note,
        photo_ids=asked.photo_ids,
    )


async def return_(tx: Tx, shipment_id: UUID, asked: ShipmentReturnIn) -> None:
    """Its goods are at the hub again: what dispatching did is taken back, movement for movement.

    The lots wait there for a decision; those of lines that were given up meanwhile are their
    sellers' again. Lines that await nothing more are closed. Only the hub's own scope may. Raises
    AlreadyExists, WrongState.
    """
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    held = await hold_one(tx, seen.id)
    (row,) = held.rows
    SHIPMENT.check("return", row.status)
    await check_none(tx, row.id)
    loads = await queries.loaded(tx, [row.id])
    await ledger.unload(tx, [row.id], LotStatus.QUARANTINED)
    lines = per("order_line_id", loads)
    await orders.unship(tx, lines)
    await facts.say(tx, [row], T.RETURN_TO_SENDER)
    await advance(tx, [row], "return", S.RETURNED, note=asked.note, ended_at=tx.now)
    await allocations.unship(tx, per("allocation_id", loads), await queries.still_out(tx, loads))
    await holdings.unsell(tx, loads)
    await chain.give_up(tx, lines)
    await chain.settle_lines(tx, lines)


async def lose(tx: Tx, shipment_id: UUID, asked: ShipmentLoseIn) -> None:
    """Its goods will not arrive: all of them count as short, as a receipt would say.

    Lines that await nothing more are closed. Only the hub's own scope may. Raises WrongState.
    """
    seen = await authorized(tx, queries.shipment(tx, shipment_id))
    held = await hold_one(tx, seen.id)
    (row,) = held.rows
    SHIPMENT.check("lose", row.status)
    lines = per("order_line_id", await queries.loaded(tx, [row.id]))
    none = Decimal(0)
    short = {line_id: Verdict(none, none, none, quantity) for line_id, quantity in lines.items()}
    await orders.receive(tx, short)
    await facts.say(tx, [row], T.DELIVERY_FAILED, reason=LOST)
    await advance(
        tx,
        [row],
        "lose",
        S.LOST,
        reason=asked.reason,
        note=asked.note,
        data={"carrier_id": row.carrier_id and encode("pty", row.carrier_id)},
        ended_at=tx.now,
    )
    await chain.settle_lines(tx, lines)


async def close_shipments(tx: Tx, most: int) -> int:
    """Close at most *most* received shipments of which nobody can complain any more; how many.

    Their receipts are signed, the time for claims is over and no claim waits. Run by the worker.
    """
    rows = await queries.closable(tx, most)
    await advance(tx, rows, "close", S.CLOSED, ended_at=func.coalesce(Shipment.ended_at, tx.now))
    return len(rows)
