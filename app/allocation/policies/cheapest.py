"""Lowest cost: first as much as possible is filled, then at the lowest floor prices.

The cheapest offers are taken first; an offer without a floor price costs nothing. Equal prices are
shared fairly (`fair`). That is exact when packs and smallest pick-ups leave nothing to decide: what
sellers can bring together is a polymatroid, on which the greedy choice is the best (Edmonds,
Submodular functions, matroids, and certain polyhedra, 1970). It is seen by comparing with the same
choice made of goods that can be divided at will, which nothing is cheaper than.

Otherwise HiGHS looks for better, and the gap says how much, at most, there may be: how much more
could be filled, or how much less could be paid for as much. Where HiGHS finds nothing, that is the
distance from goods that can be divided at will.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from app.allocation.levels import Part
from app.allocation.policies.fair import share_out
from app.allocation.policies.market import Decision, Market, stack
from app.allocation.policies.placing import place, place_amounts, whole_packs
from app.allocation.policies.program import UNIT, MarketProgram
from app.allocation.policies.spread import spread

_DEARER = 1 << 60
"""More than any height: a dearer part comes after all cheaper ones."""

_ALIKE = Fraction(1, 10_000_000)
"""The solver, which counts in floats, does not tell costs apart that are closer, relatively."""


def decide(market: Market) -> Decision:
    """Fill the lines of *market* as far as possible, and then as cheaply as possible."""
    bounds = _Divisible(market)
    greedy = market.again()
    _greedy(greedy)
    nothing: list[int | None] = [None for _ in market.kinds]
    if greedy.filled == bounds.most and greedy.cost == bounds.least(greedy.filled):
        return Decision(greedy, nothing)
    return Decision(*_solved(market, greedy, bounds))


def _by_price(market: Market) -> list[list[Part]]:
    stages: dict[int, list[Part]] = defaultdict(list)
    for part in market.usable():
        stages[part.price].append(part)
    return [stages[price] for price in sorted(stages)]


class _Divisible:
    """The same market with goods that can be divided at will: nothing fills more, or for less."""

    def __init__(self, market: Market) -> None:
        fluid = market.again()
        stages = _by_price(fluid)
        if len(fluid.kinds) == 1:
            left = fluid.need()
            for part in (part for stage in stages for part in stage):
                part.given = min(left, part.most)
                left -= part.given
        else:
            spread(fluid, stages)
        self.most = fluid.given
        self._stages = [
            (fluid.floors[stage[0].price], sum(part.given for part in stage)) for stage in stages
        ]

    def least(self, amount: int) -> Fraction:
        """What *amount* costs at least."""
        cost = Fraction(0)
        for floor, given in self._stages:
            cost += floor * min(given, amount)
            amount -= min(given, amount)
        return cost


def _greedy(market: Market) -> None:
    stages = _by_price(market)
    quotas = None
    if len(market.kinds) == 1:
        had, left = list(market.had), market.need()
        for stage in stages:
            stack(market, stage, had)
            share_out([part for part in stage if part.least <= part.most], left)
            for part in stage:
                had[part.seller] += part.given
                left -= part.given
    else:
        quotas = spread(market, stages).quotas
        whole_packs(market.usable(), quotas)
    _cheap_first(market)
    place(market, quotas)


def _cheap_first(market: Market) -> None:
    for part in market.parts:
        part.base += part.price * _DEARER


def _solved(
    market: Market, greedy: Market, bounds: _Divisible
) -> tuple[Market, list[int | None], Fraction]:
    """The better of *greedy* and what the solver finds, no levels, and the gap that remains."""
    program = MarketProgram(market.again(), per_pickup=False)
    most, fill = program.reach(greedy.filled, bounds.most)
    program.fill(fill)
    found = program.program.least(program.costs(lambda part: float(greedy.floors[part.price])))
    best = greedy
    if found is not None:
        solved = market.again()
        _cheap_first(solved)
        place_amounts(solved, program.amounts(found))
        best = max(greedy, solved, key=lambda made: (made.filled, -made.cost))
    least = bounds.least(best.filled)
    if found is not None and best.filled >= fill:
        least = max(least, Fraction(found.bound) * UNIT)
    short = Fraction(most - best.filled, most) if best.filled < most else Fraction(0)
    dear = (best.cost - least) / best.cost if best.cost > least else Fraction(0)
    return best, [None for _ in market.kinds], max(short, dear if dear > _ALIKE else Fraction(0))
