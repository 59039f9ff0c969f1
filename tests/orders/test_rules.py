"""The pure rules of orders: until when to answer, how much a line is about, when it is done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import JAKARTA, day
from app.core.workdays import after
from app.orders.rules import ANSWER_AT_LEAST, answer_by, fulfilment, is_done, stage, target

START = datetime(2026, 1, 1, tzinfo=UTC)


def wib(said: str) -> datetime:
    """An instant as a clock in Blitar shows it."""
    return datetime.fromisoformat(said).replace(tzinfo=JAKARTA).astimezone(UTC)


@pytest.mark.parametrize(
    ("placed", "first_day", "until"),
    [
        ("2026-11-23T09:00", "2026-12-03", "2026-11-24T09:00"),  # a Monday: the next day, same time
        ("2026-11-27T15:00", "2026-12-03", "2026-11-30T15:00"),  # a Friday: Monday
        ("2026-12-23T10:00", "2027-01-04", "2026-12-28T10:00"),  # Christmas and its joint leave
        ("2026-11-27T15:00", "2026-11-29", "2026-11-29T00:00"),  # for Sunday: Saturday's midnight
        ("2026-11-23T23:30", "2026-11-24", "2026-11-24T01:30"),  # for tomorrow: two hours at least
        ("2026-11-23T05:00", "2026-11-23", "2026-11-23T07:00"),  # for today
    ],
)
def test_the_hub_answers_within_a_working_day_and_before_the_day_of_delivery(
    placed: str, first_day: str, until: str
) -> None:
    assert answer_by(wib(placed), date.fromisoformat(first_day)) == wib(until)


@given(
    st.integers(0, 60 * 24 * 700).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.integers(0, 400),
)
def test_an_answer_is_never_due_at_once_nor_after_a_working_day(now: datetime, ahead: int) -> None:
    until = answer_by(now, day(now) + timedelta(days=ahead))
    assert now + ANSWER_AT_LEAST <= until
    assert until <= max(after(now, 1), now + ANSWER_AT_LEAST)
    assert until.tzinfo == now.tzinfo


def line(**said: Any) -> dict[str, Any]:
    """A line of 100 kg, promised; nothing has come yet."""
    counters = ("over", "short_closed", "allocated", "shipped", "received", "short")
    verdict = ("accepted", "downgraded", "rejected")
    return (
        dict.fromkeys((*counters, *verdict), Decimal(0))
        | {"requested": Decimal(100), "confirmed": Decimal(100), "short_closed_at": None}
        | {"under_tolerance_pct": Decimal(2)}
        | {
            name: Decimal(value) if isinstance(value, int) else value
            for name, value in said.items()
        }
    )


def test_what_a_line_is_about() -> None:
    assert target(line(confirmed=None)) == 100
    assert target(line(confirmed=80)) == 80
    assert target(line(confirmed=80, over=4)) == 84
    assert target(line(confirmed=80, over=4, short_closed=30)) == 54


def test_what_was_brought_over_counts_but_is_not_needed() -> None:
    assert not is_done(line(over=5, shipped=105, received=97, accepted=97))
    assert is_done(line(over=5, shipped=105, received=98, accepted=98))


def test_a_short_closed_line_is_done_when_all_that_left_was_judged() -> None:
    closed = {"short_closed": 60, "short_closed_at": datetime(2026, 11, 22, tzinfo=UTC)}
    assert not is_done(line(**closed, shipped=40, received=30, accepted=30))
    assert is_done(line(**closed, shipped=40, received=30, rejected=30, short=10))
    assert is_done(line(**closed | {"short_closed": 100}))


def test_what_was_given_up_does_not_make_an_order_look_unfinished() -> None:
    assert fulfilment([line(shipped=40, received=40, allocated=40)]) == "partly_received"
    assert fulfilment([line(short_closed=60, shipped=40, received=40, allocated=40)]) == "received"
    assert fulfilment([line(over=4, shipped=100, received=100, allocated=100)]) == "received"


def test_the_stage_of_a_cancelled_order() -> None:
    shared = [line(allocated=10)]
    assert stage("placed", [line(confirmed=None)], weighed=False) == "placed"
    assert stage("confirmed", [line()], weighed=False) == "confirmed"
    assert stage("confirmed", shared, weighed=False) == "allocated"
    assert stage("confirmed", shared, weighed=True) == "weighed"
