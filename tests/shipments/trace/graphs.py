"""Random histories of lots, and what a slow and simple reader makes of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import strategies as st

from app.core.ids import new_id

MOST_LOTS = 9
ALLOCATIONS = 3


@dataclass(frozen=True)
class Link:
    """Goods of one allocation that went from one lot into another, by their numbers."""

    event: int
    parent: int | None
    child: int | None
    allocation: int
    quantity: int


@dataclass
class Graph:
    """Lots 0…, each younger than its parents; links; and which events were undone."""

    lots: int
    links: list[Link] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)
    shares: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """ever, and now, by lot and allocation"""

    def live(self, seller: int | None = None) -> list[Link]:
        """The links that stand, of one allocation's seller if that is asked."""
        return [
            link
            for link in self.links
            if link.event not in self.undone and seller in (None, link.allocation)
        ]

    def reach(self, start: int, direction: str, seller: int | None = None) -> dict[int, int]:
        """Every lot that is reached from *start*, and in how few steps."""
        found, steps = {start: 0}, 0
        while True:
            steps += 1
            more = set()
            for link in self.live(seller):
                here, there = (
                    (link.child, link.parent) if direction == "up" else (link.parent, link.child)
                )
                if here in found and there is not None and there not in found:
                    more.add(there)
            if not more:
                return found
            found |= dict.fromkeys(more, steps)

    def steps(self, start: int, direction: str, seller: int | None = None) -> set[Any]:
        """(event, parent, child, quantity) of every step on the way."""
        reached = self.reach(start, direction, seller)
        sums: dict[Any, int] = defaultdict(int)
        for link in self.live(seller):
            here = link.child if direction == "up" else link.parent
            if here in reached and link.parent is not None:
                sums[link.event, link.parent, link.child] += link.quantity
        return {(*way, quantity) for way, quantity in sums.items()}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph that could come of merging, splitting, losing and undoing; and more."""
    count = draw(st.integers(1, MOST_LOTS))
    graph = Graph(count)
    quantities = st.integers(1, 50)
    for event in range(draw(st.integers(0, 10))):
        for _ in range(draw(st.integers(1, 4))):
            child = draw(st.one_of(st.none(), st.integers(0, count - 1)))
            most = count if child is None else child
            known = st.none() if not most else st.one_of(st.none(), st.integers(0, most - 1))
            parent = draw(known) if child is not None else draw(st.integers(0, count - 1))
            allocation = draw(st.integers(0, ALLOCATIONS - 1))
            graph.links.append(Link(event, parent, child, allocation, draw(quantities)))
        if draw(st.booleans()) and draw(st.booleans()):
            graph.undone.add(event)
    held = {(one, link.allocation) for link in graph.links for one in (link.parent, link.child)}
    for lot in range(count):
        held.add((lot, draw(st.integers(0, ALLOCATIONS - 1))))
    for lot, allocation in sorted((n, a) for n, a in held if n is not None):
        ever = draw(quantities)
        graph.shares[lot, allocation] = ever, draw(st.integers(0, ever))
    return graph


@dataclass
class Stored:
    """A graph in the database: the ids of its lots, events, and of whose allocations they are."""

    lots: list[UUID]
    events: list[UUID]
    allocations: list[UUID]
    sellers: list[UUID]


_LOT = """
INSERT INTO lots (id, status, number, order_id, order_line_id, buyer_id, made_at, commodity_id, grade,
  base_unit, quantity, balance, produced_on, livemode)
SELECT $1, 'available', $2, order_id, order_line_id, buyer_id, 'hub', commodity_id, grade, base_unit,
  10, 10, $3, livemode FROM lots WHERE id = $4
"""
_EVENT = """
INSERT INTO lot_events (id, kind, order_id, undoes, party_id, at, livemode)
SELECT $1, $2, order_id, $3, buyer_id, $4, livemode FROM lots WHERE id = $5
"""
_LINK = """
INSERT INTO lot_links (id, event_id, parent_lot_id, child_lot_id, allocation_id, quantity, livemode)
VALUES ($1, $2, $3, $4, $5, $6, true)
"""
_SHARE = "INSERT INTO lot_shares VALUES ($1, $2, $3, $4, $5, true)"


async def store(owner: asyncpg.Connection, graph: Graph, like: list[UUID]) -> Stored:
    """Write *graph*, of goods such as the lots *like* are of (one per allocation)."""
    given = {
        row["id"]: row
        for row in await owner.fetch(
            "SELECT id, allocation_id, seller_id FROM lots WHERE id = ANY($1)", like
        )
    }
    allocations = [given[lot]["allocation_id"] for lot in like]
    sellers = [given[lot]["seller_id"] for lot in like]
    made = Stored([new_id() for _ in range(graph.lots)], [], allocations, sellers)
    for n, lot in enumerate(made.lots):
        await owner.execute(_LOT, lot, f"LOT-{lot}", date(2026, 11, 1 + n), like[0])
    at = datetime(2026, 11, 20, tzinfo=UTC)
    for event in range(1 + max([link.event for link in graph.links], default=-1)):
        made.events.append(new_id())
        await owner.execute(_EVENT, made.events[-1], "split", None, at, like[0])
        if event in graph.undone:
            await owner.execute(_EVENT, new_id(), "undo", made.events[-1], at, like[0])
    for link in graph.links:
        ends = [None if n is None else made.lots[n] for n in (link.parent, link.child)]
        allocation = allocations[link.allocation]
        await owner.execute(
            _LINK, new_id(), made.events[link.event], *ends, allocation, Decimal(link.quantity)
        )
    for (lot, n), (ever, now) in graph.shares.items():
        await owner.execute(
            _SHARE, made.lots[lot], allocations[n], sellers[n], Decimal(ever), Decimal(now)
        )
    return made
