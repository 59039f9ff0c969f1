"""Row-level security as the second wall: queries without any filter find nothing of a stranger's.

Run as the service's own role with a party's settings, as a query would that forgot `visible_to`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from app.core.ids import decode
from app.db.embedded import Cluster
from tests.access.world import World
from tests.api import Party

pytestmark = pytest.mark.anyio

OWN = {"parties": 1, "api_keys": 1}
"""What a fresh party has by being registered; its events are counted by their audience."""


@pytest.fixture
async def service(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(cluster.url("btc_service"))
    yield connection
    await connection.close()


async def enter_as(connection: asyncpg.Connection, party: UUID) -> None:
    """What `btc_enter` sets for a live key of *party*."""
    await connection.execute(
        "SELECT set_config('btc.party', $1, true), set_config('btc.scope', 'party', true), "
        "set_config('btc.livemode', 'on', true)",
        str(party),
    )


async def walled(connection: asyncpg.Connection) -> list[str]:
    """Every table behind the wall."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity ORDER BY 1"
    )
    return [row[0] for row in rows]


async def foreign_rows(
    connection: asyncpg.Connection, stranger: UUID, tables: list[str]
) -> dict[str, int]:
    """How many rows of others each table shows to *stranger*; an empty answer is the promise."""
    found = {}
    await enter_as(connection, stranger)
    for table in tables:
        # What is on the shelf is everybody's to see, in its own world.
        beyond = " WHERE NOT livemode" if table == "shelf" else ""
        seen = await connection.fetchval(f"SELECT count(*) FROM {table}{beyond}")
        own = OWN.get(table, 0)
        if table in ("events", "event_audience"):
            column = "party_id"
            own = await connection.fetchval(
                f"SELECT count(*) FROM event_audience WHERE {column} = $1", stranger
            )
        if seen != own:
            found[table] = seen - own
    return found


@pytest.mark.parametrize("role", ["seller", "buyer", "carrier"])
async def test_a_query_without_filters_finds_nothing_of_a_strangers(
    service: asyncpg.Connection, strangers: dict[str, Party], theirs: World, role: str
) -> None:
    stranger = decode("pty", strangers[role].id)
    async with service.transaction():
        assert await foreign_rows(service, stranger, await walled(service)) == {}


async def test_canary_with_a_wall_down_the_test_above_would_fail(
    owner: asyncpg.Connection, strangers: dict[str, Party], theirs: World
) -> None:
    """Each table's wall is taken down inside a transaction that is rolled back.

    Also proves that the trade of the test has rows in (nearly) every table.
    """
    stranger = decode("pty", strangers["carrier"].id)
    tables = await walled(owner)
    leaking = set()
    for table in tables:
        transaction = owner.transaction()
        await transaction.start()
        try:
            await owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            await owner.execute("SET LOCAL ROLE btc_service")
            leaking |= set(await foreign_rows(owner, stranger, [table]))
        finally:
            await transaction.rollback()
    dry = set(tables) - leaking
    assert dry <= {"tracking_events", "shelf"}, (
        "the trade in tests/access/world.py has no rows there"
    )


@pytest.mark.parametrize("role", ["seller", "buyer", "carrier"])
async def test_an_update_without_filters_changes_nothing_of_a_strangers(
    service: asyncpg.Connection, strangers: dict[str, Party], theirs: World, role: str
) -> None:
    stranger = decode("pty", strangers[role].id)
    changed = {}
    tried = 0
    for table in await walled(service):
        may = await service.fetchval("SELECT has_table_privilege($1::regclass, 'UPDATE')", table)
        if not may:
            continue
        tried += 1
        column = await service.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 "
            "AND attgenerated = '' ORDER BY attnum LIMIT 1",
            table,
        )
        transaction = service.transaction()
        await transaction.start()
        await enter_as(service, stranger)
        done = await service.execute(f"UPDATE {table} SET {column} = {column}")
        await transaction.rollback()
        if int(done.split()[1]) > OWN.get(table, 0):
            changed[table] = done
    assert tried > 10
    assert changed == {}


async def test_a_row_cannot_be_written_in_a_strangers_name(
    service: asyncpg.Connection, strangers: dict[str, Party], theirs: World
) -> None:
    """WITH CHECK: neither inserted as, nor handed over to, another party."""
    stranger = decode("pty", strangers["seller"].id)
    victim = decode("pty", theirs.seller.id)
    async with service.transaction():
        await enter_as(service, stranger)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with service.transaction():
                await service.execute(
                    "INSERT INTO members (id, party_id, name) VALUES (gen_random_uuid(), $1, 'x')",
                    victim,
                )
        await service.execute(
            "INSERT INTO members (id, party_id, name) VALUES (gen_random_uuid(), $1, 'x')", stranger
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with service.transaction():
                await service.execute("UPDATE members SET party_id = $1", victim)


async def test_the_test_world_is_behind_the_wall_too(
    service: asyncpg.Connection, theirs: World
) -> None:
    async with service.transaction():
        await enter_as(service, decode("pty", theirs.buyer.id))
        assert await service.fetchval("SELECT count(*) FROM orders") == 1
        await service.execute("SELECT set_config('btc.livemode', 'off', true)")
        assert await service.fetchval("SELECT count(*) FROM orders") == 0
        assert await service.fetchval("SELECT count(*) FROM events") == 0


async def test_the_wall_of_lots_asks_row_by_row(owner: asyncpg.Connection) -> None:
    """Else Postgres lists all that was ever shipped first, for every statement that reads lots.

    With 150 000 shipments the hub's list of lots took 160 ms, most of it for that.
    """
    found = await owner.fetch(
        "SELECT policyname, qual FROM pg_policies WHERE tablename = 'lots' AND qual LIKE '%EXISTS%'"
    )
    assert {row["policyname"] for row in found} == {"lots_shared", "lots_shipped"}
    assert all("OFFSET 0" in row["qual"] for row in found)
