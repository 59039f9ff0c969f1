"""Shortcuts for tests of supply offers: a seller's offers, and what their periods say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests import trade
from tests.api import Api, Party, kg

COUNTED = ("quantity", "reserved", "committed", "delivered", "available")


@dataclass
class Farm:
    """A seller with a site, and goods that nobody else sells."""

    hub: Api
    seller: Party
    site: str
    what: trade.Goods

    def body(self, quantity: float = 100, **fields: Any) -> dict[str, Any]:
        """An offer of *quantity* kg a day from tomorrow to the third day after."""
        return {
            "commodity_id": self.what.id,
            "grade": self.what.grade,
            "quantity": kg(quantity),
            "per": "day",
            "available_from": trade.day(1),
            "available_until": trade.day(4),
            "site_id": self.site,
        } | fields

    async def offer(self, quantity: float = 100, **fields: Any) -> dict[str, Any]:
        """The offer of `body`, made."""
        made = await self.seller.do("/v1/supply-offers", self.body(quantity, **fields))
        return dict(made)

    async def ordered(self, quantity: float, deliver_on: str) -> Any:
        """A buyer's confirmed order, allocated: the run."""
        market = await trade.buyer(self.hub)
        made = await trade.order(market, self.what, quantity, deliver_on=deliver_on)
        await self.hub.do(f"/v1/orders/{made['id']}/confirm")
        return await self.hub.do(f"/v1/orders/{made['id']}/allocate")

    async def allocated(self, quantity: float, deliver_on: str) -> str:
        """How much of such an order was found."""
        run = await self.ordered(quantity, deliver_on)
        return str(run["lines"][0]["allocated"]["value"])


async def farm(hub: Api, code: str, **fields: Any) -> Farm:
    """A fresh one; *fields* are the commodity's."""
    seller = await hub.party("seller")
    return Farm(hub, seller, await seller.site(), await trade.goods(hub, code, **fields))


async def days(api: Api, offer_id: str, **params: Any) -> list[dict[str, str]]:
    """The offer's periods: their days, and the values of what is counted."""
    found = await api.read(f"/v1/supply-offers/{offer_id}/periods", **params)
    return [
        {"starts_on": row["starts_on"], "ends_on": row["ends_on"]}
        | {name: row[name]["value"] for name in COUNTED}
        for row in found["data"]
    ]


def refusal(answer: Any) -> tuple[int, str, str | None]:
    """Status, code and first pointer of a problem; the code is the field's where there is one."""
    problem = answer.json()
    errors = problem.get("errors") or [{}]
    code = errors[0].get("code", problem.get("code"))
    return answer.status_code, code, errors[0].get("pointer")
