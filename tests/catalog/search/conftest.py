"""An empty shelf of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.embedded import Cluster
from tests.catalog.search.shelves import Shelf

# The goods of these tests have no listing behind them.
_FREE = """DO $$ DECLARE tie text; BEGIN
  FOR tie IN SELECT conname FROM pg_constraint
    WHERE conrelid = 'shelf'::regclass AND contype = 'f' LOOP
    EXECUTE format('ALTER TABLE shelf DROP CONSTRAINT %I', tie);
  END LOOP; END $$"""


@pytest.fixture
async def shelf(cluster: Cluster) -> AsyncIterator[Shelf]:
    """As a superuser, planned once as on the connections of keyless reads; rolled back after."""
    settings = {"plan_cache_mode": "force_generic_plan"}
    connection = await asyncpg.connect(cluster.url("postgres"), server_settings=settings)
    try:
        await connection.execute("BEGIN; DELETE FROM shelf; DELETE FROM search_vocabulary")
        await connection.execute(_FREE)
        yield Shelf(connection)
    finally:
        await connection.close()
