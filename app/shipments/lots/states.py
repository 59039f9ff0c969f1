"""The life of a lot."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class LotStatus(StrEnum):
    """Whether a lot's goods are there, and whether they may go on."""

    EXPECTED = "expected"
    AVAILABLE = "available"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RECALLED = "recalled"
    DEPLETED = "depleted"


L = LotStatus

ON_HAND = frozenset({L.AVAILABLE, L.QUARANTINED})
"""Goods at the hub, or at a farm from which they will leave: what can be divided and joined."""
AT_HAND = ON_HAND | {L.EXPIRED, L.RECALLED}
"""The same, with what may not go on: it can be lost too, and is destroyed."""
STANDING = AT_HAND | {L.EXPECTED}
"""Lots of which something is there."""

LOT = Machine(
    "lot",
    "lot",
    LotStatus,
    [
        step(
            "create",
            NEW,
            {L.AVAILABLE, L.EXPECTED},
            "created",
            "Goods of an allocation are weighed; on a collection leg the hub still expects them.",
        ),
        step(
            "make",
            NEW,
            {L.AVAILABLE, L.QUARANTINED, L.REJECTED},
            "made",
            "It comes of other lots.",
            by_rule=True,
        ),
        step(
            "receive",
            {L.EXPECTED},
            {L.AVAILABLE, L.DEPLETED},
            "received",
            "It has come in from the collection leg and was weighed again.",
        ),
        step("merge", {L.AVAILABLE}, L.DEPLETED, "merged", "All of it went into one lot."),
        step("split", ON_HAND, {*ON_HAND, L.DEPLETED}, "split", "Part of it is a lot of its own."),
        step(
            "repack",
            {L.AVAILABLE},
            {L.AVAILABLE, L.DEPLETED},
            "repacked",
            "It was packed anew, with others, into other lots.",
        ),
        step(
            "downgrade",
            ON_HAND,
            {*ON_HAND, L.DEPLETED},
            "downgraded",
            "Some or all of it is of a lower grade, and a lot of its own.",
        ),
        step(
            "reject",
            STANDING,
            {*STANDING, L.REJECTED},
            "rejected",
            "Some or all of it does not go on; it is its sellers' again.",
        ),
        step(
            "shrink",
            AT_HAND,
            {*AT_HAND, L.DEPLETED},
            "shrunk",
            "Some of it is lost; or it was destroyed, being recalled or past its day.",
        ),
        step("adjust", ON_HAND, {*ON_HAND, L.DEPLETED}, "adjusted", "It was weighed again."),
        step(
            "hold",
            ON_HAND,
            {*ON_HAND, L.DEPLETED},
            "held",
            "Some or all of it waits for a decision and does not ride.",
        ),
        step("clear", {L.QUARANTINED}, L.AVAILABLE, "cleared", "It may go on."),
        step("inspect", ON_HAND, None, "inspected", "A sample was taken, and a verdict given."),
        step(
            "undo",
            set(LotStatus),
            set(LotStatus),
            "undone",
            "What was done to it is taken back: it has what it had, or is no more.",
            by_rule=True,
        ),
        step(
            "expire",
            {L.EXPECTED, *ON_HAND},
            L.EXPIRED,
            "expired",
            "Its best-before day has passed.",
            by_rule=True,
        ),
        step(
            "recall",
            STANDING - {L.RECALLED},
            L.RECALLED,
            "recalled",
            "It must not be eaten.",
            by_rule=True,
        ),
        step(
            "lift",
            {L.RECALLED},
            STANDING - {L.RECALLED},
            "lifted",
            "The recall was a mistake.",
            by_rule=True,
        ),
        step("load", {L.AVAILABLE}, L.DEPLETED, "loaded", "It is in a shipment.", by_rule=True),
        step(
            "unload",
            {L.DEPLETED},
            {L.AVAILABLE, L.QUARANTINED, L.EXPIRED, L.RECALLED},
            "unloaded",
            "Its shipment does not leave, or came back: what came back waits for a decision.",
            by_rule=True,
        ),
        step(
            "give_back",
            STANDING,
            L.DEPLETED,
            "given_back",
            "Its order was cancelled, or its line is complete; the goods are the seller's again.",
            by_rule=True,
        ),
    ],
)
