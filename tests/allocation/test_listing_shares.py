"""Lines that name a variant are allocated to the one seller that has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg

from app import reconcile
from app.allocation.commands import time_out
from app.core.ids import decode
from tests import trade
from tests.api import Api, kg
from tests.catalog.listing_helpers import licensed, listing
from tests.orders.stall import Stall, line, ordered, pcs, stall
from tests.shipments import story
from tests.worker import at

Unique = Callable[[str], str]


async def _confirmed(hub: Api, *lines: Any) -> Any:
    """A confirmed order."""
    order = await ordered(await trade.buyer(hub), *lines)
    return await hub.do(f"/v1/orders/{order['id']}/confirm")


async def _share(shop: Stall, order_id: str, status: str = "offered") -> Any:
    (found,) = (await shop.seller.read("/v1/allocations", order_id=order_id, status=status))["data"]
    return found


async def _allocated(hub: Api, order_id: str) -> str:
    order = await hub.read(f"/v1/orders/{order_id}")
    return str(order["lines"][0]["allocated"]["value"])


async def test_its_seller_is_asked_for_all_of_it(
    hub: Api, owner: asyncpg.Connection, app: Any
) -> None:
    shop = await stall(hub)
    order = await _confirmed(hub, line(shop.variants[0], 7))
    run = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert run["lines"] == [
        {
            "line_id": order["lines"][0]["id"],
            "needed": pcs(7),
            "allocated": pcs(7),
            "unallocated": pcs(0),
            "offers_considered": 0,
            "excluded": {},
        }
    ]
    share = await _share(shop, order["id"])
    assert (share["quantity"], share["seller_id"]) == (pcs(7), shop.seller.id)
    assert share["price"]["amount"] == "16000"
    assert share["amount"]["amount"] == str(7 * 16000)
    assert (share["why"]["rule"], share["why"]["limited_by"]) == ("listing", None)
    assert share["why"]["said"]["id"].startswith("Ini produk tayang Anda sendiri")
    again = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert (again["run_id"], again["data"]) == (None, [])
    await shop.seller.do(f"/v1/allocations/{share['id']}/confirm")
    moved = await owner.fetchval(
        "SELECT count(*) FROM offer_movements WHERE allocation_id = $1", decode("alc", share["id"])
    )
    assert moved == 0
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_the_seller_hears_of_it(hub: Api) -> None:
    shop = await stall(hub)
    order = await _confirmed(hub, line(shop.variants[0], 7))
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    share = await _share(shop, order["id"])
    events = (await shop.seller.read("/v1/events"))["data"]
    (heard,) = [event for event in events if event["type"] == "allocation.offered"]
    assert heard["data"]["id"] == share["id"]
    assert (heard["data"]["offer_id"], heard["data"]["quantity"]) == (None, "7")


async def test_who_declines_is_not_asked_again_by_itself(hub: Api, app: Any) -> None:
    """The stock stays the order's: the line has not ended."""
    shop = await stall(hub)
    order = await _confirmed(hub, line(shop.variants[0], 7))
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    share = await _share(shop, order["id"])
    await shop.seller.do(f"/v1/allocations/{share['id']}/decline", {"reason": "no_stock"})
    assert await _allocated(hub, order["id"]) == "0"
    assert [s["status"] for s in (await shop.seller.read("/v1/allocations"))["data"]] == [
        "declined"
    ]
    assert await shop.stock() == ("10", "7")
    assert not any((await reconcile.drifted(app.state.database)).values())
    await hub.do(f"/v1/orders/{order['id']}/allocate")  # the hub has spoken with the seller
    assert (await _share(shop, order["id"]))["quantity"] == pcs(7)
    await hub.do(f"/v1/orders/{order['id']}/cancel", {"reason": "supply_failed"})
    assert await shop.stock() == ("10", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_who_brings_less_is_held_to_that(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    order = await _confirmed(hub, line(shop.variants[0], 7))
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    share = await _share(shop, order["id"])
    less = {"quantity": pcs(5), "reason": "no_stock"}
    reduced = await shop.seller.do(f"/v1/allocations/{share['id']}/reduce", less)
    assert (reduced["status"], reduced["quantity"]) == ("confirmed", pcs(5))
    assert await _allocated(hub, order["id"]) == "5"
    run = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert [s["quantity"] for s in run["data"]] == [pcs(2)]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_silence_gives_the_share_back(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    order = await _confirmed(hub, line(shop.variants[0], 7))
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    while await at(app, timedelta(hours=25), time_out):
        pass  # other tests' shares wait in vain too
    assert (await _share(shop, order["id"], "timed_out"))["reason"] == "no_answer"
    assert await _allocated(hub, order["id"]) == "0"
    assert (await shop.seller.read("/v1/allocations", status="offered"))["data"] == []
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_seller_that_may_not_sell_is_not_asked(hub: Api) -> None:
    shop = await stall(hub)
    await licensed(hub, shop.seller, "pirt", "halal")
    food = await listing(
        shop.seller, hub, "published", category="snacks.chips", variants=[{"stock": pcs(5)}]
    )
    order = await _confirmed(hub, line(shop.variants[0], 2), line(food["variants"][0]["id"], 2))
    for licence in (await hub.read(f"/v1/parties/{shop.seller.id}/licences"))["data"]:
        path = f"/v1/parties/{shop.seller.id}/licences/{licence['id']}/verify"
        await hub.do(path, {"outcome": "rejected"})
    run = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert [said["excluded"] for said in run["lines"]] == [{}, {"licence_missing": 1}]
    assert [said["unallocated"] for said in run["lines"]] == [pcs(0), pcs(2)]
    await hub.do(f"/v1/parties/{shop.seller.id}/suspend")
    run = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert [said["excluded"] for said in run["lines"]] == [{}, {"seller_suspended": 1}]
    assert run["data"] == []


async def test_both_sorts_of_lines_are_filled_by_one_run(
    hub: Api, unique: Unique, app: Any
) -> None:
    shop, eggs = await stall(hub), await trade.goods(hub, unique("eggs"))
    farm, site = await story.farm(hub)
    await trade.offer(farm, site, eggs, 30)
    market = await trade.buyer(hub)
    of_eggs = trade.order_body(market, eggs, 40)["lines"][0]
    order = await ordered(market, of_eggs, line(shop.variants[0], 7))
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    run = await hub.do(f"/v1/orders/{order['id']}/allocate")
    assert [said["allocated"] for said in run["lines"]] == [kg(30), pcs(7)]
    shares = {share["seller_id"]: share for share in run["data"]}
    assert shares[farm.id]["quantity"] == kg(30)
    assert shares[shop.seller.id]["quantity"] == pcs(7)
    assert {share["seller_id"] for share in (await farm.read("/v1/allocations"))["data"]} == {
        farm.id
    }
    await farm.do(f"/v1/allocations/{shares[farm.id]['id']}/decline", {"reason": "price"})
    assert not any((await reconcile.drifted(app.state.database)).values())
