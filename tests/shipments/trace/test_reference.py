"""The one query finds what a slow reader finds, over any graph of lots."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.ids import decode, encode
from app.shipments.trace.queries import statement
from app.shipments.trace.schemas import Direction
from app.shipments.trace.shown import View, body
from tests.api import Api
from tests.shipments import story
from tests.shipments.trace.graphs import ALLOCATIONS, MOST_LOTS, Graph, Stored, graphs, store

pytestmark = pytest.mark.anyio


async def read(
    owner: asyncpg.Connection,
    lot: UUID,
    direction: str,
    *,
    seller: UUID | None = None,
    most: int = MOST_LOTS,
) -> Any:
    """The answer to the hub, or to one of the sellers."""
    row = await owner.fetchrow(
        statement(Direction(direction), of_seller=seller is not None, most=most),
        lot,
        *([] if seller is None else [seller]),
    )
    assert row is not None
    return orjson.loads(body(lot, Direction(direction), View(seller is None, seller), row))


def compare(graph: Graph, made: Stored, start: int, found: Any, seller: int | None) -> None:
    """Lots, depths, steps and quantities of *found* are what the slow reader says."""
    direction = found["direction"]
    numbers = {encode("lot", lot): n for n, lot in enumerate(made.lots)}
    reached = graph.reach(start, direction, seller)
    assert {numbers[lot["id"]]: lot["depth"] for lot in found["lots"]} == reached
    assert [lot["depth"] for lot in found["lots"]] == sorted(reached.values())
    for lot in found["lots"]:
        parts = [
            share
            for (n, allocation), share in graph.shares.items()
            if n == numbers[lot["id"]] and seller in (None, allocation)
        ]
        assert int(lot["quantity"]["value"]) == sum(ever for ever, _ in parts)
        assert int(lot["now"]["value"]) == sum(now for _, now in parts)
    events = {encode("lev", event): n for n, event in enumerate(made.events)}
    steps = [
        (
            events[step["event_id"]],
            numbers[step["parent_id"]],
            None if step["child_id"] is None else numbers[step["child_id"]],
            int(step["quantity"]["value"]),
        )
        for step in found["steps"]
    ]
    assert len(steps) == len(set(steps))
    assert set(steps) == graph.steps(start, direction, seller)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(graph=graphs(), where=st.integers(0, MOST_LOTS))
async def test_the_query_finds_what_a_slow_reader_finds(
    graph: Graph, where: int, roots: list[UUID], owner: asyncpg.Connection
) -> None:
    start = where % graph.lots
    transaction = owner.transaction()
    await transaction.start()
    try:
        made = await store(owner, graph, roots)
        for direction in ("up", "down"):
            lot = made.lots[start]
            compare(graph, made, start, await read(owner, lot, direction), None)
            for n in range(ALLOCATIONS):
                if (start, n) in graph.shares:
                    found = await read(owner, lot, direction, seller=made.sellers[n])
                    compare(graph, made, start, found, n)
    finally:
        await transaction.rollback()


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(graph=graphs(), where=st.integers(0, MOST_LOTS))
async def test_of_too_many_lots_the_nearest_are_shown(
    graph: Graph, where: int, roots: list[UUID], owner: asyncpg.Connection
) -> None:
    start = where % graph.lots
    transaction = owner.transaction()
    await transaction.start()
    try:
        made = await store(owner, graph, roots)
        for direction in ("up", "down"):
            depths = sorted(graph.reach(start, direction).values())
            for most in range(1, len(depths) + 1):
                found = await read(owner, made.lots[start], direction, most=most)
                assert [lot["depth"] for lot in found["lots"]] == depths[:most]
                assert found["truncated"] == (len(depths) > most)
                shown = {lot["id"] for lot in found["lots"]} | {None}
                for step in found["steps"]:
                    assert {step["parent_id"], step["child_id"]} <= shown
    finally:
        await transaction.rollback()


@pytest.fixture
async def roots(hub: Api, unique: Any) -> list[UUID]:
    """A lot of each of a few sellers for one order: what the graphs are made of."""
    goods = await story.confirmed(hub, unique("graf"), *(100,) * ALLOCATIONS)
    return [decode("lot", (await goods.lot(n))["id"]) for n in range(ALLOCATIONS)]
