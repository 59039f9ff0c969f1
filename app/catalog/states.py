"""The lives of a listing and of a supply offer."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import NEW, Machine, step


class ListingStatus(StrEnum):
    """How far a listing has come with its curation, and whether the public sees it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    PAUSED = "paused"
    REJECTED = "rejected"
    ARCHIVED = "archived"


class SupplyOfferStatus(StrEnum):
    """Whether the promise still stands. Exhausted is derived: declined quantity comes back."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


L, O = ListingStatus, SupplyOfferStatus  # noqa: E741

LISTING = Machine(
    "listing",
    "lst",
    ListingStatus,
    [
        step("create", NEW, L.DRAFT, "created", "The seller writes it."),
        step(
            "edit",
            {L.DRAFT, L.CHANGES_REQUESTED, L.APPROVED, L.PUBLISHED, L.PAUSED},
            None,
            "edited",
            "The seller changes it: all of it before curation, only the price after.",
        ),
        step(
            "submit",
            {L.DRAFT, L.CHANGES_REQUESTED},
            L.SUBMITTED,
            "submitted",
            "The seller asks for curation.",
        ),
        step("approve", {L.SUBMITTED}, L.APPROVED, "approved", "The curator accepts it."),
        step(
            "request_changes",
            {L.SUBMITTED},
            L.CHANGES_REQUESTED,
            "changes_requested",
            "The curator says what must change.",
        ),
        step("reject", {L.SUBMITTED}, L.REJECTED, "rejected", "The curator refuses it."),
        step("publish", {L.APPROVED, L.PAUSED}, L.PUBLISHED, "published", "The public may see it."),
        step("pause", {L.PUBLISHED}, L.PAUSED, "paused", "The seller takes it off the shelf."),
        step(
            "archive",
            {
                L.DRAFT,
                L.SUBMITTED,
                L.CHANGES_REQUESTED,
                L.APPROVED,
                L.PUBLISHED,
                L.PAUSED,
                L.REJECTED,
            },
            L.ARCHIVED,
            "archived",
            "It is over; nothing brings it back.",
        ),
    ],
)

SUPPLY_OFFER = Machine(
    "supply_offer",
    "off",
    SupplyOfferStatus,
    [
        step("create", NEW, O.OPEN, "created", "The seller promises a quantity."),
        step(
            "withdraw",
            {O.OPEN},
            O.WITHDRAWN,
            "withdrawn",
            "The seller promises no more than what is already allocated.",
        ),
        step(
            "expire",
            {O.OPEN},
            O.EXPIRED,
            "expired",
            "Its last day has passed.",
            by_rule=True,
        ),
    ],
)
