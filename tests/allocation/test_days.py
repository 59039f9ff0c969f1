"""Days that have passed: nobody is asked to bring goods yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.allocation.commands import time_out
from app.core.clock import JAKARTA
from tests import trade
from tests.api import Api
from tests.shipments import story
from tests.worker import all_at

pytestmark = pytest.mark.anyio
Unique = Callable[[str], str]


@pytest.mark.parametrize(("per", "asked"), [("day", False), ("week", True)])
async def test_a_refill_asks_nobody_for_a_day_that_is_over(
    hub: Api, unique: Unique, app: Any, per: str, asked: bool
) -> None:
    """A farm's eggs of that day are gone; of a week that still runs they can come late."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    monday = _next_monday()
    silent, site = await story.farm(hub)
    await trade.offer(silent, site, eggs, 100, per="day", available_until=trade.day(20))
    order = await trade.order(market, eggs, 10, deliver_on=trade.day(monday))
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    other, place = await story.farm(hub)
    await trade.offer(other, place, eggs, 100, per=per, available_until=trade.day(20))
    assert await all_at(app, timedelta(days=monday + 2), time_out)
    assert bool((await other.read("/v1/allocations"))["data"]) == asked


def _next_monday() -> int:
    """In how many days it is, from tomorrow on."""
    today = datetime.now(JAKARTA)
    return 7 - today.weekday()


@pytest.mark.parametrize("days", [0, 1, 5])
async def test_a_seller_answers_before_the_day(hub: Api, unique: Unique, days: int) -> None:
    """Within a day, by the eve of delivery; two hours there are always."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 100)
    order = await trade.order(market, eggs, 10, deliver_on=trade.day(days))
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    (share,) = (await hub.do(f"/v1/orders/{order['id']}/allocate"))["data"]
    made, until = (datetime.fromisoformat(share[n]) for n in ("created_at", "respond_by"))
    eve = datetime.fromisoformat(f"{share['deliver_on']}T00:00:00+07:00")
    wanted = max(min(made + timedelta(hours=24), eve), made + timedelta(hours=2))
    assert until == wanted
    (asked,) = (await seller.read("/v1/supply-requests"))["data"]
    assert asked["respond_by"] == share["respond_by"]
