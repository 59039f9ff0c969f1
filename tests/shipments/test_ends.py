"""How a way ends without being handed over: refused, back at the hub, lost; and when all is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg

from app import reconcile
from app.core.ids import decode
from app.shipments.shipments.commands import close_shipments
from app.shipments.shipments.schemas import ShipmentRefuseReason
from app.shipments.tracking.schemas import IncidentReason
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import stall
from tests.shipments import story
from tests.shipments.evidence.sending import send as photographed
from tests.shipments.legs import truck
from tests.worker import all_at, at

Unique = Callable[[str], str]
REFUSED = {"reason": "goods_damaged", "note": "12 tray pecah"}


async def dispatched(tale: story.Story, *lots: Any) -> str:
    """A shipment of *lots* on the road; its path."""
    path = f"/v1/shipments/{(await tale.planned(*lots))['id']}"
    await tale.carrier.do(f"{path}/dispatch")
    return path


async def offer_of(tale: story.Story, n: int = 0) -> dict[str, Any]:
    """What the *n*-th seller's offer holds."""
    share = await tale.sellers[n].read(f"/v1/allocations/{tale.allocations[n]['id']}")
    offer = await tale.sellers[n].read(f"/v1/supply-offers/{share['offer_id']}")
    return {name: offer[name] for name in ("committed", "delivered")} | {"share": share["status"]}


async def undrifted(app: Any) -> None:
    assert not any((found := await reconcile.drifted(app.state.database)).values()), found


async def test_what_was_refused_comes_back_and_rides_again(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Dispatching is taken back movement for movement; the same lots then complete the order."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    before = await offer_of(tale)
    path = await dispatched(tale, *lots)
    await tale.carrier.do(f"{path}/arrive")
    refused = await tale.market.api.do(f"{path}/refuse", REFUSED)
    assert (refused["status"], refused["tracking_status"]) == ("refused", "delivery_failed")
    assert (refused["reason"], refused["ended_at"]) == ("goods_damaged", None)
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)  # the goods still ride
    back = await hub.do(f"{path}/return", {"note": "Kembali ke Srengat"})
    assert (back["status"], back["tracking_status"]) == ("returned", "return_to_sender")
    assert back["ended_at"] is not None
    assert back["allowed_actions"] == ["track"]
    line = (await tale.order())["lines"][0]
    assert (line["shipped"], line["allocated"]) == (kg(0), kg(100))
    assert await offer_of(tale) == before
    assert before == {"committed": kg(60), "delivered": kg(0), "share": "picked"}
    await undrifted(app)
    taken = await hub.post("/v1/shipments", tale.shipment_body(*lots))
    assert taken.json()["code"] == "lot_not_available"
    for lot in lots:
        assert (await hub.read(f"/v1/lots/{lot['id']}"))["status"] == "quarantined"
        await hub.do(f"/v1/lots/{lot['id']}/clear")
    receipt = await tale.received(*lots)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    assert (await offer_of(tale))["delivered"] == kg(60)
    await undrifted(app)


async def test_one_truck_of_two_comes_back(hub: Api, unique: Unique, app: Any) -> None:
    """What went with the other truck stays delivered; the share is still shipped."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    one = await dispatched(tale, await tale.lot(weight=70))
    await dispatched(tale, await tale.lot(weight=30))
    await hub.do(f"{one}/return")
    assert (await tale.order())["lines"][0]["shipped"] == kg(30)
    held = {"committed": kg(70), "delivered": kg(30), "share": "shipped"}
    assert await offer_of(tale) == held
    await undrifted(app)


async def test_goods_of_many_farms_in_one_lot_come_back(hub: Api, unique: Unique, app: Any) -> None:
    """Each seller's share of the pooled lot is committed to its line again."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 40)
    lots = [await tale.lot(0), await tale.lot(1)]
    merged = await hub.post("/v1/lots/merge", {"lot_ids": [lot["id"] for lot in lots]})
    assert merged.status_code < 300, merged.text
    (pooled,) = (await hub.read("/v1/lots", order_id=tale.order_id, status="available"))["data"]
    site = await truck.store(hub)
    shipment = await truck.at_the_store(tale, site, pooled)
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(f"{path}/dispatch")
    assert [(await offer_of(tale, n))["delivered"] for n in (0, 1)] == [kg(60), kg(40)]
    await hub.do(f"{path}/return")
    for n, much in ((0, 60), (1, 40)):
        held = {"committed": kg(much), "delivered": kg(0), "share": "picked"}
        assert await offer_of(tale, n) == held
    assert (await hub.read(f"/v1/lots/{pooled['id']}"))["balance"] == kg(100)
    await undrifted(app)


