"""Driving a leg with a bad connection: late, twice, in one go, in any order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from app import reconcile
from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.legs import truck
from tests.shipments.legs.truck import ago, body, carries, collects, stop

Unique = Callable[[str], str]


class Round:
    """A last-mile leg to two buyers, and what rides on it."""

    def __init__(self, hub: Api, tales: list[story.Story], shipments: list[Any], leg: Any) -> None:
        self.hub, self.tales, self.shipments, self.leg = hub, tales, shipments, leg
        self.path = f"/v1/legs/{leg['id']}"
        self.driver = tales[0].carrier

    async def says(self, action: str, minutes: float | None = None, position: int = 0) -> Any:
        """The driver's raw answer to start, complete, or reach and leave of a stop."""
        at = "" if not position else f"/stops/{position}"
        sent = {} if minutes is None else ago(minutes)
        return await self.driver.post(f"{self.path}{at}/{action}", sent)

    async def statuses(self) -> list[str]:
        """Where the shipments are."""
        return [
            (await self.hub.read(f"/v1/shipments/{shipment['id']}"))["status"]
            for shipment in self.shipments
        ]

    async def track(self, n: int) -> list[tuple[str, str | None]]:
        """What anybody reads of the n-th shipment, oldest first."""
        code = self.shipments[n]["tracking_code"]
        events = (await self.hub.read(f"/v1/tracking/{code}"))["events"]
        return [(event["status"], event["place"]) for event in reversed(events)]


async def planned(hub: Api, unique: Unique) -> Round:
    """Eggs for one door and corn for another, on one truck."""
    tales = [await story.confirmed(hub, unique(w), q) for w, q in (("eggs", 100), ("corn", 250))]
    site = await truck.store(hub)
    shipments = [await truck.at_the_store(t, site, await t.lot()) for t in tales]
    loads = [carries(shipments[0], 1, 2), carries(shipments[1], 1, 3)]
    stops = [site, tales[0].market.site, tales[1].market.site]
    leg = await hub.do("/v1/legs", body("last_mile", tales[0].carrier, stops, loads))
    return Round(hub, tales, shipments, leg)


async def test_a_round_as_it_should_be(hub: Api, unique: Unique, app: Any) -> None:
    drive = await planned(hub, unique)
    leg = (await drive.says("start", 60)).json()
    assert (leg["status"], leg["allowed_actions"]) == ("underway", ["reach", "leave", "complete"])
    assert stop(leg, 1)["left_at"] == leg["started_at"]
    assert await drive.statuses() == ["dispatched", "dispatched"]
    for tale, much in zip(drive.tales, (100, 250), strict=True):
        assert (await tale.order())["lines"][0]["shipped"] == kg(much)
        assert (await tale.order())["status"] == "in_progress"
    await drive.says("reach", 40, 2)
    assert await drive.statuses() == ["arrived", "in_transit"]
    shown = await hub.read(f"/v1/shipments/{drive.shipments[0]['id']}")
    assert shown["arrived_at"] is not None
    await drive.says("leave", 30, 2)
    await drive.says("reach", 10, 3)
    assert await drive.statuses() == ["arrived", "arrived"]
    done = (await drive.says("complete", 5)).json()
    assert (done["status"], stop(done, 3)["left_at"]) == ("completed", None)
    jakarta = "Kota Administrasi Jakarta Timur"
    assert await drive.track(1) == [
        ("picked_up", "Kabupaten Blitar"),
        ("in_transit", jakarta),
        ("in_transit", jakarta),
    ]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_said_again_nothing_happens(hub: Api, unique: Unique) -> None:
    """With other keys and other times: the leg is answered as it is."""
    drive = await planned(hub, unique)
    for action, minutes, position in (
        ("start", 60, 0),
        ("reach", 40, 2),
        ("leave", 30, 2),
        ("reach", 20, 3),
        ("complete", 10, 0),
    ):
        first = await drive.says(action, minutes, position)
        assert first.status_code == 200, first.text
        again = await drive.says(action, minutes - 1, position)
        assert (again.status_code, again.json()) == (200, first.json())
    assert len(await drive.track(1)) == 3


