"""Tables of claims, their lines, and what is taken off whom."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Amount, Base, Id, Instant, Qty, Recorded, one_of, status_of
from app.shipments.claims.states import CLAIM


class ClaimAbout(StrEnum):
    """Which of a receipt's quantities a claim is about."""

    ACCEPTED = "accepted"
    DOWNGRADED = "downgraded"
    REJECTED = "rejected"
    SHORT = "short"


class Remedy(StrEnum):
    """How a claim is made good: money off, the goods again, or the goods back."""

    CREDIT = "credit"
    REPLACEMENT = "replacement"
    RETURN = "return"


class BorneBy(StrEnum):
    """Who bears what is taken off: the sellers of the lot, the hub, or the carrier."""

    SELLERS = "sellers"
    HUB = "hub"
    CARRIER = "carrier"


class Claim(Base):
    """A buyer's complaint about goods it received.

    ``note`` is the buyer's; ``end_note`` is what was said when it was withdrawn or resolved.
    """

    __tablename__ = "claims"
    __table_args__ = (
        status_of(CLAIM),
        ForeignKeyConstraint(
            ["receipt_id", "buyer_id", "livemode"],
            ["goods_receipts.id", "goods_receipts.buyer_id", "goods_receipts.livemode"],
        ),
        UniqueConstraint("id", "buyer_id", "livemode"),
        Index("ix_claims_buyer", "buyer_id", "id"),
        Index("ix_claims_receipt", "receipt_id"),
        Index(
            "ix_claims_closing",
            text("coalesce(resolved_at, answered_at)"),
            postgresql_where=text("status IN ('resolved', 'rejected')"),
        ),
        Index(
            "ix_claims_waiting",
            "answer_by",
            postgresql_where=text("status IN ('opened', 'under_review')"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    receipt_id: Mapped[UUID]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    answer_by: Mapped[Instant]
    answered_at: Mapped[Instant | None]
    resolved_at: Mapped[Instant | None]
    note: Mapped[str | None]
    end_note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class ClaimLine(Base):
    """One complaint about one lot: what is asked for it, and what was granted.

    ``amount`` is what is asked off the price, whatever the remedy; nothing where the goods are
    never charged.
    """

    __tablename__ = "claim_lines"
    __table_args__ = (
        one_of("about", ClaimAbout),
        one_of("remedy", Remedy),
        one_of("granted_remedy", Remedy),
        one_of("borne_by", BorneBy),
        ForeignKeyConstraint(
            ["claim_id", "buyer_id", "livemode"],
            ["claims.id", "claims.buyer_id", "claims.livemode"],
        ),
        CheckConstraint(
            "quantity > 0 AND granted_quantity BETWEEN 0 AND quantity", name="quantity"
        ),
        CheckConstraint("amount >= 0 AND granted_amount BETWEEN 0 AND amount", name="amount"),
        Index("ix_claim_lines_claim", "claim_id", "id"),
        Index("ix_claim_lines_lot", "lot_id"),
    )

    id: Mapped[Id]
    claim_id: Mapped[UUID]
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    buyer_id: Mapped[UUID]
    about: Mapped[str]
    quantity: Mapped[Qty]
    amount: Mapped[Amount]
    remedy: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    granted_quantity: Mapped[Qty | None]
    granted_amount: Mapped[Amount | None]
    granted_remedy: Mapped[str | None]
    borne_by: Mapped[str | None]
    answer_note: Mapped[str | None]
    replacement_order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    livemode: Mapped[bool]


class Deduction(Base):
    """What is taken off one party because of one claim line. Append-only.

    The deductions of a claim line add up to what was granted, exactly; the database looks before
    COMMIT. What the party is told is kept with it: it sees neither the claim nor anybody else's
    share. Of a seller it is divided by what came from it: ``share`` of the lot's ``whole``.
    """

    __tablename__ = "deductions"
    __table_args__ = (
        one_of("borne_by", BorneBy),
        CheckConstraint(
            "amount BETWEEN 0 AND granted_amount AND quantity BETWEEN 0 AND granted_quantity",
            name="amount",
        ),
        CheckConstraint(
            "num_nonnulls(allocation_id, share, whole) = "
            "CASE borne_by WHEN 'sellers' THEN 3 ELSE 0 END",
            name="sellers",
        ),
        UniqueConstraint("claim_line_id", "party_id", "allocation_id"),
        Index("ix_deductions_party", "party_id", "id"),
    )

    id: Mapped[Id]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    claim_line_id: Mapped[UUID] = mapped_column(ForeignKey("claim_lines.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    allocation_id: Mapped[UUID | None] = mapped_column(ForeignKey("allocations.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    borne_by: Mapped[str]
    quantity: Mapped[Qty]
    amount: Mapped[Amount]
    claim_number: Mapped[str]
    lot_number: Mapped[str]
    about: Mapped[str]
    reason: Mapped[str]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    base_unit: Mapped[str]
    granted_quantity: Mapped[Qty]
    granted_amount: Mapped[Amount]
    share: Mapped[Qty | None]
    whole: Mapped[Qty | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
