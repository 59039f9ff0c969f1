"""Ids made in SQL are the ids made in Python."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.ids import encode
from app.db.embedded import Cluster

EDGES = [UUID(int=n) for n in (0, 1, 31, 32, 1 << 64, (1 << 64) - 1, 1 << 127, (1 << 128) - 1)]


@given(st.lists(st.uuids(), max_size=300), st.sampled_from(["lst", "pty", "a_b"]))
@example(EDGES, "lst")
@example([UUID(int=1 << bit) for bit in range(128)], "lst")
@settings(max_examples=20, deadline=None)
def test_btc_id_is_encode(cluster: Cluster, ids: list[UUID], prefix: str) -> None:
    """Every bit of an id lands where `app.core.ids.encode` puts it."""

    async def made() -> list[str]:
        connection = await asyncpg.connect(cluster.url("btc_service"))
        try:
            rows = await connection.fetch(
                "SELECT btc_id($1, id) AS made FROM unnest($2::uuid[]) WITH ORDINALITY AS x(id, n) "
                "ORDER BY n",
                prefix,
                ids,
            )
        finally:
            await connection.close()
        return [row["made"] for row in rows]

    assert asyncio.run(made()) == [encode(prefix, value) for value in ids]
