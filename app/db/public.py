"""The pool of keyless reads: the driver's own, without anything around it.

Each read is one literal statement on an autocommitting, read-only connection of the role
`btc_public`. There is nothing to begin, end or clean up between two callers, so nothing is: lending
such a connection costs a third of lending one through SQLAlchemy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson

from app.db.turns import Turns


class PublicPool:
    """Connections are made when they are first needed, and again after they were lost."""

    def __init__(self, url: str, *, size: int, wait: float, **connect: object) -> None:
        self._url, self._size, self._connect = url, size, connect
        self._turns = Turns(size, wait)
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool | None = None

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[asyncpg.Connection]:
        """One connection; waits for a free one as long as the pool's patience lasts."""
        pool = self._pool or await self._open()
        await self._turns.take()
        try:
            lent = await pool.acquire()  # it is our turn: one is free
            try:
                yield lent._con  # the connection itself: its proxy costs a look-up a call
            finally:
                await pool.release(lent)
        finally:
            self._turns.give_back()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._size,
                    init=_speak_json,
                    reset=_nothing,
                    **self._connect,
                )
        return self._pool

    async def close(self) -> None:
        """End every connection."""
        if self._pool is not None:
            await self._pool.close()


async def _speak_json(connection: asyncpg.Connection) -> None:
    """JSON comes back as Python objects, as it does on SQLAlchemy's connections."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=str, decoder=orjson.loads, schema="pg_catalog", format="text"
        )


async def _nothing(_connection: asyncpg.Connection) -> None:
    """A read-only connection without a transaction leaves nothing to reset."""
