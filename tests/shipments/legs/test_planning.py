"""Planning legs: who is visited, what rides from where to where, how much is aboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from app.core.ids import encode, new_id
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import pcs, stall
from tests.shipments import story
from tests.shipments.legs import truck
from tests.shipments.legs.truck import body, carries, collects, stop
from tests.statements import round_trips

Unique = Callable[[str], str]


async def test_a_round_collects_from_several_farms(hub: Api, unique: Unique) -> None:
    """At each stop its load list: what is put on, what is aboard after it, what is free."""
    tale = await story.confirmed(hub, unique("eggs"), 600, 400)
    asked = await truck.collecting(tale, capacity="1500", driver_name="Pak Slamet")
    leg = await hub.do("/v1/legs", asked)
    assert (leg["status"], leg["number"][:4]) == ("planned", "LEG-")
    assert leg["vehicle"] == {"plate": "AG 8123 KT", "kind": None, "capacity_kg": "1500"}
    weights = [(s["aboard_kg"], s["free_kg"]) for s in leg["stops"]]
    assert weights == [("600", "900"), ("1000", "500"), ("0", "1500")]
    (load,) = stop(leg, 2)["pick_up"]
    assert load["allocation_id"] == tale.allocations[1]["id"]
    assert load["goods"][0]["quantity"] == kg(400)
    assert load["goods"][0]["name"] == load["goods"][0]["name_id"] == "Contoh"
    assert (load["weight_kg"], load["gone"], load["seller_id"]) == (
        "400",
        False,
        tale.sellers[1].id,
    )
    assert len(stop(leg, 3)["set_down"]) == 2
    assert leg["unweighed"] == []
    assert await tale.carrier.read(f"/v1/legs/{leg['id']}") == leg | {
        "allowed_actions": ["start"],
        "stops": [_without_sellers(s) for s in leg["stops"]],
    }
    assert leg["allowed_actions"] == ["replan", "start", "cancel"]


def _without_sellers(shown: Any) -> Any:
    hidden = {
        side: [load | {"seller_id": None} for load in shown[side]]
        for side in ("pick_up", "set_down")
    }
    return shown | hidden


async def test_a_seller_sees_when_the_truck_comes_to_it_and_nothing_else(
    hub: Api, unique: Unique
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 600, 400)
    asked = await truck.collecting(tale)
    asked["stops"][1] |= {
        "window_from": "2026-12-01T05:30:00Z",
        "window_until": "2026-12-01T06:30:00Z",
        "note": "Masuk dari belakang",
    }
    leg = await hub.do("/v1/legs", asked)
    seen = await tale.sellers[1].read(f"/v1/legs/{leg['id']}")
    assert seen["allowed_actions"] == []
    (mine,) = seen["stops"]
    assert (mine["position"], mine["note"]) == (2, "Masuk dari belakang")
    assert mine["window_from"] == "2026-12-01T05:30:00Z"
    assert [load["allocation_id"] for load in mine["pick_up"]] == [tale.allocations[1]["id"]]
    assert (mine["aboard_kg"], mine["free_kg"], mine["set_down"]) == (None, None, [])
    for other in (tale.sellers[0].id, tale.allocations[0]["id"], tale.sites[0]):
        assert other not in str(seen)
    listed = (await tale.sellers[1].read("/v1/legs"))["data"]
    assert [each["id"] for each in listed] == [leg["id"]]
    strangers = await hub.party("seller"), await hub.party("carrier")
    for key in strangers:
        assert (await key.get(f"/v1/legs/{leg['id']}")).status_code == 404
        assert (await key.read("/v1/legs"))["data"] == []
    assert (await tale.market.api.get(f"/v1/legs/{leg['id']}")).status_code == 404
    for key in (tale.carrier, tale.sellers[0]):
        assert (await key.post("/v1/legs", asked)).status_code == 403
        assert (await key.post(f"/v1/legs/{leg['id']}/replan", asked)).status_code == 403


async def test_one_allocation_over_several_rounds(hub: Api, unique: Unique) -> None:
    """Whole or in part; together never more than it, and what is called off is free again."""
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    last = await truck.store(hub)

    def some(quantity: int | None) -> dict[str, Any]:
        fields = {} if quantity is None else {"quantity": kg(quantity)}
        load = collects(tale.allocations[0], 1, 2, **fields)
        return body("collection", tale.carrier, [tale.sites[0], last], [load])

    first = await hub.do("/v1/legs", some(600))
    refused = await hub.post("/v1/legs", some(401))
    assert (refused.status_code, refused.json()["code"]) == (409, "over_planned")
    assert refused.json()["left"] == "400"
    rest = await hub.do("/v1/legs", some(None))
    assert stop(rest, 1)["pick_up"][0]["goods"][0]["quantity"] == kg(400)
    assert (await hub.post("/v1/legs", some(None))).json()["left"] == "0"
    # Planned anew, a leg does not count against itself.
    replanned = await hub.do(f"/v1/legs/{first['id']}/replan", some(500))
    assert stop(replanned, 1)["aboard_kg"] == "500"
    await hub.do(f"/v1/legs/{rest['id']}/cancel", {"reason": "vehicle_unavailable"})
    whole = await hub.do("/v1/legs", some(None))
    assert stop(whole, 1)["aboard_kg"] == "500"


async def test_two_rounds_that_plan_one_allocation_at_once(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    last = await truck.store(hub)
    load = collects(tale.allocations[0], 1, 2, quantity=kg(300))
    asked = body("collection", None, [tale.sites[0], last], [load])
    answers = await asyncio.gather(*(hub.post("/v1/legs", asked) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 3
    lefts = {a.json()["left"] for a in answers if a.status_code == 409}
    assert lefts == {"100"}


async def test_from_several_orders_to_one_truck(hub: Api, unique: Unique) -> None:
    """Two buyers' goods on one way; each is set down at its own door."""
    one = await story.confirmed(hub, unique("eggs"), 100)
    two = await story.confirmed(hub, unique("corn"), 250)
    site = await truck.store(hub)
    shipments = [await truck.at_the_store(t, site, await t.lot()) for t in (one, two)]
    loads = [carries(shipments[0], 1, 2), carries(shipments[1], 1, 3)]
    stops = [site, one.market.site, two.market.site]
    leg = await hub.do("/v1/legs", body("last_mile", one.carrier, stops, loads))
    assert [s["aboard_kg"] for s in leg["stops"]] == ["350", "250", "0"]
    assert [load["number"] for load in stop(leg, 1)["pick_up"]] == [s["number"] for s in shipments]
    assert stop(leg, 1)["pick_up"][0]["lots"] == 1
    riding = await hub.read("/v1/shipments", leg_id=leg["id"])
    assert {s["id"] for s in riding["data"]} == {s["id"] for s in shipments}
    shown = (await hub.read(f"/v1/shipments/{shipments[1]['id']}"))["legs"]
    assert [(s["leg_id"], s["from_stop"], s["to_stop"]) for s in shown] == [(leg["id"], 1, 3)]
    of_buyer = await one.market.api.read(f"/v1/shipments/{shipments[0]['id']}")
    assert of_buyer["legs"] == []
    carried = await hub.read("/v1/legs", shipment_id=shipments[0]["id"], kind="last_mile")
    assert [each["id"] for each in carried["data"]] == [leg["id"]]
    assert (await hub.read("/v1/legs", shipment_id=shipments[0]["id"], status="underway"))[
        "data"
    ] == []


