"""Amending lines that name goods of a listing: their stock, and a kitchen's days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import reconcile
from app.core import clock
from tests import trade
from tests.api import Api, money
from tests.orders.amendments.amending import value
from tests.orders.stall import Stall, kitchen, line, ordered, pcs, stall

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def sums(app: Any) -> Any:
    """Whatever a test does, every counter is the sum of what justifies it."""
    yield
    assert not any((await reconcile.drifted(app.state.database)).values())


async def _confirmed(hub: Api, shop: Stall, quantity: int, **fields: Any) -> tuple[Any, Any]:
    market = await trade.buyer(hub)
    order = await ordered(market, line(shop.variants[0], quantity), **fields)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    return market, order


async def _amend(hub: Api, market: Any, order: Any, **said: Any) -> Any:
    body = {"lines": [{"line_id": order["lines"][0]["id"], **said}], "reason": "demand_changed"}
    made = await market.api.do(f"/v1/orders/{order['id']}/amendments", body)
    return await hub.do(f"/v1/order-amendments/{made['id']}/confirm")


async def _preview(market: Any, order: Any, **said: Any) -> Any:
    body = {"lines": [{"line_id": order["lines"][0]["id"], **said}], "reason": "demand_changed"}
    path = f"/v1/orders/{order['id']}/amendments/preview"
    return (await market.api.do(path, body))["effect"]


async def test_stock_is_reserved_and_given_back_by_the_difference(hub: Api) -> None:
    shop = await stall(hub)
    market, order = await _confirmed(hub, shop, 4)
    await _amend(hub, market, order, quantity=pcs(7))
    assert await shop.stock() == ("10", "7")
    await _amend(hub, market, order, quantity=pcs(2))
    assert await shop.stock() == ("10", "2")
    short = await _preview(market, order, quantity=pcs(11))
    assert [reason["code"] for reason in short["reasons"]] == ["out_of_stock"]


async def test_the_sellers_share_is_made_smaller(hub: Api) -> None:
    shop = await stall(hub)
    market, order = await _confirmed(hub, shop, 4)
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    await _amend(hub, market, order, quantity=pcs(3))
    (share,) = (await shop.seller.read("/v1/allocations"))["data"]
    assert (share["status"], value(share["quantity"])) == ("offered", "3")


async def test_goods_that_are_not_for_sale_any_more_are_not_added_to(hub: Api) -> None:
    shop = await stall(hub)
    market, order = await _confirmed(hub, shop, 4)
    await shop.seller.do(f"/v1/listings/{shop.listing['id']}/pause")
    more = await _preview(market, order, quantity=pcs(5))
    assert [reason["code"] for reason in more["reasons"]] == ["not_sellable"]
    await _amend(hub, market, order, quantity=pcs(3))
    assert await shop.stock() == ("10", "3")


async def test_a_listings_price_stays(hub: Api) -> None:
    shop = await stall(hub)
    market, order = await _confirmed(hub, shop, 4)
    body = {
        "lines": [{"line_id": order["lines"][0]["id"], "price": money(1, unit="pcs")}],
        "reason": "price",
    }
    refused = await market.api.post(f"/v1/orders/{order['id']}/amendments", body)
    assert refused.json()["errors"][0]["code"] == "price_agreed"


async def test_another_week_takes_another_weeks_capacity(hub: Api) -> None:
    shop = await stall(hub, kitchen(10))
    monday = _monday(2)
    market, order = await _confirmed(hub, shop, 8, deliver_on=monday)
    later = _monday(3)
    too_much = await _preview(market, order, deliver_on=later, quantity=pcs(11))
    assert [reason["code"] for reason in too_much["reasons"]] == ["out_of_stock"]
    await _amend(hub, market, order, deliver_on=later, quantity=pcs(9))
    assert (await market.api.read(f"/v1/orders/{order['id']}"))["deliver_on"] == later
    # The first week is free again, and of the other one there is one left.
    await _confirmed(hub, shop, 10, deliver_on=monday)
    refused = await market.api.post(
        "/v1/orders",
        {"ship_to_site_id": market.site, "deliver_on": later, "lines": [line(shop.variants[0], 2)]},
    )
    assert refused.json()["code"] == "out_of_stock"
    await _confirmed(hub, shop, 1, deliver_on=later)


async def test_a_kitchen_that_makes_less_now_keeps_its_promises_and_no_more(hub: Api) -> None:
    shop = await stall(hub, kitchen(10))
    market, order = await _confirmed(hub, shop, 4, deliver_on=_monday(2))
    variant = await shop.seller.read(f"/v1/variants/{shop.variants[0]}")
    edited = await shop.seller.client.patch(
        f"/v1/variants/{shop.variants[0]}",
        json={"capacity": pcs(5)},
        headers={
            "authorization": f"Bearer {shop.seller.key}",
            "if-match": f'"{variant["version"]}"',
        },
    )
    assert edited.status_code == 200, edited.text
    more = await _preview(market, order, quantity=pcs(6))
    assert [reason["code"] for reason in more["reasons"]] == ["out_of_stock"]
    await _amend(hub, market, order, quantity=pcs(5))


async def test_a_kitchen_needs_its_time(hub: Api) -> None:
    shop = await stall(hub, kitchen(10, lead_days=5))
    market, order = await _confirmed(hub, shop, 8, deliver_on=trade.day(9))
    sooner = await _preview(market, order, deliver_on=trade.day(2))
    assert [reason["code"] for reason in sooner["reasons"]] == ["lead_time"]


def _monday(weeks: int) -> str:
    today = clock.day(clock.now())
    return (today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)).isoformat()
