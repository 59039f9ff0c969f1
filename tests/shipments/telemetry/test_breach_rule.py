"""The rule of breaches: begun when it was too long, over when it is well within, told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.shipments.telemetry.breaches import (
    HYSTERESIS,
    READINGS,
    WHILE,
    Crossing,
    Limits,
    Turn,
    hear_all,
)
from app.shipments.telemetry.models import TemperatureSide

START = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
EGGS = Limits(lowest=5.0, highest=18.0)
Readings = list[tuple[datetime, float]]


def every(seconds: int, *degrees: float, start: datetime = START) -> Readings:
    """Readings of *degrees*, one every so many *seconds*."""
    return [(start + timedelta(seconds=n * seconds), one) for n, one in enumerate(degrees)]


def turns(readings: Readings, limits: Limits = EGGS) -> list[Turn]:
    return hear_all(None, readings, limits)[1]


def test_three_readings_in_a_row_are_a_breach_and_two_are_none() -> None:
    assert turns(every(10, 18.1, 19.0)) == []
    (began,) = turns(every(10, 18.1, 19.0, 18.2))
    assert began.began
    assert began.run == Crossing(TemperatureSide.ABOVE, START, READINGS, 19.0, True)
    assert began.at == START + timedelta(seconds=20)


def test_two_readings_are_one_too_when_they_lie_long_apart() -> None:
    long = int(WHILE.total_seconds())
    assert [one.began for one in turns(every(long, 18.1, 18.2))] == [True]
    assert turns(every(long - 1, 18.1, 18.2)) == []


def test_the_limit_itself_is_within() -> None:
    assert turns(every(10, *[18.0] * 9, *[5.0] * 9)) == []


def test_it_is_over_only_well_within_the_limit() -> None:
    """Hysteresis: a goods' room that hovers at its limit is one breach."""
    warm = [18.1] * READINGS
    assert len(turns(every(10, *warm, 17.9, 17.6, 18.4, 17.51))) == 1
    began, ended = turns(every(10, *warm, 17.9, 18.0 - HYSTERESIS))
    assert (began.began, ended.began) == (True, False)
    assert ended.at == START + timedelta(seconds=40)


def test_a_fluttering_sensor_raises_nothing_or_one() -> None:
    """A canary: with a breach ending at the limit itself this is dozens."""
    assert turns(every(10, *[18.1, 17.9] * 200)) == []
    assert len(turns(every(10, *[18.1] * 3, *[17.9, 18.1] * 200))) == 1


def test_too_cold_is_a_breach_of_the_other_side() -> None:
    began, ended = turns(every(10, 4.9, 4.0, 4.5, 5.4, 5.5))
    assert (began.run.side, began.run.extreme) == (TemperatureSide.BELOW, 4.0)
    assert ended.run.side is TemperatureSide.BELOW
    assert ended.at == START + timedelta(seconds=40)


def test_from_too_warm_to_too_cold_is_an_end_and_a_new_run() -> None:
    found = turns(every(10, 19, 19, 19, 2, 2, 2))
    assert [(t.began, t.run.side) for t in found] == [
        (True, TemperatureSide.ABOVE),
        (False, TemperatureSide.ABOVE),
        (True, TemperatureSide.BELOW),
    ]
    assert found[2].run.since == found[1].at


def test_limits_closer_than_the_hysteresis_can_still_be_kept() -> None:
    narrow = Limits(lowest=4.0, highest=4.2)
    found = turns(every(10, 5, 5, 5, 4.1, 4.1, 4.1), narrow)
    assert [one.began for one in found] == [True, False]


def test_without_limits_there_is_no_breach_and_a_limit_taken_away_ends_it() -> None:
    assert turns(every(10, *[60.0] * 9), Limits(None, None)) == []
    run, _ = hear_all(None, every(10, 19, 19, 19), EGGS)
    assert run is not None
    run, found = hear_all(run, [(START + timedelta(hours=1), 40.0)], Limits(None, None))
    assert run is None
    assert [one.began for one in found] == [False]


# Round the limits, where everything happens, and at any pace.
degrees = st.integers(30, 210).map(lambda tenths: tenths / 10)
paces = st.integers(1, 900)
histories = st.lists(st.tuples(paces, degrees), max_size=60).map(
    lambda steps: [
        (START + timedelta(seconds=sum(pace for pace, _ in steps[: n + 1])), one)
        for n, (_, one) in enumerate(steps)
    ]
)


@given(histories, st.lists(st.integers(0, 60), max_size=5))
def test_split_into_batches_it_is_the_same(readings: Readings, cuts: list[int]) -> None:
    whole = hear_all(None, readings, EGGS)
    run, found = None, []
    edges = [0, *sorted(cuts), len(readings)]
    for start, end in pairwise(edges):
        run, more = hear_all(run, readings[start:end], EGGS)
        found += more
    assert (run, found) == whole


@given(histories)
def test_beginnings_and_ends_take_turns_and_mean_what_they_say(readings: Readings) -> None:
    run, found = hear_all(None, readings, EGGS)
    assert [one.began for one in found] == [n % 2 == 0 for n in range(len(found))]
    assert (run is not None and run.breached) is (len(found) % 2 == 1)
    temperature = dict(readings)
    for one in found:
        beyond = EGGS.crossed(temperature[one.at])
        if one.began:
            during = [d for at, d in readings if one.run.since <= at <= one.at]
            assert {EGGS.crossed(d) for d in during} == {one.run.side}
            assert len(during) >= READINGS or one.at - one.run.since >= WHILE
            assert one.run.extreme == (max if one.run.side is TemperatureSide.ABOVE else min)(
                during
            )
        else:
            assert beyond is not one.run.side
            assert EGGS.within(one.run.side, temperature[one.at])


@given(histories)
def test_what_was_never_beyond_a_limit_for_long_is_never_told(readings: Readings) -> None:
    """The slow way: look at every unbroken stretch beyond one limit."""
    long = False
    for first in range(len(readings)):
        side = EGGS.crossed(readings[first][1])
        for last in range(first, len(readings)):
            if side is None or EGGS.crossed(readings[last][1]) is not side:
                break
            wide = readings[last][0] - readings[first][0]
            long |= last > first and (last - first + 1 >= READINGS or wide >= WHILE)
    assert bool(turns(readings)) is long
