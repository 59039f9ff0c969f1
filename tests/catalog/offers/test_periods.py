"""Which periods an offer has: they cover its days, in order, each day once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.catalog.models import OfferPer
from app.core.periods import periods

MONDAY, SUNDAY = date(2026, 12, 7), date(2026, 12, 13)


def test_a_lot_is_one_period() -> None:
    assert periods(OfferPer.LOT, MONDAY, SUNDAY) == [(MONDAY, SUNDAY)]


def test_weeks_end_on_sundays_and_are_cut_at_the_window() -> None:
    first, last = date(2026, 12, 3), date(2026, 12, 15)  # Thursday to Tuesday
    assert periods(OfferPer.WEEK, first, last) == [
        (first, date(2026, 12, 6)),
        (MONDAY, SUNDAY),
        (date(2026, 12, 14), last),
    ]
    assert periods(OfferPer.WEEK, SUNDAY, SUNDAY) == [(SUNDAY, SUNDAY)]


@given(
    per=st.sampled_from(OfferPer),
    first=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    length=st.integers(1, 366),
)
def test_every_day_is_in_exactly_one_period(per: OfferPer, first: date, length: int) -> None:
    last = first + timedelta(days=length - 1)
    found = periods(per, first, last)
    covered = [
        start + timedelta(days=n) for start, end in found for n in range((end - start).days + 1)
    ]
    assert covered == [first + timedelta(days=n) for n in range(length)]
    if per is OfferPer.DAY:
        assert len(found) == length
    if per is OfferPer.WEEK:
        assert all(start.weekday() == 0 for start, _ in found[1:])
        assert all(end.weekday() == 6 for _, end in found[:-1])
