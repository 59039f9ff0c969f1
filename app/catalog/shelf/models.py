"""Tables of the shelf: what the public reads, and when sellers were last looked at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Instant
from app.events.models import Xid8


class ShelfRow(Base):
    """What the public reads of a listing. ``card`` is its JSON as it is sent; null: it has left.

    ``xid`` and ``seq`` are its place in the change feed, as those of events are in theirs.
    """

    __tablename__ = "shelf"
    __table_args__ = (
        *(
            Index(
                f"ix_shelf_{name}",
                "livemode",
                *columns,
                "listing_id",
                postgresql_where=text("card IS NOT NULL"),
            )
            for name, columns in (
                ("newest", ()),
                ("department", ("department",)),
                ("category", ("category",)),
                ("seller", ("seller_id",)),
                ("region", ("region_code",)),
                ("price", ("price_cents",)),
            )
        ),
        CheckConstraint(
            "tsvector_to_array(all_words) @> tsvector_to_array(title_words)", name="words"
        ),
        # The plain list's own: nothing of it has to be looked at in vain.
        Index(
            "ix_shelf_live", "listing_id", postgresql_where=text("livemode AND card IS NOT NULL")
        ),
        Index("ix_shelf_feed", "livemode", "xid", "seq"),
        Index("ix_shelf_changed", "livemode", "changed_at"),
    )

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    livemode: Mapped[bool]
    card: Mapped[str | None]
    version: Mapped[int]
    seller_id: Mapped[UUID]
    department: Mapped[str]
    category: Mapped[str]
    region_code: Mapped[str]
    price: Mapped[Decimal]
    licences: Mapped[list[str]]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    sellable: Mapped[bool]
    title: Mapped[str]
    title_words: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("search_words(title)", persisted=True)
    )
    all_words: Mapped[Any] = mapped_column(TSVECTOR)
    price_cents: Mapped[int] = mapped_column(
        BigInteger, Computed("(price * 100)::bigint", persisted=True)
    )
    xid: Mapped[int] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[Instant]


class SellerDay(Base):
    """On which day a seller's listings were last held against licences, rules and closures."""

    __tablename__ = "seller_days"

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    checked_on: Mapped[date] = mapped_column(index=True)
