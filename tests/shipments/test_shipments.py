"""Shipments: whole lots, one buyer, one way; each step from its state, by who may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.ids import encode, new_id
from app.db.tx import Tx
from tests import trade
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]


async def test_of_two_shipments_that_want_a_lot_one_gets_it(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    one, two = await tale.lot(weight=50), await tale.lot(weight=50)
    bodies = [tale.shipment_body(one, two), tale.shipment_body(two, one)] * 4
    answers = await asyncio.gather(*(hub.post("/v1/shipments", body) for body in bodies))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    refused = next(a for a in answers if a.status_code == 409).json()
    assert refused["code"] == "lot_not_available"
    assert set(refused["lot_ids"]) == {one["id"], two["id"]}


async def test_who_sees_a_shipment(hub: Api, unique: Unique) -> None:
    """Buyer, carrier and hub do; sellers and strangers do not; only the hub reads who sold."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    path = f"/v1/shipments/{shipment['id']}"
    of_hub, of_buyer = await hub.read(path), await tale.market.api.read(path)
    of_carrier = await tale.carrier.read(path)
    seller_id = tale.sellers[0].id
    assert of_hub["lots"][0]["seller_id"] == seller_id
    assert of_hub["from_place"] == "Lokasi contoh, Kabupaten Blitar"
    assert of_carrier["from_place"] == of_hub["from_place"]
    for said in (of_buyer, of_carrier):
        assert said["lots"][0]["seller_id"] is None
        assert seller_id not in str(said)
    assert of_buyer["from_place"] == "Kabupaten Blitar"
    assert of_buyer["from_site_id"] is None
    assert of_buyer["allowed_actions"] == []
    for key in ((await trade.buyer(hub)).api, await hub.party("carrier"), tale.sellers[0]):
        assert (await key.get(path)).status_code == 404
        assert (await key.post(f"{path}/dispatch")).status_code == 404
    assert (await tale.market.api.post(f"{path}/dispatch")).status_code == 403
    listed = await tale.carrier.read("/v1/shipments", status="planned")
    assert [each["id"] for each in listed["data"]] == [shipment["id"]]
    assert "lots" not in listed["data"][0]


async def test_each_step_needs_its_state(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    path = f"/v1/shipments/{shipment['id']}"
    refused = await tale.carrier.post(f"{path}/arrive")
    assert refused.status_code == 409
    assert refused.json()["code"] == "wrong_state"
    assert "dispatch" in refused.json()["allowed_actions"]
    await tale.carrier.do(f"{path}/dispatch")
    again = await tale.carrier.post(f"{path}/dispatch")
    assert again.status_code == 409
    cancel = await hub.post(f"{path}/cancel", {"reason": "other"})
    assert cancel.status_code == 409
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)
    assert (await tale.carrier.do(f"{path}/deliver"))["status"] == "delivered"
    assert (await tale.carrier.post(f"{path}/deliver")).status_code == 409


async def test_two_drivers_dispatch_once(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    path = f"/v1/shipments/{shipment['id']}/dispatch"
    answers = await asyncio.gather(tale.carrier.post(path), hub.post(path), hub.post(path))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)


