"""Tables of allocation runs and allocations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
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

from app.allocation.states import ALLOCATION
from app.db.base import Base, Counter, Id, Instant, Qty, one_of, status_of
from app.db.price import BasePriceColumns
from app.orders.goods import ONE_SORT, GoodsColumns


class Policy(StrEnum):
    """The rule by which a need is divided over offers."""

    FAIR_SHARE = "fair_share"
    PRO_RATA = "pro_rata"
    LOWEST_COST = "lowest_cost"
    FEWEST_PICKUPS = "fewest_pickups"
    MANUAL = "manual"


class Trigger(StrEnum):
    """What made a run necessary."""

    ALLOCATE = "allocate"
    CONSOLIDATE = "consolidate"
    REDUCE = "reduce"
    DECLINE = "decline"
    ANSWER = "answer"
    TIME_OUT = "time_out"


class AllocationRun(Base):
    """One decision, over one order or over many at once (a consolidation). Append-only.

    ``gap`` is how far, at most, a solver's result is from the best there is: 0 when it is exact.
    """

    __tablename__ = "allocation_runs"
    __table_args__ = (one_of("policy", Policy),)

    id: Mapped[Id]
    policy: Mapped[str]
    trigger: Mapped[str]
    gap: Mapped[Decimal] = mapped_column(Numeric(9, 6), server_default="0")
    at: Mapped[Instant]
    livemode: Mapped[bool]


class AllocationRunLine(GoodsColumns, Base):
    """What a run had before it for one order line, and what came out. Append-only.

    ``offers`` are those it decided over, ``excluded`` those of the same goods that it did not use,
    by reason: enough to tell every seller why it got what it got. What is the same for several
    lines of a run stands with the first of them; the others say which (``like``).
    """

    __tablename__ = "allocation_run_lines"
    __table_args__ = (
        UniqueConstraint("run_id", "order_line_id"),
        CheckConstraint("needed > 0 AND allocated BETWEEN 0 AND needed", name="quantities"),
        Index("ix_allocation_run_lines_goods", "commodity_id", "grade", "run_id"),
    )

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("allocation_runs.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    deliver_on: Mapped[date]
    needed: Mapped[Qty]
    allocated: Mapped[Qty]
    level: Mapped[Qty | None]
    offers: Mapped[list[Any] | dict[str, Any]] = mapped_column(JSONB)
    excluded: Mapped[dict[str, Any]] = mapped_column(JSONB)
    livemode: Mapped[bool]


class SupplyRequest(Base):
    """Everything one run asks of one seller: its parts are allocations. Append-only."""

    __tablename__ = "supply_requests"
    __table_args__ = (
        UniqueConstraint("run_id", "seller_id"),
        UniqueConstraint("id", "seller_id", "livemode"),
        Index("ix_supply_requests_seller", "seller_id", "id"),
    )

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("allocation_runs.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    respond_by: Mapped[Instant]
    livemode: Mapped[bool]
    created_at: Mapped[Instant]


class Allocation(GoodsColumns, BasePriceColumns, Base):
    """A share of one order line given to one seller's offer, or asked of the seller of a listing.

    ``quantity`` is what holds now (less than ``proposed`` after a reduction); ``weighed`` how much
    of it stands in lots. The snapshot of goods, day and price is all a seller needs to see; the
    order itself is the buyer's. Goods of a listing come from no offer and from no site of its.
    ``offer_period_id`` is the day, week or lot of the offer that it is taken from.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        status_of(ALLOCATION),
        ForeignKeyConstraint(["commodity_id"], ["commodities.id"]),
        ForeignKeyConstraint(
            ["offer_period_id", "offer_id", "seller_id", "livemode"],
            [
                "offer_periods.id",
                "offer_periods.offer_id",
                "offer_periods.seller_id",
                "offer_periods.livemode",
            ],
        ),
        ForeignKeyConstraint(
            ["supply_request_id", "seller_id", "livemode"],
            ["supply_requests.id", "supply_requests.seller_id", "supply_requests.livemode"],
        ),
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        CheckConstraint(
            f"{ONE_SORT} AND num_nulls(variant_id, offer_id) = 1 "
            "AND (variant_id IS NOT NULL OR site_id IS NOT NULL) "
            "AND (offer_id IS NULL) = (offer_period_id IS NULL)",
            name="goods",
        ),
        CheckConstraint("quantity > 0 AND quantity <= proposed", name="quantity"),
        CheckConstraint("weighed BETWEEN 0 AND quantity", name="weighed"),
        Index("ix_allocations_seller", "seller_id", "id"),
        Index("ix_allocations_request", "supply_request_id"),
        Index("ix_allocations_day", "livemode", "deliver_on"),
        Index("ix_allocations_waiting", "respond_by", postgresql_where=text("status = 'offered'")),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("allocation_runs.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), index=True)
    supply_request_id: Mapped[UUID | None]
    offer_id: Mapped[UUID | None] = mapped_column(index=True)
    offer_period_id: Mapped[UUID | None] = mapped_column(index=True)
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
