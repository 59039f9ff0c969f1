"""Tables of variants: how a listing is sold, and the pools and movements of its stock."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.states import VARIANT
from app.core.money import MOST
from app.db.base import Amount, Base, Counter, Id, Instant, Qty, Recorded, one_of, status_of


class Availability(StrEnum):
    """Where a variant comes from: a shelf of finished goods, or a kitchen that makes to order."""

    STOCK = "stock"
    MADE_TO_ORDER = "made_to_order"


class CapacityPeriod(StrEnum):
    """For which time a kitchen's capacity is said."""

    DAY = "day"
    WEEK = "week"


class StockMovementKind(StrEnum):
    """How a pool's counters move.

    ``receive``: goods came in. ``add`` and ``remove``: what was counted is more, or less, than the
    books said. ``reserve``: free → reserved for an order. ``release``: reserved → free. ``sell``:
    reserved → gone. ``unsell``: what had left came back, and is reserved again.
    """

    RECEIVE = "receive"
    ADD = "add"
    REMOVE = "remove"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    UNSELL = "unsell"


class Variant(Base):
    """One way in which a listing is sold: a size, colour, flavour, pack. Every listing has one.

    Without ``price_amount`` the listing's price holds. ``price_tiers`` are amounts from a quantity
    on, for the same unit as the price.
    """

    __tablename__ = "variants"
    __table_args__ = (
        status_of(VARIANT),
        one_of("availability", Availability),
        one_of("capacity_period", CapacityPeriod),
        ForeignKeyConstraint(
            ["listing_id", "seller_id", "livemode"],
            ["listings.id", "listings.seller_id", "listings.livemode"],
        ),
        UniqueConstraint("id", "seller_id", "livemode"),
        UniqueConstraint("seller_id", "livemode", "sku"),
        CheckConstraint(
            "num_nulls(price_amount, price_currency, price_per_value, price_per_unit, price_per) "
            f"IN (0, 5) AND price_amount <= price_per * {MOST}",
            name="price",
        ),
        CheckConstraint(
            "(availability = 'made_to_order') = (capacity IS NOT NULL) "
            "AND num_nulls(capacity, capacity_period, lead_days) IN (0, 3)",
            name="capacity",
        ),
        CheckConstraint("lead_days BETWEEN 0 AND 365", name="lead"),
        CheckConstraint("net_weight_g > 0 AND gross_weight_g >= net_weight_g", name="weight"),
        CheckConstraint("gtin ~ '^([0-9]{8}|[0-9]{12,14})$'", name="gtin"),
        Index(
            "uq_variants_options",
            "listing_id",
            "size",
            "colour",
            "flavour",
            "pack",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("status = 'active'"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    listing_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str | None]
    gtin: Mapped[str | None]
    size: Mapped[str | None]
    colour: Mapped[str | None]
    flavour: Mapped[str | None]
    pack: Mapped[str | None]
    price_amount: Mapped[Amount | None]
    price_currency: Mapped[str | None]
    price_per_value: Mapped[Qty | None]
    price_per_unit: Mapped[str | None]
    price_per: Mapped[Decimal | None]
    price_tiers: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default="[]")
    net_weight_g: Mapped[Qty | None]
    gross_weight_g: Mapped[Qty | None]
    availability: Mapped[str]
    capacity: Mapped[Qty | None]
    capacity_period: Mapped[str | None]
    lead_days: Mapped[int | None]
    low_stock_at: Mapped[Qty | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class StockPool(Base):
    """The one pool from which every channel takes a variant. Free is stock − reserved, never < 0.

    Goods in stock have one pool without a period; goods made to order have one for each day or
    week, opened with the capacity of that time when somebody first orders for it.
    """

    __tablename__ = "stock_pools"
    __table_args__ = (
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        CheckConstraint("reserved >= 0 AND reserved <= stock", name="balance"),
        CheckConstraint("(period_start IS NULL) = (period_end IS NULL)", name="period"),
        Index(
            "uq_stock_pools_period",
            "variant_id",
            "period_start",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    variant_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    stock: Mapped[Counter]
    reserved: Mapped[Counter]
    livemode: Mapped[bool]


class StockMovement(Base):
    """One movement of a pool's counters; of an order's line, when it is about one. Append-only."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        one_of("kind", StockMovementKind),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "(kind IN ('reserve', 'release', 'sell', 'unsell')) = (order_line_id IS NOT NULL)",
            name="cause",
        ),
    )

    id: Mapped[Id]
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pools.id"), index=True)
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID | None]
    kind: Mapped[str]
    quantity: Mapped[Qty]
    at: Mapped[Instant]
    livemode: Mapped[bool]
