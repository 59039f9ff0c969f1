"""The life of a recall."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class RecallStatus(StrEnum):
    """Whether the goods of a recall must still be brought back."""

    OPEN = "open"
    CLOSED = "closed"
    LIFTED = "lifted"


R = RecallStatus

RECALL = Machine(
    "recall",
    "rcl",
    RecallStatus,
    [
        step("create", NEW, R.OPEN, "created", "Lots must not be eaten, nor what came of them."),
        step("close", {R.OPEN}, R.CLOSED, "closed", "Everybody concerned has answered."),
        step("lift", {R.OPEN}, R.LIFTED, "lifted", "It was a mistake; the goods may go on."),
    ],
)
