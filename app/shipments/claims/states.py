"""The life of a claim."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class ClaimStatus(StrEnum):
    """Where a complaint stands."""

    OPENED = "opened"
    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DEEMED_ACCEPTED = "deemed_accepted"
    RESOLVED = "resolved"
    CLOSED = "closed"


C = ClaimStatus

CLAIM = Machine(
    "claim",
    "clm",
    ClaimStatus,
    [
        step("create", NEW, C.OPENED, "created", "The buyer complains of goods it received."),
        step("review", {C.OPENED}, C.UNDER_REVIEW, "under_review", "The hub looks into it."),
        step(
            "answer",
            {C.OPENED, C.UNDER_REVIEW},
            {C.ACCEPTED, C.PARTLY_ACCEPTED, C.REJECTED},
            "answered",
            "The hub grants all, a part or nothing of it, line by line.",
        ),
        step(
            "deem_accepted",
            {C.OPENED, C.UNDER_REVIEW},
            C.DEEMED_ACCEPTED,
            "deemed_accepted",
            "The hub was silent until answer_by: silence grants all of it.",
            by_rule=True,
        ),
        step(
            "withdraw",
            {C.OPENED, C.UNDER_REVIEW},
            C.WITHDRAWN,
            "withdrawn",
            "The buyer does not complain any more.",
        ),
        step(
            "resolve",
            {C.ACCEPTED, C.PARTLY_ACCEPTED, C.DEEMED_ACCEPTED},
            C.RESOLVED,
            "resolved",
            "What was granted has been done.",
        ),
        step(
            "close",
            {C.RESOLVED, C.REJECTED},
            C.CLOSED,
            "closed",
            "Nothing is left to do.",
            by_rule=True,
        ),
    ],
)
