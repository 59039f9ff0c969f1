"""Nobody waits for ever: connections go to whoever waits longest."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.db.embedded import Cluster
from app.db.engine import Database, Patience
from app.db.errors import DatabaseUnavailable

pytestmark = pytest.mark.anyio


async def test_twenty_greedy_callers_get_about_as_much(cluster: Cluster) -> None:
    """Canary: straight from the pool two of them got a thousand turns each and the others none."""
    database = Database(cluster.url("btc_service"), size=2, public_size=1)
    stop = time.monotonic() + 0.5
    turns = [0] * 20

    async def greedy(n: int) -> None:
        while time.monotonic() < stop:
            async with database.transaction():
                turns[n] += 1

    await asyncio.gather(*(greedy(n) for n in range(20)))
    await database.close()
    assert min(turns) > 2
    assert max(turns) <= 1.5 * min(turns) + 5


async def test_who_waits_too_long_is_refused_and_holds_nothing(cluster: Cluster) -> None:
    database = Database(
        cluster.url("btc_service"), size=1, public_size=1, patience=Patience(pool=0.1)
    )
    async with database.transaction():
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable):
                async with database.transaction():
                    pass
    async with database.transaction() as connection:
        assert await connection.driver.fetchval("SELECT 1") == 1
    await database.close()


async def test_who_goes_away_while_waiting_does_not_take_a_turn_along(cluster: Cluster) -> None:
    database = Database(cluster.url("btc_service"), size=1, public_size=1)

    async def ask() -> int:
        async with database.transaction() as connection:
            return int(await connection.driver.fetchval("SELECT 1"))

    async with database.transaction():
        waiting = [asyncio.create_task(ask()) for _ in range(5)]
        await asyncio.sleep(0.02)
        for task in waiting[:4]:
            task.cancel()
        await asyncio.sleep(0)
    assert await asyncio.wait_for(waiting[4], 2) == 1
    assert await asyncio.wait_for(ask(), 2) == 1
    await asyncio.gather(*waiting, return_exceptions=True)
    await database.close()
