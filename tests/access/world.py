"""One trade with every kind of object in it: what strangers try to reach.

Made through the API alone. Objects whose operations do not exist (yet) are left out; the tests
read from the OpenAPI document which ones they need and complain when one is missing here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core import clock
from tests import trade
from tests.api import Api, Party, kg, money
from tests.catalog.imports.sending import send, work_off
from tests.catalog.photos.uploading import upload
from tests.epcis.fixture import EVENTS
from tests.epcis.sending import caught_up, fresh, told
from tests.openapi import operations
from tests.shipments.evidence.sending import send as photographed


@dataclass
class World:
    """Parties, and the ids of their objects by the name of the path parameter that takes them."""

    seller: Party
    buyer: Party
    carrier: Party
    ids: dict[str, str] = field(default_factory=dict)

    def of(self, role: str) -> Party:
        """The party that plays *role* in it."""
        return {"seller": self.seller, "buyer": self.buyer, "carrier": self.carrier}[role]

    def fields(self) -> dict[str, Any]:
        """What the fields of a request's body hold when it reaches for this world's objects."""
        ids = self.ids
        named = {
            "party_id": ids["party_id"],
            "seller_id": self.seller.id,
            "buyer_id": self.buyer.id,
            "carrier_id": self.carrier.id,
            "ship_to_site_id": ids["to_site"],
            "to_site_id": ids["to_site"],
            "from_site_id": ids["site"],
            "site_id": ids["site"],
            "member_id": ids["member"],
            "agreement_id": ids.get("agreement_id"),
            "reciprocal_id": ids.get("agreement_id"),
            "allocation_id": ids.get("allocation_id"),
            "shipment_id": ids.get("shipment_id"),
            "leg_id": ids.get("leg_id"),
            "receipt_id": ids.get("receipt_id"),
            "lot_id": ids.get("lot_id"),
            "lot_ids": [ids["lot_id"]] if "lot_id" in ids else None,
            "line_id": ids.get("line"),
            "request_line_id": ids.get("request_line"),
        }
        return {name: value for name, value in named.items() if value}


LISTING = {
    "title": "Keripik Belimbing Manis 200 g",
    "category": "household",
    "price": money(15000, unit="pcs"),
    "unit": "pcs",
    "origin_region_code": "35.72.02.1005",
    "variants": [{"stock": {"value": "5", "unit": "pcs"}}],
}


async def world(hub: Api, code: str) -> World:
    """A fresh one; *code* names its goods."""
    seller, market = await hub.party("seller"), await trade.buyer(hub)
    made = World(seller, market.api, await hub.party("carrier"))
    exists = {operation.id for operation in operations()}
    ids = made.ids
    await _parties(hub, made)
    ids["to_site"] = market.site
    what = await trade.goods(hub, code)
    ids["offer_id"] = (await trade.offer(seller, ids["site"], what, 500))["id"]
    ids["series_id"] = await _followed(hub, what)
    ids["agreement_id"] = await trade.agreement(hub, market, what, 1000, linked=True)
    sooner = {"effective_on": trade.day(1), "ends_on": trade.day(5)}
    amended = await hub.do(f"/v1/agreements/{ids['agreement_id']}/amendments", sooner)
    ids["agreement_amendment_id"] = amended["id"]
    order = await trade.order(market, what, 100, agreement_id=ids["agreement_id"])
    ids["order_id"] = ids["object_id"] = order["id"]
    ids["line"] = order["lines"][0]["id"]
    if "listing_create" in exists:
        listing = await seller.do("/v1/listings", LISTING)
        ids["listing_id"], ids["variant_id"] = listing["id"], listing["variants"][0]["id"]
        ids["photo_id"] = (await upload(seller, ids["listing_id"])).json()["id"]
        ids["size"] = "thumb"
        ids["import_id"] = (await send(seller, b"kode produk;stok\nA;x\n")).json()["id"]
        await work_off(hub.client._transport.app)  # its row is not right, and says so
        await _curated(hub, made)
    if "quote_create" in exists:
        await _quoted(hub, made, what)
    if "order_allocate" in exists:
        await _ship(hub, made, order["id"])
    if "order_amendment_create" in exists:
        more = {
            "lines": [{"line_id": ids["line"], "quantity": kg(120)}],
            "reason": "demand_changed",
        }
        amended = await made.buyer.do(f"/v1/orders/{order['id']}/amendments", more)
        ids["order_amendment_id"] = amended["id"]
    return made


async def _parties(hub: Api, made: World) -> None:
    seller, ids = made.seller, made.ids
    ids["party_id"] = seller.id
    ids["site"] = await seller.site()
    ids["member"] = (await seller.do(f"/v1/parties/{seller.id}/members", {"name": "Bu Contoh"}))[
        "id"
    ]
    filed = {"kind": "nib", "number": "CONTOH-9", "valid_from": "2026-01-01"}
    ids["licence_id"] = (await seller.do(f"/v1/parties/{seller.id}/licences", filed))["id"]
    ids["key_id"] = (await seller.read("/v1/api-keys"))["data"][0]["id"]
    event = fresh(EVENTS[0])
    ids["epcis_event_id"] = event["eventID"]
    ids["capture_id"] = (await told(seller, event))["captureID"]


async def _followed(hub: Api, what: trade.Goods) -> str:
    """A reference price of the goods, with a reading."""
    said = {"code": f"acuan-{what.id}", "name": "Harga acuan", "source": "Contoh"}
    body = said | {"commodity_id": what.id, "per": kg(1)}
    series = await hub.do("/v1/price-series", body)
    read = {"read_on": trade.day(), "amount": "26500"}
    await hub.do(f"/v1/price-series/{series['id']}/readings", {"readings": [read]})
    return str(series["id"])


async def _curated(hub: Api, made: World) -> None:
    """A change of an approved listing, which waits for the curator; days on which nobody sells."""
    listing = (await made.seller.do("/v1/listings", LISTING))["id"]
    await made.seller.do(f"/v1/listings/{listing}/submit")
    await hub.do(f"/v1/listings/{listing}/approve")
    version = (await made.seller.do(f"/v1/listings/{listing}/publish"))["version"]
    edited = await made.seller.client.patch(
        f"/v1/listings/{listing}",
        json={"title": "Keripik Belimbing Manis 250 g"},
        headers={"authorization": f"Bearer {made.seller.key}", "if-match": f'"{version}"'},
    )
    made.ids["listing_change_id"] = edited.json()["change"]["id"]
    closed = {"starts_on": trade.day(30), "ends_on": trade.day(31)}
    made.ids["closure_id"] = (await made.seller.do("/v1/closures", closed))["id"]


async def _quoted(hub: Api, made: World, what: trade.Goods) -> None:
    """A request for terms, and the hub's, which wait for the buyer."""
    line = {"commodity_id": what.id, "grade": what.grade, "quantity": kg(100)}
    asked = {"ship_to_site_id": made.ids["to_site"], "deliver_on": trade.day(9), "lines": [line]}
    request = await made.buyer.do("/v1/quote-requests", {"wanted": "order"} | asked)
    made.ids["quote_request_id"] = request["id"]
    made.ids["request_line"] = request["lines"][0]["id"]
    terms = {"request_line_id": made.ids["request_line"], "quantity": kg(90), "price": money(28000)}
    quote = await hub.do(f"/v1/quote-requests/{request['id']}/quotes", {"lines": [terms]})
    made.ids["quote_id"] = quote["id"]


