"""Migrations: they go up and down, and what they make is what the models say."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.states import transitions
from app.db import migrate
from app.db.embedded import Cluster
from app.models import metadata
from tests.repo.databases import own_database, schema, walls

pytestmark = pytest.mark.anyio


async def _found(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return await schema(connection) | await walls(connection)
    finally:
        await connection.close()


async def test_up_down_up_gives_the_same_schema(cluster: Cluster) -> None:
    """Columns, CHECKs, indexes, policies, grants, functions: all of it, and down leaves nothing."""
    async with own_database(cluster, "up_down_up") as url:
        await asyncio.to_thread(migrate.upgrade, url)
        first = await _found(url)
        assert len(first) > 300
        await asyncio.to_thread(migrate.downgrade, url)
        left = {line for line in await _found(url) if "alembic_version" not in line}
        assert not left
        await asyncio.to_thread(migrate.upgrade, url)
        assert await _found(url) == first


# Both are compared by the next test, which reads the catalogue.
@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
@pytest.mark.filterwarnings("ignore:Computed default on")
async def test_alembic_finds_nothing_to_do(cluster: Cluster) -> None:
    engine = create_async_engine(
        make_url(cluster.url("btc_owner")).set(drivername="postgresql+asyncpg")
    )

    def compare(connection: Any) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(compare)
    finally:
        await engine.dispose()
    assert differences == []


async def test_constraints_and_indexes_are_those_of_the_models(cluster: Cluster) -> None:
    """alembic does not see a changed CHECK, a partial index's WHERE, a generated column.

    So the models' tables are made beside the migrated ones and both catalogues are compared.
    Canary: a state added to a machine without a migration makes this fail.
    """
    async with own_database(cluster, "drift") as url:
        await asyncio.to_thread(migrate.upgrade, url)
        engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as connection:
            await connection.execute(text("CREATE SCHEMA models"))
            await connection.execute(text("SET LOCAL search_path = models, public"))
            await connection.run_sync(_create)
        await engine.dispose()
        owner = await asyncpg.connect(url)
        migrated, modelled = await schema(owner), await schema(owner, "models")
        await owner.close()
    # What triggers hold back is in no model; tests of what they promise look at it.
    unmodelled = ("alembic_version", " TRIGGER DEFERRABLE")
    migrated = {line for line in migrated if not any(word in line for word in unmodelled)}
    assert len([line for line in migrated if line.startswith("constraint")]) > 80
    assert {
        "only the models say": modelled - migrated,
        "only the migrations say": migrated - modelled,
    } == {
        "only the models say": set(),
        "only the migrations say": set(),
    }


def _create(connection: Any) -> None:
    metadata.create_all(connection, checkfirst=False)


async def test_the_history_takes_exactly_the_machines_transitions(
    owner: asyncpg.Connection,
) -> None:
    """What stands in the database, against the tables in the code. The difference is printed."""
    rows = await owner.fetch("SELECT object, action, from_status, to_status FROM transitions")
    known = {tuple(row) for row in rows}
    assert len(known) > 150
    assert {
        "only the machines": transitions() - known,
        "only the database": known - transitions(),
    } == {
        "only the machines": set(),
        "only the database": set(),
    }
    for step in (("nonsense", "create", "new", "draft"), ("order", "place", "new", "completed")):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await owner.execute(
                "INSERT INTO history (id, object, object_id, version, action, from_status, to_status, "
                "party_id, at, livemode) VALUES (uuidv7(), $1, uuidv7(), 1, $2, $3, $4, uuidv7(), "
                "now(), true)",
                *step,
            )


async def test_two_migrators_do_not_collide(cluster: Cluster) -> None:
    async with own_database(cluster, "two_migrators") as url:
        program = "import sys; from app.db import migrate; migrate.upgrade(sys.argv[1])"
        both = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", program, url)
            for _ in range(2)
        ]
        assert [await process.wait() for process in both] == [0, 0]
        connection = await asyncpg.connect(url)
        assert (
            await connection.fetchval("SELECT version_num FROM alembic_version") == migrate.head()
        )
        await connection.close()
