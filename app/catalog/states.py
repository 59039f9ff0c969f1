"""The lives of listings, their variants and changes, of sellers' closures and supply offers."""

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


class VariantStatus(StrEnum):
    """Whether a variant is still sold."""

    ACTIVE = "active"
    RETIRED = "retired"


class ListingChangeStatus(StrEnum):
    """How far a change of curated fields has come; the listing is as before until approved."""

    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ClosureStatus(StrEnum):
    """Whether a closure stands."""

    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class ImportStatus(StrEnum):
    """How far an uploaded file has come. Nothing of it is in the catalogue before `applying`."""

    VALIDATING = "validating"
    READY = "ready"
    APPLYING = "applying"
    DONE = "done"
    PARTLY_FAILED = "partly_failed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SupplyOfferStatus(StrEnum):
    """Whether the promise still stands. Exhausted is derived: declined quantity comes back."""

    OPEN = "open"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


L, V, C, I, O = (  # noqa: E741
    ListingStatus,
    VariantStatus,
    ListingChangeStatus,
    ImportStatus,
    SupplyOfferStatus,
)

CURATED = {L.APPROVED, L.PUBLISHED, L.PAUSED}
"""The states in which what was curated only changes by way of a change request."""

LISTING = Machine(
    "listing",
    "lst",
    ListingStatus,
    [
        step("create", NEW, L.DRAFT, "created", "The seller writes it."),
        step(
            "edit",
            {L.DRAFT, L.CHANGES_REQUESTED, *CURATED},
            None,
            "edited",
            "The seller changes it. From approval on only price and terms change at once; for the "
            "rest the edit makes a change request.",
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
        step(
            "block",
            CURATED,
            None,
            "blocked",
            "A rule takes it off the shelf: a licence ended, its seller was suspended.",
            by_rule=True,
        ),
        step(
            "unblock",
            CURATED,
            None,
            "unblocked",
            "Nothing keeps it off the shelf any more.",
            by_rule=True,
        ),
    ],
)

VARIANT = Machine(
    "variant",
    "var",
    VariantStatus,
    [
        step("create", NEW, V.ACTIVE, "created", "The seller adds a way in which it is sold."),
        step("edit", {V.ACTIVE}, None, "edited", "Its price, weight, capacity or code changes."),
        step("receive", {V.ACTIVE}, None, "stock_received", "Goods came in."),
        step(
            "adjust",
            {V.ACTIVE},
            None,
            "stock_adjusted",
            "Somebody counted: the books follow the goods.",
        ),
        step("retire", {V.ACTIVE}, V.RETIRED, "retired", "It is sold no more."),
    ],
)

LISTING_CHANGE = Machine(
    "listing_change",
    "lch",
    ListingChangeStatus,
    [
        step(
            "create",
            NEW,
            C.SUBMITTED,
            "submitted",
            "The seller edits what was curated.",
            by_rule=True,
        ),
        step(
            "revise",
            {C.SUBMITTED, C.CHANGES_REQUESTED},
            C.SUBMITTED,
            "revised",
            "The seller edits further; all of it waits for the curator.",
            by_rule=True,
        ),
        step(
            "request_changes",
            {C.SUBMITTED},
            C.CHANGES_REQUESTED,
            "changes_requested",
            "The curator says what must be different.",
        ),
        step("approve", {C.SUBMITTED}, C.APPROVED, "approved", "The listing is changed by it."),
        step("reject", {C.SUBMITTED}, C.REJECTED, "rejected", "The listing stays as it was."),
        step(
            "withdraw",
            {C.SUBMITTED, C.CHANGES_REQUESTED},
            C.WITHDRAWN,
            "withdrawn",
            "The seller thinks better of it, or the listing has ended.",
        ),
    ],
)

CLOSURE = Machine(
    "closure",
    "clo",
    ClosureStatus,
    [
        step(
            "create",
            NEW,
            ClosureStatus.ANNOUNCED,
            "announced",
            "The seller says when nothing is made or handed over.",
        ),
        step(
            "cancel",
            {ClosureStatus.ANNOUNCED},
            ClosureStatus.CANCELLED,
            "cancelled",
            "Open after all.",
        ),
    ],
)

IMPORT = Machine(
    "import",
    "imp",
    ImportStatus,
    [
        step("create", NEW, I.VALIDATING, "created", "A file was uploaded."),
        step(
            "validate",
            {I.VALIDATING},
            {I.READY, I.FAILED},
            "validated",
            "Every row was read; its report says what would happen.",
            by_rule=True,
        ),
        step("apply", {I.READY}, I.APPLYING, "apply_requested", "The good rows shall be written."),
        step(
            "finish",
            {I.APPLYING},
            {I.DONE, I.PARTLY_FAILED, I.FAILED},
            "finished",
            "All good rows are in the catalogue, in one transaction, or none.",
            by_rule=True,
        ),
        step(
            "cancel",
            {I.VALIDATING, I.READY},
            I.CANCELLED,
            "cancelled",
            "Thrown away, by its owner or after seven days; nothing was written.",
        ),
    ],
)

SUPPLY_OFFER = Machine(
    "supply_offer",
    "off",
    SupplyOfferStatus,
    [
        step("create", NEW, O.OPEN, "created", "The seller promises a quantity."),
        step("pause", {O.OPEN}, O.PAUSED, "paused", "Nothing new is asked of it for now."),
        step("resume", {O.PAUSED}, O.OPEN, "resumed", "It can be asked again."),
        step(
            "commit",
            {O.OPEN, O.PAUSED},
            None,
            "committed",
            "A forecast becomes a promise that can be allocated.",
        ),
        step(
            "adjust",
            {O.OPEN, O.PAUSED},
            None,
            "adjusted",
            "The seller has more than was promised, or less; what is taken stands.",
        ),
        step(
            "withdraw",
            {O.OPEN, O.PAUSED},
            O.WITHDRAWN,
            "withdrawn",
            "The seller promises no more than what is already allocated.",
        ),
        step(
            "expire",
            {O.OPEN, O.PAUSED},
            O.EXPIRED,
            "expired",
            "Its last day has passed.",
            by_rule=True,
        ),
    ],
)
