"""Goods of a listing on their whole way: from the shelf to the buyer's signature."""

from __future__ import annotations

from typing import Any

from app import reconcile
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import pcs, stall
from tests.shipments import story


async def test_the_whole_way_of_a_listings_goods(hub: Api, app: Any) -> None:
    shop = await stall(hub, {"flavour": "pedas", "stock": pcs(10)})
    tale = await story.of_listing(hub, shop, 4)
    share = tale.allocations[0]
    assert (share["variant_id"], share["title"]) == (
        shop.variants[0],
        "Keripik Belimbing Manis, pedas",
    )
    assert [share[name] for name in ("commodity_id", "grade", "offer_id", "site_id")] == [None] * 4
    lot = await tale.lot(count=4)
    assert lot["net_weight"] == lot["balance"] == pcs(4)
    assert (lot["variant_id"], lot["title"]) == (share["variant_id"], share["title"])
    assert await shop.stock() == ("10", "4")
    shipment = await tale.planned(lot)
    assert shipment["lots"][0]["title"] == share["title"]
    assert shipment["lots"][0]["quantity"] == pcs(4)
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    assert await shop.stock() == ("6", "0")  # what leaves is sold
    shipment = await tale.carrier.do(f"/v1/shipments/{shipment['id']}/arrive")
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    assert receipt["lines"][0]["accepted"] == pcs(4)
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    order = await tale.order()
    assert (order["status"], order["lines"][0]["done"]) == ("completed", True)
    assert await shop.stock() == ("6", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_pieces_are_weighed_as_pieces(hub: Api) -> None:
    """As goods of a commodity that is kept by the piece: a weight says nothing of how many."""
    tale = await story.of_listing(hub, await stall(hub), 4)
    body = {"allocation_id": tale.allocations[0]["id"], "produced_on": trade.day()}
    for weight, code in ((kg(1), "unit_mismatch"), (pcs("1.5"), "quantity_range")):
        answer = await tale.sellers[0].post("/v1/lots", body | {"net_weight": weight})
        assert answer.json()["errors"][0]["code"] == code
    await tale.sellers[0].do("/v1/lots", body | {"net_weight": pcs(3)})
    more = await tale.sellers[0].post("/v1/lots", body | {"net_weight": pcs(2)})
    assert (more.json()["code"], more.json()["left"]) == ("over_allocation", "1")


async def test_goods_rejected_on_arrival_stay_sold(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    tale = await story.of_listing(hub, shop, 4)
    shipment = await tale.arrived(await tale.lot())
    line = story.verdict(shipment["lots"][0], rejected="2", short="1")
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment, line))
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "in_progress"
    assert await shop.stock() == ("6", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_line_that_has_enough_frees_what_never_left(hub: Api, app: Any) -> None:
    shop = await stall(hub, {"stock": pcs(120)})
    tale = await story.of_listing(hub, shop, 100)
    first = await tale.lot(net_weight=pcs(98))
    await tale.lot(net_weight=pcs(1))
    receipt = await tale.received(first)
    assert await shop.stock() == ("22", "2")
    await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    assert await shop.stock() == ("22", "0")
    share = await shop.seller.read(f"/v1/allocations/{tale.allocations[0]['id']}")
    assert share["quantity"] == pcs(98)
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_cancelling_gives_back_what_is_weighed_and_loaded(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    tale = await story.of_listing(hub, shop, 7)
    await tale.planned(await tale.lot(net_weight=pcs(5)))
    await tale.lot(net_weight=pcs(1))
    assert await shop.stock() == ("10", "7")
    await tale.market.api.do(f"/v1/orders/{tale.order_id}/cancel", {"reason": "other"})
    assert await shop.stock() == ("10", "0")
    share = await shop.seller.read(f"/v1/allocations/{tale.allocations[0]['id']}")
    assert share["status"] == "released"
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_two_trucks_sell_what_each_carries(hub: Api, app: Any) -> None:
    shop = await stall(hub)
    tale = await story.of_listing(hub, shop, 7)
    receipts = []
    for pieces, left in ((5, ("5", "2")), (2, ("3", "0"))):
        receipts.append(await tale.received(await tale.lot(net_weight=pcs(pieces))))
        assert await shop.stock() == left
    for receipt in receipts:
        await tale.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await tale.order())["status"] == "completed"
    assert await shop.stock() == ("3", "0")
    assert not any((await reconcile.drifted(app.state.database)).values())
