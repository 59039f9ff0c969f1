"""Shortcuts to amendments, through the API alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests import trade
from tests.api import Api, Party
from tests.shipments import story


@dataclass
class Deal:
    """A confirmed call-off of one line, and what it draws on."""

    hub: Api
    market: trade.Buyer
    what: trade.Goods
    agreement_id: str
    order_id: str
    line_id: str

    async def line(self) -> Any:
        """The line as the buyer sees it."""
        return (await self.order())["lines"][0]

    async def order(self) -> Any:
        return await self.market.api.read(f"/v1/orders/{self.order_id}")

    async def quota(self, on: str | None = None) -> tuple[str, str]:
        """What is reserved and left of the period of *on*."""
        period = await trade.quota(self.market.api, self.agreement_id, on)
        return period["reserved"]["value"], period["left"]["value"]

    def body(self, **line: Any) -> dict[str, Any]:
        """A proposal about the line."""
        return {"lines": [{"line_id": self.line_id, **line}], "reason": "demand_changed"}

    async def preview(self, by: Api | None = None, **line: Any) -> Any:
        """What the buyer, unless said, is told it would do."""
        path = f"/v1/orders/{self.order_id}/amendments/preview"
        return await (by or self.market.api).do(path, self.body(**line))

    async def proposed(self, by: Api | None = None, **line: Any) -> Any:
        """An amendment by the buyer, unless said."""
        path = f"/v1/orders/{self.order_id}/amendments"
        return await (by or self.market.api).do(path, self.body(**line))

    async def asked(self, by: Api | None = None, **line: Any) -> httpx.Response:
        """The raw answer to a proposal."""
        path = f"/v1/orders/{self.order_id}/amendments"
        return await (by or self.market.api).post(path, self.body(**line))

    async def amended(self, **line: Any) -> Any:
        """Proposed by the buyer, confirmed by the hub."""
        made = await self.proposed(**line)
        return await self.hub.do(f"/v1/order-amendments/{made['id']}/confirm")

    async def offered(self, *quantities: int) -> list[Party]:
        """Fresh sellers who offer so much each, allocated one after the other."""
        sellers = []
        for quantity in quantities:
            seller, site = await story.farm(self.hub)
            await trade.offer(seller, site, self.what, quantity)
            await self.hub.do(f"/v1/orders/{self.order_id}/allocate")
            sellers.append(seller)
        return sellers


async def deal(
    hub: Api, code: str, quantity: int = 100, *, quota: int = 150, **fields: Any
) -> Deal:
    """An order of *quantity* kg for tomorrow, confirmed; its month has *quota* kg."""
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    agreed = await trade.agreement(hub, market, what, quota)
    order = await trade.order(market, what, quantity, agreement_id=agreed, **fields)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    return Deal(hub, market, what, agreed, order["id"], order["lines"][0]["id"])


async def share(seller: Party) -> Any:
    """The seller's newest allocation."""
    return (await seller.read("/v1/allocations"))["data"][0]


async def confirm_share(seller: Party) -> Any:
    """The seller promises its newest allocation."""
    return await seller.do(f"/v1/allocations/{(await share(seller))['id']}/confirm")


def value(quantity: Any) -> str:
    """The number of a quantity on the wire."""
    return str(quantity["value"])
