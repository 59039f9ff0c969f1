"""Amending an order of which goods are on their way: what is left of it, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import reconcile
from app.shipments.receipts.silence import settle_overdue
from tests.api import Api, kg
from tests.orders.amendments.amending import value
from tests.shipments import story
from tests.worker import at

pytestmark = pytest.mark.anyio
Unique = Callable[[str], str]


@pytest.fixture(autouse=True)
async def sums(app: Any) -> Any:
    """Whatever a test does, every counter is the sum of what justifies it."""
    yield
    assert not any((await reconcile.drifted(app.state.database)).values())


async def _proposed(told: story.Story, quantity: Any) -> str:
    order = await told.order()
    body = {
        "lines": [{"line_id": order["lines"][0]["id"], "quantity": kg(quantity)}],
        "reason": "supply",
    }
    made = await told.market.api.do(f"/v1/orders/{told.order_id}/amendments", body)
    return f"/v1/order-amendments/{made['id']}"


async def test_as_much_as_has_come_is_enough_after_all(hub: Api, unique: Unique, app: Any) -> None:
    """60 of 100 came and were signed for; both agree on 60: nothing is awaited any more."""
    told = await story.confirmed(hub, unique("eggs"), 60, 40)
    receipt = await told.received(await told.lot(0))
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await told.order())["status"] == "in_progress"
    path = await _proposed(told, 60)
    await hub.do(f"{path}/confirm")
    (late,) = (await told.sellers[1].read("/v1/allocations"))["data"]
    assert late["status"] == "released"
    await at(app, timedelta(0), settle_overdue)
    order = await told.order()
    assert (order["status"], order["lines"][0]["done"]) == ("completed", True)


async def test_what_follows_a_lot_is_shortened_not_the_lot(hub: Api, unique: Unique) -> None:
    told = await story.confirmed(hub, unique("eggs"), 100)
    lot = await told.lot(0, 30)
    await told.arrived(lot)
    path = await _proposed(told, 70)
    await hub.do(f"{path}/confirm")
    (share,) = (await told.sellers[0].read("/v1/allocations"))["data"]
    assert [value(share[name]) for name in ("quantity", "weighed")] == ["70", "30"]
    assert share["status"] == "shipped"
    await told.lot(0, 40)
    line = (await told.order())["lines"][0]
    assert (value(line["allocated"]), value(line["shipped"])) == ("70", "30")


async def test_an_order_that_completes_ends_what_waits_for_it(hub: Api, unique: Unique) -> None:
    told = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await told.received(await told.lot(0))
    path = await _proposed(told, 120)
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await told.order())["status"] == "completed"
    ended = await hub.read(path)
    assert (ended["status"], ended["answer_reason"]) == ("expired", "order_ended")