async def test_the_same_key_is_the_same_word(hub: Api, unique: Unique) -> None:
    drive = await planned(hub, unique)
    sent = ago(60)
    answers = await asyncio.gather(
        *(
            drive.driver.post(
                f"{drive.path}/start", sent, idempotency_key="k" * 20 + drive.path[-6:]
            )
            for _ in range(3)
        )
    )
    assert [a.status_code for a in answers] == [200] * 3
    assert len({a.text for a in answers}) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_in_whatever_order_it_is_heard(hub: Api, unique: Unique, seed: int, app: Any) -> None:
    """After a tunnel the phone sends all it has at once, each twice; the end is always the same."""
    drive = await planned(hub, unique)
    assert (await drive.says("start", 60)).status_code == 200
    said = [("reach", 40, 2), ("leave", 30, 2), ("reach", 20, 3), ("leave", 15, 3)] * 2
    random.Random(seed).shuffle(said)
    answers = await asyncio.gather(*(drive.says(*each) for each in said))
    assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
    assert await drive.statuses() == ["arrived", "arrived"]
    leg = await hub.read(drive.path)
    assert all(s["arrived_at"] and s["left_at"] for s in leg["stops"][1:])
    assert leg["stops"][1]["arrived_at"] < leg["stops"][1]["left_at"]
    newest = await hub.read(f"/v1/shipments/{drive.shipments[1]['id']}")
    assert newest["tracking_status"] == "in_transit"
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_what_was_never_said_follows_from_what_was(hub: Api, unique: Unique) -> None:
    """Only the last stop was heard of: the first door was passed, too."""
    drive = await planned(hub, unique)
    await drive.says("start", 60)
    assert (await drive.says("reach", 20, 3)).status_code == 200
    assert await drive.statuses() == ["arrived", "arrived"]
    leg = await hub.read(drive.path)
    assert stop(leg, 2)["arrived_at"] is None  # nobody said when
    late = await drive.says("reach", 40, 2)  # until somebody does
    assert stop(late.json(), 2)["arrived_at"] is not None
    await drive.says("complete")
    after = await drive.says("leave", 30, 2)
    assert (after.status_code, after.json()["status"]) == (200, "completed")
    assert stop(after.json(), 2)["left_at"] is not None


