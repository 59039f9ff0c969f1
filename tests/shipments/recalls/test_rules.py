"""How much of a lot is recalled: never less than can be, and exact where it can be exact."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.shipments.recalls.rules import Way, recalled

ALLOCATIONS = [UUID(int=900), UUID(int=901)]


def lot(n: int) -> UUID:
    return UUID(int=n)


class Hub:
    """Grains of goods, each with its own memory: the slow reference that knows every kilogram."""

    def __init__(self) -> None:
        self.grains: dict[int, list[tuple[int, int]]] = {}
        """in each lot: (lot it was weighed into, allocation) of every kilogram"""
        self.ever: dict[int, list[tuple[int, int]]] = {}
        self.ways: dict[Any, int] = defaultdict(int)

    def weigh(self, allocation: int, kilograms: int) -> None:
        """Goods from a scale."""
        n = len(self.ever)
        self.grains[n] = [(n, allocation)] * kilograms
        self.ever[n] = list(self.grains[n])

    def move(self, taken: dict[int, list[int]]) -> None:
        """Some kilograms (by index) of some lots become a new lot."""
        made = len(self.ever)
        self.grains[made] = []
        for parent, indexes in taken.items():
            for index in sorted(indexes, reverse=True):
                grain = self.grains[parent].pop(index)
                self.grains[made].append(grain)
                self.ways[parent, made, grain[1]] += 1
        self.ever[made] = list(self.grains[made])

    def said(self, sources: set[int]) -> dict[UUID, Decimal]:
        """What the rule makes of what the hub wrote down: no grain's memory is in it."""
        shares: dict[Any, Decimal] = defaultdict(Decimal)
        for n, grains in self.ever.items():
            for _, allocation in grains:
                shares[lot(n), ALLOCATIONS[allocation]] += 1
        ways = [
            Way(lot(a), lot(b), ALLOCATIONS[allocation], Decimal(quantity))
            for (a, b, allocation), quantity in self.ways.items()
        ]
        return recalled({lot(n) for n in sources}, shares, ways)


@st.composite
def hubs(draw: st.DrawFn) -> Hub:
    """Lots weighed and then taken apart and put together, kilogram by kilogram."""
    hub = Hub()
    for _ in range(draw(st.integers(1, 4))):
        hub.weigh(draw(st.integers(0, 1)), draw(st.integers(1, 5)))
    for _ in range(draw(st.integers(0, 6))):
        taken = {}
        for n in list(hub.grains):
            some = draw(st.sets(st.integers(0, 4), max_size=5))
            indexes = [index for index in some if index < len(hub.grains[n])]
            if indexes:
                taken[n] = indexes
        if taken:
            hub.move(taken)
    return hub


@given(hub=hubs(), data=st.data())
def test_never_less_than_is_in_it_and_never_more_than_ever_was(
    hub: Hub, data: st.DataObject
) -> None:
    sources = data.draw(st.sets(st.sampled_from(sorted(hub.ever)), min_size=1))
    found = hub.said(sources)
    for n, grains in hub.ever.items():
        quantity = found.get(lot(n), Decimal(0))
        assert quantity <= len(grains)
        if n in sources:
            assert quantity == len(grains)
    weighed = {n for n in sources if all(grain[0] == n for grain in hub.ever[n])}
    if weighed == sources:
        for n, grains in hub.ever.items():
            truly = sum(grain[0] in sources for grain in grains)
            assert found.get(lot(n), Decimal(0)) >= truly


@given(hub=hubs())
def test_exact_where_all_lots_of_an_allocation_are_recalled(hub: Hub) -> None:
    sources = {n for n, grains in hub.ever.items() if all(g == (n, 0) for g in grains)}
    if not sources:
        return
    found = hub.said(sources)
    for n, grains in hub.ever.items():
        truly = sum(allocation == 0 for _, allocation in grains)
        assert found.get(lot(n), Decimal(0)) == truly


def test_a_lot_of_which_nothing_came_is_not_recalled() -> None:
    hub = Hub()
    hub.weigh(0, 3)
    hub.weigh(1, 3)
    hub.move({0: [0], 1: [0, 1]})
    assert hub.said({0}) == {lot(0): 3, lot(2): 1}