async def test_goods_of_a_listing_come_back_into_what_is_kept(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    tale = await story.of_listing(hub, shop, 4)
    path = await dispatched(tale, await tale.lot())
    assert await shop.stock() == ("6", "0")
    await hub.do(f"{path}/return")
    assert await shop.stock() == ("10", "4")
    await undrifted(app)
    lot = (await hub.read("/v1/lots", order_id=tale.order_id))["data"][0]
    await hub.do(f"/v1/lots/{lot['id']}/clear")
    receipt = await tale.received(lot)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    assert await shop.stock() == ("6", "0")
    await undrifted(app)


async def test_goods_that_come_back_for_a_line_given_up_are_their_sellers(
    hub: Api, unique: Unique, app: Any
) -> None:
    """The line was short-closed while its truck was out: back, nothing more is awaited of it."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    path = await dispatched(tale, await tale.lot(weight=60))
    line = (await tale.order())["lines"][0]["id"]
    given_up = {"lines": [{"line_id": line, "reason": "supply_failed"}]}
    await hub.do(f"/v1/orders/{tale.order_id}/short-close", given_up)
    await hub.do(f"{path}/return")
    assert (await tale.order())["status"] == "completed"
    held = {"committed": kg(0), "delivered": kg(0), "share": "released"}
    assert await offer_of(tale) == held
    await undrifted(app)


async def test_who_says_that_goods_were_refused(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    path = await dispatched(tale, await tale.lot(weight=50))
    stranger, seller = await trade.buyer(hub), tale.sellers[0]
    for key in (stranger.api, seller, await hub.party("carrier")):
        assert (await key.post(f"{path}/refuse", REFUSED)).status_code == 404
    for key in (tale.market.api, tale.carrier):
        for verb in ("return", "lose"):
            body = {"reason": "stolen"} if verb == "lose" else {}
            assert (await key.post(f"{path}/{verb}", body)).status_code == 403
    assert "refuse" in (await tale.market.api.read(path))["allowed_actions"]
    assert (await tale.carrier.do(f"{path}/refuse", REFUSED))["status"] == "refused"
    assert (await tale.carrier.post(f"{path}/refuse", REFUSED)).status_code == 409
    other = await dispatched(tale, await tale.lot(weight=50))
    assert (await tale.market.api.do(f"{other}/refuse", REFUSED))["status"] == "refused"


async def test_what_was_seen_when_it_was_refused(hub: Api, unique: Unique) -> None:
    """The buyer's photo is the carrier's to see from then on; somebody else's cannot be named."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    path = await dispatched(tale, await tale.lot())
    mine, foreign = await photographed(tale.market.api), await photographed(tale.sellers[0])
    assert (await tale.carrier.get(f"/v1/evidence/{mine['id']}")).status_code == 404
    wrong = await tale.market.api.post(f"{path}/refuse", REFUSED | {"photo_ids": [foreign["id"]]})
    assert wrong.json()["errors"][0]["pointer"] == "/photo_ids/0"
    refused = await tale.market.api.do(f"{path}/refuse", REFUSED | {"photo_ids": [mine["id"]]})
    assert refused["photo_ids"] == [mine["id"]]
    assert (await tale.carrier.get(f"/v1/evidence/{mine['id']}")).status_code == 200


async def test_what_is_written_down_as_received_was_not_refused(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    path = f"/v1/shipments/{shipment['id']}"
    for key, verb, body in (
        (tale.market.api, "refuse", REFUSED),
        (tale.carrier, "refuse", REFUSED),  # it may not even see the receipt
        (hub, "return", {}),
    ):
        answer = await key.post(f"{path}/{verb}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
        assert answer.json()["existing_id"] == receipt["id"]
        assert "A goods receipt of this shipment stands" in answer.json()["detail"]
    assert (await tale.order())["lines"][0]["shipped"] == kg(100)


async def test_what_comes_back_of_a_line_that_was_given_up(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Nobody needs it any more: it is its seller's again, while the other truck is awaited."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 500)
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 100)
    order = await trade.order(market, eggs, 100, agreement_id=agreed)
    for verb in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{verb}")
    (share,) = (await seller.read("/v1/allocations", order_id=order["id"]))["data"]
    share = await seller.do(f"/v1/allocations/{share['id']}/confirm")
    carrier = await hub.party("carrier")
    tale = story.Story(hub, market, eggs, carrier, order["id"], [seller], [site], [share])
    one, two = await tale.lot(weight=50), await tale.lot(weight=30)
    back, awaited = await dispatched(tale, one), await dispatched(tale, two)
    given_up = {"lines": [{"line_id": order["lines"][0]["id"], "reason": "supply_failed"}]}
    await hub.do(f"/v1/orders/{order['id']}/short-close", given_up)
    await hub.do(f"{back}/return")
    assert (await hub.read(f"/v1/lots/{one['id']}"))["status"] == "depleted"
    assert await offer_of(tale) == {"committed": kg(0), "delivered": kg(30), "share": "shipped"}
    assert (await trade.quota(hub, agreed))["reserved"] == kg(30)
    line = (await tale.order())["lines"][0]
    assert (line["short_closed"], line["shipped"], line["allocated"]) == (kg(70), kg(30), kg(30))
    await undrifted(app)
    arrived = await carrier.do(f"{awaited}/arrive")
    receipt = await market.api.do("/v1/goods-receipts", story.receipt_body(arrived))
    await market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    await undrifted(app)


async def test_what_is_lost_is_short_and_its_carrier_is_named(
    hub: Api, unique: Unique, app: Any
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 99, 1)
    most, rest = await tale.lot(0), await tale.lot(1)
    path = await dispatched(tale, rest)
    receipt = await tale.received(most)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "in_progress"  # the second truck is awaited
    lost = await hub.do(f"{path}/lose", {"reason": "accident", "note": "Terguling"})
    assert (lost["status"], lost["tracking_status"]) == ("lost", "delivery_failed")
    assert lost["ended_at"] is not None
    order = await tale.order()
    assert (order["status"], order["lines"][0]["short"]) == ("completed", kg(1))
    await undrifted(app)


async def test_the_carrier_of_lost_goods_is_named_in_the_event(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    path = await dispatched(tale, await tale.lot())
    await hub.do(f"{path}/lose", {"reason": "stolen"})
    data = await owner.fetchval(
        "SELECT data FROM events WHERE type = 'shipment.lost' AND object_id = $1",
        decode("shp", path.rpartition("/")[2]),
    )
    assert tale.carrier.id in data


async def test_returning_and_refusing_at_once_end_once(hub: Api, unique: Unique, app: Any) -> None:
    """Back, lost, delivered: whoever is first; the goods are counted once."""
    for _ in range(3):
        tale = await story.confirmed(hub, unique("eggs"), 100)
        path = await dispatched(tale, await tale.lot())
        answers = await asyncio.gather(
            hub.post(f"{path}/return"),
            hub.post(f"{path}/lose", {"reason": "stolen"}),
            tale.carrier.post(f"{path}/deliver"),
        )
        assert sorted(a.status_code for a in answers) == [200, 409, 409]
    await undrifted(app)


async def test_a_loading_truck_is_called_off_with_its_order(
    hub: Api, unique: Unique, app: Any
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    path = f"/v1/shipments/{shipment['id']}"
    assert (await tale.carrier.do(f"{path}/load"))["status"] == "loading"
    again = await tale.carrier.post(f"{path}/load")
    assert again.status_code == 409
    replan = await hub.post(f"{path}/replan", {"carrier_id": None})
    assert replan.status_code == 409  # the goods are on the truck
    await tale.market.api.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    assert (await hub.read(path))["status"] == "cancelled"
    await undrifted(app)


async def test_a_loading_truck_leaves_or_is_cancelled(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    for weight, verb, body in ((60, "cancel", {"reason": "weather"}), (40, "dispatch", None)):
        shipment = await tale.planned(await tale.lot(weight=weight))
        path = f"/v1/shipments/{shipment['id']}"
        await hub.do(f"{path}/load")
        ended = await hub.do(f"{path}/{verb}", body)
        assert ended["status"] == {"cancel": "cancelled", "dispatch": "dispatched"}[verb]


async def test_goods_past_their_day_do_not_leave(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """They are refused at the gate; taken off the truck they are what they are: expired."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    old, fresh = await tale.lot(weight=50), await tale.lot(weight=50)
    shipment = await tale.planned(old, fresh)
    path = f"/v1/shipments/{shipment['id']}"
    await owner.execute(
        "UPDATE lots SET produced_on = produced_on - 30, best_before_on = produced_on - 9 "
        "WHERE id = $1",
        decode("lot", old["id"]),
    )
    refused = await tale.carrier.post(f"{path}/dispatch")
    assert refused.status_code == 409
    assert refused.json()["code"] == "goods_unfit"
    assert (refused.json()["expired"], refused.json()["recalled"]) == ([old["id"]], [])
    assert (await tale.order())["lines"][0]["shipped"] == kg(0)
    await hub.do(f"{path}/replan", {"lot_ids": [fresh["id"]]})
    assert (await hub.read(f"/v1/lots/{old['id']}"))["status"] == "expired"
    assert (await tale.carrier.do(f"{path}/dispatch"))["status"] == "dispatched"


async def test_a_shipment_closes_when_nobody_can_complain_any_more(
    hub: Api, unique: Unique, app: Any
) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.arrived(await tale.lot())
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(f"{path}/deliver")
    ended_at = (await hub.read(path))["ended_at"]
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    await at(app, timedelta(days=8), close_shipments)
    assert (await hub.read(path))["status"] == "delivered"  # nobody has signed
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    await at(app, timedelta(days=6), close_shipments)
    assert (await hub.read(path))["status"] == "delivered"  # there is time for a claim
    await all_at(app, timedelta(days=8), close_shipments)
    closed = await hub.read(path)
    assert (closed["status"], closed["ended_at"]) == ("closed", ended_at)


def test_why_goods_were_refused_is_said_in_the_words_of_the_road() -> None:
    """A tracking event carries the reason: it must be one of those."""
    assert {str(r) for r in ShipmentRefuseReason} | {"goods_lost"} <= {
        str(r) for r in IncidentReason
    }
