"""Shortcuts to the middle of a trade, through the API alone: goods, sites, agreements, orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.core import clock
from tests.api import Api, Party, kg, money


def day(offset: int = 0) -> str:
    """Jakarta's today plus *offset* days, on the wire."""
    return (clock.day(clock.now()) + timedelta(days=offset)).isoformat()


@dataclass
class Goods:
    """A commodity of the test's own: nobody else offers or orders it."""

    id: str
    grade: str = "a"


async def goods(hub: Api, code: str, **fields: Any) -> Goods:
    """Fresh goods that need no licence."""
    body = {
        "code": code.replace("-", "_"),
        "name": "Contoh",
        "base_unit": "kg",
        "grades": [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}],
    }
    made = await hub.do("/v1/commodities", body | fields)
    return Goods(made["id"])


@dataclass
class Buyer:
    """A buyer market with a distribution centre."""

    api: Party
    site: str


async def buyer(hub: Api) -> Buyer:
    """A fresh buyer."""
    party = await hub.party("buyer")
    return Buyer(party, await party.site("distribution_centre", "31.75.04"))


async def agreement(
    hub: Api,
    market: Buyer,
    what: Goods,
    quota: int,
    *,
    price: int = 27500,
    months: int = 2,
    linked: bool = False,
    **fields: Any,
) -> str:
    """An active agreement over *quota* kg a month of *what*, from the first of this month.

    *fields* are its line's; *linked*: its return is a draft that says the same.
    """
    first = clock.day(clock.now()).replace(day=1)
    last = first + timedelta(days=31 * months)
    body = {
        "buyer_id": market.api.id,
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "lines": [
            {
                "commodity_id": what.id,
                "grade": what.grade,
                "period": "month",
                "quota": kg(quota),
                "price": money(price),
            }
            | fields
        ],
    }
    made = await hub.do("/v1/agreements", body)
    if linked:
        back = await hub.do("/v1/agreements", body)
        await hub.do(f"/v1/agreements/{made['id']}/link", {"reciprocal_id": back["id"]})
    await hub.do(f"/v1/agreements/{made['id']}/propose")
    await market.api.do(f"/v1/agreements/{made['id']}/confirm")
    return str(made["id"])


def order_body(market: Buyer, what: Goods, *quantities: float, **fields: Any) -> dict[str, Any]:
    """An order's body: a line for each of *quantities* kg; a price unless under an agreement."""
    price = {} if "agreement_id" in fields else {"price": money(27500)}
    lines = [
        {"commodity_id": what.id, "grade": what.grade, "quantity": kg(quantity)} | price
        for quantity in quantities
    ]
    body = {"ship_to_site_id": market.site, "deliver_on": day(1), "lines": lines}
    return body | fields


async def order(market: Buyer, what: Goods, *quantities: float, **fields: Any) -> Any:
    """A placed order."""
    return await market.api.do("/v1/orders", order_body(market, what, *quantities, **fields))


async def offer(seller: Party, site: str, what: Goods, quantity: float, **fields: Any) -> Any:
    """An open supply offer for the coming week."""
    body = {
        "commodity_id": what.id,
        "grade": what.grade,
        "quantity": kg(quantity),
        "available_from": day(0),
        "available_until": day(7),
        "site_id": site,
    }
    return await seller.do("/v1/supply-offers", body | fields)


async def quota(api: Api, agreement_id: str, on: str | None = None) -> dict[str, Any]:
    """The first line's quota period that contains *on* (tomorrow unless said)."""
    found = await api.read(f"/v1/agreements/{agreement_id}/quota")
    wanted = date.fromisoformat(on or day(1))
    for period in found["data"]:
        start, end = (date.fromisoformat(period[k]) for k in ("period_start", "period_end"))
        if start <= wanted <= end:
            return dict(period)
    raise AssertionError(f"no period contains {wanted}")
