"""The life of a bulk order, and of its amendments."""

from __future__ import annotations

from enum import StrEnum

from app.core.consent import amendment_machine
from app.core.states import NEW, Machine, step


class OrderStatus(StrEnum):
    """What was agreed about an order."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PARTLY_CONFIRMED = "partly_confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


O = OrderStatus  # noqa: E741

ANSWERED = {O.CONFIRMED, O.PARTLY_CONFIRMED}
OPEN = {*ANSWERED, O.IN_PROGRESS}
"""The states in which an order can be allocated and its lots made."""

ORDER = Machine(
    "order",
    "ord",
    OrderStatus,
    [
        step("place", NEW, O.PLACED, "placed", "The buyer asks; quota and stock are reserved."),
        step(
            "confirm",
            {O.PLACED},
            {O.CONFIRMED, O.PARTLY_CONFIRMED},
            "confirmed",
            "The hub promises all, or some of it line by line.",
        ),
        step(
            "decline",
            {O.PLACED},
            O.DECLINED,
            "declined",
            "The hub cannot; what was reserved goes back.",
        ),
        step(
            "expire",
            {O.PLACED},
            O.EXPIRED,
            "expired",
            "The hub did not answer by respond_by; what was reserved goes back.",
            by_rule=True,
        ),
        step(
            "allocate",
            OPEN,
            None,
            "allocated",
            "The hub fills it from sellers' offers; the status stays.",
        ),
        step(
            "amend",
            OPEN,
            None,
            "amended",
            "Both sides consented to other quantities, days or sites.",
            by_rule=True,
        ),
        step(
            "short_close",
            OPEN,
            None,
            "short_closed",
            "The hub gives up, with a reason, what will not come any more; it is released.",
        ),
        step(
            "start",
            ANSWERED,
            O.IN_PROGRESS,
            "started",
            "The first shipment has left.",
            by_rule=True,
        ),
        step(
            "complete",
            {O.IN_PROGRESS},
            O.COMPLETED,
            "completed",
            "Every line is received within its tolerance and signed for.",
            by_rule=True,
        ),
        step(
            "cancel",
            {O.PLACED, *ANSWERED},
            O.CANCELLED,
            "cancelled",
            "Called off before the first dispatch; everything held goes back.",
        ),
    ],
)

ORDER_AMENDMENT = amendment_machine("order_amendment", "oam")
