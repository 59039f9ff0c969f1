"""Shortcuts to the middle of a negotiation, through the API alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests import trade
from tests.api import Api, kg, money

NO = {"reason": "price", "note": "Terlalu mahal."}


def moment(**later: float) -> str:
    """An instant so much later than now, on the wire."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def order_asked(market: trade.Buyer, what: trade.Goods, *kilos: float, **rest: Any) -> Any:
    """The body of a request for an order's terms: a line for each of *kilos*."""
    lines = [{"commodity_id": what.id, "grade": what.grade, "quantity": kg(k)} for k in kilos]
    said = {"wanted": "order", "ship_to_site_id": market.site, "deliver_on": trade.day(20)}
    return said | {"lines": lines} | rest


def agreement_asked(what: trade.Goods, kilos: float, **rest: Any) -> Any:
    """The body of a request for an agreement's terms: so much a month."""
    line = {"commodity_id": what.id, "grade": what.grade, "quantity": kg(kilos), "period": "month"}
    said = {"wanted": "agreement", "starts_on": trade.day(1), "ends_on": trade.day(60)}
    return said | {"lines": [line]} | rest


@dataclass
class Talk:
    """A buyer and the hub about one request."""

    hub: Api
    market: trade.Buyer
    request: dict[str, Any]

    @property
    def path(self) -> str:
        """Where the request stands."""
        return f"/v1/quote-requests/{self.request['id']}"

    async def now(self) -> Any:
        """The request as the hub sees it now."""
        return await self.hub.read(self.path)

    def terms(self, *offered: tuple[float, int], **rest: Any) -> dict[str, Any]:
        """The body of a quote: kilos and rupiah a kilo for the request's first lines."""
        lines = [
            {"request_line_id": line["id"], "quantity": kg(kilos), "price": money(price)}
            for line, (kilos, price) in zip(self.request["lines"], offered, strict=False)
        ]
        return {"lines": lines} | rest

    async def quoted(self, *offered: tuple[float, int], by: Api | None = None, **rest: Any) -> Any:
        """A quote of the hub, or of *by*."""
        return await (by or self.hub).do(f"{self.path}/quotes", self.terms(*offered, **rest))

    async def countered(self, *offered: tuple[float, int], **rest: Any) -> Any:
        """A counter-offer of the buyer."""
        return await self.quoted(*offered, by=self.market.api, **rest)


async def talk(hub: Api, code: str, *kilos: float, **rest: Any) -> Talk:
    """A fresh buyer who asks for an order's terms: 100 kg unless said."""
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    body = order_asked(market, what, *(kilos or (100,)), **rest)
    return Talk(hub, market, await market.api.do("/v1/quote-requests", body))


async def about_agreement(hub: Api, code: str, kilos: float = 1000, **rest: Any) -> Talk:
    """A fresh buyer who asks for an agreement's terms."""
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    body = agreement_asked(what, kilos, **rest)
    return Talk(hub, market, await market.api.do("/v1/quote-requests", body))


async def post(api: Api, quote: Any, verb: str, body: Any = None) -> httpx.Response:
    """The raw answer to *verb* on a quote."""
    return await api.post(f"/v1/quotes/{quote['id']}/{verb}", body)


async def orders_of(talked: Talk) -> Sequence[Any]:
    """The buyer's orders."""
    found: Sequence[Any] = (await talked.market.api.read("/v1/orders"))["data"]
    return found


async def events_of(api: Api) -> list[str]:
    """The types of what *api* was told about the negotiation and what came of it."""
    seen = (await api.read("/v1/events", limit=100))["data"]
    kinds = ("quote", "order", "agreement")
    return [e["type"] for e in seen if e["type"].startswith(kinds)]
