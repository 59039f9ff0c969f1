"""Live updates: server-sent events of a shipment, for whoever has its code.

One task per process asks the database once a second how far the shipments have come that somebody
watches; nobody holds a connection to the database while waiting. What has come is told from the
database itself, after the watcher's own stamp: the count of facts is given under the shipment's
lock, so a watcher that comes back with its last stamp misses nothing and gets nothing twice.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
import structlog

from app.access.doors import ANYBODY
from app.core.errors import DomainError
from app.db.engine import Database
from app.db.tx import Tx
from app.http.edge import Overloaded
from app.shipments.tracking import queries

log = structlog.get_logger("streams")

LOOK_EVERY = 1.0
"""Seconds between two looks at the shipments that are watched."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way hangs up."""
LONGEST = 1800.0
"""Seconds after which a stream ends; the client comes back by itself with its last stamp."""
MOST = 500
"""Streams at the same time, per process."""


_NUMBER = re.compile(r"[0-9]{1,10}")
_GREATEST = 2**31 - 1
"""No greater number stands in a stamp: it is an integer of the database."""


class Stamp(NamedTuple):
    """How far what is known of a shipment has come: facts, changes, and the latest position."""

    n: int
    version: int
    position: int

    def __str__(self) -> str:
        return f"{self.n}.{self.version}.{self.position}"

    @classmethod
    def read(cls, said: str | None) -> Stamp | None:
        """The stamp that a client comes back with; None when it is none."""
        parts = (said or "").split(".")
        if len(parts) != 3 or not all(_NUMBER.fullmatch(p) for p in parts):
            return None
        stamp = cls(*map(int, parts))
        return stamp if max(stamp) <= _GREATEST else None


class Streams:
    """Everybody who watches a shipment through this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[str, int] = {}
        self._known: dict[str, Stamp] = {}
        self._looked = asyncio.Condition()
        self._looker: asyncio.Task[None] | None = None
        self._closed = False

    def open(self, code: str, since: Stamp | None) -> AsyncIterator[bytes]:
        """What happens to the shipment after *since* (None: after now), as an event stream.

        Raises Overloaded when too many watch already. The caller knows that the code exists.
        """
        if sum(self._watched.values()) >= MOST:
            raise Overloaded
        return self._follow(code, since)

    async def _follow(self, code: str, since: Stamp | None) -> AsyncIterator[bytes]:
        self._watched[code] = self._watched.get(code, 0) + 1
        try:
            async for told in self._told(code, since):
                yield told
        finally:
            self._watched[code] -= 1
            if not self._watched[code]:
                del self._watched[code]
                self._known.pop(code, None)

    async def _told(self, code: str, since: Stamp | None) -> AsyncIterator[bytes]:
        yield b"retry: 3000\n\n"
        stamp = since
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while not self._closed:
                    news = await self._news(code, stamp)
                    if self._closed:
                        return
                    if news is None:
                        yield b": still here\n\n"
                    elif stamp is None:
                        stamp = news
                        yield _event("hello", news, None)
                    else:
                        async for told in self._since(code, stamp, news):
                            yield told
                        stamp = news

    async def _since(self, code: str, was: Stamp, now: Stamp) -> AsyncIterator[bytes]:
        n = was.n
        while True:
            found = await self._read(code, n)
            # In the order in which they became known: whoever is cut off goes on after the last.
            for event in sorted(found.pop("events"), key=itemgetter("n")):
                if event["n"] <= now.n:  # what came in meanwhile is told with the next stamp
                    n = event["n"]
                    yield _event("tracking", Stamp(n, was.version, was.position), event)
            if n in (was.n, now.n):
                break
            was = was._replace(n=n)
        yield _event("shipment", now, found)

    async def _read(self, code: str, n: int) -> dict[str, Any]:
        async with self._database.public() as connection:
            found = await queries.by_code(Tx(connection, ANYBODY), code, since=n)
        assert found is not None, "shipments do not go away"
        return found

    async def _news(self, code: str, stamp: Stamp | None) -> Stamp | None:
        """The shipment's stamp as soon as it is another than *stamp*; None after a heartbeat."""
        self._look()
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT), self._looked:
                await self._looked.wait_for(
                    lambda: self._closed or self._known.get(code) not in (None, stamp)
                )
                return self._known.get(code)
        return None

    def _look(self) -> None:
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        while self._watched and not self._closed:
            try:
                async with self._database.public() as connection:
                    known = await queries.news(Tx(connection, ANYBODY), list(self._watched))
            except DomainError as error:
                log.warning("database_away", code=error.code)
            else:
                async with self._looked:
                    self._known = {code: Stamp(*stamp) for code, stamp in known.items()}
                    self._looked.notify_all()
            await asyncio.sleep(LOOK_EVERY)

    async def close(self) -> None:
        """End every stream: the service stops, and clients come back to another process."""
        self._closed = True
        async with self._looked:
            self._looked.notify_all()
        if self._looker is not None:
            self._looker.cancel()
            with suppress(asyncio.CancelledError):
                await self._looker


def _event(kind: str, stamp: Stamp, data: Any) -> bytes:
    return b"event: %s\nid: %s\ndata: %s\n\n" % (
        kind.encode(),
        str(stamp).encode(),
        orjson.dumps(data),
    )
