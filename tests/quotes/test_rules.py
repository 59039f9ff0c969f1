"""Until when words are awaited and quotes hold: pure, over all days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import JAKARTA, day
from app.core.errors import Invalid
from app.quotes.rules import HOLDS_AT_MOST, holds_until, over_at, respond_by

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
ahead = st.integers(0, 400)


def test_over_is_midnight_in_jakarta() -> None:
    assert over_at(date(2026, 12, 3)) == datetime(2026, 12, 3, 17, tzinfo=UTC)


@given(moments, ahead)
def test_every_wait_ends_and_never_after_the_last_day(now: datetime, days: int) -> None:
    last = day(now) + timedelta(days=days)
    for until in (respond_by(now, last), holds_until(None, now, last)):
        assert now < until <= over_at(last)
        assert until - now <= timedelta(days=20)
    assert respond_by(now, last) <= holds_until(None, now, last)


@given(moments, ahead, st.timedeltas(timedelta(days=-2), timedelta(days=40)))
def test_what_is_asked_for_holds_exactly_or_is_refused(
    now: datetime, days: int, later: timedelta
) -> None:
    last, asked = day(now) + timedelta(days=days), now + later
    if timedelta(0) < later <= HOLDS_AT_MOST and asked.astimezone(JAKARTA) <= over_at(last):
        assert holds_until(asked, now, last) == asked
    else:
        with pytest.raises(Invalid) as refused:
            holds_until(asked, now, last)
        assert refused.value.errors[0].pointer == "/valid_until"
