"""The life of a quote request and of the quotes that answer it."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class QuoteRequestStatus(StrEnum):
    """Whether terms are still being looked for."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class QuoteStatus(StrEnum):
    """What became of one offer of terms."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


R, Q = QuoteRequestStatus, QuoteStatus

QUOTE_REQUEST = Machine(
    "quote_request",
    "qrq",
    QuoteRequestStatus,
    [
        step("create", NEW, R.OPEN, "created", "A buyer asks for terms."),
        step(
            "close",
            {R.OPEN},
            R.CLOSED,
            "closed",
            "A quote was accepted, or the hub has none to give.",
        ),
        step("cancel", {R.OPEN}, R.CANCELLED, "cancelled", "The buyer asks no longer."),
        step(
            "expire",
            {R.OPEN},
            R.EXPIRED,
            "expired",
            "Nobody answered by respond_by, or no quote was accepted while it held.",
            by_rule=True,
        ),
    ],
)

QUOTE = Machine(
    "quote",
    "quo",
    QuoteStatus,
    [
        step("create", NEW, Q.PENDING, "created", "One side names terms: its consent to them."),
        step(
            "accept", {Q.PENDING}, Q.ACCEPTED, "accepted", "The other consents: the trade is made."
        ),
        step("decline", {Q.PENDING}, Q.DECLINED, "declined", "The other side will not."),
        step("withdraw", {Q.PENDING}, Q.WITHDRAWN, "withdrawn", "Taken back by who made it."),
        step(
            "supersede",
            {Q.PENDING},
            Q.SUPERSEDED,
            "superseded",
            "Other terms were named since, or the request has ended.",
            by_rule=True,
        ),
        step(
            "expire",
            {Q.PENDING},
            Q.EXPIRED,
            "expired",
            "Not accepted while it held.",
            by_rule=True,
        ),
    ],
)
