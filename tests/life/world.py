"""One hub, two buyers, four sellers, a stall and a truck; a clock of their own; and the book."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import asyncpg

from app.core import clock
from app.core.ids import decode, encode
from app.db.engine import Database
from app.parties.bootstrap import find_hub
from tests import trade
from tests.api import Api, Party, kg, money
from tests.life.book import AgreedLine, Agreement, Book, Line, Order, Sums
from tests.life.effects import open_agreement
from tests.life.look import look
from tests.orders.stall import pcs, stall

D = Decimal
PACK = 5


class Wrong(AssertionError):
    """The service and the book disagree, or something that must never be is."""


@dataclass
class Act:
    """One call that anybody may refuse, and what it does to the book if nobody does."""

    who: Api
    path: str
    body: Any = None
    then: Callable[[Any], Awaitable[None] | None] = lambda _: None
    refused: Callable[[Any], None] = lambda _: None
    asks: str = ""
    """By which rule sellers may be asked for more by it; nobody is, unless said."""

    must: bool = False
    """Whether nobody may refuse it."""

    shrinks: frozenset[str] = frozenset()
    """Lines whose shares may become smaller by it."""


@dataclass
class World:
    """Who there is, what they agreed, and the book of it."""

    hub: Api
    hub_id: str
    app: Any
    db: asyncpg.Connection
    buyers: list[trade.Buyer] = field(default_factory=list)
    second_sites: list[str] = field(default_factory=list)
    sellers: list[Party] = field(default_factory=list)
    farms: list[str] = field(default_factory=list)
    goods: list[trade.Goods] = field(default_factory=list)
    carrier: Any = None
    kitchen: Any = None
    store: str = ""
    variant: str = ""
    shelf_life: dict[str, int] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    talks: list[Any] = field(default_factory=list)
    book: Book = field(default_factory=Book)

    @property
    def database(self) -> Database:
        """The service's."""
        found: Database = self.app.state.database
        return found

    @property
    def now(self) -> datetime:
        """The instant by this world's clock."""
        return clock.now()

    @property
    def today(self) -> date:
        """Jakarta's day by this world's clock."""
        return clock.day(clock.now())

    def day(self, offset: int = 0) -> str:
        """Some day from today, on the wire."""
        return (self.today + timedelta(days=offset)).isoformat()

    @property
    def parties(self) -> list[str]:
        """The ids of all who buy or sell here."""
        sellers = [s.id for s in (*self.sellers, self.kitchen.seller)]
        return [b.api.id for b in self.buyers] + sellers

    def buyer(self, party: str) -> trade.Buyer:
        """The buyer with this id."""
        return next(b for b in self.buyers if b.api.id == party)

    def seller(self, party: str) -> Party:
        """The seller with this id."""
        everybody: list[Party] = [*self.sellers, self.kitchen.seller]
        return next(s for s in everybody if s.id == party)

    async def look(self) -> tuple[Book, Sums]:
        """What the database says of it."""
        book, sums = await look(self.db, self.parties)
        book.stock, book.today = dict(self.book.stock), self.book.today
        book.hub = self.hub_id
        return book, sums

    async def agree(self, n: int) -> None:
        """The *n*-th buyer and the hub make an agreement about both goods."""
        lines = _LINES[n]
        asked = [
            {"commodity_id": what.id, "grade": "a", "price": money(27500)} | line
            for what, line in zip(self.goods, lines, strict=True)
        ]
        starts, ends = self.today - timedelta(days=10), self.today + timedelta(days=20)
        body = {
            "buyer_id": self.buyers[n].api.id,
            "starts_on": starts.isoformat(),
            "ends_on": ends.isoformat(),
            "lines": asked,
        }
        made = await self.hub.do("/v1/agreements", body)
        await self.hub.do(f"/v1/agreements/{made['id']}/propose")
        await self.buyers[n].api.do(f"/v1/agreements/{made['id']}/confirm")
        open_agreement(self.book, agreement_of(made))


