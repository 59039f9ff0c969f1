"""When goods were too warm or too cold for too long. Pure: no session, no clock.

A door that is open for a minute is no breach, and a sensor that flutters around its limit is one
and not a hundred. So a breach begins only when `READINGS` in a row were beyond the limit, or all of
them for `WHILE`; and it is over only when a reading lies `HYSTERESIS` within it. A sensor's
readings are heard in the order of their time; one that is older than what was heard is kept and
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.shipments.telemetry.models import TemperatureSide

READINGS = 3
"""As many readings in a row beyond a limit are a breach, however quickly they follow."""
WHILE = timedelta(minutes=10)
"""Readings beyond a limit over this long are a breach, however few."""
HYSTERESIS = 0.5
"""How many degrees within the limit the goods must be again for a breach to be over."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How cold and how warm goods may be, in degrees; None: as they like."""

    lowest: float | None
    highest: float | None

    def crossed(self, degrees: float) -> TemperatureSide | None:
        """The limit that *degrees* lie beyond."""
        if self.highest is not None and degrees > self.highest:
            return TemperatureSide.ABOVE
        if self.lowest is not None and degrees < self.lowest:
            return TemperatureSide.BELOW
        return None

    def within(self, side: TemperatureSide, degrees: float) -> bool:
        """Whether *degrees* lie well within the limit of *side*, so that a breach of it is over."""
        limit = self.of(side)
        if limit is None:
            return True
        room = HYSTERESIS
        if self.lowest is not None and self.highest is not None:
            room = min(room, (self.highest - self.lowest) / 2)  # not beyond the other limit
        return degrees <= limit - room if side is TemperatureSide.ABOVE else degrees >= limit + room

    def of(self, side: TemperatureSide) -> float | None:
        """The limit of that *side*."""
        return self.highest if side is TemperatureSide.ABOVE else self.lowest


@dataclass(frozen=True, slots=True)
class Crossing:
    """A run of readings beyond a limit; a breach once it was long enough."""

    side: TemperatureSide
    since: datetime
    count: int
    extreme: float
    breached: bool = False

    def worse(self, degrees: float) -> float:
        """The extreme of the run with one more reading of *degrees*."""
        return (max if self.side is TemperatureSide.ABOVE else min)(self.extreme, degrees)


class Turn(NamedTuple):
    """A breach began, or was over: at which reading, and what the run was by then."""

    began: bool
    at: datetime
    degrees: float
    run: Crossing


def hear(
    run: Crossing | None, at: datetime, degrees: float, limits: Limits
) -> tuple[Crossing | None, Turn | None]:
    """The run that a sensor is in after one more reading, and what that reading turned."""
    if run is not None and run.breached:
        if not limits.within(run.side, degrees):
            return replace(run, extreme=run.worse(degrees)), None
        return _begun(at, degrees, limits), Turn(False, at, degrees, run)
    side = limits.crossed(degrees)
    if side is None:
        return None, None
    if run is None or run.side is not side:
        return _begun(at, degrees, limits), None
    count = run.count + 1
    long = count >= READINGS or at - run.since >= WHILE
    run = Crossing(side, run.since, count, run.worse(degrees), long)
    return run, Turn(True, at, degrees, run) if long else None


def _begun(at: datetime, degrees: float, limits: Limits) -> Crossing | None:
    """The run that one reading begins, if it lies beyond a limit."""
    side = limits.crossed(degrees)
    return Crossing(side, at, 1, degrees) if side is not None else None


def hear_all(
    run: Crossing | None, readings: Iterable[tuple[datetime, float]], limits: Limits
) -> tuple[Crossing | None, list[Turn]]:
    """The run after *readings*, which come in the order of their time, and all they turned."""
    turns = []
    for at, degrees in readings:
        run, turn = hear(run, at, degrees, limits)
        if turn is not None:
            turns.append(turn)
    return run, turns
