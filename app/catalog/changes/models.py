"""The table of change requests: edits of what was curated, until the curator has decided."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.states import LISTING_CHANGE
from app.db.base import Base, Id, Recorded, status_of


class ListingChange(Base):
    """What a seller wants changed of what was curated: fields before and after, as on the wire.

    The listing stays as it is until the curator approves. At most one is open per listing.
    """

    __tablename__ = "listing_changes"
    __table_args__ = (
        status_of(LISTING_CHANGE),
        ForeignKeyConstraint(
            ["listing_id", "seller_id", "livemode"],
            ["listings.id", "listings.seller_id", "listings.livemode"],
        ),
        Index(
            "uq_listing_changes_open",
            "listing_id",
            unique=True,
            postgresql_where=text("status IN ('submitted', 'changes_requested')"),
        ),
        Index("ix_listing_changes_queue", "status", "id"),
        Index("ix_listing_changes_seller", "seller_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    listing_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    before: Mapped[dict] = mapped_column(JSONB)  # type: ignore[type-arg]
    after: Mapped[dict] = mapped_column(JSONB)  # type: ignore[type-arg]
    review_reason: Mapped[str | None]
    review_note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
    updated_at: Mapped[Recorded]
