"""Tables of orders and their lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
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
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Counter, Id, Instant, Qty, status_of
from app.db.price import BasePriceColumns, EnteredColumns
from app.orders.goods import ONE_SORT, GoodsColumns
from app.orders.states import ORDER


class Order(Base):
    """A bulk order of a buyer. Without ``agreement_id`` it is a trial order."""

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
        Index("ix_orders_buyer", "buyer_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    agreement_id: Mapped[UUID | None]
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

    All quantities are in ``base_unit``. ``confirmed`` is null until the hub answered; ``done_at``
    is when enough of it was received and signed for, and what it held was settled. A line that
    names a variant holds stock of ``stock_pool_id``, which is its seller's.
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
        UniqueConstraint("order_id", "position"),
        CheckConstraint(
            f"{ONE_SORT} AND num_nulls(variant_id, listing_id, seller_id, stock_pool_id) IN (0, 4) "
            "AND (variant_id IS NULL OR agreement_line_id IS NULL)",
            name="goods",
        ),
        CheckConstraint("requested > 0", name="requested"),
        CheckConstraint("confirmed BETWEEN 0 AND requested", name="confirmed"),
        CheckConstraint("allocated BETWEEN 0 AND coalesce(confirmed, 0)", name="allocated"),
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
            postgresql_where=text("done_at IS NULL AND accepted + downgraded > 0"),
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    position: Mapped[int]
    listing_id: Mapped[UUID | None]
    seller_id: Mapped[UUID | None]
    stock_pool_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_pools.id"))
    under_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    agreement_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement_lines.id"))
    quota_period_id: Mapped[UUID | None] = mapped_column(ForeignKey("quota_periods.id"))
    requested: Mapped[Qty]
    confirmed: Mapped[Qty | None]
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
