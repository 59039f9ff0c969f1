"""The life of a framework agreement, and of its amendments."""

from __future__ import annotations

from enum import StrEnum

from app.core.consent import amendment_machine
from app.core.states import NEW, Machine, step


class AgreementStatus(StrEnum):
    """Who has agreed so far, and whether it can be drawn on."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    EXPIRED = "expired"
    TERMINATED = "terminated"


A = AgreementStatus

BINDING = {A.ACTIVE, A.SUSPENDED}
"""The states in which both sides are bound, and amendments are possible."""

AGREEMENT = Machine(
    "agreement",
    "agr",
    AgreementStatus,
    [
        step("create", NEW, A.DRAFT, "created", "The hub writes it."),
        step(
            "link",
            {A.DRAFT},
            None,
            "linked",
            "It is the return of another: whoever consents to it has seen that.",
        ),
        step("propose", {A.DRAFT}, A.PROPOSED, "proposed", "The hub consents."),
        step("confirm", {A.PROPOSED}, A.ACTIVE, "confirmed", "The buyer consents: it binds."),
        step("reject", {A.PROPOSED}, A.REJECTED, "rejected", "The buyer will not."),
        step("withdraw", {A.PROPOSED}, A.WITHDRAWN, "withdrawn", "The hub takes it back."),
        step("suspend", {A.ACTIVE}, A.SUSPENDED, "suspended", "No new call-offs for now."),
        step("resume", {A.SUSPENDED}, A.ACTIVE, "resumed", "Call-offs are possible again."),
        step(
            "amend",
            BINDING,
            None,
            "amended",
            "Both sides consented to other terms from a day on.",
            by_rule=True,
        ),
        step(
            "complete",
            BINDING,
            A.COMPLETED,
            "completed",
            "Everything called off is settled: by the hub, or when its last day has passed.",
        ),
        step(
            "expire",
            {A.PROPOSED, *BINDING},
            A.EXPIRED,
            "expired",
            "Nobody answered by respond_by, or its last day has passed with orders still open, "
            "which go on.",
            by_rule=True,
        ),
        step(
            "terminate",
            {A.DRAFT, A.PROPOSED, *BINDING},
            A.TERMINATED,
            "terminated",
            "No new call-offs ever; orders already placed go on, or are called off with it.",
        ),
    ],
)

AGREEMENT_AMENDMENT = amendment_machine("agreement_amendment", "agm")