async def _measured(made: World) -> None:
    """The truck is too warm for too long."""
    now = clock.now()
    readings = [
        {
            "shipment_id": made.ids["shipment_id"],
            "device": "gps-1",
            "at": (now + timedelta(seconds=n)).isoformat(),
            "temperature_c": 25,
        }
        for n in range(3)
    ]
    await made.carrier.do("/v1/telemetry", {"readings": readings})


async def _mistaken(hub: Api, lot_id: str) -> str:
    """What was done to a lot by mistake, and taken back."""
    await hub.do(f"/v1/lots/{lot_id}/split", {"parts": [{"quantity": kg(1)}]})
    (event,) = (await hub.read(f"/v1/lots/{lot_id}/events"))["data"]
    await hub.do(f"/v1/lot-events/{event['id']}/undo")
    return str(event["id"])


async def _ship(hub: Api, made: World, order_id: str) -> None:
    seller, ids = made.seller, made.ids
    await hub.do(f"/v1/orders/{order_id}/confirm")
    await hub.do(f"/v1/orders/{order_id}/allocate")
    given = (await seller.read("/v1/allocations"))["data"][0]
    ids["allocation_id"] = given["id"]
    ids["run_id"] = (await hub.read("/v1/consolidations", order_id=order_id))["data"][0]["id"]
    ids["supply_request_id"] = (await seller.read("/v1/supply-requests"))["data"][0]["id"]
    await seller.do(f"/v1/allocations/{given['id']}/confirm")
    collected = {"allocation_id": given["id"], "from_stop": 1, "to_stop": 2}
    store = await (await hub.party("operator")).site("store")
    leg = {
        "kind": "collection",
        "carrier_id": made.carrier.id,
        "vehicle": {"capacity_kg": "1000"},
        "stops": [{"site_id": ids["site"]}, {"site_id": store}],
        "loads": [collected],
    }
    ids["leg_id"], ids["position"] = (await hub.do("/v1/legs", leg))["id"], "2"
    weighed = {"allocation_id": given["id"], "net_weight": kg(100), "produced_on": trade.day()}
    lot = await seller.do("/v1/lots", weighed)
    ids["lot_id"], ids["event_id"] = lot["id"], await _mistaken(hub, lot["id"])
    judged = {"verdict": "accept", "quantity": kg(100)}
    looked = {"inspector": "Bu Contoh", "sample": kg(1), "verdict": [judged]}
    ids["inspection_id"] = (await hub.do(f"/v1/lots/{lot['id']}/inspect", looked))["id"]
    planned = {
        "lot_ids": [lot["id"]],
        "carrier_id": made.carrier.id,
        "from_site_id": ids["site"],
        "to_site_id": ids["to_site"],
        "temperature": {"max": 20},
    }
    shipment = await hub.do("/v1/shipments", planned)
    ids["shipment_id"], ids["code"] = shipment["id"], shipment["tracking_code"]
    paper = {"kind": "surat_jalan", "shipment_id": shipment["id"]}
    ids["document_id"] = (await hub.do("/v1/documents", paper))["id"]
    await made.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    await _measured(made)
    expected = {"eta_at": (clock.now() + timedelta(hours=5)).isoformat()}
    await made.carrier.do(f"/v1/shipments/{shipment['id']}/estimate", expected)
    await caught_up(hub.client._transport.app)  # lots and places have their GS1 keys
    await made.carrier.do(f"/v1/shipments/{shipment['id']}/deliver")
    line = {
        "lot_id": lot["id"],
        "received": kg(100),
        "accepted": kg(100),
        "downgraded": kg(0),
        "rejected": kg(0),
    }
    receipt = await made.buyer.do(
        "/v1/goods-receipts", {"shipment_id": shipment["id"], "lines": [line]}
    )
    ids["receipt_id"] = receipt["id"]
    photo = ids["evidence_id"] = (await photographed(made.buyer))["id"]
    said = {"about": "accepted", "reason": "spoiled", "remedy": "credit", "photo_ids": [photo]}
    line = said | {"lot_id": lot["id"], "quantity": kg(1)}
    asked = {"receipt_id": receipt["id"], "lines": [line]}
    granted = await made.buyer.do("/v1/claims", asked)
    answer = {"line_id": granted["lines"][0]["id"], "quantity": kg(1)}
    await hub.do(f"/v1/claims/{granted['id']}/answer", {"lines": [answer]})
    ids["claim_id"] = (await made.buyer.do("/v1/claims", asked))["id"]
    bad = {"lot_ids": [lot["id"]], "reason": "contamination"}
    ids["recall_id"] = (await hub.do("/v1/recalls", bad))["id"]
