"""The one order of locks that ARCHITECTURE.md states, read off what is really sent."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests import trade
from tests.api import Api
from tests.orders.stall import asked, line, pcs, stall
from tests.shipments import story
from tests.shipments.legs import truck
from tests.statements import round_trips

Unique = Callable[[str], str]

ORDER = [
    "goods_receipts",
    "legs",
    "orders",
    "shipments",
    "lots",
    "allocations",
    "supply_offers",
    "stock_pools",
    "quota_periods",
    "shelf",
]


def locked(trips: list[str]) -> list[str]:
    """The tables in the order in which rows of them are first locked or changed.

    Counted is what locks by name and what is updated outright: whatever comes first.
    """
    first: dict[str, int] = {}
    for n, trip in enumerate(trips):
        names = re.findall(r"UPDATE (\w+)(?: \w+)? SET", trip)
        if "FOR NO KEY UPDATE" in trip:
            names += re.findall(r"(?:FROM|JOIN) (\w+)", trip.split("FOR NO KEY UPDATE")[0])
        for name in names:
            first.setdefault(name, n)
    return sorted((t for t in ORDER if t in first), key=lambda t: (first[t], ORDER.index(t)))


async def test_cancelling_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    await tale.planned(await tale.lot(0))
    await tale.lot(1)
    async with round_trips() as trips:
        await hub.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    assert locked(trips) == ["orders", "shipments", "lots", "allocations", "supply_offers"]


async def test_dispatching_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await tale.planned(await tale.lot(0), await tale.lot(1))
    async with round_trips() as trips:
        await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    found = [table for table in locked(trips) if table != "lots"]  # read where orders are locked
    assert found == ["orders", "shipments", "allocations", "supply_offers"]


async def test_signing_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 500)
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 100)
    order = await trade.order(market, eggs, 100, agreement_id=agreed)
    for action in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{action}")
    share = (await seller.read("/v1/allocations"))["data"][0]
    await seller.do(f"/v1/allocations/{share['id']}/confirm")
    carrier = await hub.party("carrier")
    tale = story.Story(hub, market, eggs, carrier, order["id"], [seller], [site], [share])
    lots = [await tale.lot(weight=98), await tale.lot(weight=1)]
    receipt = await tale.received(lots[0])
    async with round_trips() as trips:
        await market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    # Lots are read where the orders of a shipment are locked.
    found = [table for table in locked(trips) if table not in ("lots", "shipments")]
    assert found == ["goods_receipts", "orders", "allocations", "supply_offers", "quota_periods"]
    given_back = next(n for n, trip in enumerate(trips) if "UPDATE lots" in trip)
    let_go = next(n for n, trip in enumerate(trips) if "UPDATE allocations" in trip)
    assert given_back < let_go


async def test_reversing_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    """A draft is posted, and a receipt reversed, in the order of signing."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    body = story.receipt_body(shipment) | {"draft": True}
    path = f"/v1/goods-receipts/{(await hub.do('/v1/goods-receipts', body))['id']}"
    for verb, said, wanted in (
        ("post", {}, ["goods_receipts", "orders", "shipments"]),
        ("reverse", {"reason": "miscounted"}, ["goods_receipts", "orders"]),
    ):
        async with round_trips() as trips:
            await hub.do(f"{path}/{verb}", said)
        assert [table for table in locked(trips) if table != "lots"] == wanted, verb


async def test_placing_locks_in_the_one_order(hub: Api) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    async with round_trips() as trips:
        assert (await asked(market, line(shop.variants[0], 10))).status_code == 201
    assert locked(trips) == ["stock_pools", "shelf"]


async def test_cancelling_goods_of_a_listing_locks_in_the_one_order(hub: Api) -> None:
    tale = await story.of_listing(hub, await stall(hub), 10)
    await tale.planned(await tale.lot(net_weight=pcs(4)))
    await tale.lot(net_weight=pcs(1))
    async with round_trips() as trips:
        await hub.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    found = [table for table in locked(trips) if table != "supply_offers"]  # of none of these
    assert found == ["orders", "shipments", "lots", "allocations", "stock_pools", "shelf"]


async def test_dispatching_goods_of_a_listing_locks_in_the_one_order(hub: Api) -> None:
    tale = await story.of_listing(hub, await stall(hub), 10)
    shipment = await tale.planned(await tale.lot())
    async with round_trips() as trips:
        await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    found = [table for table in locked(trips) if table not in ("lots", "supply_offers")]
    assert found == ["orders", "shipments", "allocations", "stock_pools"]


async def test_returning_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    shipment = await tale.planned(await tale.lot(0), await tale.lot(1))
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(f"{path}/dispatch")
    async with round_trips() as trips:
        await hub.do(f"{path}/return")
    # Lots are read where the orders of a shipment are locked.
    found = [table for table in locked(trips) if table != "lots"]
    assert found == ["orders", "shipments", "allocations", "supply_offers"]
    locking = next(
        n for n, trip in enumerate(trips) if "FROM shipments" in trip and "UPDATE" in trip
    )
    unloaded = next(n for n, trip in enumerate(trips) if "UPDATE lots" in trip)
    turned = next(n for n, trip in enumerate(trips) if "UPDATE allocations" in trip)
    assert locking < unloaded < turned


async def test_starting_a_leg_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    site = await truck.store(hub)
    lots = [await tale.lot(0), await tale.lot(1)]
    shipment = await truck.at_the_store(tale, site, *lots)
    loads = [truck.carries(shipment, 1, 2)]
    asked = truck.body("last_mile", tale.carrier, [site, tale.market.site], loads)
    leg = await hub.do("/v1/legs", asked)
    async with round_trips() as trips:
        await hub.do(f"/v1/legs/{leg['id']}/start")
    found = [table for table in locked(trips) if table != "lots"]
    assert found == ["legs", "orders", "shipments", "allocations", "supply_offers"]


async def test_replanning_a_shipment_locks_in_the_one_order(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    site = await truck.store(hub)
    lots = [await tale.lot(0), await tale.lot(1)]
    shipment = await truck.at_the_store(tale, site, lots[0])
    loads = [truck.carries(shipment, 1, 2)]
    await hub.do("/v1/legs", truck.body("last_mile", None, [site, tale.market.site], loads))
    async with round_trips() as trips:
        await hub.do(f"/v1/shipments/{shipment['id']}/replan", {"lot_ids": [lots[1]["id"]]})
    assert [t for t in locked(trips) if t != "lots"] == ["legs", "orders", "shipments"]
    locking = next(
        n for n, trip in enumerate(trips) if "FROM shipments" in trip and "UPDATE" in trip
    )
    assert locking < next(n for n, trip in enumerate(trips) if "UPDATE lots" in trip)