async def test_what_is_loaded_on_the_way_is_dispatched_there(hub: Api, unique: Unique) -> None:
    """From two stores to one door; nobody said that the second was left, only that all is over."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    sites = [await truck.store(hub), await truck.store(hub)]
    shipments = [
        await truck.at_the_store(tale, site, await tale.lot(n)) for n, site in enumerate(sites)
    ]
    loads = [carries(shipments[0], 1, 3), carries(shipments[1], 2, 3)]
    stops = [*sites, tale.market.site]
    leg = await hub.do("/v1/legs", body("line_haul", tale.carrier, stops, loads))
    assert [stop["aboard_kg"] for stop in leg["stops"]] == ["60", "100", "0"]
    path = f"/v1/legs/{leg['id']}"
    await tale.carrier.do(f"{path}/start", ago(60))
    assert (await tale.order())["lines"][0]["shipped"] == kg(60)
    await tale.carrier.do(f"{path}/stops/2/reach", ago(50))
    second = f"/v1/shipments/{shipments[1]['id']}"
    assert (await hub.read(second))["status"] == "planned"  # it is still being loaded
    await tale.carrier.do(f"{path}/complete", ago(5))
    assert (await hub.read(second))["status"] == "arrived"
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)


async def test_completed_without_a_word(hub: Api, unique: Unique) -> None:
    drive = await planned(hub, unique)
    await drive.says("start", 60)
    assert (await drive.says("complete", 5)).json()["status"] == "completed"
    assert await drive.statuses() == ["arrived", "arrived"]


async def test_times_that_cannot_be(hub: Api, unique: Unique) -> None:
    drive = await planned(hub, unique)
    early = await drive.says("reach", 10, 2)
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    for minutes, code in ((-30, "in_future"), (60 * 24 * 30, "too_old")):
        refused = await drive.says("start", minutes)
        assert refused.json()["errors"][0]["code"] == code
    await drive.says("start", 60)
    await drive.says("reach", 30, 3)
    for action, minutes, position, code in (
        ("reach", 61, 2, "before_previous_stop"),
        ("reach", 29, 2, "after_next_stop"),
        ("leave", None, 2, "after_next_stop"),
        ("leave", 31, 3, "before_previous_stop"),
        ("reach", -30, 3, None),  # known already: said in vain
        ("complete", 31, 0, "before_previous_stop"),
    ):
        answer = await drive.says(action, minutes, position)
        if code is None:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 422, (action, minutes, answer.text)
            assert answer.json()["errors"][0] | {"detail": ""} == {
                "pointer": "/occurred_at",
                "code": code,
                "detail": "",
            }
    assert (await drive.says("reach", 10, 4)).status_code == 404
    assert (await drive.says("reach", 10, 999)).status_code in (404, 422)


async def test_who_drives(hub: Api, unique: Unique) -> None:
    """The carrier and the hub; not a seller on the way, not a stranger, not who is just planned."""
    drive = await planned(hub, unique)
    other, seller = await hub.party("carrier"), drive.tales[0].sellers[0]
    for key in (other, seller, drive.tales[0].market.api):
        for action in ("start", "complete", "stops/2/reach", "stops/2/leave"):
            assert (await key.post(f"{drive.path}/{action}")).status_code == 404
    tale = await story.confirmed(hub, unique("eggs"), 50)
    both = await hub.party("carrier", "buyer")
    collected = await hub.do("/v1/legs", await truck.collecting(tale))
    path = f"/v1/legs/{collected['id']}"
    assert (await tale.sellers[0].post(f"{path}/start")).status_code == 403
    assert (await both.post(f"{path}/start")).status_code == 404
    assert (await tale.carrier.do(f"{path}/start"))["status"] == "underway"
    assert (await hub.do(f"{path}/stops/2/reach"))["stops"][1]["arrived_at"] is not None
    assert (await hub.post(f"{path}/cancel", {"reason": "weather"})).status_code == 409


async def test_one_leg_after_the_other(hub: Api, unique: Unique) -> None:
    """To another city, and there onto a smaller truck of somebody else."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    blitar, surabaya = await truck.store(hub), await truck.store(hub)
    shipment = await truck.at_the_store(tale, blitar, await tale.lot())
    local = await hub.party("carrier")
    first = await hub.do(
        "/v1/legs", body("line_haul", tale.carrier, [blitar, surabaya], [carries(shipment, 1, 2)])
    )
    second = await hub.do(
        "/v1/legs",
        body("last_mile", local, [surabaya, tale.market.site], [carries(shipment, 1, 2)]),
    )
    await tale.carrier.do(f"/v1/legs/{first['id']}/start", ago(300))
    await tale.carrier.do(f"/v1/legs/{first['id']}/stops/2/reach", ago(200))
    shown = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (shown["status"], shown["arrived_at"]) == ("in_transit", None)
    await tale.carrier.do(f"/v1/legs/{first['id']}/complete", ago(190))
    await local.do(f"/v1/legs/{second['id']}/start", ago(100))
    shown = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (shown["status"], shown["tracking_status"]) == ("in_transit", "out_for_delivery")
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)  # it left once
    await local.do(f"/v1/legs/{second['id']}/stops/2/reach")
    assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["status"] == "arrived"


async def test_late_words_of_the_first_truck_do_not_turn_back_the_second(
    hub: Api, unique: Unique
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    blitar, surabaya = await truck.store(hub), await truck.store(hub)
    shipment = await truck.at_the_store(tale, blitar, await tale.lot())
    legs = [
        await hub.do("/v1/legs", body(kind, tale.carrier, stops, [carries(shipment, 1, 2)]))
        for kind, stops in (
            ("line_haul", [blitar, surabaya]),
            ("last_mile", [surabaya, tale.market.site]),
        )
    ]
    await hub.do(f"/v1/legs/{legs[1]['id']}/start", ago(100))
    await hub.do(f"/v1/legs/{legs[0]['id']}/start", ago(300))
    await hub.do(f"/v1/legs/{legs[0]['id']}/stops/2/reach", ago(200))
    shown = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert shown["status"] in ("dispatched", "in_transit")
    assert (
        shown["tracking_status"] == "picked_up"
    )  # a hundred minutes ago, the newest that is known
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)


