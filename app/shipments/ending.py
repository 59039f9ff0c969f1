"""Orders end before their goods have left: trucks are called off, goods go back to their sellers.

Trucks first, then lots, then allocations and with them the sellers' offers: the order in which all
commands lock them. Orders that only need less say so here too: what is weighed stays, what is not
is their sellers' again.
"""

from __future__ import annotations

from app.allocation.commands import release
from app.allocation.standing import standing
from app.db.tx import Tx
from app.events.facts import handles
from app.orders.facts import OrderEnding, SharesAsked, SharesLeaving
from app.shipments.lots import ledger
from app.shipments.shipments import commands, queries
from app.shipments.shipments.schemas import ShipmentCancelReason


@handles(OrderEnding)
async def free_goods(tx: Tx, ending: OrderEnding) -> None:
    """Call off the planned shipments with goods of the orders, then give back all they held.

    Lots of other orders in such a shipment are available again. Those orders are not locked, so
    nothing is settled here: one that awaits nothing any more is found by `settle_overdue`.
    """
    planned = await queries.planned_with(tx, ending.order_ids)
    if planned:
        await commands.call_off(tx, planned, ShipmentCancelReason.ORDER_CANCELLED, None)
    ending.weighed.update(await ledger.give_back(tx, ending.order_ids, ending.reason))
    await release.release(tx, ending.order_ids, ending.reason)


@handles(SharesAsked)
async def who_holds(tx: Tx, asked: SharesAsked) -> None:
    """Say which sellers hold something of the lines, and which of them wait on planned trucks."""
    asked.loaded.update(await queries.waiting(tx, asked.order_id, asked.line_ids))
    asked.shares.extend(await standing(tx, asked.line_ids, lock=asked.lock))


@handles(SharesLeaving)
async def free_shares(tx: Tx, leaving: SharesLeaving) -> None:
    """Give sellers back what an amended order does not need of them; none of it is weighed."""
    await release.shrink(tx, leaving.kept, leaving.reason)
