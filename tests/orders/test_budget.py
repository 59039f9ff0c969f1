"""Round trips of the order's endpoints: exact, whatever the number of lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import trade
from tests.api import Api, kg
from tests.orders.stall import body, line, pcs, stall
from tests.statements import trips_of

Unique = Callable[[str], str]


@pytest.mark.parametrize("lines", [1, 200])
async def test_placing_an_order_under_an_agreement(hub: Api, unique: Unique, lines: int) -> None:
    """Also with a price by a rule, and sites and days of the lines' own."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    tiers = [{"from_quantity": kg(100), "amount": "27000"}]
    agreed = await trade.agreement(
        hub, market, eggs, 100_000, price_rule="tiered", price_tiers=tiers, min_call_off=kg(1)
    )
    asked = trade.order_body(market, eggs, *[1] * lines, agreement_id=agreed)
    for n, said in enumerate(asked["lines"]):
        said |= {"ship_to_site_id": market.site, "deliver_on": trade.day(1 + n % 20)}

    async def place() -> None:
        assert (await market.api.post("/v1/orders", asked)).status_code == 201

    trips = await trips_of(place)
    # BEGIN, enter, key, terms, order with lines, events with the answer kept, quota, COMMIT
    assert len(trips) == 8, trips


@pytest.mark.parametrize("lines", [1, 200])
async def test_placing_an_order_of_listings(hub: Api, lines: int) -> None:
    market, shop = await trade.buyer(hub), await stall(hub, {"stock": pcs(1000)})
    said = body(market, *[line(shop.variants[0], 1)] * lines)

    async def place() -> None:
        assert (await market.api.post("/v1/orders", said)).status_code == 201

    trips = await trips_of(place)
    assert len(trips) <= 12, trips


@pytest.mark.parametrize("lines", [1, 40])
async def test_reading_an_order(hub: Api, unique: Unique, lines: int) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, *[1] * lines)

    async def read() -> None:
        await market.api.read(f"/v1/orders/{order['id']}")

    trips = await trips_of(read)
    assert len(trips) == 4, trips  # BEGIN, enter, order with lines, COMMIT


async def test_listing_orders_does_not_ask_per_order(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    for _ in range(5):
        await trade.order(market, eggs, 1, 2)

    async def read() -> None:
        assert len((await market.api.read("/v1/orders"))["data"]) == 5

    assert len(await trips_of(read)) <= 5
