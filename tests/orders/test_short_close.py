"""Short-closing: what will not come is given up with a reason, and all it held is free."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from tests import trade
from tests.api import Api, kg
from tests.orders.held import Deal, deal, nothing_drifted
from tests.orders.stall import pcs, stall
from tests.shipments import story

Unique = Callable[[str], str]
D = Decimal


async def closed(hub: Api, order: Any, *lines: int, reason: str = "supply_failed") -> Any:
    """The answer to closing these lines of an order short: the first one, unless said."""
    said = [
        {"line_id": order["lines"][n]["id"], "reason": reason, "note": "Ayam sakit."}
        for n in lines or (0,)
    ]
    return await hub.post(f"/v1/orders/{order['id']}/short-close", {"lines": said})


async def first_half_received(hub: Api, unique: Unique) -> Deal:
    """Of 100 + 60 the first seller's 100 are received and signed for; 60 stand weighed."""
    made = await deal(hub, unique("eggs"), 100, 60)
    receipt = await made.story.received(await made.story.lot(0))
    await made.story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    await made.story.lot(1, 40)
    return made


async def test_a_seller_that_fails_after_the_first_truck_does_not_keep_an_order_open(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    made = await first_half_received(hub, unique)
    assert await made.quota() == ("160", "0", "840")
    answer = await closed(hub, await made.order())
    assert answer.status_code == 200, answer.text
    order = await made.order()
    assert answer.json() == order | {"allowed_actions": answer.json()["allowed_actions"]}
    assert (order["status"], order["fulfilment_status"]) == ("completed", "received")
    (line,) = order["lines"]
    assert (line["short_closed"], line["unallocated"]) == (kg(60), kg(0))
    assert (line["done"], line["reason"], line["note"]) == (True, "supply_failed", "Ayam sakit.")
    assert await made.quota() == ("0", "100", "900")
    assert await made.offered() == [(0, 0, 100), (0, 0, 0)]
    share = await made.story.sellers[1].read(f"/v1/allocations/{made.story.allocations[1]['id']}")
    assert (share["status"], share["reason"]) == ("released", "short_closed")
    event = await owner.fetchrow(
        "SELECT e.data, h.reason FROM events e JOIN history h ON (h.object_id, h.version) = "
        "(e.object_id, e.version) WHERE e.object_id = $1 AND e.type = 'order.short_closed'",
        decode("ord", order["id"]),
    )
    assert event is not None
    assert '"quantity": {"unit": "kg", "value": "60"}' in event["data"]
    assert event["reason"] == "supply_failed"
    await nothing_drifted(app)


async def test_what_is_on_the_road_is_still_awaited(hub: Api, unique: Unique, app: Any) -> None:
    made = await deal(hub, unique("eggs"), 100, 60)
    shipment = await made.story.arrived(await made.story.lot(0))
    planned = await made.story.planned(await made.story.lot(1, 40))
    order = (await closed(hub, await made.order(), reason="quality")).json()
    assert (order["status"], order["lines"][0]["done"]) == ("in_progress", False)
    assert order["lines"][0]["short_closed"] == kg(60)
    assert await made.quota() == ("100", "0", "900")
    seen = await hub.read(f"/v1/shipments/{planned['id']}")
    assert (seen["status"], seen["reason"]) == ("cancelled", "order_short_closed")
    # Most of it is broken, and some is lost: the line is done all the same, once that is signed.
    verdict = story.verdict(shipment["lots"][0], rejected="70", short="10")
    receipt = await made.story.market.api.do(
        "/v1/goods-receipts", story.receipt_body(shipment, verdict)
    )
    assert (await made.order())["lines"][0]["done"] is False
    await made.story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await made.order())["status"] == "completed"
    assert await made.quota() == ("0", "20", "980")
    await nothing_drifted(app)


async def test_goods_that_arrived_broken_do_not_keep_an_order_open(
    hub: Api, unique: Unique, app: Any
) -> None:
    """All was sent, too little was kept: nothing is left to give up but the wait for it."""
    made = await deal(hub, unique("eggs"), 100)
    shipment = await made.story.arrived(await made.story.lot(0))
    verdict = story.verdict(shipment["lots"][0], rejected="50")
    receipt = await made.story.market.api.do(
        "/v1/goods-receipts", story.receipt_body(shipment, verdict)
    )
    await made.story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await made.order())["status"] == "in_progress"
    order = (await closed(hub, await made.order(), reason="quality")).json()
    assert (order["status"], order["lines"][0]["short_closed"]) == ("completed", kg(0))
    assert await made.quota() == ("0", "50", "950")
    again = await closed(hub, order)
    assert again.json()["code"] == "wrong_state"
    await nothing_drifted(app)


async def test_lines_are_closed_one_by_one(hub: Api, unique: Unique, app: Any) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    order = await trade.order(market, eggs, 100, 200, agreement_id=agreed)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    assert (await closed(hub, order, 0, 1)).json()["code"] == "cancel_instead"
    one = (await closed(hub, order, 0)).json()
    assert (one["status"], [line["done"] for line in one["lines"]]) == ("confirmed", [True, False])
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(200)
    again = await closed(hub, order, 1, 0)
    assert (again.status_code, again.json()["code"]) == (409, "line_closed")
    assert again.json()["errors"][0]["pointer"] == "/lines/1/line_id"
    assert (await closed(hub, order, 1)).json()["code"] == "cancel_instead"
    await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(0)
    await nothing_drifted(app)


async def test_the_stock_of_a_listing_that_will_not_come_is_free_again(hub: Api, app: Any) -> None:
    """Its seller brought 4 of 10 and has no more: the known case."""
    shop = await stall(hub)
    made = await story.of_listing(hub, shop, 10)
    lot = await made.lot(0, net_weight=pcs(4))
    receipt = await made.received(lot)
    await made.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert await shop.stock() == ("6", "6")
    order = (await closed(hub, await made.order())).json()
    assert (order["status"], order["lines"][0]["short_closed"]) == ("completed", pcs(6))
    assert await shop.stock() == ("6", "0")
    await nothing_drifted(app)


@pytest.mark.parametrize("who", ["buyer", "stranger"])
async def test_only_the_hub_gives_up(hub: Api, unique: Unique, who: str) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 100)
    caller = market.api if who == "buyer" else await hub.party("buyer")
    assert (await closed(caller, order)).status_code == (403 if who == "buyer" else 404)
    assert (await closed(hub, order)).json()["code"] == "wrong_state"  # nobody has promised it


async def test_a_line_of_another_order_is_not_found(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 100, 50)
    other = await trade.order(market, eggs, 100)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    answer = await closed(hub, order | {"lines": other["lines"]})
    assert answer.status_code == 404
    assert (await closed(hub, order, 0, 0)).status_code == 404
