"""Shortcuts to goods on the road, through the API alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests import trade
from tests.api import Api, Party, kg
from tests.orders.stall import Stall, line, ordered


@dataclass
class Story:
    """An order of one buyer, shared by sellers who have confirmed; nothing is weighed yet."""

    hub: Api
    market: trade.Buyer
    what: trade.Goods | None
    carrier: Party
    order_id: str
    sellers: list[Party]
    sites: list[str]
    allocations: list[Any] = field(default_factory=list)

    async def lot(self, n: int = 0, weight: float | str | None = None, **fields: Any) -> Any:
        """Goods of the *n*-th seller's allocation, weighed: all of it unless said."""
        allocation = self.allocations[n]
        body = {
            "allocation_id": allocation["id"],
            "net_weight": allocation["quantity"] if weight is None else kg(weight),
            "produced_on": trade.day(),
        }
        return await self.sellers[n].do("/v1/lots", body | fields)

    def shipment_body(self, *lots: Any, **fields: Any) -> dict[str, Any]:
        """A shipment of *lots* from the farm of the first of them to the buyer's centre."""
        body = {
            "lot_ids": [lot["id"] for lot in lots],
            "carrier_id": self.carrier.id,
            "from_site_id": (lots[0]["site_id"] if lots else None) or self.sites[0],
            "to_site_id": self.market.site,
        }
        return body | fields

    async def planned(self, *lots: Any) -> Any:
        """A planned shipment of *lots*."""
        return await self.hub.do("/v1/shipments", self.shipment_body(*lots))

    async def arrived(self, *lots: Any) -> Any:
        """A shipment of *lots* at the buyer's gate."""
        shipment = await self.planned(*lots)
        await self.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
        return await self.carrier.do(f"/v1/shipments/{shipment['id']}/arrive")

    async def received(self, *lots: Any) -> Any:
        """A posted receipt that accepts all of a shipment of *lots*."""
        shipment = await self.arrived(*lots)
        return await self.market.api.do("/v1/goods-receipts", receipt_body(shipment))

    async def order(self) -> Any:
        """The order as its buyer sees it."""
        return await self.market.api.read(f"/v1/orders/{self.order_id}")


def verdict(lot: Any, downgraded: str = "0", rejected: str = "0", short: str = "0") -> Any:
    """A receipt's line for a *lot* of a shipment: what is not said is accepted."""
    received = Decimal(lot["quantity"]["value"]) - Decimal(short)
    accepted = received - Decimal(downgraded) - Decimal(rejected)
    found = {
        "received": received,
        "accepted": accepted,
        "downgraded": downgraded,
        "rejected": rejected,
    }
    unit = lot["quantity"]["unit"]
    said = {name: {"value": str(value), "unit": unit} for name, value in found.items()}
    said["lot_id"] = lot["lot_id"]
    flawless = accepted == Decimal(lot["quantity"]["value"])
    return said if flawless else said | {"reason": "broken"}


def receipt_body(shipment: Any, *lines: Any) -> dict[str, Any]:
    """A receipt of *shipment*; without *lines* everything is accepted."""
    return {
        "shipment_id": shipment["id"],
        "lines": list(lines) or [verdict(lot) for lot in shipment["lots"]],
    }


async def farm(hub: Api) -> tuple[Party, str]:
    """A fresh seller and its farm."""
    seller = await hub.party("seller", name="Peternakan rahasia")
    return seller, await seller.site()


async def of_listing(
    hub: Api, shop: Stall, quantity: int, *, market: trade.Buyer | None = None, **fields: Any
) -> Story:
    """An order of *quantity* of a stall's first variant, allocated; its seller has confirmed."""
    market = market or await trade.buyer(hub)
    order = await ordered(market, line(shop.variants[0], quantity), **fields)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    site, carrier = await shop.seller.site("kitchen"), await hub.party("carrier")
    story = Story(hub, market, None, carrier, order["id"], [shop.seller], [site])
    for share in (await shop.seller.read("/v1/allocations", order_id=order["id"]))["data"]:
        story.allocations.append(await shop.seller.do(f"/v1/allocations/{share['id']}/confirm"))
    return story


async def confirmed(
    hub: Api, code: str, *shares: int, market: trade.Buyer | None = None, **fields: Any
) -> Story:
    """An order for the sum of *shares*, given to one seller per share, who each confirmed theirs.

    Every seller offers exactly its share, so that any fair rule gives it that. *fields* are the
    order's.
    """
    market = market or await trade.buyer(hub)
    what = await trade.goods(hub, code)
    farms = [await farm(hub) for _ in shares]
    for (seller, site), share in zip(farms, shares, strict=True):
        await trade.offer(seller, site, what, share)
    order = await trade.order(market, what, sum(shares), **fields)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    await hub.do(f"/v1/orders/{order['id']}/allocate")
    sellers, sites = [s for s, _ in farms], [site for _, site in farms]
    story = Story(hub, market, what, await hub.party("carrier"), order["id"], sellers, sites)
    for seller in sellers:
        mine = (await seller.read("/v1/allocations"))["data"]
        story.allocations.append(await seller.do(f"/v1/allocations/{mine[0]['id']}/confirm"))
    return story
