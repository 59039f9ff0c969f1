"""Part of an order is given up: what has not left of its lines goes back, what has is awaited."""

from __future__ import annotations

from app.allocation.commands.release import let_go
from app.db.tx import Tx
from app.events.facts import handles
from app.orders.facts import LinesShortClosed, LinesShortClosing
from app.shipments import chain
from app.shipments.lots import ledger
from app.shipments.shipments import commands, queries
from app.shipments.shipments.schemas import ShipmentCancelReason


@handles(LinesShortClosing)
async def take_off(tx: Tx, closing: LinesShortClosing) -> None:
    """Call off the planned shipments with goods of the lines, then give back what has not left.

    Whatever else such a shipment carries is available again; as when an order is cancelled, lines
    that await nothing any more by that are found by `settle_overdue`.
    """
    planned = await queries.planned_with(tx, [closing.order_id], closing.line_ids)
    if planned:
        await commands.call_off(tx, planned, ShipmentCancelReason.ORDER_SHORT_CLOSED, None)
    given_back = await ledger.give_back_of_lines(tx, closing.line_ids, closing.reason)
    await let_go(tx, closing.line_ids, given_back, closing.reason)


@handles(LinesShortClosed)
async def settle(tx: Tx, closed: LinesShortClosed) -> None:
    """Close the lines of which nothing is on the road."""
    await chain.settle_lines(tx, closed.line_ids)
