"""How much of each day's need the free supply can still cover. Pure, exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from heapq import heappop, heappush
from typing import NamedTuple


class Supply(NamedTuple):
    """So much that can be brought on any days from the first to the last, once in all."""

    starts_on: date
    ends_on: date
    free: Decimal


def cover(needs: Mapping[date, Decimal], supplies: Iterable[Supply]) -> dict[date, Decimal]:
    """How much of every day's need is covered, at best; nearer days come first.

    Days ascending, each takes from the supplies that can be brought then, the one that ends
    earliest first (earliest deadline first). No other way of using the supplies covers more in all.

    Proof. Take any best way, and the first gram that this rule takes otherwise: on day *d* it takes
    it from *s*, which of all that is left and open on *d* ends earliest. If the best way uses that
    gram of *s* on no day, give it to *d*; it covers as much or more. If it uses it on a later day
    *e*, then *e* <= the end of *s*. Either *d* has a gram of some other *t* in that way: *t* is
    open on *d* and ends no earlier than *s*, so also not before *e*; exchange the two. Or *d* lacks
    it: then bring the gram on *d* instead of *e*, which covers as much. It never takes nothing
    where something could be taken, so the ways now agree on one gram more, and so on to the last.
    In this exchange no day before *d* loses anything: the days are covered in their order, too.

    (The convex case of bipartite matching: F. Glover, Naval Research Logistics Quarterly 14, 1967.)
    """
    coming = sorted((s for s in supplies if s.free > 0), reverse=True)
    left: list[tuple[date, int]] = []
    free: list[Decimal] = []
    covered = {}
    for day in sorted(needs):
        while coming and coming[-1].starts_on <= day:
            supply = coming.pop()
            heappush(left, (supply.ends_on, len(free)))
            free.append(supply.free)
        lacking = needs[day]
        while lacking > 0 and left:
            ends_on, n = left[0]
            taken = min(lacking, free[n]) if ends_on >= day else Decimal(0)
            lacking -= taken
            free[n] -= taken
            if ends_on < day or not free[n]:
                heappop(left)
        covered[day] = needs[day] - lacking
    return covered
