"""Water filling in whole numbers: raising what has least until nothing is left to give.

A `Part` is one period of an offer inside a decision, counted in thousandths of the base unit so
that everything is exact. It is given whole steps (its pack, or the smallest quantity told apart).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Part:
    """One period: nothing, or *least*, or more in whole *step*s up to *most*; *given* so far.

    *least* and *most* are multiples of *step*. *rank* is its place by id: it settles ties. *base*
    is what its seller has before the first of it: brought earlier, or by its other offers. So the
    parts of one seller are stacked, and who is equal is a seller, not an offer. It is *raised* if
    it gets its smallest share although that is more than is fair, because it is needed.

    *seller* and *pickup* (one seller's site) are numbers, and so is the *group* of parts that may
    fill the same lines; *price* is the place of its floor price among all, *asks* what it wants a
    pick-up to come to.
    """

    rank: int
    step: int
    least: int
    most: int
    base: int = 0
    given: int = 0
    raised: bool = False
    seller: int = 0
    pickup: int = 0
    group: int = 0
    price: int = 0
    asks: int = 0

    @property
    def height(self) -> int:
        """How much its seller has with what it is given."""
        return self.base + self.given


def common_level(bounds: Iterable[tuple[int, int]], extra: int) -> int | None:
    """The highest level to which *extra* lifts everybody between their bounds (from, at most).

    Everybody is lifted from their lower bound to the level, nobody above their upper one. None when
    *extra* suffices for all upper bounds. O(n log n): one sweep over the sorted bounds.
    """
    points: list[tuple[int, int]] = []
    for low, high in bounds:
        if low < high:
            points += ((low, 1), (high, -1))
    points.sort()
    rising = at = 0
    for point, turn in points:
        lift = rising * (point - at)
        if lift > extra:
            return at + extra // rising
        extra -= lift
        at = point
        rising += turn
    return None


def pour(parts: Sequence[Part], left: int) -> int:
    """Give *left* to *parts*, always to who has least, in whole steps; what could not be given.

    Everybody is lifted to a common level, rounded down to their step; then each who still can takes
    one more step, least first, then by rank. Whoever's step is larger than what is left is out, and
    the rest is poured again: each turn rules out at least one size of step, so it takes
    O(sizes × n log n).
    """
    while True:
        able = [p for p in parts if p.step <= left and p.given + p.step <= p.most]
        if not able:
            return left
        level = common_level(((p.base + p.given, p.base + p.most) for p in able), left)
        for p in able:
            goal = p.most if level is None else min(level - p.base, p.most)
            if goal > p.given:
                more = (goal - p.given) // p.step * p.step
                p.given += more
                left -= more
        able.sort(key=lambda p: (p.base + p.given, p.rank))
        for p in able:
            if p.step <= left and p.given + p.step <= p.most:
                p.given += p.step
                left -= p.step


def drain(parts: Sequence[Part], floors: Sequence[int], amount: int) -> int:
    """Take *amount* from *parts*, always from who has most, down to *floors*; what was not there.

    Pouring in the mirror: the highest given is the lowest there, and of equals the last rank pays.
    """
    mirrored = [
        Part(-p.rank, p.step, 0, -floor, -p.base, -p.given)
        for p, floor in zip(parts, floors, strict=True)
    ]
    missing = pour(mirrored, amount)
    for p, mirror in zip(parts, mirrored, strict=True):
        p.given = -mirror.given
    return missing
