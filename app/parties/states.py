"""The lives of a party and of a licence."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class PartyStatus(StrEnum):
    """Whether a party may act at the hub."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class LicenceStatus(StrEnum):
    """What the hub knows of a licence; `expiring` and `expired` follow from its dates."""

    IN_PROCESS = "in_process"
    UNDER_COACHING = "under_coaching"
    VALID = "valid"
    REJECTED = "rejected"


P, L = PartyStatus, LicenceStatus

PARTY = Machine(
    "party",
    "pty",
    PartyStatus,
    [
        step("create", NEW, P.ACTIVE, "created", "The hub registers an organisation."),
        step("suspend", {P.ACTIVE}, P.SUSPENDED, "suspended", "Its keys open nothing any more."),
        step("resume", {P.SUSPENDED}, P.ACTIVE, "resumed", "Its keys open again."),
    ],
)

LICENCE = Machine(
    "licence",
    "lic",
    LicenceStatus,
    [
        step("create", NEW, L.IN_PROCESS, "created", "The party files its licence."),
        step(
            "verify",
            {L.IN_PROCESS, L.UNDER_COACHING, L.VALID},
            {L.VALID, L.UNDER_COACHING, L.REJECTED},
            "verified",
            "The hub has looked at it, for the first time or again: valid, under official coaching "
            "toward it, or not (any more) accepted.",
        ),
        step(
            "warn",
            {L.VALID},
            None,
            "expiring",
            "It ends within 30 days: time to renew it.",
            by_rule=True,
        ),
        step(
            "lapse",
            {L.VALID},
            None,
            "expired",
            "Its last day has passed; what needs it leaves the shelf.",
            by_rule=True,
        ),
    ],
)
