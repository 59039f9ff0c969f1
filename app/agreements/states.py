"""The life of a framework agreement."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class AgreementStatus(StrEnum):
    """Who has agreed so far, and whether it can be drawn on."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


A = AgreementStatus

AGREEMENT = Machine(
    "agreement",
    "agr",
    AgreementStatus,
    [
        step("create", NEW, A.DRAFT, "created", "The hub writes it."),
        step("propose", {A.DRAFT}, A.PROPOSED, "proposed", "The hub consents."),
        step("confirm", {A.PROPOSED}, A.ACTIVE, "confirmed", "The buyer consents: it binds."),
        step("suspend", {A.ACTIVE}, A.SUSPENDED, "suspended", "No new call-offs for now."),
        step("resume", {A.SUSPENDED}, A.ACTIVE, "resumed", "Call-offs are possible again."),
        step(
            "terminate",
            {A.DRAFT, A.PROPOSED, A.ACTIVE, A.SUSPENDED},
            A.TERMINATED,
            "terminated",
            "No new call-offs ever; orders already placed go on.",
        ),
    ],
)
