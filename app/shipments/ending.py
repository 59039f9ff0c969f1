"""An order ends before its goods have left: trucks are called off, goods go back to their sellers.

Nothing here depends on whether the allocations of the order are released before or after: lots
and allocations each give back what they hold.
"""

from __future__ import annotations

from app.db.tx import Tx
from app.events.facts import handles
from app.orders.facts import OrderEnding
from app.shipments.lots import ledger
from app.shipments.shipments import commands, queries
from app.shipments.shipments.schemas import ShipmentCancelReason


@handles(OrderEnding)
async def free_goods(tx: Tx, ending: OrderEnding) -> None:
    """Call off the planned shipments with goods of the order, then give its lots back.

    Lots of other orders in such a shipment are available again. The order is locked already.
    """
    planned = await queries.planned_with(tx, ending.order_id)
    if planned:
        await commands.call_off(tx, planned, ShipmentCancelReason.ORDER_CANCELLED, None)
    await ledger.give_back(tx, ending.order_id, ending.reason)