async def test_one_order_over_several_trucks(hub: Api, unique: Unique) -> None:
    """Five tonnes do not fit on one truck of four: the lot is split, and each part finds its own."""
    tale = await story.confirmed(hub, unique("eggs"), 5000)
    site = await truck.store(hub)
    stops, lot = [site, tale.market.site], await tale.lot()
    whole = await truck.at_the_store(tale, site, lot)
    refused = await hub.post("/v1/legs", body("last_mile", None, stops, [carries(whole, 1, 2)]))
    assert (refused.status_code, refused.json()["code"]) == (409, "over_capacity")
    assert (refused.json()["after_stop"], refused.json()["over_kg"]) == (1, "1000")
    assert (await hub.read("/v1/legs", shipment_id=whole["id"]))["data"] == []
    await hub.do(f"/v1/shipments/{whole['id']}/cancel", {"reason": "replanned"})
    await hub.do(f"/v1/lots/{lot['id']}/split", {"parts": [{"quantity": kg(1500)}]})
    parts = (await hub.read("/v1/lots", order_id=tale.order_id, status="available"))["data"]
    assert sorted(part["balance"]["value"] for part in parts) == ["1500", "3500"]
    for part in parts:
        shipment = await truck.at_the_store(tale, site, part)
        leg = await hub.do("/v1/legs", body("last_mile", None, stops, [carries(shipment, 1, 2)]))
        await hub.do(f"/v1/legs/{leg['id']}/start")
        await hub.do(f"/v1/legs/{leg['id']}/stops/2/reach")
        assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["status"] == "arrived"
    assert (await tale.order())["lines"][0]["shipped"] == kg(5000)


