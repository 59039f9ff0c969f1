"""The table of listings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.categories import Category
from app.catalog.states import LISTING
from app.core.money import MOST
from app.core.quantity import UNITS
from app.db.base import Base, Id, Qty, Recorded, one_of, status_of
from app.db.price import BasePriceColumns


class Storage(StrEnum):
    """How goods must be kept."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class Listing(BasePriceColumns, Base):
    """A seller's own product. ``review_*`` is what the curator last said about it.

    Its price holds for every variant without a price of its own. ``seller_name`` is the seller's
    name, kept true by its foreign key. ``blocked`` says which rules keep it off the shelf, and
    ``licences`` which good licences of its seller concern it; both are written by `gate` alone.
    """

    __tablename__ = "listings"
    __table_args__ = (
        status_of(LISTING),
        one_of("category", Category),
        one_of("unit", UNITS),
        one_of("storage", Storage),
        CheckConstraint(
            "price_amount > 0 AND price_per_value > 0 AND price_per > 0 "
            f"AND price_amount <= price_per * {MOST}",
            name="price",
        ),
        CheckConstraint("min_order > 0 AND order_step > 0", name="steps"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life"),
        CheckConstraint("cardinality(photo_ids) <= 12", name="photos"),
        UniqueConstraint("seller_id", "livemode", "external_reference"),
        UniqueConstraint("id", "seller_id", "livemode"),
        ForeignKeyConstraint(
            ["seller_id", "seller_name"], ["parties.id", "parties.name"], onupdate="CASCADE"
        ),
        Index("ix_listings_seller", "seller_id", "id"),
        Index("ix_listings_queue", "status", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    seller_id: Mapped[UUID]
    seller_name: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str | None]
    description: Mapped[str | None]
    description_en: Mapped[str | None]
    category: Mapped[str]
    unit: Mapped[str]
    origin_region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    ingredients: Mapped[str | None]
    shelf_life_days: Mapped[int | None]
    storage: Mapped[str | None]
    story: Mapped[str | None]
    hs_code: Mapped[str | None]
    min_order: Mapped[Qty | None]
    order_step: Mapped[Qty | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    blocked: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    licences: Mapped[list[str]] = mapped_column(server_default="{}")
    review_reason: Mapped[str | None]
    review_note: Mapped[str | None]
    external_reference: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
    updated_at: Mapped[Recorded]
