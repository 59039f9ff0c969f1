"""What every chapter needs: the people, the hub's desk, the calendar, the goods, the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.demo.book import Doc
from app.demo.calls import Caller, Line, Unexpected
from app.demo.days import Days
from app.demo.memory import Memory
from app.demo.people import People
from app.demo.screen import Screen

HUB_REFERENCE = "btc"
"""How the service names its own party, the hub."""


@dataclass
class Stage:
    """The story while it is being told."""

    url: str
    screen: Screen
    memory: Memory
    days: Days
    line: Line
    hub: Caller
    anybody: Caller
    people: People
    goods: dict[str, Doc]
    now: Callable[[], datetime]

    @classmethod
    async def set_up(
        cls,
        url: str,
        screen: Screen,
        memory: Memory,
        line: Line,
        now: Callable[[], datetime],
    ) -> Stage:
        """Everything in its place; nothing has happened yet."""
        hub, anybody = Caller(line, memory.operator_key), Caller(line)
        days = Days(memory.first_day)
        found = await anybody.get("/v1/commodities")
        goods = {each["code"]: each for each in found["data"]}
        people = People(hub, memory, days)
        return cls(url, screen, memory, days, line, hub, anybody, people, goods, now)

    def product(self, code: str) -> str:
        """What people here call a commodity: ``Telur ayam ras``."""
        goods = self.goods[code]
        return str(goods["name_id"] or goods["name"])

    def product_of(self, line: Doc) -> str:
        """The same for a line of an order, an agreement or a quota."""
        return next(
            self.product(code)
            for code, goods in self.goods.items()
            if goods["id"] == line["commodity_id"]
        )

    def of_goods(self, entry: Doc) -> Doc:
        """What an entry of the book trades, as the API names it."""
        return {"commodity_id": self.goods[entry["commodity"]]["id"], "grade": entry["grade"]}

    def expect(self, step: str, true: bool, otherwise: str) -> None:
        """End the story when something is not as it must be.

        Once it has been told to its end, its data is everybody's to play with: then only say so.
        """
        if true:
            return
        if self.memory.finished_at is None:
            raise Unexpected(step, otherwise)
        self.screen.detail(f"since then others have traded: {step}: {otherwise}")
