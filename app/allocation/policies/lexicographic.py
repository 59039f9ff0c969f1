"""Fair levels where not every offer may fill every line: the lexicographically optimal flow.

What sellers can bring together is a polymatroid, and its fairest point is found by decomposition
(Megiddo, Optimal flows in networks with multiple sources and sinks, 1974; Fujishige,
Lexicographically optimal base of a polymatroid, 1980): raise all sellers to the highest level at
which their goods can still be brought somewhere; lines that cannot take more are full at that
level, and so are those who need them; go on with the rest. The level for a set of lines is where
what must go there fills them; a set that takes too little is found as the minimum cut of a flow.

Sellers that may bring to the same group only are one `Source`, so that the graph is small.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from app.allocation.policies.flow import Network

SOURCE, SINK = 0, 1


@dataclass
class Source:
    """Sellers with the same *groups*, and how much they can bring to each.

    One seller, if it is in several groups. *level* is what they are raised to in the end, by the
    kinds that stand at *pool* of `Levels.pools`; None: they bring all they can.
    """

    groups: dict[int, int]
    rising: Rising
    level: int | None = None
    fixed: int | None = None
    pool: int | None = None
    open: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.open = dict(self.groups)

    def wants(self, level: int | None) -> int:
        """How much they bring at *level* (None: all), or what they are fixed at."""
        most = sum(self.open.values())
        if self.fixed is not None:
            return min(self.fixed, most)
        return most if level is None else min(most, self.rising.at(level))


class Rising:
    """What several sellers bring together when each rises from its foot to a level or its top."""

    def __init__(self, bounds: Iterable[tuple[int, int]]) -> None:
        listed = list(bounds)
        self._feet = sorted(foot for foot, _ in listed)
        self._tops = sorted(top for _, top in listed)
        self._feet_sum = [0, *accumulate(self._feet)]
        self._tops_sum = [0, *accumulate(self._tops)]
        self.top = self._tops[-1] if listed else 0

    def at(self, level: int) -> int:
        """How much that is at *level*."""
        feet = bisect_left(self._feet, level)
        tops = bisect_left(self._tops, level)
        return (feet - tops) * level - self._feet_sum[feet] + self._tops_sum[tops]


class Proportional(Rising):
    """What sellers bring when each brings the same proportion, *level* in 1/*scale*."""

    def __init__(self, most: int, scale: int) -> None:
        self.most, self.top = most, scale

    def at(self, level: int) -> int:
        """How much that is at *level*."""
        return self.most * min(level, self.top)


class Levels:
    """Finds the level of every source and of every kind of line (None: it is not filled)."""

    def __init__(
        self, sources: Sequence[Source], groups: Sequence[Sequence[int]], needs: Sequence[int]
    ) -> None:
        self.sources, self.groups, self.needs = sources, groups, needs
        self.of_kind: list[int | None] = [None] * len(needs)
        self.pools: list[set[int]] = []
        self._find()

    def _find(self) -> None:
        left = {kind for kind, need in enumerate(self.needs) if need}
        self._close(set(range(len(self.needs))) - left, left)
        while left:
            tight, level = set(left), self._level(left, left)
            while (cut := self._cut(left, level)) is not None:
                tight, level = cut, self._level(cut, left)
            if level is None:
                return
            self._fix(tight, level, left)
            left -= tight
            self._close(tight, left)

    def _inside(self, source: Source, kinds: set[int], left: set[int]) -> list[int]:
        """The groups of *source* that can bring to none but *kinds*."""
        return [g for g in source.open if kinds.issuperset(left.intersection(self.groups[g]))]

    def _level(self, kinds: set[int], left: set[int]) -> int | None:
        """The highest level at which what must go to *kinds* is not more than they need."""
        inside = [
            g for g in range(len(self.groups)) if kinds.issuperset(left & set(self.groups[g]))
        ]
        bound = set(inside)
        among: list[tuple[Source, int]] = []
        room = sum(self.needs[kind] for kind in kinds)
        for source in self.sources:
            if bound.isdisjoint(source.open):
                continue
            out = sum(most for group, most in source.open.items() if group not in bound)
            if source.fixed is not None:
                room -= max(0, source.wants(None) - out)
            else:
                among.append((source, out))

        def suffices(level: int | None) -> bool:
            return sum(max(0, s.wants(level) - out) for s, out in among) <= room

        if suffices(None):
            return None
        low, high = 0, max(source.rising.top for source, _ in among)
        while high - low > 1:
            middle = (low + high) // 2
            if suffices(middle):
                low = middle
            else:
                high = middle
        return low

    def _cut(self, left: set[int], level: int | None) -> set[int] | None:
        """Kinds that must take more at *level* than they need; None if all can be brought."""
        needs = [need if kind in left else 0 for kind, need in enumerate(self.needs)]
        wanted = [(source.wants(level), source.open) for source in self.sources]
        network, edges = network_of(self.groups, needs, wanted)
        network.push(SOURCE, SINK)
        if not any(network.room[edge] for edge in edges):
            return None
        reached = network.levels(SOURCE)
        return {kind for kind in left if reached[2 + kind] >= 0}

    def _fix(self, tight: set[int], level: int, left: set[int]) -> None:
        """Who needs the *tight* kinds stays at *level*; others go on without them."""
        for kind in tight:
            self.of_kind[kind] = level
        for source in self.sources:
            inside = self._inside(source, tight, left)
            if not inside or source.fixed is not None:
                continue
            out = sum(most for group, most in source.open.items() if group not in inside)
            if source.wants(level) >= out:
                source.level, source.fixed = level, source.wants(level)
                source.pool = len(self.pools)
        self.pools.append(tight)

    def _close(self, kinds: set[int], left: set[int]) -> None:
        """Groups that could bring to none but *kinds* bring nothing more."""
        for source in self.sources:
            for group in self._inside(source, kinds, left | kinds):
                del source.open[group]


def network_of(
    groups: Sequence[Sequence[int]],
    needs: Sequence[int],
    wanted: Sequence[tuple[int, dict[int, int]]],
) -> tuple[Network, list[int]]:
    """Sources to groups to kinds as a graph, and the edge of each source.

    *wanted* is how much each source brings, and at most to each group. Kind *k* is node 2 + k, then
    come the groups, then the sources.
    """
    first = 2 + len(needs)
    network = Network(first + len(groups) + len(wanted))
    for kind, need in enumerate(needs):
        network.edge(2 + kind, SINK, need)
    endless = sum(needs)
    for group, may in enumerate(groups, first):
        for kind in may:
            if needs[kind]:
                network.edge(group, 2 + kind, endless)
    edges = []
    for source, (amount, limits) in enumerate(wanted, first + len(groups)):
        edges.append(network.edge(SOURCE, source, amount))
        for group, most in limits.items():
            network.edge(source, first + group, most)
    return network, edges
