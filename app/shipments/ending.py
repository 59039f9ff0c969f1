"""An order ends before its goods have left: trucks are called off, goods go back to their sellers.

Trucks first, then lots, then allocations and with them the sellers' offers: the order in which all
commands lock them.
"""

from __future__ import annotations

from app.allocation.commands import release
from app.db.tx import Tx
from app.events.facts import handles
from app.orders.facts import OrderEnding
from app.shipments.lots import ledger
from app.shipments.shipments import commands, queries
from app.shipments.shipments.schemas import ShipmentCancelReason


@handles(OrderEnding)
async def free_goods(tx: Tx, ending: OrderEnding) -> None:
    """Call off the planned shipments with goods of the order, then give back all it held.

    Lots of other orders in such a shipment are available again. Those orders are not locked, so
    nothing is settled here: one that awaits nothing any more is found by `settle_overdue`.
    """
    planned = await queries.planned_with(tx, ending.order_id)
    if planned:
        await commands.call_off(tx, planned, ShipmentCancelReason.ORDER_CANCELLED, None)
    await ledger.give_back(tx, ending.order_id, ending.reason)
    await release.release(tx, ending.order_id, ending.reason)
