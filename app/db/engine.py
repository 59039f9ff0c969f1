"""Connections: two pools, two edges.

`Database.transaction()` is the only place where a transaction begins and ends; commands never
commit. It runs SQLAlchemy in AUTOCOMMIT and sends BEGIN and COMMIT on the driver's own connection,
so that Core statements and raw driver calls share one transaction without SQLAlchemy's scaffolding.
`Database.public()` lends an autocommitting, read-only connection of the public role for keyless
reads (`db.public`): one round trip, nothing to begin or end.

The price is that the pool must never lend a connection that still is in a transaction (it would
carry the last caller's party): `_clean` guards that when a connection comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
from sqlalchemy import event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.db.errors import DatabaseUnavailable, translated
from app.db.public import PublicPool
from app.db.turns import Turns


@dataclass(frozen=True)
class Patience:
    """Seconds to wait before a request is refused as unavailable; nothing waits for ever."""

    pool: float = 10
    """for a free connection of the pool"""
    connect: float = 5
    """for the server to take a new connection"""
    answer: float = 20
    """for the server's answer to a statement, COMMIT included: it may be gone without a word"""
    statement: float = 15
    """which the server gives one statement"""
    lock: float = 5
    """which the server lets a statement wait for somebody else's row"""
    idle: float = 15
    """which the server lets a transaction sit between two statements"""
    whole: float = 600
    """which the server gives a transaction from its beginning to its end; feeds count on it"""

    def settings(self) -> dict[str, str]:
        """What the server is told of it."""
        return {
            "statement_timeout": f"{self.statement * 1000:.0f}",
            "lock_timeout": f"{self.lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{self.idle * 1000:.0f}",
            "transaction_timeout": f"{self.whole * 1000:.0f}",
        }


_SESSION = {
    "jit": "off",
    "timezone": "UTC",
    "application_name": "btc",
}
# Keyless reads are few and simple: planning one for each LIMIT would cost more than running it.
_PUBLIC = {
    "role": "btc_public",
    "default_transaction_read_only": "on",
    "plan_cache_mode": "force_generic_plan",
}


class Connection:
    """One lent connection: `core` for SQLAlchemy statements, `driver` for literal SQL.

    The two are the same connection; a statement through either is part of the same transaction.
    A connection for keyless reads has only the driver.
    """

    def __init__(self, core: AsyncConnection | None, driver: asyncpg.Connection) -> None:
        self._core = core
        self.driver = driver

    @property
    def core(self) -> AsyncConnection:
        """The connection as SQLAlchemy sees it."""
        assert self._core is not None, "keyless reads are literal SQL"
        return self._core


class Database:
    """The service's pools on one database."""

    def __init__(
        self, url: str, *, size: int, public_size: int, patience: Patience | None = None
    ) -> None:
        patience = patience or Patience()
        plain = make_url(url).set(drivername="postgresql")
        self._service = _engine(url, size, patience)
        self._turns = Turns(size, patience.pool)
        self._public = PublicPool(
            plain.render_as_string(hide_password=False),
            size=public_size,
            wait=patience.pool,
            **_connect(patience, _PUBLIC),
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A READ COMMITTED transaction: committed when the block ends, rolled back when it raises.

        Nothing acknowledges before this block has ended. Raises DatabaseUnavailable when the
        connection is lost, COMMIT included: then the caller cannot know, and the idempotency key
        of a repeated request tells the truth.
        """
        async with _lend(self._service, self._turns) as connection:
            driver = connection.driver
            with translated():
                await driver.execute("BEGIN")
            try:
                with translated():
                    yield connection
            except BaseException:
                await _abandon(connection)
                raise
            with translated():
                await _commit(driver)

    @asynccontextmanager
    async def public(self) -> AsyncIterator[Connection]:
        """A read-only connection of the public role; sees only what anybody may see."""
        with translated():
            async with self._public.lend() as driver:
                yield Connection(None, driver)

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self._service.dispose()
        await self._public.close()


async def _commit(driver: asyncpg.Connection) -> None:
    # A transaction that failed inside answers COMMIT with ROLLBACK and no error: that is no commit.
    if await driver.execute("COMMIT") != "COMMIT":
        raise DatabaseUnavailable


async def _abandon(connection: Connection) -> None:
    """Roll back; a connection that cannot even do that is thrown away."""
    try:
        await asyncio.wait_for(connection.driver.execute("ROLLBACK"), 5)
    except BaseException:  # noqa: BLE001 - cancelled or broken, it must not go back to the pool
        connection.driver.terminate()
        await connection.core.invalidate()


@asynccontextmanager
async def _lend(engine: AsyncEngine, turns: Turns) -> AsyncIterator[Connection]:
    with translated():
        await turns.take()
    try:
        with translated():
            core = await engine.connect()
        try:
            raw = await core.get_raw_connection()
            yield Connection(core, cast("asyncpg.Connection", raw.driver_connection))
        finally:
            await core.close()
    finally:
        turns.give_back()


_STATEMENTS = 400
"""How many statements a connection keeps prepared: more than the service has.

With the driver's own 100 a busy connection forgets what it will need next, and every statement
costs two round trips more: one to close another, one to prepare it anew.
"""


def _connect(patience: Patience, session: dict[str, str]) -> dict[str, Any]:
    """How the driver is told to connect."""
    return {
        "server_settings": _SESSION | patience.settings() | session,
        "timeout": patience.connect,
        "command_timeout": patience.answer,
        "statement_cache_size": _STATEMENTS,
    }


def _engine(url: str, size: int, patience: Patience) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # an error that is logged must not carry what people sent
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience.pool,
        pool_recycle=1800,
        pool_use_lifo=True,  # the connection used last has its statements prepared
        connect_args=_connect(patience, {}) | {"prepared_statement_cache_size": _STATEMENTS},
    )
    event.listen(engine.sync_engine, "checkout", _alive)
    event.listen(engine.sync_engine, "reset", _clean)
    return engine


def _alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """Never lend a connection that the server has closed; those as old as it are looked at anew.

    The driver hears of the end at once, so this costs no round trip.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def _clean(connection: Any, record: Any, _state: Any) -> None:
    """Never lend a connection that still has somebody's transaction, and so their party, on it."""
    driver = connection.driver_connection
    if driver is not None and (driver.is_closed() or driver.is_in_transaction()):
        driver.terminate()
        record.invalidate()
