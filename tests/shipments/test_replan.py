"""Planning a shipment anew: lots swapped, another carrier, another way; the buyer stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.core.ids import decode, encode, new_id
from tests import trade
from tests.api import Api, kg
from tests.shipments import story
from tests.statements import round_trips

Unique = Callable[[str], str]


async def status(hub: Api, lot: Any) -> str:
    return str((await hub.read(f"/v1/lots/{lot['id']}"))["status"])


async def test_lots_are_swapped(hub: Api, unique: Unique, app: Any, owner: Any) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    out, stays, new = [await tale.lot(weight=w) for w in (20, 30, 50)]
    shipment = await tale.planned(out, stays)
    path = f"/v1/shipments/{shipment['id']}"
    changed = await hub.do(f"{path}/replan", {"lot_ids": [stays["id"], new["id"]]})
    assert {lot["lot_id"] for lot in changed["lots"]} == {stays["id"], new["id"]}
    assert changed["version"] == shipment["version"] + 1
    assert [await status(hub, lot) for lot in (out, stays, new)] == [
        "available",
        "depleted",
        "depleted",
    ]
    said = await owner.fetch(
        "SELECT action FROM history WHERE object_id = $1", decode("shp", shipment["id"])
    )
    assert [row["action"] for row in said] == ["create", "replan"]
    await tale.carrier.do(f"{path}/dispatch")
    assert (await tale.order())["lines"][0]["shipped"] == kg(80)
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_what_is_not_said_stays(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    body = tale.shipment_body(lot, waybill=unique("jx"), temperature={"min": 4, "max": 20.5})
    shipment = await hub.do("/v1/shipments", body)
    assert (shipment["temperature_min"], shipment["temperature_max"]) == (4, 20.5)
    path = f"/v1/shipments/{shipment['id']}"
    other, store = await hub.party("carrier"), await tale.market.api.site("store", "35.05.01")
    moved = await hub.do(f"{path}/replan", {"to_site_id": store, "temperature": None})
    assert (moved["carrier_id"], moved["waybill"]) == (tale.carrier.id, body["waybill"])
    assert (moved["to_site_id"], moved["temperature_max"]) == (store, None)
    assert moved["to_place"] != shipment["to_place"]
    given = await hub.do(f"{path}/replan", {"carrier_id": other.id})
    assert (given["carrier_id"], given["waybill"]) == (other.id, None)  # it was the first one's
    assert (await tale.carrier.get(path)).status_code == 404
    assert (await other.read(path))["allowed_actions"][0] == "load"
    assert (await hub.do(f"{path}/replan", {"carrier_id": None}))["carrier_id"] is None


async def test_a_plan_that_cannot_be(hub: Api, unique: Unique) -> None:
    one = await story.confirmed(hub, unique("eggs"), 100)
    two = await story.confirmed(hub, unique("corn"), 100)
    lot, taken, foreign = await one.lot(weight=50), await one.lot(weight=50), await two.lot()
    shipment = await one.planned(lot)
    await one.planned(taken)
    path = f"/v1/shipments/{shipment['id']}/replan"
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"lot_ids": [foreign["id"]]}, 422, "/lot_ids/0"),  # another buyer's, even alone
        ({"lot_ids": [encode("lot", new_id())]}, 404, "/lot_ids/0"),
        ({"lot_ids": []}, 422, "/lot_ids"),
        ({"to_site_id": two.market.site}, 404, "/to_site_id"),
        ({"carrier_id": one.market.api.id}, 404, "/carrier_id"),
        ({"carrier_id": None, "waybill": "x"}, 422, "/waybill"),
        ({"temperature": {"min": 9, "max": 8}}, 422, "/temperature"),
        ({"temperature": {"min": "9"}}, 422, "/temperature/min"),
    ]
    for body, code, pointer in wrong:
        answer = await hub.post(path, body)
        assert answer.status_code == code, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    refused = await hub.post(path, {"lot_ids": [lot["id"], taken["id"]]})
    assert (refused.status_code, refused.json()["code"]) == (409, "lot_not_available")
    assert (await hub.read(path.removesuffix("/replan")))["version"] == shipment["version"]
    for key in (one.carrier, one.market.api):
        assert (await key.post(path, {"lot_ids": [lot["id"]]})).status_code == 403


async def test_a_waybill_is_given_once(hub: Api, unique: Unique) -> None:
    """Per carrier: two at once, one is refused; another carrier may have the same number."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lots, waybill = [await tale.lot(weight=w) for w in (20, 30, 50)], unique("jx")
    bodies = [tale.shipment_body(lot, waybill=waybill) for lot in lots[:2]]
    answers = await asyncio.gather(*(hub.post("/v1/shipments", body) for body in bodies))
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert next(a for a in answers if a.status_code == 409).json()["code"] == "waybill_used"
    other = await hub.party("carrier")
    third = await hub.do(
        "/v1/shipments", tale.shipment_body(lots[2], carrier_id=other.id, waybill=waybill)
    )
    body = {"carrier_id": tale.carrier.id, "waybill": waybill}
    back = await hub.post(f"/v1/shipments/{third['id']}/replan", body)
    assert (back.status_code, back.json()["code"]) == (409, "waybill_used")


