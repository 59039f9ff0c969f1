"""The Gini coefficient, against what it means and against its definition over all pairs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.fairness.rules import gini

amounts = st.lists(st.decimals(0, 100_000, places=3), min_size=1, max_size=30)
numbers = st.integers(1, 200)


def of(*values: int) -> Decimal | None:
    return gini([Decimal(value) for value in values])


def test_by_hand() -> None:
    assert of(1, 3) == Decimal("0.25")
    assert of(200, 400, 400) == Decimal("0.1333")
    assert of(0, 0, 0, 1) == Decimal("0.75")


@pytest.mark.parametrize("none", [(), (0,), (0, 0)], ids=["nobody", "one", "two"])
def test_nothing_has_no_division(none: tuple[int, ...]) -> None:
    assert of(*none) is None


@given(numbers, st.decimals("0.001", 100_000, places=3))
def test_equal_shares_are_0(n: int, amount: Decimal) -> None:
    assert gini([amount] * n) == 0


@given(numbers, st.decimals("0.001", 100_000, places=3))
def test_one_with_everything_is_all_but_one_nth(n: int, amount: Decimal) -> None:
    found = gini([Decimal(0)] * (n - 1) + [amount])
    assert found is not None
    assert abs(Fraction(found) - Fraction(n - 1, n)) <= Fraction(1, 20_000)


@given(amounts, st.decimals("0.1", 1000, places=1))
def test_the_unit_does_not_matter(found: list[Decimal], factor: Decimal) -> None:
    assert gini([amount * factor for amount in found]) == gini(found)


@given(amounts)
def test_it_is_half_the_mean_difference_of_all_pairs(found: list[Decimal]) -> None:
    exact = [Fraction(amount) for amount in found]
    total, measured = sum(exact), gini(found)
    if not total:
        assert measured is None
        return
    pairs = sum(abs(a - b) for a in exact for b in exact)
    assert measured is not None
    assert abs(Fraction(measured) - pairs / (2 * len(exact) * total)) <= Fraction(1, 20_000)
    assert 0 <= measured < 1
