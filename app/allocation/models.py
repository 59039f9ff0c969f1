"""Tables of allocation runs and allocations."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.allocation.states import ALLOCATION
from app.db.base import Base, Counter, Id, Instant, Qty, one_of, status_of
from app.db.price import BasePriceColumns
from app.orders.goods import ONE_SORT, GoodsColumns


class Policy(StrEnum):
    """The rule by which a need is divided over offers."""

    FAIR_SHARE = "fair_share"


class AllocationRun(Base):
    """One decision: what was needed, what was on offer, what came out. Append-only."""

    __tablename__ = "allocation_runs"
    __table_args__ = (one_of("policy", Policy),)

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    policy: Mapped[str]
    trigger: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[Instant]
    livemode: Mapped[bool]


class Allocation(GoodsColumns, BasePriceColumns, Base):
    """A share of one order line given to one seller's offer, or asked of the seller of a listing.

    ``quantity`` is what holds now (less than ``proposed`` after a reduction); ``weighed`` how much
    of it stands in lots. The snapshot of goods, day and price is all a seller needs to see; the
    order itself is the buyer's. Goods of a listing come from no offer and from no site of its.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        status_of(ALLOCATION),
        ForeignKeyConstraint(["commodity_id"], ["commodities.id"]),
        ForeignKeyConstraint(
            ["offer_id", "seller_id", "livemode"],
            ["supply_offers.id", "supply_offers.seller_id", "supply_offers.livemode"],
        ),
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        CheckConstraint(
            f"{ONE_SORT} AND num_nulls(variant_id, offer_id) = 1 "
            "AND (variant_id IS NOT NULL OR site_id IS NOT NULL)",
            name="goods",
        ),
        CheckConstraint("quantity > 0 AND quantity <= proposed", name="quantity"),
        CheckConstraint("weighed BETWEEN 0 AND quantity", name="weighed"),
        Index("ix_allocations_seller", "seller_id", "id"),
        Index("ix_allocations_waiting", "respond_by", postgresql_where=text("status = 'offered'")),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("allocation_runs.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), index=True)
    offer_id: Mapped[UUID | None] = mapped_column(index=True)
    seller_id: Mapped[UUID]
    site_id: Mapped[UUID | None]
    deliver_on: Mapped[date]
    proposed: Mapped[Qty]
    quantity: Mapped[Qty]
    weighed: Mapped[Counter]
    why: Mapped[dict[str, Any]] = mapped_column(JSONB)
    respond_by: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Instant]
