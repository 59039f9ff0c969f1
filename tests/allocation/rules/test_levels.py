"""Fair share over several lines that not every offer may fill, against every division there is."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from hypothesis import given, settings

from app.allocation.planning import Need, exclusion
from tests.allocation.rules.cases import by_seller, decided, markets, total


def feasible_totals(needs: list[Need], offers: list[dict[str, Any]]) -> set[tuple[int, ...]]:
    """What sellers 1 to 4 can bring together: all vectors, by Gale's condition on every set of lines."""
    may = [
        {n for n, need in enumerate(needs) if exclusion(row, row["free"], need, {}) is None}
        for row in offers
    ]
    sets = [set(c) for k in range(len(needs) + 1) for c in combinations(range(len(needs)), k)]
    room = [sum(int(needs[n].quantity) for n in among) for among in sets]
    found = set()
    for amounts in product(*(range(int(row["free"]) + 1) for row in offers)):
        confined = (
            sum(q for q, lines in zip(amounts, may, strict=True) if lines <= among) <= most
            for among, most in zip(sets, room, strict=True)
        )
        if all(confined):
            totals = [0] * 5
            for quantity, row in zip(amounts, offers, strict=True):
                totals[row["seller_id"].int] += quantity
            found.add(tuple(totals))
    return found


@settings(max_examples=150)
@given(markets(4))
def test_over_many_lines_nobody_can_be_given_more_without_taking_from_who_has_less(
    market: tuple[list[Need], list[dict[str, Any]]],
) -> None:
    needs, offers = market
    had = [0] * 5
    for need in needs:
        for seller, brought in need.had.items():
            had[seller.int] += int(brought)
    feasible = feasible_totals(needs, offers)
    best = max(sorted(h + g for h, g in zip(had, t, strict=True)) for t in feasible)
    made = decided(needs, offers)
    brought = by_seller(made, offers)
    assert sorted(had[s] + int(brought.get(s, 0)) for s in range(5)) == best
    assert total(made) == max(map(sum, feasible))
