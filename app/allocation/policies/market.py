"""A market: lines of the same goods that lack something, and the parts that could fill them.

Lines that the same offers may fill are of one *kind*, parts that may fill the same kinds are of one
*group*. There are few of either, however many lines and offers there are, and what is hard is
decided among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from app.allocation.levels import Part

ROUNDS = 5
"""How often a market is divided anew because somebody's smallest share lies above its part."""


@dataclass(slots=True)
class Line:
    """One need: what it still lacks, its kind, and the day on which it is picked up."""

    left: int
    kind: int
    day: int
    pieces: dict[int, int] = field(default_factory=dict)


@dataclass
class Market:
    """*parts* by rank, *groups* as the kinds of lines each may fill, *had* by seller.

    *floors* are the floor prices of a base unit that there are, cheapest first.
    """

    grain: int
    lines: list[Line]
    groups: list[tuple[int, ...]]
    parts: list[Part]
    had: list[int]
    floors: list[Fraction]

    @property
    def kinds(self) -> range:
        """The kinds of lines there are."""
        return range(1 + max(line.kind for line in self.lines))

    def need(self, kinds: Iterable[int] | None = None) -> int:
        """What all lines (of these *kinds*) lack together."""
        among = None if kinds is None else set(kinds)
        return sum(line.left for line in self.lines if among is None or line.kind in among)

    @property
    def filled(self) -> int:
        """How much the lines have been given."""
        return sum(sum(line.pieces.values()) for line in self.lines)

    @property
    def given(self) -> int:
        """How much the parts have been given."""
        return sum(part.given for part in self.parts)

    @property
    def cost(self) -> Fraction:
        """What the sellers would be paid at their floor prices, per thousandth of a base unit."""
        return sum((self.floors[part.price] * part.given for part in self.parts), Fraction(0))

    @property
    def pickups(self) -> set[tuple[int, int]]:
        """The pick-ups there are: where, and on what day."""
        parts = self.parts
        return {(parts[rank].pickup, line.day) for line in self.lines for rank in line.pieces}

    def again(self, only: Collection[tuple[int, int]] | None = None) -> Market:
        """The same market before anything is given, with these pick-ups only."""
        parts = [replace(part, given=0, raised=False) for part in self.parts]
        lines = [replace(line, left=_need(line), pieces={}) for line in self.lines]
        if only is None:
            return replace(self, parts=parts, lines=lines)
        days = {line.kind: line.day for line in lines}
        groups: dict[tuple[int, ...], int] = {}
        for part in parts:
            may = tuple(k for k in self.groups[part.group] if (part.pickup, days[k]) in only)
            part.group = groups.setdefault(may, len(groups))
            if not may:
                part.most = 0
        again = replace(self, parts=parts, lines=lines, groups=list(groups))
        stack(again, parts, self.had)
        return again

    def usable(self) -> list[Part]:
        """Parts that have at least one pack and one smallest pick-up of theirs left."""
        return [part for part in self.parts if part.least <= part.most]


def _need(line: Line) -> int:
    return line.left + sum(line.pieces.values())


@dataclass
class Decision:
    """A market whose lines have their pieces; *levels* are by kind, None: everybody brings all.

    *gap*: by how much, relatively, the best there is may be better. 0 when this is the best.
    """

    market: Market
    levels: Sequence[int | None]
    gap: Fraction = Fraction(0)


def stack(market: Market, parts: Sequence[Part], had: Sequence[int]) -> None:
    """Put the parts of each seller on top of each other, on what the seller has already.

    Within a pick-up those that ask for least come first, and what lies beneath counts towards the
    smallest pick-up of those above. Parts that come to it together only are all or nothing.
    """
    day_of = {line.kind: line.day for line in market.lines}
    days = [{day_of[kind] for kind in may} for may in market.groups]
    of_seller: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        of_seller[part.seller].append(part)
    for seller, own in of_seller.items():
        if len(own) > 1:
            own.sort(key=lambda p: (p.asks, p.pickup, -p.most, p.rank))
        enough = _large_enough(own, days)
        height = had[seller]
        beneath: dict[tuple[int, int], int] = {}
        for part in own:
            # Of a part that may come on several days nobody knows yet on which it will.
            day = next(iter(days[part.group])) if len(days[part.group]) == 1 else -part.rank - 1
            lies = beneath.get((part.pickup, day), 0)
            part.base = height
            part.least = max(part.step, -(-(part.asks - lies) // part.step) * part.step)
            if part.rank in enough:
                part.least = max(part.step, min(part.least, part.most))
            if part.least <= part.most:
                height += part.most
                beneath[part.pickup, day] = lies + part.most


def _large_enough(own: Sequence[Part], days: Sequence[Collection[int]]) -> set[int]:
    """Which parts of a seller can be in a pick-up as large as they ask for."""
    could: dict[tuple[int, int], int] = defaultdict(int)
    for part in own:
        for day in days[part.group]:
            could[part.pickup, day] += part.most
    enough = set()
    for part in reversed(own):
        visits = [(part.pickup, day) for day in days[part.group]]
        if any(could[visit] >= part.asks for visit in visits):
            enough.add(part.rank)
        else:
            for visit in visits:
                could[visit] -= part.most
    return enough