async def test_a_shipment_rides_one_leg_after_the_other(hub: Api, unique: Unique) -> None:
    """Blitar, Surabaya, Jakarta: it goes on where it was set down, and never on two legs at once."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    blitar, surabaya = await truck.store(hub), await truck.store(hub, "35.05.01")
    shipment = await truck.at_the_store(tale, blitar, await tale.lot())
    rides = [carries(shipment, 1, 2)]
    second = body("last_mile", tale.carrier, [surabaya, tale.market.site], rides)
    early = await hub.post("/v1/legs", second)
    assert early.json()["errors"][0]["pointer"] == "/loads/0/from_stop"
    first = await hub.do("/v1/legs", body("line_haul", tale.carrier, [blitar, surabaya], rides))
    await hub.do("/v1/legs", second)
    for stops in ([blitar, surabaya], [blitar, tale.market.site], [surabaya, tale.market.site]):
        twice = await hub.post("/v1/legs", body("line_haul", None, stops, rides))
        assert twice.json()["errors"][0]["code"] == "rides_already", twice.text
    shown = (await hub.read(f"/v1/shipments/{shipment['id']}"))["legs"]
    assert [leg["kind"] for leg in shown] == ["line_haul", "last_mile"]
    # The truck of the first stretch is another: its place is free once it is called off.
    await hub.do(f"/v1/legs/{first['id']}/cancel", {"reason": "vehicle_unavailable"})
    await hub.do("/v1/legs", body("line_haul", None, [blitar, surabaya], rides))
    elsewhere = {"to_site_id": await tale.market.api.site("store")}
    moved = await hub.post(f"/v1/shipments/{shipment['id']}/replan", elsewhere)
    assert (moved.status_code, moved.json()["code"]) == (409, "shipment_rides")
    assert len(moved.json()["leg_ids"]) == 2


async def test_two_legs_want_one_shipment(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    site = await truck.store(hub)
    shipment = await truck.at_the_store(tale, site, await tale.lot())
    asked = body("last_mile", None, [site, tale.market.site], [carries(shipment, 1, 2)])
    answers = await asyncio.gather(*(hub.post("/v1/legs", asked) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [201] + [422] * 4


async def test_stops_and_loads_that_do_not_fit(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100, 50)
    site, elsewhere = await truck.store(hub), await trade.buyer(hub)
    farm, other = tale.sites
    mine, theirs = tale.allocations
    ride = await truck.at_the_store(tale, site, await tale.lot(1))
    nothing, nowhere = encode("alc", new_id()), encode("sit", new_id())
    load = collects(mine, 1, 2)
    drive = carries(ride, 1, 2)
    wrong: list[tuple[str, list[str], list[dict[str, Any]], str]] = [
        ("collection", [farm, tale.market.site], [load], "/stops/1/site_id"),
        ("collection", [farm, nowhere], [load], "/stops/1/site_id"),
        ("collection", [other, site], [load], "/loads/0/from_stop"),
        ("collection", [site, farm, site], [collects(mine, 1, 3)], "/loads/0/from_stop"),
        ("collection", [farm, other, site], [load], "/loads/0/to_stop"),
        ("collection", [farm, site], [collects(mine, 1, 3)], "/loads/0/to_stop"),
        ("collection", [farm, site], [collects(mine, 2, 2)], "/loads/0/to_stop"),
        ("collection", [farm, site], [load, load], "/loads/1/allocation_id"),
        ("collection", [farm, site], [drive], "/loads/0/allocation_id"),
        ("collection", [farm, site], [load | {"allocation_id": nothing}], "/loads/0/allocation_id"),
        ("collection", [farm, site], [load | {"quantity": pcs(3)}], "/loads/0/quantity/unit"),
        ("collection", [farm, site], [], "/loads"),
        ("collection", [farm], [load], "/stops"),
        ("line_haul", [farm, site], [load], "/loads/0/shipment_id"),
        ("last_mile", [farm, tale.market.site], [drive], "/loads/0/from_stop"),
        ("last_mile", [site, elsewhere.site], [drive], "/loads/0/to_stop"),
        ("last_mile", [site, tale.market.site], [drive, drive], "/loads/1/shipment_id"),
        ("last_mile", [site, tale.market.site], [drive | load], "/loads/0/shipment_id"),
        ("last_mile", [site, site], [drive], "/loads/0/shipment_id"),
        (
            "last_mile",
            [site, tale.market.site],
            [drive | {"quantity": kg(1)}],
            "/loads/0/quantity",
        ),
    ]
    assert theirs["id"] != mine["id"]
    for kind, stops, loads, pointer in wrong:
        answer = await hub.post("/v1/legs", body(kind, tale.carrier, stops, loads))
        assert answer.status_code in (404, 422), answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
    asked = body("collection", tale.carrier, [farm, site], [load])
    asked["stops"][0] |= {
        "window_from": "2026-12-02T00:00:00Z",
        "window_until": "2026-12-01T00:00:00Z",
    }
    late = await hub.post("/v1/legs", asked)
    assert late.json()["errors"][0]["pointer"] == "/stops/0/window_until"
    no_carrier = body("collection", None, [farm, site], [load]) | {"carrier_id": tale.sellers[0].id}
    assert (await hub.post("/v1/legs", no_carrier)).json()["errors"][0]["pointer"] == "/carrier_id"
    assert (await hub.read("/v1/legs", shipment_id=ride["id"]))["data"] == []


async def test_allocations_that_nobody_brings_are_not_collected(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    seller, farm = await story.farm(hub)
    await trade.offer(seller, farm, eggs, 100)
    order = await trade.order(market, eggs, 100)
    for verb in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{verb}")
    share = (await seller.read("/v1/allocations"))["data"][0]
    asked = body("collection", None, [farm, await truck.store(hub)], [collects(share, 1, 2)])
    refused = await hub.post("/v1/legs", asked)
    assert refused.json()["errors"][0]["code"] == "not_confirmed"
    await seller.do(f"/v1/allocations/{share['id']}/confirm")
    leg = await hub.do("/v1/legs", asked)
    # Its order ends: what was to be collected is shown as gone, and weighs nothing.
    await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    now = await hub.read(f"/v1/legs/{leg['id']}")
    assert (stop(now, 1)["pick_up"][0]["gone"], stop(now, 1)["aboard_kg"]) == (True, "0")


async def test_pieces_have_no_weight_but_what_is_said(hub: Api) -> None:
    tale = await story.of_listing(hub, await stall(hub), 4)
    kitchen, last = tale.sites[0], await truck.store(hub)
    load = collects(tale.allocations[0], 1, 2)
    leg = await hub.do("/v1/legs", body("collection", None, [kitchen, last], [load]))
    assert stop(leg, 1)["aboard_kg"] == "0"
    assert [each["allocation_id"] for each in leg["unweighed"]] == [tale.allocations[0]["id"]]
    assert leg["unweighed"][0]["weight_kg"] is None
    assert leg["unweighed"][0]["goods"][0]["quantity"] == pcs(4)
    said = body("collection", None, [kitchen, last], [load | {"weight_kg": "1.25"}])
    leg = await hub.do(f"/v1/legs/{leg['id']}/replan", said)
    assert (stop(leg, 1)["aboard_kg"], leg["unweighed"]) == ("1.25", [])
    heavy = said | {"vehicle": {"capacity_kg": "1"}}
    refused = await hub.post(f"/v1/legs/{leg['id']}/replan", heavy)
    assert (refused.json()["code"], refused.json()["over_kg"]) == ("over_capacity", "0.25")
    assert stop(await hub.read(f"/v1/legs/{leg['id']}"), 1)["aboard_kg"] == "1.25"


async def test_a_shipment_that_grows_too_heavy_for_its_leg(hub: Api, unique: Unique) -> None:
    """What rides is weighed as it is now: swapping lots counts, against the same vehicle."""
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    site = await truck.store(hub)
    light, heavy = await tale.lot(weight=200), await tale.lot(weight=800)
    shipment = await truck.at_the_store(tale, site, light)
    asked = body(
        "last_mile", None, [site, tale.market.site], [carries(shipment, 1, 2)], capacity="900"
    )
    leg = await hub.do("/v1/legs", asked)
    path = f"/v1/shipments/{shipment['id']}/replan"
    refused = await hub.post(path, {"lot_ids": [light["id"], heavy["id"]]})
    assert (refused.status_code, refused.json()["code"]) == (409, "over_capacity")
    await hub.do(path, {"lot_ids": [heavy["id"]]})
    assert stop(await hub.read(f"/v1/legs/{leg['id']}"), 1)["aboard_kg"] == "800"
    # Called off, its place is free.
    await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "weather"})
    now = await hub.read(f"/v1/legs/{leg['id']}")
    assert (stop(now, 1)["pick_up"][0]["gone"], stop(now, 1)["free_kg"]) == (True, "900")


async def test_a_leg_of_many_loads_takes_the_same_statements(hub: Api, unique: Unique) -> None:
    """Planned, started and reached: 100 shipments ask no more of the database than 2."""
    counts = []
    for count in (2, 100):
        tale = await story.confirmed(hub, unique("eggs"), 1000)
        site = await truck.store(hub)
        shipments = [
            await truck.at_the_store(tale, site, await tale.lot(weight=1000 // count))
            for _ in range(count)
        ]
        loads = [carries(shipment, 1, 2) for shipment in shipments]
        async with round_trips() as trips:
            leg = await hub.do("/v1/legs", body("last_mile", None, [site, tale.market.site], loads))
            await hub.do(f"/v1/legs/{leg['id']}/start")
            await hub.do(f"/v1/legs/{leg['id']}/stops/2/reach")
            await hub.do(f"/v1/legs/{leg['id']}/complete")
        asked = [trip for trip in trips if not trip.startswith("(prepare)")]
        counts.append(len(asked))
        assert (await tale.order())["lines"][0]["shipped"] == kg(1000)
        arrived = await hub.read("/v1/shipments", leg_id=leg["id"], status="arrived", limit=100)
        assert len(arrived["data"]) == count
    assert counts[0] == counts[1] <= 80, counts


async def test_what_rides_does_not_grow_while_its_leg_is_planned(hub: Api, unique: Unique) -> None:
    """Whoever comes second sees what the first has done: nobody overloads the vehicle."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    site = await truck.store(hub)
    for _ in range(4):
        first, more = await tale.lot(weight=10), await tale.lot(weight=10)
        shipment = await truck.at_the_store(tale, site, first)
        loads = [carries(shipment, 1, 2)]
        asked = body("last_mile", None, [site, tale.market.site], loads, capacity="15")
        both = {"lot_ids": [first["id"], more["id"]]}
        answers = await asyncio.gather(
            hub.post("/v1/legs", asked), hub.post(f"/v1/shipments/{shipment['id']}/replan", both)
        )
        refused = [each.json()["code"] for each in answers if each.status_code == 409]
        assert refused in (["over_capacity"], ["shipment_replanned"])


async def test_times_are_of_this_age(hub: Api, unique: Unique) -> None:
    """What has no day in Jakarta, or none in UTC, is refused and not choked on."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    asked = await truck.collecting(tale)
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"):
        answer = await hub.post("/v1/legs", asked | {"depart_at": at})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/depart_at"
