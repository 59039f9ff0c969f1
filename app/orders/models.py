"""Tables of orders and their lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Counter, Id, Instant, Qty, Recorded, status_of
from app.db.price import BasePriceColumns, EnteredColumns
from app.orders.goods import ONE_SORT, GoodsColumns
from app.orders.states import ORDER, ORDER_AMENDMENT


class Order(Base):
    """A bulk order of a buyer. Without ``agreement_id`` it is a trial order.

    ``ship_to_site_id`` and ``deliver_on`` hold for lines that were ordered without their own.
    """

    __tablename__ = "orders"
    __table_args__ = (
        status_of(ORDER),
        ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
        ),
        ForeignKeyConstraint(["ship_to_site_id", "buyer_id"], ["sites.id", "sites.party_id"]),
        UniqueConstraint("id", "buyer_id", "livemode"),
        UniqueConstraint("buyer_id", "livemode", "external_reference"),
        Index("ix_orders_waiting", "respond_by", postgresql_where=text("status = 'placed'")),
        Index("ix_orders_status", "status", "id"),
        Index("ix_orders_buyer", "buyer_id", "id"),
        Index("ix_orders_agreement", "agreement_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    agreement_id: Mapped[UUID | None]
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id"), unique=True)
    ship_to_site_id: Mapped[UUID]
    deliver_on: Mapped[date]
    external_reference: Mapped[str | None]
    respond_by: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    placed_at: Mapped[Instant]


class OrderLine(GoodsColumns, EnteredColumns, BasePriceColumns, Base):
    """One line: what was asked, at the terms frozen when it was placed, and how far it has come.

    All quantities are in ``base_unit``. ``confirmed`` is null until the hub answered; ``over`` is
    how much more than that sellers brought, within ``over_tolerance_pct``; ``short_closed`` what
    was given up with a reason. ``done_at`` is when enough of it was received and signed for, and
    what it held was settled. ``price_inputs`` is what its price was made of, if by a rule. A line
    that names a variant holds stock of ``stock_pool_id``, which is its seller's.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        ForeignKeyConstraint(
            ["order_id", "buyer_id", "livemode"],
            ["orders.id", "orders.buyer_id", "orders.livemode"],
        ),
        ForeignKeyConstraint(["ship_to_site_id", "buyer_id"], ["sites.id", "sites.party_id"]),
        UniqueConstraint("order_id", "position"),
        CheckConstraint(
            f"{ONE_SORT} AND num_nulls(variant_id, listing_id, seller_id, stock_pool_id) IN (0, 4) "
            "AND (variant_id IS NULL OR agreement_line_id IS NULL)",
            name="goods",
        ),
        CheckConstraint("requested > 0", name="requested"),
        CheckConstraint("confirmed BETWEEN 0 AND requested", name="confirmed"),
        CheckConstraint(
            "short_closed BETWEEN 0 AND confirmed + over "
            "AND (short_closed = 0 OR short_closed_at IS NOT NULL) "
            "AND (confirmed IS NOT NULL OR short_closed_at IS NULL)",
            name="short_closed",
        ),
        CheckConstraint(
            "over >= 0 AND over * 100 <= coalesce(confirmed, 0) * over_tolerance_pct", name="over"
        ),
        CheckConstraint(
            "allocated BETWEEN 0 AND coalesce(confirmed, 0) + over - short_closed",
            name="allocated",
        ),
        CheckConstraint("shipped BETWEEN 0 AND allocated", name="shipped"),
        CheckConstraint(
            "received >= 0 AND short >= 0 AND received + short <= shipped", name="received"
        ),
        CheckConstraint(
            "accepted >= 0 AND downgraded >= 0 AND rejected >= 0 "
            "AND accepted + downgraded + rejected = received",
            name="verdict",
        ),
        CheckConstraint("(agreement_line_id IS NULL) = (quota_period_id IS NULL)", name="quota"),
        Index(
            "ix_order_lines_received",
            "order_id",
            postgresql_where=text(
                "done_at IS NULL AND (accepted + downgraded > 0 OR short_closed_at IS NOT NULL)"
            ),
        ),
        Index(
            "ix_order_lines_commodity",
            "commodity_id",
            "order_id",
            postgresql_where=text("commodity_id IS NOT NULL"),
        ),
        Index(
            "ix_order_lines_variant",
            "variant_id",
            "order_id",
            postgresql_where=text("variant_id IS NOT NULL"),
        ),
        Index("ix_order_lines_day", "livemode", "deliver_on", "id"),
    )

    id: Mapped[Id]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    position: Mapped[int]
    ship_to_site_id: Mapped[UUID]
    deliver_on: Mapped[date]
    listing_id: Mapped[UUID | None]
    seller_id: Mapped[UUID | None]
    stock_pool_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_pools.id"))
    under_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    over_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0")
    price_inputs: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    agreement_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement_lines.id"))
    quota_period_id: Mapped[UUID | None] = mapped_column(ForeignKey("quota_periods.id"))
    requested: Mapped[Qty]
    confirmed: Mapped[Qty | None]
    over: Mapped[Counter]
    short_closed: Mapped[Counter]
    short_closed_at: Mapped[Instant | None]
    allocated: Mapped[Counter]
    shipped: Mapped[Counter]
    received: Mapped[Counter]
    accepted: Mapped[Counter]
    downgraded: Mapped[Counter]
    rejected: Mapped[Counter]
    short: Mapped[Counter]
    done_at: Mapped[Instant | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]


class OrderAmendment(Base):
    """What one side wants changed of an order's lines: ``changes`` before and after.

    ``proposed_reason`` is why; ``reason`` why it was rejected, or ended otherwise.
    """

    __tablename__ = "order_amendments"
    __table_args__ = (
        status_of(ORDER_AMENDMENT),
        ForeignKeyConstraint(
            ["order_id", "buyer_id", "livemode"],
            ["orders.id", "orders.buyer_id", "orders.livemode"],
        ),
        UniqueConstraint("order_id", "number"),
        Index(
            "uq_order_amendments_open",
            "order_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(
            "ix_order_amendments_waiting",
            "respond_by",
            postgresql_where=text("status = 'proposed'"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    number: Mapped[int]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    proposed_reason: Mapped[str]
    proposed_note: Mapped[str | None]
    respond_by: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[Recorded]
