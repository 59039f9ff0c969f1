"""When a line has enough, nobody's goods stay tied to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from app.core.ids import decode
from tests import trade
from tests.api import Api, kg
from tests.shipments import story

Unique = Callable[[str], str]


async def test_what_was_confirmed_but_not_needed_is_the_sellers_again(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """One seller weighs a little less than confirmed: inside the tolerance, the line completes and
    the rest of its offer is free again; offers, lines and movements agree.
    """
    told = await story.confirmed(hub, unique("eggs"), 500, 500)
    lots = [await told.lot(0, 495), await told.lot(1, 490)]
    receipt = await told.received(*lots)
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await hub.read(f"/v1/orders/{told.order_id}")
    assert order["status"] == "completed"
    assert order["lines"][0]["allocated"] == kg(985)
    for n, (weighed, free) in enumerate(((495, 5), (490, 10))):
        seen = await told.sellers[n].read(f"/v1/allocations/{told.allocations[n]['id']}")
        assert seen["quantity"] == kg(weighed)
        offer = await told.sellers[n].read(f"/v1/supply-offers/{seen['offer_id']}")
        assert (offer["committed"], offer["delivered"]) == (kg(0), kg(weighed))
        assert float(offer["available"]["value"]) >= free
    actions = await owner.fetch(
        "SELECT action FROM history WHERE object_id = $1 ORDER BY version",
        decode("alc", told.allocations[0]["id"]),
    )
    assert [row["action"] for row in actions][-2:] == ["ship", "shorten"]


async def test_weighed_goods_that_did_not_leave_are_the_sellers_again(
    hub: Api, unique: Unique
) -> None:
    """98 of 100 are signed for, so the order completes without the other seller's weighed 2: the lot
    is given back, its share has ended and its offer is free.
    """
    told = await story.confirmed(hub, unique("eggs"), 98, 2)
    lots = [await told.lot(0), await told.lot(1)]
    receipt = await told.received(lots[0])
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await told.order()
    assert order["status"] == "completed"
    assert order["lines"][0]["allocated"] == kg(98)
    lot = await told.sellers[1].read(f"/v1/lots/{lots[1]['id']}")
    assert (lot["status"], lot["balance"]) == ("depleted", kg(0))
    share = await told.sellers[1].read(f"/v1/allocations/{told.allocations[1]['id']}")
    assert (share["status"], share["reason"]) == ("released", "line_complete")
    assert share["weighed"] == kg(0)
    offer = await told.sellers[1].read(f"/v1/supply-offers/{share['offer_id']}")
    assert (offer["committed"], offer["available"]) == (kg(0), kg(2))
    served = await told.sellers[0].read(f"/v1/allocations/{told.allocations[0]['id']}")
    assert (served["status"], served["weighed"]) == ("shipped", kg(98))


async def test_a_share_that_has_left_in_part_keeps_only_that(hub: Api, unique: Unique) -> None:
    """Of 100, 98 left in one lot; the lot of 1.5 that stayed and the 0.5 never weighed go back."""
    told = await story.confirmed(hub, unique("eggs"), 100)
    lots = [await told.lot(0, 98), await told.lot(0, "1.5")]
    receipt = await told.received(lots[0])
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await told.order())["lines"][0]["allocated"] == kg(98)
    seller = told.sellers[0]
    assert (await seller.read(f"/v1/lots/{lots[1]['id']}"))["status"] == "depleted"
    share = await seller.read(f"/v1/allocations/{told.allocations[0]['id']}")
    assert (share["quantity"], share["weighed"], share["status"]) == (kg(98), kg(98), "shipped")
    offer = await seller.read(f"/v1/supply-offers/{share['offer_id']}")
    assert (offer["committed"], offer["delivered"]) == (kg(0), kg(98))
    assert offer["available"] == kg(2)


async def test_lots_of_a_complete_line_do_not_ship(hub: Api, unique: Unique) -> None:
    """The order is open for its other line; what was weighed for the complete one is refused."""
    told = await _two_lines(hub, unique)
    one, other = told.first
    receipt = await told.received(one)
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await told.order()
    assert [line["done"] for line in order["lines"]] == [True, False]
    refused = await hub.post("/v1/shipments", told.shipment_body(other))
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "order_line_complete"
    assert refused.json()["lot_ids"] == [other["id"]]


class _Two(story.Story):
    """An order of two lines; ``first`` are the lots of the first: 98 of 100, and 2 of 100."""

    first: list[Any]


async def _two_lines(hub: Api, unique: Unique) -> _Two:
    market = await trade.buyer(hub)
    goods = [await trade.goods(hub, unique("eggs")), await trade.goods(hub, unique("corn"))]
    farms = [await story.farm(hub), await story.farm(hub)]
    for (seller, site), share in zip(farms, (98, 2), strict=True):
        await trade.offer(seller, site, goods[0], share)
    body = trade.order_body(market, goods[0], 100)
    body["lines"] += trade.order_body(market, goods[1], 50)["lines"]
    order = await market.api.do("/v1/orders", body)
    for action in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{action}")
    sellers, sites = [s for s, _ in farms], [site for _, site in farms]
    carrier = await hub.party("carrier")
    told = _Two(hub, market, goods[0], carrier, order["id"], sellers, sites)
    for seller in sellers:
        share = (await seller.read("/v1/allocations"))["data"][0]
        told.allocations.append(await seller.do(f"/v1/allocations/{share['id']}/confirm"))
    told.first = [await told.lot(0), await told.lot(1)]
    return told


async def test_a_planned_truck_keeps_the_line_open(hub: Api, unique: Unique) -> None:
    """Nothing in a planned shipment is given back: the line waits for it, then for its receipt."""
    told = await story.confirmed(hub, unique("eggs"), 98, 2)
    lots = [await told.lot(0), await told.lot(1)]
    waiting = await told.planned(lots[1])
    receipt = await told.received(lots[0])
    await told.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await told.order())["lines"][0]["done"] is False
    await told.carrier.do(f"/v1/shipments/{waiting['id']}/dispatch")
    there = await told.carrier.do(f"/v1/shipments/{waiting['id']}/arrive")
    last = await told.market.api.do("/v1/goods-receipts", story.receipt_body(there))
    await told.market.api.do(f"/v1/goods-receipts/{last['id']}/sign")
    order = await told.order()
    assert (order["status"], order["lines"][0]["accepted"]) == ("completed", kg(100))
