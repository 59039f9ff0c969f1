"""Dividing exactly: parts are whole quanta, add up, and are as near to the proportion as can be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.core.division import divide

grams = st.integers(0, 10**9).map(lambda n: Decimal(n) / 1000)
weights = st.dictionaries(st.integers(0, 50), grams, min_size=1).filter(lambda w: any(w.values()))


@given(weights=weights, share=st.integers(0, 1000))
def test_parts_add_up_and_none_is_more_than_it_had(weights: dict[int, Decimal], share: int) -> None:
    quantum = Decimal("0.001")
    whole = sum(weights.values(), Decimal(0))
    total = whole * share / 1000 // quantum * quantum
    parts = divide(total, weights, quantum)
    assert sum(parts.values(), Decimal(0)) == total
    assert list(parts) == list(weights)
    for key, part in parts.items():
        assert 0 <= part <= weights[key]
        assert part % quantum == 0
        exact = Fraction(total) * Fraction(weights[key]) / Fraction(whole)
        assert abs(Fraction(part) - exact) < Fraction(1, 1000)


def test_equal_remainders_go_to_the_smaller_keys() -> None:
    parts = divide(Decimal(100), {"c": Decimal(1), "a": Decimal(1), "b": Decimal(1)}, Decimal(1))
    assert parts == {"a": 34, "b": 33, "c": 33}


def test_the_largest_remainder_is_served_first() -> None:
    """Of 10 over 3.5, 3.4 and 3.1 the halves decide, not who is first or largest."""
    parts = divide(Decimal(10), {1: Decimal(31), 2: Decimal(35), 3: Decimal(34)}, Decimal(1))
    assert parts == {1: 3, 2: 4, 3: 3}
