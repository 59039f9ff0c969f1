"""From an allocation to a signed receipt over HTTP, and what the order makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import asyncpg

from app.shipments.receipts.commands import SIGNING
from app.shipments.receipts.silence import deem_signed
from tests import trade
from tests.api import Api, kg
from tests.shipments import story
from tests.worker import at

Unique = Callable[[str], str]


async def test_goods_are_weighed_shipped_received_and_signed(hub: Api, unique: Unique) -> None:
    """988 accepted, 8 downgraded, 4 short of 1 000 kg: within 2 %, so the order completes."""
    tale = await story.confirmed(hub, unique("eggs"), 600, 400)
    lots = [await tale.lot(0, count=10_000), await tale.lot(1)]
    assert lots[0]["status"] == "available"
    assert lots[0]["number"].startswith("LOT-")
    assert lots[0]["balance"] == lots[0]["net_weight"] == kg(600)

    shipment = await tale.planned(*lots)
    path = f"/v1/shipments/{shipment['id']}"
    assert shipment["status"] == "planned"
    assert shipment["tracking_status"] == "pending"
    assert {lot["lot_id"] for lot in shipment["lots"]} == {lot["id"] for lot in lots}
    assert (await tale.order())["status"] == "confirmed"

    left = await tale.carrier.do(f"{path}/dispatch")
    assert (left["status"], left["tracking_status"]) == ("dispatched", "picked_up")
    order = await tale.order()
    assert order["status"] == "in_progress"
    assert order["lines"][0]["shipped"] == kg(1000)
    allocation = await tale.sellers[0].read(f"/v1/allocations/{tale.allocations[0]['id']}")
    assert allocation["status"] == "shipped"

    assert (await tale.carrier.do(f"{path}/arrive"))["status"] == "arrived"
    there = await tale.carrier.do(f"{path}/deliver")
    assert (there["status"], there["tracking_status"]) == ("delivered", "delivered")

    lines = [story.verdict(there["lots"][0], downgraded="8"), story.verdict(there["lots"][1])]
    short = next(line for line in lines if line["lot_id"] == lots[1]["id"])
    short |= {"received": kg(396), "accepted": kg(396), "reason": "underweight"}
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(there, *lines))
    assert receipt["status"] == "posted"
    assert receipt["number"].startswith("BAST-")
    assert receipt["allowed_actions"] == ["sign", "reverse"]
    order = await tale.order()
    got = {name: order["lines"][0][name] for name in ("received", "accepted", "downgraded")}
    assert got == {"received": kg(996), "accepted": kg(988), "downgraded": kg(8)}
    assert order["lines"][0]["short"] == kg(4)
    assert order["status"] == "in_progress"  # not before it is signed

    signed = await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert signed["status"] == "signed"
    order = await tale.order()
    assert order["status"] == "completed"
    assert order["lines"][0]["done"] is True


async def test_below_the_tolerance_the_order_stays_open(hub: Api, unique: Unique) -> None:
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    shipment = await tale.arrived(await tale.lot())
    line = story.verdict(shipment["lots"][0], rejected="20.001")
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await tale.order()
    assert order["status"] == "in_progress"
    assert order["lines"][0]["done"] is False


async def test_a_line_waits_for_all_its_shipments(hub: Api, unique: Unique) -> None:
    """99 % in the first truck would be enough; the second truck is awaited all the same."""
    tale = await story.confirmed(hub, unique("eggs"), 1000)
    most, rest = await tale.lot(weight=990), await tale.lot(weight=10)
    await tale.planned(rest)
    receipt = await tale.received(most)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "in_progress"
    waiting = await tale.hub.read("/v1/shipments", order_id=tale.order_id, status="planned")
    # The second truck does not leave: now nothing more is awaited.
    path = f"/v1/shipments/{waiting['data'][0]['id']}/cancel"
    await tale.hub.do(path, {"reason": "vehicle_unavailable"})
    assert (await tale.order())["status"] == "completed"


async def test_silence_signs(hub: Api, unique: Unique, app, owner: asyncpg.Connection) -> None:
    """A receipt nobody signs counts as signed after its time, with the same consequences."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    receipt = await tale.received(await tale.lot())
    path = f"/v1/goods-receipts/{receipt['id']}"
    await at(app, timedelta(0), deem_signed)
    assert (await tale.hub.read(path))["status"] == "posted"
    await at(app, SIGNING + timedelta(minutes=1), deem_signed)
    assert (await tale.hub.read(path))["status"] == "deemed_signed"
    assert (await tale.order())["status"] == "completed"
    late = await tale.market.api.post(f"{path}/sign")
    assert late.status_code == 409
    assert late.json()["allowed_actions"] == []


async def test_quota_is_consumed_by_what_was_kept(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 5000)
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 1000)
    order = await trade.order(market, eggs, 1000, agreement_id=agreed)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    found = (await seller.read("/v1/allocations"))["data"][0]
    found = await seller.do(f"/v1/allocations/{found['id']}/confirm")
    tale = story.Story(
        hub, market, eggs, await hub.party("carrier"), order["id"], [seller], [site], [found]
    )
    shipment = await tale.arrived(await tale.lot())
    line = story.verdict(shipment["lots"][0], downgraded="8", short="4")
    receipt = await market.api.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    await market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    period = await trade.quota(market.api, agreed)
    assert (period["consumed"], period["reserved"]) == (kg(996), kg(0))
