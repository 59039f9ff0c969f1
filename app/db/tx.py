"""A transaction with somebody in it: what every command and query is handed.

Core statements go through `rows`, `row`, `value` and `run`; statements that are hot, or that move
several tables at once, are literal SQL through `sql`, `sql_row` and `sql_value` (JSON comes back as
Python objects). Both are one connection, one transaction, and one round trip each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row
from sqlalchemy.sql import Executable

from app.core import clock
from app.core.actor import Actor
from app.db.engine import Connection


class Tx:
    """One transaction of one actor at one instant.

    `permission` is what the operation needs (None: the service itself acts) and `permitted`
    whether somebody has decided that the actor has it; see `access.authorize`. `transitions` waits
    for the end, when all of its events and history are written; `last` is what is done after even
    that, right before COMMIT: taking from a row that many wait for. See `events.record`. `touched`
    are listings whose row on the shelf must be made anew; see `catalog.shelf.refresh`.
    """

    def __init__(
        self,
        connection: Connection,
        actor: Actor,
        *,
        permission: str | None = None,
        now: datetime | None = None,
    ) -> None:
        self._connection = connection
        self._driver = connection.driver
        self.actor = actor
        self.permission = permission
        self.permitted = permission is None
        self.now = now or clock.now()
        self.transitions: list[Any] = []
        self.last: list[Callable[[], Awaitable[None]]] = []
        self.touched: set[UUID] = set()

    @property
    def today(self) -> date:
        """The calendar day in Jakarta."""
        return clock.day(self.now)

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """All rows of a Core statement."""
        return (await self._connection.core.execute(statement)).all()

    async def row(self, statement: Executable) -> Row[Any] | None:
        """The only row of a Core statement, or None."""
        return (await self._connection.core.execute(statement)).one_or_none()

    async def value(self, statement: Executable) -> Any:
        """The only value of a Core statement, or None."""
        return (await self._connection.core.execute(statement)).scalar_one_or_none()

    async def run(self, statement: Executable) -> None:
        """A Core statement for its effect."""
        await self._connection.core.execute(statement)

    async def sql(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of literal SQL with ``$1`` parameters."""
        rows: list[asyncpg.Record] = await self._driver.fetch(query, *args)
        return rows

    async def sql_row(self, query: str, *args: Any) -> asyncpg.Record | None:
        """The first row of literal SQL, or None."""
        return await self._driver.fetchrow(query, *args)

    async def sql_value(self, query: str, *args: Any) -> Any:
        """The first value of literal SQL, or None."""
        return await self._driver.fetchval(query, *args)

    async def as_hub(self) -> None:
        """From here on see and move what belongs to others, as the hub would.

        Only for commands that by nature cross parties (a decline that re-allocates over other
        sellers' offers, a receipt that moves sellers' lots), and only after the caller was
        authorized. Every caller of this is listed in `tests/repo/test_hub_scope.py`.
        """
        await self._driver.execute("SELECT set_config('btc.scope', 'hub', true)")
