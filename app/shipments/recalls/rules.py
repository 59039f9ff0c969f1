"""How much of a lot is recalled. Pure: no session, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import NamedTuple
from uuid import UUID

Part = tuple[UUID, UUID]
"""Goods of one allocation in one lot."""


class Way(NamedTuple):
    """Goods of one allocation that went from one lot into another."""

    parent: UUID
    child: UUID
    allocation: UUID
    quantity: Decimal


def recalled(
    sources: Collection[UUID], shares: Mapping[Part, Decimal], ways: Iterable[Way]
) -> dict[UUID, Decimal]:
    """At most how much of each lot came of *sources*, for those of which some did.

    *shares* is what ever was in each lot, by allocation. A source is recalled whole. Where goods of
    one allocation met that came of a source and not, either may have gone on: then as much counts
    as can have, never less. Exact, where the goods of an allocation are all recalled.
    """
    flows: dict[Part, dict[UUID, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    before: dict[UUID, set[UUID]] = {source: set() for source in sources}
    for way in ways:
        flows[way.child, way.allocation][way.parent] += way.quantity
        before.setdefault(way.child, set()).add(way.parent)
    allocations = defaultdict(list)
    for lot, allocation in shares:
        allocations[lot].append(allocation)
    found: dict[Part, Decimal] = {}
    for lot in TopologicalSorter(before).static_order():
        for allocation in allocations[lot]:
            whole = shares[lot, allocation]
            came = sum(
                (
                    min(quantity, found.get((parent, allocation), Decimal(0)))
                    for parent, quantity in flows[lot, allocation].items()
                ),
                Decimal(0),
            )
            found[lot, allocation] = whole if lot in sources else min(whole, came)
    sums: dict[UUID, Decimal] = defaultdict(Decimal)
    for (lot, _), quantity in found.items():
        sums[lot] += quantity
    return {lot: quantity for lot, quantity in sums.items() if quantity}
