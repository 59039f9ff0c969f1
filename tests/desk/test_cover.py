"""Covering days by supplies that can be used once: exact, whatever the windows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from app.desk.balance.rules import Supply, cover

FIRST = date(2026, 12, 1)


def on(n: int) -> date:
    return FIRST + timedelta(n)


def supply(start: int, end: int, free: int | str) -> Supply:
    return Supply(on(start), on(end), Decimal(free))


def needs(*amounts: int | str) -> dict[date, Decimal]:
    return {on(n): Decimal(amount) for n, amount in enumerate(amounts)}


def most(wanted: list[int], supplies: list[tuple[int, int, int]]) -> int:
    """The maximum flow from supplies to days, gram by gram along augmenting paths: another way."""
    grams = [(start, end) for start, end, free in supplies for _ in range(free)]
    slots = [day for day, amount in enumerate(wanted) for _ in range(amount)]
    taken: dict[int, int] = {}

    def place(gram: int, seen: set[int]) -> bool:
        start, end = grams[gram]
        for slot, day in enumerate(slots):
            if start <= day <= end and slot not in seen:
                seen.add(slot)
                if slot not in taken or place(taken[slot], seen):
                    taken[slot] = gram
                    return True
        return False

    return sum(place(gram, set()) for gram in range(len(grams)))


windows = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 6)).map(
    lambda s: (min(s[:2]), max(s[:2]), s[2])
)
problems = st.tuples(
    st.lists(st.integers(0, 6), min_size=1, max_size=6), st.lists(windows, max_size=6)
)


class TestCover:
    def test_a_day_is_covered_by_its_own_offers_before_the_weeks(self) -> None:
        """The week's 100 kg are kept for the day that has nothing else."""
        covered = cover(needs(60, 100), [supply(0, 1, 100), supply(0, 0, 60)])
        assert covered == needs(60, 100)

    def test_a_lot_is_used_once(self) -> None:
        assert cover(needs(80, 80), [supply(0, 6, 100)]) == needs(80, 20)

    def test_nothing_covers_outside_its_window(self) -> None:
        assert cover(needs(10, 10, 10), [supply(1, 1, 100)]) == needs(0, 10, 0)

    def test_grams_are_kept(self) -> None:
        assert cover(needs("0.003"), [supply(0, 0, "0.001"), supply(0, 3, "0.001")]) == needs(
            "0.002"
        )

    @given(problems)
    def test_no_other_way_covers_more(
        self, problem: tuple[list[int], list[tuple[int, int, int]]]
    ) -> None:
        wanted, windows = problem
        covered = cover(needs(*wanted), [supply(*window) for window in windows])
        assert sum(covered.values()) == most(wanted, windows)
        assert all(0 <= covered[day] <= need for day, need in needs(*wanted).items())

    @given(problems)
    def test_nearer_days_come_first(
        self, problem: tuple[list[int], list[tuple[int, int, int]]]
    ) -> None:
        """The first days alone could be covered no better than they are with all that follow."""
        wanted, windows = problem
        covered = cover(needs(*wanted), [supply(*window) for window in windows])
        for n in range(1, len(wanted) + 1):
            assert sum(covered[on(day)] for day in range(n)) == most(wanted[:n], windows)

    def test_the_order_of_supplies_does_not_matter(self) -> None:
        several = [supply(0, 3, 5), supply(0, 1, 5), supply(2, 2, 5), supply(1, 4, 5)]
        found = [cover(needs(4, 4, 4, 4, 4), order) for order in permutations(several)]
        assert all(one == found[0] for one in found)