async def test_dispatch_and_cancelling_the_order_exclude_each_other(
    hub: Api, unique: Unique
) -> None:
    """Either the goods leave or the order is off, never both; nobody gets a deadlock."""
    for _ in range(3):
        tale = await story.confirmed(hub, unique("eggs"), 100)
        shipment = await tale.planned(await tale.lot())
        left, off = await asyncio.gather(
            tale.carrier.post(f"/v1/shipments/{shipment['id']}/dispatch"),
            tale.market.api.post(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"}),
        )
        assert sorted((left.status_code, off.status_code)) == [200, 409]
        status = (await tale.order())["status"]
        assert status == ("in_progress" if left.status_code == 200 else "cancelled")


async def test_a_cancelled_shipment_frees_its_lots(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    shipment = await tale.planned(lot)
    assert (await tale.sellers[0].read(f"/v1/lots/{lot['id']}"))["balance"] == kg(0)
    off = await hub.do(f"/v1/shipments/{shipment['id']}/cancel", {"reason": "weather"})
    assert (off["status"], off["tracking_status"]) == ("cancelled", "cancelled")
    assert (await tale.sellers[0].read(f"/v1/lots/{lot['id']}"))["balance"] == kg(100)
    assert (await tale.planned(lot))["number"] != shipment["number"]


async def test_a_shipment_goes_to_one_buyer_and_its_site(hub: Api, unique: Unique) -> None:
    one = await story.confirmed(hub, unique("eggs"), 100)
    two = await story.confirmed(hub, unique("corn"), 100)
    mine, other = await one.lot(), await two.lot()
    nothing = {"id": encode("lot", new_id())}
    store = await (await hub.party("operator")).site("store")
    wrong: list[tuple[dict[str, Any], int, str]] = [
        (one.shipment_body(mine, other), 422, "/lot_ids/1"),
        (one.shipment_body(mine, mine), 422, "/lot_ids/1"),
        (one.shipment_body(mine, nothing), 404, "/lot_ids/1"),
        (one.shipment_body(), 422, "/lot_ids"),
        (one.shipment_body(mine, to_site_id=two.market.site), 404, "/to_site_id"),
        (one.shipment_body(mine, from_site_id=two.sites[0]), 404, "/from_site_id"),
        (one.shipment_body(mine, carrier_id=one.market.api.id), 404, "/carrier_id"),
    ]
    for body, status, pointer in wrong:
        answer = await hub.post("/v1/shipments", body)
        assert answer.status_code == status, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    made = await hub.do("/v1/shipments", one.shipment_body(mine, from_site_id=store))
    assert made["status"] == "planned"
    assert (await one.market.api.post("/v1/shipments", one.shipment_body(mine))).status_code == 403


async def test_round_trips_do_not_grow_with_lots(
    hub: Api, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan, dispatch, arrive, receive and sign take the same statements for 2 and for 12 lots."""
    said: list[str] = []
    for name in ("sql", "sql_row", "sql_value", "rows", "row", "value", "run", "as_hub"):
        monkeypatch.setattr(Tx, name, _noting(getattr(Tx, name), said, name))
    counts = []
    for count in (2, 12):
        tale = await story.confirmed(hub, unique("eggs"), 120)
        lots = [await tale.lot(weight=120 // count) for _ in range(count)]
        said.clear()
        receipt = await tale.received(*lots)
        await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
        counts.append(len(said))
    assert counts[0] == counts[1] > 0


def _noting(method: Any, said: list[str], name: str) -> Any:
    async def noted(self: Any, *args: Any) -> Any:
        said.append(name)
        return await method(self, *args)

    return noted


async def test_a_buyer_that_also_drives_moves_only_what_it_carries(
    hub: Api, unique: Unique
) -> None:
    """Its key may dispatch and track, but this truck is somebody else's; its own it may."""
    party = await hub.party("buyer", "carrier")
    market = trade.Buyer(party, await party.site("distribution_centre", "31.75.04"))
    tale = await story.confirmed(hub, unique("eggs"), 100, market=market)
    foreign = await tale.planned(await tale.lot(weight=50))
    path = f"/v1/shipments/{foreign['id']}"
    fact = {"status": "in_transit", "occurred_at": datetime.now(UTC).isoformat()}
    orders = ("dispatch", None), ("arrive", None), ("deliver", None), ("events", fact)
    for action, body in orders:
        refused = await party.post(f"{path}/{action}", body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), action
    assert (await party.read(path))["allowed_actions"] == []
    listed = (await party.read("/v1/shipments"))["data"]
    assert [each["allowed_actions"] for each in listed] == [[]]
    driving = ["load", "dispatch", "track", "estimate"]
    assert (await tale.carrier.read(path))["allowed_actions"] == driving
    assert (await hub.read(path))["allowed_actions"] == ["replan", *driving, "cancel"]
    own = await hub.do(
        "/v1/shipments", tale.shipment_body(await tale.lot(weight=50), carrier_id=party.id)
    )
    assert (await party.read(f"/v1/shipments/{own['id']}"))["allowed_actions"] == driving
    assert (await party.do(f"/v1/shipments/{own['id']}/dispatch"))["status"] == "dispatched"


async def test_a_refusal_of_a_state_says_which_state(hub: Api, unique: Unique) -> None:
    """`status` of a problem is HTTP's; the object's is `current_status`."""
    tale = await story.confirmed(hub, unique("eggs"), 100, 40)
    one, other = await tale.lot(0), await tale.lot(1, weight=20)
    planned = await tale.planned(one)
    early = await tale.market.api.post("/v1/goods-receipts", story.receipt_body(planned))
    unsaid = {"status": "in_transit", "occurred_at": datetime.now(UTC).isoformat()}
    not_left = await tale.carrier.post(f"/v1/shipments/{planned['id']}/events", unsaid)
    assert not_left.json()["allowed_actions"] == [
        "load",
        "dispatch",
        "track",
        "estimate",
    ]
    for refused in (early, not_left):
        assert refused.json()["current_status"] == "planned", refused.text
    await hub.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    closed = await hub.post("/v1/shipments", tale.shipment_body(other))
    assert closed.json()["code"] == "order_not_open"
    assert closed.json()["current_status"] == "cancelled"
    for refused in (early, not_left, closed):
        assert refused.status_code == refused.json()["status"] == 409
