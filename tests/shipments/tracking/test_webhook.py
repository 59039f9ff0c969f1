"""A carrier's own system tells us: Biteship's words, in ours."""

from __future__ import annotations

import pytest

from app.shipments.states import TrackingStatus
from app.shipments.tracking.adapters import meant
from tests.api import Api
from tests.shipments.tracking.road import Unique, ago, on_the_road

PATH = "/v1/carrier-webhooks/biteship"


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("confirmed", "pending"),
        ("picked", "picked_up"),
        ("dropping_off", "out_for_delivery"),
        ("On_Hold ", "on_hold"),
        ("returned", "return_to_sender"),
        ("courier_not_found", "cancelled"),
        ("teleported", "unknown"),
        ("", "unknown"),
    ],
)
def test_what_biteship_says_in_our_words(said: str, ours: str) -> None:
    assert meant("biteship", said) == TrackingStatus(ours)


async def test_a_message_moves_the_shipment_once(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    order = unique("biteship")
    body = {
        "event": "order.status",
        "order_id": order,
        "reference_id": shipment["tracking_code"],
        "courier_driver_name": "Contoh",
        "order_price": 18000,
    }
    said = await tale.carrier.do(PATH, body | {"status": "dropping_off"})
    assert said == {"recorded": True, "status": "out_for_delivery"}
    await tale.carrier.do(PATH, body | {"status": "on_hold"})
    # Sent again late: an old status must not come back, nor anything be stored twice.
    again = await tale.carrier.do(PATH, body | {"status": "dropping_off"})
    assert again == {"recorded": False, "status": "out_for_delivery"}
    seen = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (seen["status"], seen["tracking_status"]) == ("in_transit", "on_hold")


async def test_with_a_time_a_status_may_come_twice(hub: Api, unique: Unique) -> None:
    """On its way, held, on its way again: three facts where the message says when."""
    tale, shipment = await on_the_road(hub, unique)
    body = {"order_id": unique("o"), "reference_id": shipment["tracking_code"]}
    for status, minutes in (("dropping_off", -1), ("on_hold", -2), ("dropping_off", -3)):
        said = body | {"status": status, "updated_at": ago(minutes)}
        assert (await tale.carrier.do(PATH, said))["recorded"] is True
    assert (await tale.carrier.do(PATH, said))["recorded"] is False
    seen = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert seen["tracking_status"] == "out_for_delivery"


async def test_an_unknown_status_is_kept_and_no_error(hub: Api, unique: Unique) -> None:
    number = unique("waybill")
    tale, _ = await on_the_road(hub, unique, waybill=number)
    body = {"order_id": unique("o"), "courier_waybill_id": number, "status": "teleported"}
    assert await tale.carrier.do(PATH, body) == {"recorded": True, "status": "unknown"}


async def test_what_cannot_be_stored_is_left_out_of_what_was_said(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    order = unique("o")
    body = {"order_id": f"{order}\0", "reference_id": shipment["tracking_code"]}
    said = {"recorded": True, "status": "out_for_delivery"}
    assert await tale.carrier.do(PATH, body | {"status": "dropping\0_off\u202e"}) == said
    assert (await tale.carrier.do(PATH, body | {"status": "dropping_off"}))["recorded"] is False
    lost = {"courier_waybill_id": "JP\0", "status": "dropping_off"}
    assert (await tale.carrier.post(PATH, lost)).status_code == 404


async def test_nothing_said_is_answered_and_strangers_are_not(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    other, _ = await on_the_road(hub, unique)
    assert (await tale.carrier.do(PATH, {}))["recorded"] is False
    body = {"order_id": "x", "reference_id": shipment["tracking_code"], "status": "picked"}
    assert (await other.carrier.post(PATH, body)).status_code == 404
    assert (await tale.carrier.post(PATH, body | {"reference_id": "none"})).status_code == 404
    assert (await tale.market.api.post(PATH, body)).status_code == 403
    assert (await hub.client.post(PATH, json=body)).status_code == 401
    assert (await tale.carrier.post(PATH, body | {"status": 7})).status_code == 422