_LINES: list[list[dict[str, Any]]] = [
    [
        {"period": "week", "quota": kg(180), "carry_over": "limited", "carry_over_pct": "50"}
        | {"overdraw_pct": "10", "over_tolerance_pct": "5", "min_call_off": kg(20)},
        {"period": "month", "quota": kg(260), "carry_over": "full", "over_tolerance_pct": "10"},
    ],
    [
        {"period": "once", "quota": kg(300), "under_tolerance_pct": "10"},
        {"period": "week", "quota": kg(110), "carry_over": "full", "overdraw_pct": "33.33"},
    ],
]


def agreement_of(made: Any) -> Agreement:
    """The agreement of an answer of the service, without periods."""
    lines = {
        line["id"]: AgreedLine(
            line["id"],
            line["commodity_id"],
            line["period"],
            line["carry_over"],
            D(line["carry_over_pct"] or 0),
            D(line["quota"]["value"]),
            D(line["overdraw_pct"]),
        )
        for line in made["lines"]
    }
    days = date.fromisoformat(made["starts_on"]), date.fromisoformat(made["ends_on"])
    return Agreement(made["id"], made["buyer_id"], "active", *days, lines)


def note_order(book: Book, made: Any) -> None:
    """Write an order of an answer of the service into the book, as it was asked for."""
    status, agreement = made["status"], made["agreement_id"]
    until = datetime.fromisoformat(made["respond_by"])
    book.orders[made["id"]] = Order(made["id"], made["buyer_id"], agreement, status, until)
    for said in made["lines"]:
        day, agreed = date.fromisoformat(said["deliver_on"]), said["agreement_line_id"]
        period = book.agreed_line(agreed).at(day) if agreed else None
        book.lines[said["id"]] = Line(
            said["id"],
            made["id"],
            said["commodity_id"],
            said["variant_id"],
            agreed,
            period.start if period else None,
            day,
            D(said["under_tolerance_pct"]),
            D(said["over_tolerance_pct"]),
            D(said["requested"]["value"]),
            said["confirmed"] and D(said["confirmed"]["value"]),
        )


async def world(hub: Api, app: Any, db: asyncpg.Connection, name: str) -> World:
    """A fresh one."""
    me = await find_hub(app.state.database)
    assert me is not None
    made = World(hub, encode("pty", me), app, db)
    made.book.hub = made.hub_id
    for n in range(2):
        made.buyers.append(await trade.buyer(hub))
        made.second_sites.append(await made.buyers[n].api.site("outlet", "31.75.04"))
        made.goods.append(await trade.goods(hub, f"{name}-{n}"))
    made.shelf_life[made.goods[1].id] = 5
    keeps = "UPDATE commodities SET shelf_life_days = 5 WHERE id = $1"
    await db.execute(keeps, decode("com", made.goods[1].id))
    for _ in range(4):
        made.sellers.append(await hub.party("seller"))
        made.farms.append(await made.sellers[-1].site())
    made.carrier = await hub.party("carrier")
    made.store = await (await hub.party("operator")).site("store")
    made.kitchen = await stall(hub, {"stock": pcs(40)})
    made.farms.append(await made.kitchen.seller.site("kitchen"))
    made.variant = made.kitchen.variants[0]
    made.book.stock[made.variant] = D(40)
    for n in range(2):
        await made.agree(n)
    return made


async def send(w: World, act: Act) -> int:
    """Do it; the book follows unless it was refused. Anything but an answer is wrong."""
    w.book.today = w.today
    answer = await act.who.post(act.path, act.body)
    if answer.status_code >= (400 if act.must else 500):
        raise Wrong(f"{act.path} {act.body} -> {answer.status_code} {answer.text}")
    if answer.status_code >= 400:
        act.refused(answer.json())
    else:
        written = act.then(answer.json())
        if written is not None:
            await written
    return answer.status_code


def pick(rng: Random, things: Any) -> Any:
    """One of *things*, or None when there are none."""
    found = list(things)
    return rng.choice(found) if found else None
