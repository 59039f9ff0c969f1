"""The life of a leg."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class LegStatus(StrEnum):
    """Where a vehicle's round stands."""

    PLANNED = "planned"
    UNDERWAY = "underway"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


V = LegStatus

LEG = Machine(
    "leg",
    "leg",
    LegStatus,
    [
        step("create", NEW, V.PLANNED, "created", "A vehicle, its stops and what rides."),
        step("replan", {V.PLANNED}, None, "replanned", "Vehicle, stops or loads have changed."),
        step("start", {V.PLANNED}, V.UNDERWAY, "started", "The vehicle has left its first stop."),
        step(
            "reach",
            {V.UNDERWAY, V.COMPLETED},
            None,
            "reached_stop",
            "The vehicle has come to a stop; it may be told late.",
        ),
        step(
            "leave",
            {V.UNDERWAY, V.COMPLETED},
            None,
            "left_stop",
            "The vehicle has left a stop; it may be told late.",
        ),
        step("complete", {V.UNDERWAY}, V.COMPLETED, "completed", "The round is over."),
        step("cancel", {V.PLANNED}, V.CANCELLED, "cancelled", "It does not leave."),
    ],
)
