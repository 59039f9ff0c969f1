"""Lots on their way through the chain: from the farm, past their day, pooled, given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg

from app.access.enter import acting_as_hub
from app.core.ids import decode
from app.parties.bootstrap import find_hub
from app.shipments.lots.commands import expire
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import pcs, stall
from tests.shipments import story
from tests.shipments.lots import book
from tests.statements import trips_of

Unique = Callable[[str], str]


async def store_of(hub: Api) -> str:
    """A store of the hub's."""
    return await (await hub.party("operator")).site("store")


async def merged(hub: Api, *lots: Any) -> Any:
    """One lot of these, as if it stood in a store of the hub's."""
    made = await hub.do("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    return made | {"site_id": await store_of(hub)}


async def collection(hub: Api, tale: story.Story, *numbers: int) -> str:
    """A round that collects the goods of these sellers of *tale* for the hub."""
    store = await store_of(hub)
    stops = [{"site_id": tale.sites[n]} for n in numbers] + [{"site_id": store}]
    loads = [
        {
            "allocation_id": tale.allocations[n]["id"],
            "from_stop": at + 1,
            "to_stop": len(stops),
            "quantity": tale.allocations[n]["quantity"],
        }
        for at, n in enumerate(numbers)
    ]
    body = {
        "kind": "collection",
        "vehicle": {"plate": "AG 8012 KB", "kind": "pickup", "capacity_kg": "2000"},
        "stops": stops,
        "loads": loads,
    }
    return str((await hub.do("/v1/legs", body))["id"])


async def test_a_pooled_lot_rides_and_is_signed_for(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Three farms' goods in one lot: each allocation ships, each offer has delivered its part."""
    tale = await story.confirmed(hub, unique("eggs"), 50, 30, 20)
    pool = await merged(hub, *[await tale.lot(n) for n in range(3)])
    receipt = await tale.received(pool)
    assert not await book.unequal(owner)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await tale.order()
    assert (order["status"], order["lines"][0]["accepted"]) == ("completed", kg(100))
    for n, share in enumerate((50, 30, 20)):
        seen = await tale.sellers[n].read(f"/v1/allocations/{tale.allocations[n]['id']}")
        assert (seen["status"], seen["weighed"]) == ("shipped", kg(share))
        offer = await tale.sellers[n].read(f"/v1/supply-offers/{seen['offer_id']}")
        assert (offer["committed"], offer["delivered"]) == (kg(0), kg(share))
    assert not await book.unequal(owner)


async def test_what_stands_in_any_state_goes_back_when_the_order_ends(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    pool = await merged(hub, await tale.lot(0, 50), await tale.lot(1))
    for action in ("hold", "reject"):
        body = {"quantity": kg(20), "reason": "dirty"}
        await hub.do(f"/v1/lots/{pool['id']}/{action}", body)
    loose = await tale.lot(0, 5)
    await hub.do(f"/v1/lots/{loose['id']}/hold", {"reason": "dirty"})
    await tale.market.api.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    lots = (await hub.read("/v1/lots", order_id=tale.order_id))["data"]
    assert {lot["status"] for lot in lots} == {"depleted", "rejected"}
    assert all(lot["balance"] == kg(0) for lot in lots if lot["status"] == "depleted")
    for n, seller in enumerate(tale.sellers):
        share = await seller.read(f"/v1/allocations/{tale.allocations[n]['id']}")
        assert (share["status"], share["weighed"]) == ("released", kg(0))
        offer = await seller.read(f"/v1/supply-offers/{share['offer_id']}")
        assert (offer["committed"], offer["delivered"]) == (kg(0), kg(0))
    assert not await book.unequal(owner)


async def test_a_complete_line_gives_back_what_is_held_of_it(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 99, 1)
    lots = [await tale.lot(0), await tale.lot(1)]
    await hub.do(f"/v1/lots/{lots[1]['id']}/hold", {"reason": "dirty"})
    receipt = await tale.received(lots[0])
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    held = await hub.read(f"/v1/lots/{lots[1]['id']}")
    assert (held["status"], held["balance"]) == ("depleted", kg(0))
    assert not await book.unequal(owner)


async def test_a_lot_weighed_at_the_farm_is_expected_and_received(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """What the hub's scale says less is lost on the way, what it says more is found."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    leg = await collection(hub, tale, 0, 1)
    lot = await tale.lot(0, leg_id=leg, count=1000)
    assert (lot["status"], lot["made_at"], lot["leg_id"]) == ("expected", "farm", leg)
    refused = await hub.post("/v1/shipments", tale.shipment_body(lot))
    assert refused.status_code == 409, refused.text
    assert (await hub.post(f"/v1/lots/{lot['id']}/split", _parts(10, 100))).status_code == 409
    before = await book.state(owner, tale.order_id)
    body = {"net_weight": kg("58.5"), "count": 990}
    got = await hub.do(f"/v1/lots/{lot['id']}/receive", body)
    assert (got["status"], got["balance"], got["count_balance"]) == ("available", kg("58.5"), 990)
    line = (await tale.order())["lines"][0]
    assert (line["allocated"], line["unallocated"]) == (kg("98.5"), kg("1.5"))
    assert not await book.unequal(owner)
    (event,) = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    assert (event["kind"], event["loss"], event["reason"]) == ("receive", kg("1.5"), "on_the_road")
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert await book.state(owner, tale.order_id) == before
    assert (await hub.do(f"/v1/lots/{lot['id']}/receive"))["balance"] == kg(60)
    again = (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
    assert [e["kind"] for e in again] == ["undo", "receive"]  # as told: nothing moved
    listed = (await hub.read("/v1/lots", leg_id=leg))["data"]
    assert [each["id"] for each in listed] == [lot["id"]]


def _parts(quantity: float, count: int | None = None) -> dict[str, Any]:
    return {"parts": [{"quantity": kg(quantity), "count": count}]}


async def test_a_round_without_goods_of_it_is_not_known(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    leg = await collection(hub, tale, 0)
    body = {
        "allocation_id": tale.allocations[1]["id"],
        "net_weight": kg(10),
        "produced_on": trade.day(),
        "leg_id": leg,
    }
    assert (await tale.sellers[1].post("/v1/lots", body)).status_code == 404
    mine = body | {"allocation_id": tale.allocations[0]["id"]}
    at_hub = await hub.post("/v1/lots", mine | {"made_at": "hub"})
    assert at_hub.json()["errors"][0]["pointer"] == "/made_at"
    await hub.do(f"/v1/legs/{leg}/cancel", {"reason": "other"})
    over = await tale.sellers[0].post("/v1/lots", mine)
    assert (over.status_code, over.json()["code"]) == (409, "leg_over")


async def test_goods_past_their_day_do_not_ride(
    hub: Api, unique: Unique, owner: asyncpg.Connection, app: Any
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    await owner.execute(
        "UPDATE commodities SET shelf_life_days = 14 WHERE id = $1", decode("com", tale.what.id)
    )
    fresh, old = await tale.lot(0, 60), await tale.lot(0, 40, produced_on=trade.day(-13))
    assert old["best_before_on"] == trade.day(1)
    until = await hub.read("/v1/lots", order_id=tale.order_id, best_before_until=trade.day(1))
    assert [lot["id"] for lot in until["data"]] == [old["id"]]
    await owner.execute(
        "UPDATE lots SET best_before_on = $2 WHERE id = $1",
        decode("lot", old["id"]),
        date.fromisoformat(trade.day(-1)),
    )
    database = app.state.database
    async with acting_as_hub(database, await find_hub(database), livemode=True) as tx:
        assert await expire(tx, 100) >= 1
    assert (await hub.read(f"/v1/lots/{old['id']}"))["status"] == "expired"
    assert (await hub.read(f"/v1/lots/{fresh['id']}"))["status"] == "available"
    assert (await hub.post("/v1/shipments", tale.shipment_body(old))).status_code == 409
    await hub.do(f"/v1/lots/{old['id']}/reject", {"reason": "too_late"})
    assert (await tale.order())["lines"][0]["unallocated"] == kg(40)
    assert not await book.unequal(owner)


async def test_what_may_not_go_on_can_be_destroyed(
    hub: Api, unique: Unique, owner: asyncpg.Connection, app: Any
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    recalled, old = await tale.lot(0, 60), await tale.lot(0, 40, produced_on=trade.day(-9))
    await hub.do("/v1/recalls", {"lot_ids": [recalled["id"]], "reason": "contamination"})
    await owner.execute(
        "UPDATE lots SET best_before_on = $2 WHERE id = $1",
        decode("lot", old["id"]),
        date.fromisoformat(trade.day(-1)),
    )
    database = app.state.database
    async with acting_as_hub(database, await find_hub(database), livemode=True) as tx:
        await expire(tx, 100)
    for lot, status, rest in ((recalled, "recalled", 45), (old, "expired", 25)):
        path = f"/v1/lots/{lot['id']}"
        assert "shrink" in (await hub.read(path))["allowed_actions"]
        after = await hub.do(f"{path}/shrink", _lost(15))
        assert (after["status"], after["balance"]) == (status, kg(rest))
        gone = await hub.do(f"{path}/shrink", _lost(rest))
        assert (gone["status"], gone["balance"]) == ("depleted", kg(0))
        events = (await hub.read(f"{path}/events"))["data"]
        last = next(e["id"] for e in events if e["loss"] == kg(rest))
        await hub.do(f"/v1/lot-events/{last}/undo")
        back = await hub.read(path)
        assert (back["status"], back["balance"]) == (status, kg(rest))
    assert (await tale.order())["lines"][0]["unallocated"] == kg(30)
    assert not await book.unequal(owner)


async def test_lots_of_different_goods_do_not_mix(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    one, two = [await story.confirmed(hub, unique(code), 50) for code in ("eggs", "corn")]
    lots = [await one.lot(), await two.lot()]
    refused = await hub.post("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    assert (refused.status_code, refused.json()["code"]) == (409, "lots_differ")
    assert refused.json()["lot_ids"] == [lots[1]["id"]]
    body = {"quantity": kg(20), "grade": "b", "reason": "wrong_grade"}
    (lower,) = (await hub.do(f"/v1/lots/{lots[0]['id']}/downgrade", body))["made"]
    refused = await hub.post("/v1/lots/merge", {"lot_ids": [lots[0]["id"], lower["id"]]})
    assert refused.json()["code"] == "lots_differ"
    twice = await hub.post("/v1/lots/merge", {"lot_ids": [lots[0]["id"]] * 2})
    assert twice.json()["errors"][0]["pointer"] == "/lot_ids/1"
    for lot_ids in ([lots[0]["id"], "lot_01k68000000000000000000000"],):
        missing = await hub.post("/v1/lots/merge", {"lot_ids": lot_ids})
        assert missing.status_code == 404
    same = body | {"grade": "b"}
    refused = await hub.post(f"/v1/lots/{lower['id']}/downgrade", same)
    assert refused.json()["errors"][0]["pointer"] == "/grade"


async def test_a_counted_lot_is_divided_by_count_too(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot(count=1000)
    path = f"/v1/lots/{lot['id']}/split"
    for parts, code in (
        (_parts(10), "count_needed"),
        (_parts(10, 1000), "count_range"),
        (_parts(100, 999), "count_range"),
        (_parts(100), "not_less"),
    ):
        answer = await hub.post(path, parts)
        assert answer.json()["errors"][0]["code"] == code, parts
    assert (await hub.post(path, _parts("100.001", 10))).json()["code"] == "not_in_lot"
    after = await hub.do(path, _parts(10, 110))
    assert (after["balance"], after["count_balance"], after["count"]) == (kg(90), 890, 1000)
    assert [(m["balance"], m["count"]) for m in after["made"]] == [(kg(10), 110)]


async def test_a_lot_in_a_shipment_is_left_alone(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    shipment = await tale.planned(lot)
    refused = await hub.post(f"/v1/lots/{lot['id']}/shrink", _lost(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "lot_aboard")
    assert refused.json()["shipment_id"] == shipment["id"]
    assert shipment["number"] in refused.json()["detail"]


def _lost(quantity: float) -> dict[str, Any]:
    return {"quantity": kg(quantity), "reason": "broken"}


async def test_of_two_merges_of_one_lot_one_wins(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 30, 30, 40)
    lots = [await tale.lot(n) for n in range(3)]
    pairs = [(lots[0], lots[1]), (lots[1], lots[2]), (lots[2], lots[1])]
    bodies = [{"lot_ids": [lot["id"] for lot in pair]} for pair in pairs]
    answers = await asyncio.gather(*(hub.post("/v1/lots/merge", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert not await book.unequal(owner)


async def test_a_lot_is_split_or_loaded_and_never_both(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Whoever is first: what was loaded is whole, or what is left rides."""
    for _ in range(4):
        tale = await story.confirmed(hub, unique("eggs"), 100)
        lot = await tale.lot()
        split, loaded = await asyncio.gather(
            hub.post(f"/v1/lots/{lot['id']}/split", _parts(40)),
            hub.post("/v1/shipments", tale.shipment_body(lot)),
        )
        assert (split.status_code, loaded.status_code) in ((200, 201), (409, 201))
        rides = loaded.json()["lots"][0]["quantity"]
        assert rides == kg(60 if split.status_code == 200 else 100)
        assert not await book.unequal(owner)


async def test_an_event_is_undone_or_built_upon(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    for _ in range(4):
        tale = await story.confirmed(hub, unique("eggs"), 60, 40)
        pool = await merged(hub, await tale.lot(0), await tale.lot(1))
        (event,) = (await hub.read(f"/v1/lots/{pool['id']}/events"))["data"]
        answers = await asyncio.gather(
            hub.post(f"/v1/lot-events/{event['id']}/undo"),
            hub.post(f"/v1/lots/{pool['id']}/split", _parts(10)),
            hub.post(f"/v1/lot-events/{event['id']}/undo"),
        )
        assert sum(answer.status_code == 200 for answer in answers) == 1
        assert not await book.unequal(owner)


async def test_two_losses_at_once_are_both_counted(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    pool = await merged(hub, await tale.lot(0), await tale.lot(1))
    path = f"/v1/lots/{pool['id']}/shrink"
    answers = await asyncio.gather(*(hub.post(path, _lost(30)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]
    assert (await hub.read(f"/v1/lots/{pool['id']}"))["balance"] == kg(10)
    assert not await book.unequal(owner)


async def test_goods_of_a_listing_are_lost_and_rejected_without_touching_the_stock(
    hub: Api, owner: asyncpg.Connection
) -> None:
    """The line still asks for them: its stock stays kept for it until they leave, or it ends."""
    shop = await stall(hub)
    tale = await story.of_listing(hub, shop, 7)
    lot = await tale.lot()
    before = await book.state(owner, tale.order_id)
    await hub.do(f"/v1/lots/{lot['id']}/shrink", {"quantity": pcs(1), "reason": "broken"})
    await hub.do(f"/v1/lots/{lot['id']}/reject", {"quantity": pcs(2), "reason": "dirty"})
    assert await shop.stock() == ("10", "7")
    assert not await book.unequal(owner)
    for event in (await hub.read(f"/v1/lots/{lot['id']}/events"))["data"]:
        await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert await book.state(owner, tale.order_id) == before


async def test_what_is_found_over_is_taken_back_with_it(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Under an agreement that takes 10 % more: allocation, line, quota and offer grow and shrink."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 500, over_tolerance_pct="10")
    sellers = []
    for share in (70, 50):
        seller, site = await story.farm(hub)
        await trade.offer(seller, site, eggs, share)
        sellers.append((seller, site))
    order = await trade.order(market, eggs, 100, agreement_id=agreed)
    for action in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{action}")
    shares = []
    for seller, _ in sellers:
        share = (await seller.read("/v1/allocations"))["data"][0]
        shares.append(await seller.do(f"/v1/allocations/{share['id']}/confirm"))
    carrier = await hub.party("carrier")
    parties, sites = [s for s, _ in sellers], [site for _, site in sellers]
    tale = story.Story(hub, market, eggs, carrier, order["id"], parties, sites, shares)
    (one,) = [await tale.lot(0)]
    before = await book.state(owner, tale.order_id)
    quota = await trade.quota(hub, agreed)
    weight = float(one["balance"]["value"])
    body = {"net_weight": kg(weight + 5), "reason": "weighed_wrong"}
    await hub.do(f"/v1/lots/{one['id']}/adjust", body)
    assert not await book.unequal(owner)
    assert (await trade.quota(hub, agreed))["reserved"] == kg(105)
    (event,) = (await hub.read(f"/v1/lots/{one['id']}/events"))["data"]
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    assert await book.state(owner, tale.order_id) == before
    assert (await trade.quota(hub, agreed))["reserved"] == quota["reserved"]
    assert not await book.unequal(owner)


async def test_it_costs_the_same_for_two_farms_and_for_many(hub: Api, unique: Unique) -> None:
    """Merging and its undoing, and rejecting a part of what was merged, count statements alone."""
    counts = []
    for farms in (2, 12):
        tale = await story.confirmed(hub, unique("eggs"), *[10] * farms)
        lots = [await tale.lot(n) for n in range(farms)]
        body = {"lot_ids": [lot["id"] for lot in lots]}
        made = [(await hub.do("/v1/lots/merge", body))["id"]]

        async def again(body: Any = body, made: list[Any] = made) -> None:
            (event,) = (await hub.read(f"/v1/lots/{made[-1]}/events"))["data"]
            await hub.do(f"/v1/lot-events/{event['id']}/undo")
            made.append((await hub.do("/v1/lots/merge", body))["id"])

        async def reject(made: list[Any] = made) -> None:
            body = {"quantity": kg(1), "reason": "broken"}
            await hub.do(f"/v1/lots/{made[-1]}/reject", body)

        counts.append((len(await trips_of(again)), len(await trips_of(reject))))
    assert counts[0] == counts[1]
    merged_and_undone, rejected = counts[0]
    assert (merged_and_undone <= 43, rejected <= 22) == (True, True), counts
