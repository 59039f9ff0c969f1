"""Shortcuts to what the desk looks at: one day's need, its sellers, and what came of it."""

from __future__ import annotations

from typing import Any

from tests import trade
from tests.api import Api, Party, kg


async def farm(hub: Api, region: str = "35.05.01", name: str = "Peternakan contoh") -> Any:
    """A fresh seller and its site."""
    party = await hub.party("seller", name=name)
    return party, await party.site(region_code=region)


async def offered(hub: Api, what: trade.Goods, quantity: float, **fields: Any) -> Party:
    """A fresh seller's offer of so many kg, a lot of the coming week unless said."""
    region = fields.pop("region", "35.05.01")
    party, site = await farm(hub, region)
    await trade.offer(party, site, what, quantity, **fields)
    return party


def daily(first: int, last: int) -> dict[str, Any]:
    """Fields of an offer of so much on each of these days."""
    return {
        "per": "day",
        "available_from": trade.day(first),
        "available_until": trade.day(last),
    }


async def promised(hub: Api, what: trade.Goods, quantity: float, **fields: Any) -> Any:
    """A fresh buyer's confirmed order of so many kg."""
    market = await trade.buyer(hub)
    placed = await trade.order(market, what, quantity, **fields)
    return await hub.do(f"/v1/orders/{placed['id']}/confirm")


async def allocated(hub: Api, what: trade.Goods, quantity: float, **fields: Any) -> Any:
    """Such an order, allocated; nobody has answered yet."""
    order = await promised(hub, what, quantity, **fields)
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    return order


async def agreed(*sellers: Party) -> None:
    """They say yes to everything they are asked for."""
    for seller in sellers:
        for share in (await seller.read("/v1/allocations", status="offered"))["data"]:
            await seller.do(f"/v1/allocations/{share['id']}/confirm")


def values(row: dict[str, Any], *names: str) -> list[str]:
    """The values of some quantities of *row*."""
    return [row[name]["value"] for name in names]


async def sent(
    hub: Api, market: trade.Buyer, seller: Party, site: str, kilos: float
) -> tuple[Party, str, str]:
    """The seller's first confirmed share is weighed and on the road: carrier, shipment and lot."""
    share = (await seller.read("/v1/allocations", status="confirmed"))["data"][0]
    carrier = await hub.party("carrier")
    weighed = {"allocation_id": share["id"], "net_weight": kg(kilos), "produced_on": trade.day()}
    lot = await seller.do("/v1/lots", weighed)
    planned = {
        "lot_ids": [lot["id"]],
        "carrier_id": carrier.id,
        "from_site_id": site,
        "to_site_id": market.site,
    }
    shipment = await hub.do("/v1/shipments", planned)
    await carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    return carrier, shipment["id"], lot["id"]


async def delivered(hub: Api, market: trade.Buyer, seller: Party, site: str, kilos: float) -> None:
    """The seller's first confirmed share is weighed, brought, accepted and signed for."""
    carrier, shipment, lot = await sent(hub, market, seller, site, kilos)
    await carrier.do(f"/v1/shipments/{shipment}/deliver")
    none = {name: kg(0) for name in ("downgraded", "rejected")}
    line = {"lot_id": lot, "received": kg(kilos), "accepted": kg(kilos)} | none
    said = {"shipment_id": shipment, "lines": [line]}
    receipt = await market.api.do("/v1/goods-receipts", said)
    await market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
