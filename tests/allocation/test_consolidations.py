"""One decision over many orders: the same day's eggs for three markets, asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from tests.access.calls import stored
from tests.allocation.test_allocate import confirmed, reconciled, seller
from tests.api import Api, kg
from tests.orders.stall import asked, stall
from tests.orders.stall import line as listed
from tests.statements import round_trips
from tests.trade import Goods, buyer, day, goods, order

Unique = Callable[[str], str]
PLANNED = ["fair_share", "pro_rata", "lowest_cost", "fewest_pickups"]


def of(what: Goods, **fields: Any) -> dict[str, Any]:
    """All of tomorrow's lines of these goods."""
    return {"deliver_on": day(1), "commodity_id": what.id} | fields


def per_seller(run: Any) -> dict[str, list[str]]:
    """What each seller is asked for, by total."""
    return {s["seller_id"]: [t["quantity"]["value"] for t in s["totals"]] for s in run["sellers"]}


async def test_orders_are_filled_together_and_each_seller_asked_once(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what = await goods(hub, unique("egg"))
    sellers = [await seller(hub, what, 200) for _ in range(2)]
    placed = [await confirmed(hub, await buyer(hub), what, 60, 20) for _ in range(3)]
    run = await hub.do("/v1/consolidations", of(what))
    assert run["trigger"] == "consolidate"
    assert run["policy"] == "fair_share"
    assert run["gap"] == "0"
    assert {x["number"] for x in run["lines"]} == {p["number"] for p in placed}
    assert [x["needed"]["value"] for x in run["lines"]] == ["60", "20"] * 3
    assert all(x["unallocated"]["value"] == "0" for x in run["lines"])
    assert per_seller(run) == {party.id: ["120"] for party in sellers}
    for party in sellers:
        (request,) = (await party.read("/v1/supply-requests"))["data"]
        assert request["totals"][0]["asked"] == kg("120")
    assert await hub.read(f"/v1/consolidations/{run['id']}") == run
    await reconciled(owner, what)


@pytest.mark.parametrize("policy", PLANNED)
async def test_a_preview_answers_the_same_and_stores_nothing(
    hub: Api, unique: Unique, owner: asyncpg.Connection, policy: str
) -> None:
    what = await goods(hub, unique("egg"))
    for quantity in (40, 90, 130):
        await seller(hub, what, quantity, pack_size=kg(10))
    for _ in range(2):
        await confirmed(hub, await buyer(hub), what, 70, 25)
    before = await stored(owner)
    seen = await hub.do("/v1/consolidations/preview", of(what, policy=policy))
    assert await stored(owner) == before
    run = await hub.do("/v1/consolidations", of(what, policy=policy))
    assert all(s.pop("supply_request_id") is None for s in seen["sellers"])
    assert all(s.pop("supply_request_id").startswith("srq_") for s in run["sellers"])
    assert {name: run[name] for name in seen} == seen
    assert await hub.read(f"/v1/consolidations/{run['id']}")
    await reconciled(owner, what)


async def test_what_is_short_is_shared_by_all_and_stays_visible(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what = await goods(hub, unique("egg"))
    await seller(hub, what, 100)
    for _ in range(2):
        await confirmed(hub, await buyer(hub), what, 80)
    run = await hub.do("/v1/consolidations", of(what))
    short = [float(x["unallocated"]["value"]) for x in run["lines"]]
    assert sum(short) == 60
    again = await hub.post("/v1/consolidations", of(what))
    assert again.status_code == 201, "it lacks something still, though nobody has any"
    assert again.json()["sellers"] == []
    assert again.json()["lines"][0]["excluded"] == {"nothing_left": 1}
    await seller(hub, what, 100)
    assert per_seller(await hub.do("/v1/consolidations", of(what)))
    done = await hub.post("/v1/consolidations", of(what))
    assert done.status_code == 409
    assert done.json()["code"] == "nothing_lacking"
    await reconciled(owner, what)


async def test_orders_days_goods_and_places_choose_the_lines(hub: Api, unique: Unique) -> None:
    what, other = await goods(hub, unique("egg")), await goods(hub, unique("corn"))
    for sort in (what, other):
        await seller(hub, sort, 900)
    market = await buyer(hub)
    second = await market.api.site("distribution_centre", "31.75.04")
    one = await confirmed(hub, market, what, 10)
    two = await confirmed(hub, market, what, 20, ship_to_site_id=second)
    later = await confirmed(hub, market, what, 30, deliver_on=day(3))
    await confirmed(hub, market, other, 40)

    async def lines(**body: Any) -> set[str]:
        seen = await hub.do("/v1/consolidations/preview", body)
        return {x["needed"]["value"] for x in seen["lines"]}

    assert await lines(**of(what)) == {"10", "20"}
    assert await lines(**of(what, ship_to_site_id=second)) == {"20"}
    assert await lines(order_ids=[one["id"], later["id"]]) == {"10", "30"}
    assert await lines(order_ids=[one["id"], two["id"]], ship_to_site_id=market.site) == {"10"}
    window = {"deliver_from": day(1), "deliver_until": day(3), "commodity_id": what.id}
    assert await lines(**window) == {"10", "20", "30"}


async def test_what_cannot_be_consolidated_is_refused(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    placed = await order(market, what, 10)
    path = "/v1/consolidations"
    for body, pointer in (
        ({}, "/order_ids"),
        ({"deliver_from": day(2), "deliver_until": day(1)}, "/deliver_until"),
        (of(what, policy="manual"), "/policy"),
        ({"order_ids": [placed["id"]] * 201}, "/order_ids"),
    ):
        refused = await hub.post(path, body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == pointer
    unpromised = await hub.post(path, {"order_ids": [placed["id"]]})
    assert unpromised.status_code == 409
    assert unpromised.json()["order_ids"] == [placed["id"]]
    ids = [placed["id"], "ord_01jd0000000000000000000000"]
    missing = await hub.post(path, {"order_ids": ids})
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["pointer"] == "/order_ids/1"


async def test_goods_of_a_listing_go_to_their_seller(hub: Api, unique: Unique) -> None:
    shop, market = await stall(hub), await buyer(hub)
    placed = (await asked(market, listed(shop.variants[0], 3))).json()
    await hub.do(f"/v1/orders/{placed['id']}/confirm")
    run = await hub.do("/v1/consolidations", {"order_ids": [placed["id"]]})
    assert per_seller(run) == {shop.seller.id: ["3"]}
    assert run["lines"][0]["title"]
    (request,) = (await shop.seller.read("/v1/supply-requests"))["data"]
    assert request["totals"][0]["title"] == run["lines"][0]["title"]


async def test_every_run_is_listed_newest_first(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    party = await seller(hub, what, 500)
    placed = await confirmed(hub, market, what, 30)
    await hub.do("/v1/consolidations", {"order_ids": [placed["id"]]})
    (share,) = (await party.read("/v1/allocations"))["data"]
    await party.do(f"/v1/allocations/{share['id']}/decline", {"reason": "no_stock"})
    listed_ = (await hub.read("/v1/consolidations", order_id=placed["id"]))["data"]
    assert [x["trigger"] for x in listed_] == ["decline", "consolidate"]
    assert [x["short_lines"] for x in listed_] == [1, 0]
    assert [x["sellers"] for x in listed_] == [0, 1]
    assert (listed_[0]["orders"], listed_[0]["lines"]) == (1, 1)
    only = await hub.read("/v1/consolidations", order_id=placed["id"], trigger="consolidate")
    assert only["data"] == listed_[1:]
    read = await hub.read(f"/v1/consolidations/{listed_[0]['id']}")
    assert read["lines"][0]["excluded"] == {"gave_back": 1}


async def test_it_takes_as_many_round_trips_for_many_orders_as_for_few(
    hub: Api, unique: Unique
) -> None:
    counts = []
    await _consolidated(hub, unique, 1, 1)  # statements are prepared
    for orders, sellers in ((1, 2), (6, 5)):
        counts.append(await _consolidated(hub, unique, orders, sellers))
    assert counts[0] == counts[1]
    assert counts[0] <= 28


async def _consolidated(hub: Api, unique: Unique, orders: int, sellers: int) -> int:
    what = await goods(hub, unique("egg"))
    for _ in range(sellers):
        await seller(hub, what, 100)
    market = await buyer(hub)
    for _ in range(orders):
        await confirmed(hub, market, what, 30, 10)
    async with round_trips() as trips:
        await hub.do("/v1/consolidations", of(what))
    return len([trip for trip in trips if not trip.startswith("(prepare)")])


async def test_only_the_hub_may_see_or_make_one(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    party = await seller(hub, what, 100)
    await confirmed(hub, market, what, 30)
    run = await hub.do("/v1/consolidations", of(what))
    for api in (market.api, party):
        assert (await api.get("/v1/consolidations")).status_code == 403
        assert (await api.get(f"/v1/consolidations/{run['id']}")).status_code == 404
        for path in ("/v1/consolidations", "/v1/consolidations/preview"):
            assert (await api.post(path, of(what))).status_code == 403
