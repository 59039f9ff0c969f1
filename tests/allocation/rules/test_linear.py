"""Fair share and pro rata over several lines, against a sequence of linear programs.

The textbook's formulation, which knows of no flows and no cuts: make the least as large as it can
be; who cannot have more than that stands; go on with the rest.
"""

from __future__ import annotations

from typing import Any

import highspy
import pytest
from hypothesis import given, settings

from app.allocation.models import Policy
from app.allocation.planning import Need, exclusion
from tests.allocation.rules.cases import by_seller, decided, markets

CLOSE = 0.01
"""Kilograms; the solver counts in floats, and a division ends at a gram."""


def heights_of(
    solver: Any,
    needs: list[Need],
    offers: list[dict[str, Any]],
    weights: dict[int, float],
    had: dict[int, float],
) -> dict[int, Any]:
    """What each seller has, divided by its weight, as columns of a program of all divisions."""
    bring: dict[int, list[Any]] = {seller: [] for seller in weights}
    into: list[list[Any]] = [[] for _ in needs]
    for row in offers:
        may = [n for n, need in enumerate(needs) if exclusion(row, row["free"], need, {}) is None]
        own = [solver.addVariable(lb=0) for _ in may]
        for n, column in zip(may, own, strict=True):
            into[n].append(column)
        if own:
            solver.addConstr(sum(own) <= float(row["free"]))
            bring[row["seller_id"].int] += own
    for need, terms in zip(needs, into, strict=True):
        if terms:
            solver.addConstr(sum(terms) <= float(need.quantity))
    heights = {seller: solver.addVariable(lb=0) for seller in weights}
    for seller, weight in weights.items():
        solver.addConstr(heights[seller] * weight == sum(bring[seller]) + had[seller])
    return heights


def highest(
    needs: list[Need],
    offers: list[dict[str, Any]],
    weights: dict[int, float],
    had: dict[int, float],
) -> dict[int, float]:
    """What each seller has when the lowest (by weight) is as high as it can be, and so on."""
    solver = highspy.Highs()
    solver.silent()
    heights = heights_of(solver, needs, offers, weights, had)
    least = solver.addVariable(lb=-1e6)
    above = {seller: solver.addConstr(heights[seller] - least >= 0) for seller in weights}
    standing: dict[int, float] = {}
    while len(standing) < len(weights):
        solver.maximize(least)
        level = solver.val(least)
        solver.changeColBounds(least.index, level - 1e-6, level)
        for seller in set(weights) - set(standing):
            solver.maximize(heights[seller])
            if solver.val(heights[seller]) <= level + 1e-4:
                standing[seller] = level
        solver.changeColBounds(least.index, -1e6, 1e6)
        for seller, height in standing.items():
            solver.changeRowBounds(above[seller].index, -1e9, 1e9)
            solver.changeColBounds(heights[seller].index, height - 1e-6, 1e9)
    return {seller: standing[seller] * weights[seller] for seller in weights}


@pytest.mark.parametrize("policy", [Policy.FAIR_SHARE, Policy.PRO_RATA])
@settings(max_examples=25, deadline=None)
@given(markets(400, lines=4, offers=7, had=50, unit="kg"))
def test_no_linear_program_lifts_anybody_who_has_less(
    policy: Policy, market: tuple[list[Need], list[dict[str, Any]]]
) -> None:
    needs, offers = market
    brought = {
        seller: float(q) for seller, q in by_seller(decided(needs, offers, policy), offers).items()
    }
    weights: dict[int, float] = {}
    had: dict[int, float] = {}
    for row in offers:
        if any(exclusion(row, row["free"], need, {}) is None for need in needs):
            seller = row["seller_id"].int
            weights[seller] = weights.get(seller, 0) + float(row["free"])
            had[seller] = float(sum(need.had.get(row["seller_id"], 0) for need in needs))
    if policy is Policy.FAIR_SHARE:
        weights = dict.fromkeys(weights, 1.0)
    else:
        had = dict.fromkeys(weights, 0.0)
    best = highest(needs, offers, weights, had)
    assert best.keys() >= brought.keys()
    for seller in best:
        assert abs(best[seller] - had[seller] - brought.get(seller, 0)) < CLOSE
