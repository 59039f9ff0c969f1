"""Shortcuts to goods on the shelf and orders of them, through the API alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests import trade
from tests.api import Api, Party, money
from tests.catalog.listing_helpers import listing


def pcs(value: int | str) -> dict[str, str]:
    """So many pieces on the wire."""
    return {"value": str(value), "unit": "pcs"}


@dataclass
class Stall:
    """A seller with one listing, and the variants in which it is sold."""

    hub: Api
    seller: Party
    listing: dict[str, Any]

    @property
    def variants(self) -> Sequence[str]:
        """Their ids, in order."""
        return [variant["id"] for variant in self.listing["variants"]]

    async def stock(self, n: int = 0) -> tuple[str, str]:
        """What there is of the *n*-th variant, and how much of that is reserved."""
        variant = await self.seller.read(f"/v1/variants/{self.variants[n]}")
        return variant["stock"]["on_hand"]["value"], variant["stock"]["reserved"]["value"]

    async def sellable(self) -> bool:
        """What the shelf says of it."""
        return bool(
            (await Api(self.hub.client).read(f"/v1/listings/{self.listing['id']}"))["sellable"]
        )


async def stall(hub: Api, *variants: dict[str, Any], **fields: Any) -> Stall:
    """A fresh seller's listing on the shelf at Rp 16 000 a piece; one variant, 10 of it, unless said."""
    seller = await hub.party("seller", name="Dapur contoh")
    made = await listing(
        seller,
        hub,
        "published",
        **{
            "title": "Keripik Belimbing Manis",
            "price": money(16000, "1", "pcs"),
            "variants": list(variants) or [{"stock": pcs(10)}],
        }
        | fields,
    )
    return Stall(hub, seller, made)


def kitchen(capacity: int, period: str = "week", lead_days: int = 1) -> dict[str, Any]:
    """A variant that is made to order."""
    return {
        "availability": "made_to_order",
        "capacity": pcs(capacity),
        "capacity_period": period,
        "lead_days": lead_days,
    }


def line(variant_id: str, quantity: int | str = 1, **fields: Any) -> dict[str, Any]:
    """An order's line that names a variant."""
    return {"variant_id": variant_id, "quantity": pcs(quantity)} | fields


def body(market: trade.Buyer, *lines: Any, **fields: Any) -> dict[str, Any]:
    """An order's body."""
    said = {"ship_to_site_id": market.site, "deliver_on": trade.day(1), "lines": list(lines)}
    return said | fields


async def asked(market: trade.Buyer, *lines: Any, **fields: Any) -> httpx.Response:
    """The raw answer to an order."""
    return await market.api.post("/v1/orders", body(market, *lines, **fields))


async def ordered(market: trade.Buyer, *lines: Any, **fields: Any) -> Any:
    """A placed order."""
    return await market.api.do("/v1/orders", body(market, *lines, **fields))
