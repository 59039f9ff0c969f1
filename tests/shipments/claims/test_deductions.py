"""What is taken off whom: each party reads its own, with the why, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app import reconcile
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import pcs, stall
from tests.shipments import story
from tests.shipments.claims.complaining import answered, claimed, complaint, granting, rupiah

Unique = Callable[[str], str]


async def pooled(hub: Api, unique: Unique, *shares: int) -> tuple[story.Story, Any, Any]:
    """Goods of several farms merged into one lot at the hub, and received; the lot, the receipt."""
    tale = await story.confirmed(hub, unique("eggs"), *shares)
    lots = [(await tale.lot(n))["id"] for n in range(len(shares))]
    lot = await hub.do("/v1/lots/merge", {"lot_ids": lots})
    store = await (await hub.party("operator")).site("store")
    shipment = await hub.do("/v1/shipments", tale.shipment_body(lot, from_site_id=store))
    for verb in ("dispatch", "arrive"):
        shipment = await tale.carrier.do(f"/v1/shipments/{shipment['id']}/{verb}")
    receipt = await tale.market.api.do("/v1/goods-receipts", story.receipt_body(shipment))
    return tale, lot, receipt


async def mine(party: Api, **filters: Any) -> list[Any]:
    """The deductions that *party* sees."""
    found: list[Any] = (await party.read("/v1/deductions", **filters))["data"]
    return found


async def test_each_seller_sees_its_share_and_why(hub: Api, unique: Unique, app: Any) -> None:
    """Three farms of 50, 30 and 20 kg: a claim of Rp 100 001 is 50 001 (the rest), 30 000, 20 000."""
    tale, lot, receipt = await pooled(hub, unique, 50, 30, 20)
    clerk = tale.market.api
    assert receipt["lines"][0]["seller_id"] is None
    line = await complaint(clerk, receipt, quantity=kg("12.345"), amount=rupiah(100001))
    claim = await claimed(tale, receipt, line)
    for seller in tale.sellers:
        assert await mine(seller) == []
        assert (await seller.get(f"/v1/evidence/{line['photo_ids'][0]}")).status_code == 404
    await answered(hub, claim)

    seen = [(await mine(seller))[0] for seller in tale.sellers]
    assert [each["amount"] for each in seen] == [rupiah(50001), rupiah(30000), rupiah(20000)]
    assert [each["quantity"] for each in seen] == [kg("6.173"), kg("3.703"), kg("2.469")]
    assert [each["share"] for each in seen] == [
        {"quantity": kg(n), "whole": kg(100)} for n in (50, 30, 20)
    ]
    whole = await mine(hub, claim_id=claim["id"])
    assert sum(int(each["amount"]["amount"]) for each in whole) == 100001
    for seller, each in zip(tale.sellers, seen, strict=True):
        assert len(await mine(seller)) == 1
        assert (each["party_id"], each["borne_by"]) == (seller.id, "sellers")
        assert (each["claim_number"], each["lot_number"]) == (claim["number"], lot["number"])
        assert each["granted_amount"] == rupiah(100001)
        others = {other.id for other in tale.sellers} - {seller.id}
        assert not [word for word in (*others, clerk.id, receipt["id"]) if word in str(each)]
        assert (await seller.get(f"/v1/claims/{claim['id']}")).status_code == 404
        # Its photos are evidence for those it is held against.
        assert each["photo_ids"] == line["photo_ids"]
        assert (await seller.get(f"/v1/evidence/{each['photo_ids'][0]}")).status_code == 200
    assert seen[1]["why"] == {
        "en": f"A buyer claimed goods of lot {lot['number']} that were spoiled "
        f"(claim {claim['number']}), and Rp 100,001 was granted for 12.345 kg; "
        "30 kg of the 100 kg in this lot came from you, so your part is Rp 30,000.",
        "id": f"Pembeli mengklaim barang lot {lot['number']} yang busuk "
        f"(klaim {claim['number']}), dan disetujui Rp 100.001 untuk 12,345 kg; "
        "30 kg dari 100 kg isi lot ini berasal dari Anda, jadi bagian Anda Rp 30.000.",
    }
    stranger, _ = await story.farm(hub)
    for nobody in (stranger, tale.carrier):
        assert await mine(nobody) == []
        assert (await nobody.get(f"/v1/evidence/{line['photo_ids'][0]}")).status_code == 404
    assert (await clerk.get("/v1/deductions")).status_code == 403
    drifted = await reconcile.drifted(app.state.database)
    assert not any(drifted.values())


async def test_equal_farms_differ_by_a_rupiah(hub: Api, unique: Unique) -> None:
    tale, _, receipt = await pooled(hub, unique, 10, 10, 10)
    claim = await claimed(tale, receipt, amount=rupiah(20000))
    await answered(hub, claim)
    taken = [int(each["amount"]["amount"]) for each in await mine(hub, claim_id=claim["id"])]
    assert sorted(taken) == [6666, 6667, 6667]


async def test_the_hub_or_the_carrier_bears_it(hub: Api, unique: Unique) -> None:
    """Then no seller pays, and only who bears it reads it."""
    tale, lot, receipt = await pooled(hub, unique, 60, 40)
    by_carrier, by_hub = [await claimed(tale, receipt, reason="broken") for _ in range(2)]
    await answered(hub, by_carrier, granting(by_carrier, borne_by="carrier"))
    await answered(hub, by_hub, granting(by_hub, borne_by="hub"))
    (borne,) = await mine(tale.carrier)
    assert (borne["claim_id"], borne["amount"]) == (by_carrier["id"], rupiah(27500))
    assert (borne["share"], borne["allocation_id"]) == (None, None)
    assert borne["why"]["id"].endswith("Anda yang mengangkutnya, jadi Anda menanggung Rp 27.500.")
    assert (await tale.carrier.get(f"/v1/evidence/{borne['photo_ids'][0]}")).status_code == 200
    for seller in tale.sellers:
        assert await mine(seller) == []
    assert {each["borne_by"] for each in await mine(hub, lot_id=lot["id"])} == {"carrier", "hub"}
    assert await mine(hub, claim_id=by_hub["id"], lot_id=receipt["lines"][0]["lot_id"])
    assert await mine(tale.carrier, claim_id=by_hub["id"]) == []


async def test_goods_of_a_listing_are_their_sellers(hub: Api) -> None:
    """Counted by the piece: a claim of one pack is one pack."""
    tale = await story.of_listing(hub, await stall(hub), 10)
    receipt = await tale.received(await tale.lot())
    clerk = tale.market.api
    half = {"value": "0.5", "unit": "pcs"}
    line = await complaint(clerk, receipt, quantity=half)
    body = {"receipt_id": receipt["id"], "lines": [line]}
    assert (await clerk.post("/v1/claims", body)).status_code == 422
    claim = await claimed(tale, receipt, line | {"quantity": pcs(3)})
    await answered(hub, claim)
    (each,) = await mine(tale.sellers[0])
    assert each["quantity"] == pcs(3)
    assert each["amount"] == claim["lines"][0]["amount"]


async def test_two_sellers_never_see_each_other(hub: Api, unique: Unique) -> None:
    """Not by the filters either, and not in the feed of events."""
    tale, lot, receipt = await pooled(hub, unique, 60, 40)
    claim = await claimed(tale, receipt)
    await answered(hub, claim)
    one, two = tale.sellers
    assert await mine(one, claim_id=claim["id"]) == await mine(one, lot_id=lot["id"])
    told = str(await one.read("/v1/events", limit=100))
    assert claim["id"] not in told
    assert two.id not in told
    other = await trade.buyer(hub)
    assert (await other.api.get(f"/v1/claims/{claim['id']}")).status_code == 404
