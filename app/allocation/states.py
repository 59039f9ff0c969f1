"""The life of an allocation."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class AllocationStatus(StrEnum):
    """What the seller said to it, and how far the goods have come."""

    OFFERED = "offered"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    RELEASED = "released"
    PICKED = "picked"
    SHIPPED = "shipped"


A = AllocationStatus

WEIGHABLE = {A.CONFIRMED, A.PICKED, A.SHIPPED}
"""The states in which lots of it may be made, while quantity is left."""

ALLOCATION = Machine(
    "allocation",
    "alc",
    AllocationStatus,
    [
        step("offer", NEW, A.OFFERED, "offered", "A run gave the seller this share.", by_rule=True),
        step("confirm", {A.OFFERED}, A.CONFIRMED, "confirmed", "The seller will bring it."),
        step(
            "reduce",
            {A.OFFERED},
            A.CONFIRMED,
            "reduced",
            "The seller will bring less; the rest is allocated again.",
        ),
        step(
            "decline", {A.OFFERED}, A.DECLINED, "declined", "The seller will not; allocated again."
        ),
        step(
            "time_out",
            {A.OFFERED},
            A.TIMED_OUT,
            "timed_out",
            "No answer by respond_by; allocated again.",
            by_rule=True,
        ),
        step(
            "release",
            {A.OFFERED, A.CONFIRMED, A.PICKED},
            A.RELEASED,
            "released",
            "The order has ended, or its line is complete; the seller's offer is free again.",
            by_rule=True,
        ),
        step(
            "shorten",
            {A.OFFERED, A.CONFIRMED, A.PICKED, A.SHIPPED},
            None,
            "shortened",
            "Its line needs less, or is complete; what is not needed is the seller's again.",
            by_rule=True,
        ),
        step(
            "lengthen",
            {A.PICKED, A.SHIPPED},
            None,
            "lengthened",
            "What of it was written off as lost or rejected is there after all.",
            by_rule=True,
        ),
        step(
            "restore",
            {A.RELEASED},
            A.PICKED,
            "restored",
            "It had ended because all of it was lost or rejected, and that was taken back.",
            by_rule=True,
        ),
        step("pick", {A.CONFIRMED}, A.PICKED, "picked", "Its first lot is weighed.", by_rule=True),
        step(
            "ship",
            {A.PICKED},
            A.SHIPPED,
            "shipped",
            "Its first lot is on the road.",
            by_rule=True,
        ),
        step(
            "unship",
            {A.SHIPPED},
            A.PICKED,
            "unshipped",
            "All that had left of it came back.",
            by_rule=True,
        ),
    ],
)
