"""The days of telemetry: made when they are needed, once; dropped whole when they are over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from app.core import clock
from app.db.embedded import Cluster
from app.settings import Settings
from app.shipments.telemetry import days
from app.worker import DEADLINES, forget_telemetry
from tests.api import Api
from tests.shipments.telemetry.driving import underway
from tests.worker import at

pytestmark = pytest.mark.anyio

LONG_AGO = date(2001, 5, 1)
"""Days that no reading has: what is made of them disturbs nobody."""


@pytest.fixture
async def service(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(cluster.url("btc_service"))
    yield connection
    await connection.close()


async def made(owner: asyncpg.Connection) -> set[str]:
    rows = await owner.fetch(
        "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
        "WHERE inhparent = 'telemetry'::regclass"
    )
    return {row[0] for row in rows}


async def test_today_and_the_next_days_are_made_ahead(app: Any, owner: asyncpg.Connection) -> None:
    assert days.make_ahead in DEADLINES
    await at(app, timedelta(0), days.make_ahead)
    today = days.day_of(clock.now())
    wanted = {f"d{today + timedelta(days=n):%Y%m%d}" for n in range(days.AHEAD + 1)}
    assert wanted <= await made(owner)
    assert await at(app, timedelta(0), days.make_ahead) == 0, "the worker would never rest"


async def test_a_day_that_is_missing_is_made_by_the_first_reading_of_it(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    truck = await underway(hub, owner, unique("hari"))
    day = f"d{truck.start:%Y%m%d}"
    if day in await made(owner):
        await owner.execute(f"DROP TABLE telemetry_days.{day}")
    done = await asyncio.gather(*(truck.send(truck.reading(n)) for n in range(6)))
    assert [one["accepted"] for one in done] == [1] * 6
    assert day in await made(owner)


async def test_two_who_make_the_same_day_do_not_collide(
    owner: asyncpg.Connection, cluster: Cluster
) -> None:
    """The second waits for the first to commit, and then finds nothing to do."""
    wanted = [LONG_AGO + timedelta(days=n) for n in range(3)]
    both = [await asyncpg.connect(cluster.url("btc_service")) for _ in range(2)]
    try:
        first = both[0].transaction()
        await first.start()
        make = "SELECT btc_telemetry_make($1)"
        assert await both[0].fetchval(make, wanted) == 3
        second = asyncio.create_task(both[1].fetchval(make, list(reversed(wanted))))
        while not await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert not second.done()
        await first.commit()
        assert await second == 0
        assert {f"d{day:%Y%m%d}" for day in wanted} <= await made(owner)
    finally:
        for connection in both:
            await connection.close()


async def test_to_make_a_day_holds_up_nobody(
    service: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    """Readers and writers of other days go on while it is not committed yet."""
    async with service.transaction():
        await service.execute("SELECT btc_telemetry_make($1)", [LONG_AGO + timedelta(days=9)])
        await owner.execute("SET lock_timeout = '500ms'")
        await owner.execute("SELECT btc_telemetry_make($1)", [])
        await owner.fetch("SELECT * FROM telemetry LIMIT 1")
        await owner.execute("INSERT INTO telemetry SELECT * FROM telemetry LIMIT 0")


async def test_days_that_are_over_are_dropped_whole(
    app: Any, owner: asyncpg.Connection, settings: Settings
) -> None:
    kept = days.day_of(clock.now()) - timedelta(days=settings.telemetry_days)
    over = kept - timedelta(days=1)
    await owner.execute("SELECT btc_telemetry_make($1)", [kept, over, LONG_AGO])
    assert await forget_telemetry(app.state.database, settings.telemetry_days) >= 2
    left = await made(owner)
    assert f"d{kept:%Y%m%d}" in left
    assert not {day for day in left if day < f"d{kept:%Y%m%d}"}
    assert await forget_telemetry(app.state.database, settings.telemetry_days) == 0


async def test_the_service_reaches_days_through_their_table_only(
    service: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    await owner.execute("SELECT btc_telemetry_make($1)", [LONG_AGO])
    for statement in (
        "SELECT * FROM telemetry_days.d20010501",
        "DROP TABLE telemetry_days.d20010501",
        "CREATE TABLE telemetry_days.x ()",
        "DELETE FROM telemetry",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
