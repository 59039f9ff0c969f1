"""One sensor on one shipment, and what a batch makes of what was known of it. Pure: no session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.shipments.telemetry import breaches
from app.shipments.telemetry.breaches import Crossing, Limits, Turn
from app.shipments.telemetry.models import TemperatureSide
from app.shipments.telemetry.rules import Carried
from app.shipments.telemetry.schemas import TelemetryReadingIn

Timed = tuple[datetime, TelemetryReadingIn]
"""A reading, and when it was made, in UTC."""


@dataclass
class Breach:
    """A breach that a batch began, went on with or ended; ``turn`` only where it began here."""

    id: UUID
    run: Crossing
    turn: Turn | None = None
    limit: float | None = None
    recovered_at: datetime | None = None


class Sensor:
    """What is newest of a sensor, and whether it is beyond a limit."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.shipment_id: UUID = row["shipment_id"]
        self.device: str = row["device"]
        self.first_at: datetime | None = row["first_at"]
        self.last_at: datetime | None = row["last_at"]
        self.place: tuple[float, float] | tuple[None, None] = (row["latitude"], row["longitude"])
        self.position_at: datetime | None = row["position_at"]
        self.temperature_c: float | None = row["temperature_c"]
        self.temperature_at: datetime | None = row["temperature_at"]
        self.run = _run(row)
        self.breach: Breach | None = None
        if row["breach_id"] is not None and self.run is not None:
            self.breach = Breach(row["breach_id"], self.run)
        self.breaches: list[Breach] = [self.breach] if self.breach else []
        self.turns: list[tuple[Turn, Breach]] = []

    def hear(self, readings: Iterable[Timed], shipment: Carried) -> None:
        """Take in *readings*, in the order of their time; older ones than the newest are history.

        What they turned stands in ``turns`` and ``breaches`` afterwards.
        """
        for at, reading in readings:
            if self.first_at is None or at < self.first_at:
                self.first_at = at
            if self.last_at is not None and at <= self.last_at:
                continue
            self.last_at = at
            if reading.latitude is not None and reading.longitude is not None:
                self.place, self.position_at = (reading.latitude, reading.longitude), at
            if reading.temperature_c is not None:
                self.temperature_c, self.temperature_at = reading.temperature_c, at
                if shipment.judged(at):
                    self._judge(at, reading.temperature_c, shipment.limits)

    def _judge(self, at: datetime, degrees: float, limits: Limits) -> None:
        self.run, turn = breaches.hear(self.run, at, degrees, limits)
        if turn is not None and turn.began:
            self.breach = Breach(new_id(), turn.run, turn, limits.of(turn.run.side))
            self.breaches.append(self.breach)
            self.turns.append((turn, self.breach))
        elif turn is not None and self.breach is not None:
            self.breach.recovered_at = at
            self.turns.append((turn, self.breach))
            self.breach = None
        elif self.breach is not None and self.run is not None:
            self.breach.run = self.run


def _run(row: Mapping[str, Any]) -> Crossing | None:
    """The run beyond a limit that a sensor's row says it is in."""
    if row["crossing_side"] is None:
        return None
    return Crossing(
        TemperatureSide(row["crossing_side"]),
        row["crossing_since"],
        row["crossing_count"],
        row["crossing_extreme_c"],
        row["breach_id"] is not None,
    )
