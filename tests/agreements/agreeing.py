"""Agreements of the test's own, through the API; and the worker's jobs at another time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.agreements.commands import carry_over
from app.core import clock
from app.core.ids import decode
from app.worker import Deadline
from tests import trade
from tests.api import Api, kg, money
from tests.worker import at

DAY = timedelta(days=1)


def today() -> date:
    """Jakarta's today."""
    return clock.day(clock.now())


def month(offset: int = 0) -> date:
    """The first day of the month *offset* months from tomorrow's."""
    first = (today() + DAY).replace(day=1)
    for _ in range(offset):
        first = (first + 32 * DAY).replace(day=1)
    return first


def line(what: trade.Goods, quota: float, **fields: Any) -> dict[str, Any]:
    """A line over *quota* kg a month."""
    made = {"commodity_id": what.id, "grade": what.grade, "period": "month", "quota": kg(quota)}
    return made | {"price": money(27500)} | fields


def body(market: trade.Buyer, *lines: Any, months: int = 3, **fields: Any) -> dict[str, Any]:
    """An agreement's body, from the first of tomorrow's month over whole months."""
    made = {"buyer_id": market.api.id, "starts_on": month().isoformat(), "lines": list(lines)}
    return made | {"ends_on": (month(months) - DAY).isoformat()} | fields


async def confirmed(hub: Api, market: trade.Buyer, asked: Any) -> Any:
    """The agreement of this body, after both consents."""
    made = await hub.do("/v1/agreements", asked)
    await hub.do(f"/v1/agreements/{made['id']}/propose")
    return await market.api.do(f"/v1/agreements/{made['id']}/confirm")


@dataclass
class Deal:
    """A buyer, goods, and the active agreement about them."""

    hub: Api
    market: trade.Buyer
    what: trade.Goods
    agreed: Any

    @property
    def path(self) -> str:
        return f"/v1/agreements/{self.agreed['id']}"

    @property
    def line_id(self) -> str:
        return str(self.agreed["lines"][0]["id"])

    async def periods(self) -> list[dict[str, Any]]:
        """Its quota periods as the hub sees them."""
        return list((await self.hub.read(f"{self.path}/quota"))["data"])

    async def numbers(self, n: int, *names: str) -> list[float]:
        """Numbers of its n-th period."""
        period = (await self.periods())[n]
        return [float(period[name]["value"]) for name in names]

    def order_body(self, *quantities: float, on: date | None = None) -> dict[str, Any]:
        """An order of it, for delivery *on* that day (tomorrow unless said)."""
        fields = {"agreement_id": self.agreed["id"]}
        day = (on or today() + DAY).isoformat()
        return trade.order_body(self.market, self.what, *quantities, **fields, deliver_on=day)

    async def order(self, *quantities: float, on: date | None = None) -> Any:
        """A placed order of it."""
        return await self.market.api.do("/v1/orders", self.order_body(*quantities, on=on))

    async def cancel(self, order: Any) -> None:
        """The buyer calls an order off."""
        await self.market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})


async def deal(hub: Api, code: str, quota: float = 1000, *, months: int = 3, **fields: Any) -> Deal:
    """A fresh one over *quota* kg a month; *fields* of its line."""
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    asked = body(market, line(what, quota, **fields), months=months)
    return Deal(hub, market, what, await confirmed(hub, market, asked))


def begins(day: date) -> datetime:
    """The first instant of a Jakarta day."""
    return datetime.combine(day, time(), clock.JAKARTA)


def until(day: date) -> timedelta:
    """How long it is until noon of a Jakarta day."""
    return begins(day) + timedelta(hours=12) - clock.now()


async def drain(app: Any, deadline: Deadline, day: date) -> int:
    """Run a job of the worker as at noon of *day* until nothing is due."""
    done = 0
    while count := await at(app, until(day), deadline):
        done += count
    return done


async def carry(app: Any, day: date) -> int:
    """Carry over what is due on *day*."""
    return await drain(app, carry_over, day)


def uuid_of(typed: str) -> UUID:
    """The id in the database of one on the wire."""
    return decode(typed.partition("_")[0], typed)
