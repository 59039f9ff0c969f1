"""Fewest pick-ups: first as much as possible is filled, then from as few places and days as can be.

A pick-up is one seller, one site, one day. The largest are taken until they suffice for their day,
and share it fairly (`fair`). When that fills everything, no choice has fewer: of any *k* pick-ups
the *k* largest bring most, so fewer of a day's would not suffice for its lines, even if every one
of them might fill all of these and packs and smallest pick-ups did not count. When all sellers
together do not suffice, the same holds of the *k* largest of all days and of the most that can be
filled.

Otherwise HiGHS looks for better, and the gap says how much, at most, there may be: how much more
could be filled, or how many pick-ups fewer could do for as much. Where HiGHS finds nothing, that is
the distance from the number above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from fractions import Fraction
from math import ceil

from app.allocation.levels import Part
from app.allocation.policies import fair
from app.allocation.policies.market import ROUNDS, Decision, Market
from app.allocation.policies.placing import place_amounts
from app.allocation.policies.program import MarketProgram
from app.allocation.policies.spread import spread

Pickup = tuple[int, int]


def decide(market: Market) -> Decision:
    """Fill the lines of *market* as far as possible, and then with as few pick-ups as possible."""
    bounds = _Bounds(market)
    chosen = _greedy(market)
    best = _shared(market, chosen)
    for _ in range(ROUNDS):
        more = chosen | bounds.further(best.market, chosen)
        if best.market.filled == bounds.most or more == chosen:
            break
        chosen = more
        best = max(best, _shared(market, chosen), key=_good)
    made = best.market
    if made.filled == bounds.most and len(made.pickups) == bounds.least(made.filled):
        return best
    return _solved(market, best, bounds)


def _good(made: Decision) -> tuple[int, int]:
    return made.market.filled, -len(made.market.pickups)


class _Bounds:
    """How much can be filled at most, and from how many pick-ups at least."""

    def __init__(self, market: Market) -> None:
        self._needs: dict[int, int] = defaultdict(int)
        for line in market.lines:
            self._needs[line.day] += line.left
        day_of = {line.kind: line.day for line in market.lines}
        self._offered: dict[Pickup, int] = defaultdict(int)
        for part in market.usable():
            for day in {day_of[kind] for kind in market.groups[part.group]}:
                self._offered[part.pickup, day] += part.most
        if len(market.kinds) == 1:
            self.most = min(market.need(), sum(part.most for part in market.usable()))
        else:
            fluid = market.again()
            spread(fluid, [fluid.usable()])
            self.most = fluid.given

    def least(self, amount: int) -> int:
        """From how many pick-ups *amount* comes at least."""
        if amount < sum(self._needs.values()):
            return len(_largest(self._offered, amount))
        return sum(
            len(_largest({at: q for at, q in self._offered.items() if at[1] == day}, needed))
            for day, needed in self._needs.items()
        )

    def further(self, made: Market, chosen: Collection[Pickup]) -> set[Pickup]:
        """The largest pick-ups not yet *chosen* for what is still open."""
        further: set[Pickup] = set()
        for line in made.lines:
            if line.left:
                rest = {
                    at: q
                    for at, q in self._offered.items()
                    if at[1] == line.day and at not in chosen
                }
                further.update(_largest(rest, line.left))
        return further


def _largest(offered: Mapping[Pickup, int], needed: int) -> list[Pickup]:
    """The fewest that suffice for what is *needed*."""
    chosen = []
    for at in sorted(offered, key=lambda at: (-offered[at], at)):
        if needed <= 0:
            break
        chosen.append(at)
        needed -= offered[at]
    return chosen


def _greedy(market: Market) -> set[Pickup]:
    """Kind after kind of lines, the scarcest first: who comes that day anyway, then the largest."""
    left = {part.rank: part.most for part in market.usable()}
    chosen: set[Pickup] = set()
    day_of = {line.kind: line.day for line in market.lines}
    able = {
        kind: [p for p in market.usable() if kind in market.groups[p.group]]
        for kind in market.kinds
    }
    for kind in sorted(able, key=lambda kind: (sum(p.most for p in able[kind]), kind)):
        needed = market.need([kind])
        visits: dict[int, list[Part]] = defaultdict(list)
        for part in able[kind]:
            visits[part.pickup].append(part)
        sizes = {place: sum(left[p.rank] for p in own) for place, own in visits.items()}
        day = day_of[kind]
        for place in sorted(sizes, key=lambda n: ((n, day) not in chosen, -sizes[n], n)):
            if needed <= 0:
                break
            chosen.add((place, day))
            for part in visits[place]:
                taken = min(left[part.rank], needed)
                left[part.rank] -= taken
                needed -= taken
    return chosen


def _shared(market: Market, chosen: Collection[Pickup]) -> Decision:
    return fair.decide(market.again(chosen))


def _solved(market: Market, best: Decision, bounds: _Bounds) -> Decision:
    """The better of *best* and what the solver finds, with the gap that remains."""
    program = MarketProgram(market.again(), per_pickup=True)
    most, fill = program.reach(best.market.filled, bounds.most)
    program.fill(fill)
    found = program.program.least(dict.fromkeys(program.pickups.values(), 1.0))
    if found is not None:
        chosen = {at for at, column in program.pickups.items() if found.values[column] > 0.5}
        exact = market.again()
        place_amounts(exact, program.amounts(found))
        shared = _shared(market, chosen)
        best = max(shared, Decision(exact, shared.levels), best, key=_good)
    made = best.market
    least = bounds.least(made.filled)
    if found is not None and made.filled >= fill:
        least = max(least, ceil(found.bound - 1e-6))
    count = len(made.pickups)
    short = Fraction(most - made.filled, most) if made.filled < most else Fraction(0)
    many = Fraction(count - least, count) if count > least else Fraction(0)
    return Decision(made, best.levels, max(short, many))