async def test_the_truck_that_was_awaited_is_not(hub: Api, unique: Unique) -> None:
    """99 % is signed for; the rest is taken off the second truck: nothing more is awaited."""
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    other = await story.confirmed(hub, unique("corn"), 100, market=tale.market)
    most, rest, corn = await tale.lot(weight=990), await tale.lot(weight=10), await other.lot()
    waiting = await hub.do(
        "/v1/shipments",
        tale.shipment_body(rest, corn, from_site_id=tale.sites[0]),
    )
    receipt = await tale.received(most)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "in_progress"
    path = f"/v1/shipments/{waiting['id']}/replan"
    await hub.do(path, {"lot_ids": [corn["id"]], "from_site_id": other.sites[0]})
    assert (await tale.order())["status"] == "completed"
    assert (await other.order())["status"] == "confirmed"


async def test_replanning_and_leaving_exclude_each_other(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Either the old lots leave or the new ones do; never some of both, and nobody deadlocks."""
    for _ in range(4):
        one = await story.confirmed(hub, unique("eggs"), 60)
        two = await story.confirmed(hub, unique("corn"), 40, market=one.market)
        old, new = await one.lot(), await two.lot()
        shipment = await one.planned(old)
        path = f"/v1/shipments/{shipment['id']}"
        body = {"lot_ids": [new["id"]], "from_site_id": two.sites[0]}
        left, planned, off = await asyncio.gather(
            one.carrier.post(f"{path}/dispatch"),
            hub.post(f"{path}/replan", body),
            one.market.api.post(f"/v1/orders/{two.order_id}/cancel", {"reason": "other"}),
        )
        for answer in (left, planned, off):
            assert answer.status_code in (200, 409), answer.text
        now = await hub.read(path)
        shipped = [(await tale.order())["lines"][0]["shipped"] for tale in (one, two)]
        riding = {lot["lot_id"] for lot in now["lots"]}
        if now["status"] == "dispatched":
            swapped = riding == {new["id"]}
            assert shipped == ([kg(0), kg(40)] if swapped else [kg(60), kg(0)])
        else:
            assert shipped == [kg(0), kg(0)]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_what_leaves_is_of_orders_that_are_held(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Its lots are swapped while the dispatch waits for the old order: it is refused, not wrong.

    Canary: without `Held.check` the other order's goods would leave under nobody's lock.
    """
    one = await story.confirmed(hub, unique("eggs"), 60)
    two = await story.confirmed(hub, unique("corn"), 40, market=one.market)
    old, new = await one.lot(), await two.lot()
    shipment = await one.planned(old)
    swap = "UPDATE shipment_lots SET lot_id = $2, quantity = $3 WHERE shipment_id = $1"
    ids = {name: decode("lot", lot["id"]) for name, lot in (("old", old), ("new", new))}
    shipment_id = decode("shp", shipment["id"])
    path = f"/v1/shipments/{shipment['id']}/dispatch"
    async with owner.transaction():
        order_id = decode("ord", one.order_id)
        await owner.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order_id)
        leaving = asyncio.create_task(one.carrier.post(path))
        for _ in range(3000):
            if await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                break
            await asyncio.sleep(0.01)
        await owner.execute(swap, shipment_id, ids["new"], 40)
    refused = await leaving
    await owner.execute(swap, shipment_id, ids["old"], 60)
    assert (refused.status_code, refused.json()["code"]) == (409, "shipment_replanned")
    assert (await one.carrier.do(path))["status"] == "dispatched"


@pytest.mark.parametrize("count", [2, 12])
async def test_round_trips_do_not_grow(hub: Api, unique: Unique, count: int) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 120)
    lots = [await tale.lot(weight=120 // (2 * count)) for _ in range(2 * count)]
    shipment = await tale.planned(*lots[:count])
    body = {"lot_ids": [lot["id"] for lot in lots[count:]]}
    async with round_trips() as trips:
        await hub.do(f"/v1/shipments/{shipment['id']}/replan", body)
    asked = [trip for trip in trips if not trip.startswith("(prepare)")]
    assert len(asked) <= 24, asked


async def test_only_a_plan_can_be_rewritten(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """The database itself keeps what a shipment carries once it is more than a plan."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    async with owner.transaction():
        await owner.execute("SET LOCAL ROLE btc_service")
        await owner.execute(
            "SELECT set_config('btc.scope', 'hub', true), set_config('btc.livemode', 'on', true)"
        )
        gone = await owner.execute(
            "DELETE FROM shipment_lots WHERE shipment_id = $1", decode("shp", shipment["id"])
        )
    assert gone == "DELETE 0"


async def test_what_is_said_when_planning(hub: Api, unique: Unique) -> None:
    """The promised day, the estimate and its mark of being late, as its buyer reads them."""
    tale = await story.confirmed(hub, unique("eggs"), 100, deliver_on=trade.day(1))
    late = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    lots = [await tale.lot(weight=50), await tale.lot(weight=50)]
    on_time = await hub.do("/v1/shipments", tale.shipment_body(lots[0]))
    assert (on_time["promised_on"], on_time["eta_at"]) == (trade.day(1), None)
    shipment = await hub.do("/v1/shipments", tale.shipment_body(lots[1], eta_at=late))
    seen = await tale.market.api.read(f"/v1/shipments/{shipment['id']}")
    assert (seen["eta_revision"], seen["delay_rule"]) == (1, "promise_missed")
    assert seen["position"] is None
    delayed = await tale.market.api.read("/v1/shipments", delayed="true")
    assert [each["id"] for each in delayed["data"]] == [shipment["id"]]
    for wanted in ({"to_site_id": tale.market.site}, {"carrier_id": tale.carrier.id}):
        found = await hub.read("/v1/shipments", **wanted)
        assert {each["id"] for each in found["data"]} == {shipment["id"], on_time["id"]}
    past = tale.shipment_body(lots[0], eta_at="2020-01-01T00:00:00Z")
    assert (await hub.post("/v1/shipments", past)).status_code == 422