async def test_what_was_called_off_is_not_on_the_truck(hub: Api, unique: Unique, app: Any) -> None:
    drive = await planned(hub, unique)
    await drive.tales[0].market.api.do(
        f"/v1/orders/{drive.tales[0].order_id}/cancel", {"reason": "other"}
    )
    leg = await hub.read(drive.path)
    assert [load["gone"] for load in stop(leg, 1)["pick_up"]] == [True, False]
    assert stop(leg, 1)["aboard_kg"] == "250"
    assert (await drive.says("start")).status_code == 200
    assert await drive.statuses() == ["cancelled", "dispatched"]
    await drive.says("complete")
    assert await drive.statuses() == ["cancelled", "arrived"]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_leaving_and_cancelling_an_order_exclude_each_other(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Its goods leave or it is off; the other order's goods leave in any case."""
    for n in range(4):
        drive = await planned(hub, unique)
        order = f"/v1/orders/{drive.tales[0].order_id}/cancel"
        asked = [drive.says("start"), drive.tales[0].market.api.post(order, {"reason": "other"})]
        answers = await asyncio.gather(*(asked if n % 2 else reversed(asked)))
        assert 200 in {a.status_code for a in answers}
        assert {a.status_code for a in answers} <= {200, 409}, [a.text for a in answers]
        eggs, corn = await drive.statuses()
        status = (await drive.tales[0].order())["status"]
        assert (eggs, status) in (("dispatched", "in_progress"), ("cancelled", "cancelled"))
        assert corn == "dispatched"
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_replanning_and_starting_exclude_each_other(hub: Api, unique: Unique) -> None:
    for _ in range(3):
        drive = await planned(hub, unique)
        site, loads = drive.leg["stops"][0]["site_id"], [carries(drive.shipments[1], 1, 2)]
        asked = body("last_mile", drive.driver, [site, drive.tales[1].market.site], loads)
        left, planned_anew = await asyncio.gather(
            drive.says("start"), hub.post(f"{drive.path}/replan", asked)
        )
        assert left.status_code == 200
        both = ["dispatched", "dispatched"]
        alone = ["planned", "dispatched"]
        assert await drive.statuses() == (alone if planned_anew.status_code == 200 else both)


async def test_a_shipment_that_changed_while_the_truck_left(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Lots swapped for another order's, and the start of the leg: nothing leaves unseen."""
    for _ in range(4):
        one = await story.confirmed(hub, unique("eggs"), 60)
        two = await story.confirmed(hub, unique("corn"), 40, market=one.market)
        site = await truck.store(hub)
        old, new = await one.lot(), await two.lot()
        shipment = await truck.at_the_store(one, site, old)
        leg = await hub.do(
            "/v1/legs", body("last_mile", None, [site, one.market.site], [carries(shipment, 1, 2)])
        )
        left, swapped = await asyncio.gather(
            hub.post(f"/v1/legs/{leg['id']}/start"),
            hub.post(f"/v1/shipments/{shipment['id']}/replan", {"lot_ids": [new["id"]]}),
        )
        assert {left.status_code, swapped.status_code} <= {200, 409}
        if left.status_code == 409:
            assert left.json()["code"] == "shipment_replanned"
            left = await hub.post(f"/v1/legs/{leg['id']}/start")
            assert left.status_code == 200
        shipped = [(await tale.order())["lines"][0]["shipped"] for tale in (one, two)]
        assert shipped == ([kg(0), kg(40)] if swapped.status_code == 200 else [kg(60), kg(0)])
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_what_was_not_brought_is_collected_another_day(hub: Api, unique: Unique) -> None:
    """The round is over; planned quantities stand for what nobody weighed."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    last = await truck.store(hub)
    load = collects(tale.allocations[0], 1, 2, quantity=kg(60))
    leg = await hub.do("/v1/legs", body("collection", None, [tale.sites[0], last], [load]))
    for action in ("start", "complete"):
        await hub.do(f"/v1/legs/{leg['id']}/{action}")
    more = await hub.post(
        "/v1/legs",
        body(
            "collection",
            None,
            [tale.sites[0], last],
            [collects(tale.allocations[0], 1, 2, quantity=kg(41))],
        ),
    )
    assert more.json()["left"] == "40"
