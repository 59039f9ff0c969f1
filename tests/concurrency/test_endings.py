"""Orders that end, or complete, while others do something with the same goods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app import reconcile
from app.access.enter import acting_as_hub
from app.core.ids import decode
from app.orders.commands import cancel
from app.orders.schemas import CancelIn
from app.parties.bootstrap import find_hub
from app.shipments.receipts.silence import settle_overdue
from tests import trade
from tests.api import Api
from tests.shipments import story
from tests.worker import at

Unique = Callable[[str], str]

ROUNDS = 15


async def test_cancelling_and_allocating_never_wait_for_each_other_in_a_circle(
    hub: Api, unique: Unique, app: Any
) -> None:
    """A holds a confirmed share of one offer and an offered one of the other; B wants both."""
    for _ in range(ROUNDS):
        a, b = await _two_orders(hub, unique)
        cancelled, allocated = await asyncio.gather(
            hub.post(f"/v1/orders/{a}/cancel", {"reason": "other"}),
            hub.post(f"/v1/orders/{b}/allocate"),
        )
        assert cancelled.status_code == 200, cancelled.text
        assert allocated.status_code == 200, allocated.text
    assert not any((await reconcile.drifted(app.state.database)).values())


async def _two_orders(hub: Api, unique: Unique) -> tuple[str, str]:
    market = await trade.buyer(hub)
    what = await trade.goods(hub, unique("eggs"))
    seller, site = await story.farm(hub)
    for _ in range(2):
        await trade.offer(seller, site, what, 500)
    ids = [str((await trade.order(market, what, 100))["id"]) for _ in range(2)]
    for order_id in ids:
        await hub.do(f"/v1/orders/{order_id}/confirm")
    await hub.do(f"/v1/orders/{ids[0]}/allocate")
    shares = (await seller.read("/v1/allocations"))["data"]
    first = min(shares, key=lambda share: str(share["offer_id"]))
    await seller.do(f"/v1/allocations/{first['id']}/confirm")
    return ids[0], ids[1]


async def test_calling_off_a_shared_truck_does_not_lose_the_other_orders_completion(
    hub: Api, unique: Unique, app: Any
) -> None:
    """B waits for a truck it shares with A. While cancelling A calls the truck off, B's other receipt
    is signed: neither sees the other. The worker finds that nothing is awaited of B any more.
    """
    a, b, receipt = await _shared_truck(hub, unique)
    hub_id = await find_hub(app.state.database)
    assert hub_id is not None
    async with acting_as_hub(app.state.database, hub_id, livemode=True) as tx:
        await cancel(tx, decode("ord", a.order_id), CancelIn(reason="other"))
        await b.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await a.order())["status"] == "cancelled"
    await at(app, timedelta(0), settle_overdue)
    order = await b.order()
    assert (order["status"], order["lines"][0]["done"]) == ("completed", True)
    assert await at(app, timedelta(0), settle_overdue) == 0
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_the_other_order_completes_whichever_came_first(
    hub: Api, unique: Unique, app: Any
) -> None:
    a, b, receipt = await _shared_truck(hub, unique)
    await b.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    await at(app, timedelta(0), settle_overdue)
    assert (await b.order())["status"] == "in_progress"  # the truck is still awaited
    await hub.do(f"/v1/orders/{a.order_id}/cancel", {"reason": "other"})
    await at(app, timedelta(0), settle_overdue)
    assert (await b.order())["status"] == "completed"


async def _shared_truck(hub: Api, unique: Unique) -> tuple[story.Story, story.Story, Any]:
    """A, and B with 98 of 100 received but not signed for, and a planned truck with goods of both."""
    market = await trade.buyer(hub)
    a = await story.confirmed(hub, unique("eggs"), 50, market=market)
    b = await story.confirmed(hub, unique("corn"), 98, 2, market=market)
    receipt = await b.received(await b.lot(0))
    await b.planned(await b.lot(1), await a.lot(0))
    return a, b, receipt
