"""Tables of agreements and of the quota ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.agreements.states import AGREEMENT
from app.db.base import Base, Counter, Id, Instant, Qty, Recorded, one_of, status_of
from app.db.price import BasePriceColumns, EnteredColumns


class Period(StrEnum):
    """How often a quota starts anew."""

    MONTH = "month"


class QuotaMovementKind(StrEnum):
    """``reserve``: free → reserved. ``release``: back. ``consume``: reserved → consumed."""

    RESERVE = "reserve"
    RELEASE = "release"
    CONSUME = "consume"


class Agreement(Base):
    """A framework agreement between a buyer and the hub."""

    __tablename__ = "agreements"
    __table_args__ = (
        status_of(AGREEMENT),
        CheckConstraint("ends_on >= starts_on", name="validity"),
        UniqueConstraint("id", "buyer_id", "livemode"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class AgreementLine(EnteredColumns, BasePriceColumns, Base):
    """What may be called off: a commodity and grade, so much per period, at this price."""

    __tablename__ = "agreement_lines"
    __table_args__ = (
        one_of("period", Period),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
        ),
        UniqueConstraint("agreement_id", "commodity_id", "grade"),
        CheckConstraint("quota > 0", name="quota"),
        CheckConstraint("under_tolerance_pct BETWEEN 0 AND 100", name="tolerance"),
    )

    id: Mapped[Id]
    agreement_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    position: Mapped[int]
    commodity_id: Mapped[UUID]
    grade: Mapped[str]
    period: Mapped[str]
    quota: Mapped[Qty]
    under_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))


class QuotaPeriod(Base):
    """One month's bucket of one line. Left is quota − reserved − consumed, never below zero."""

    __tablename__ = "quota_periods"
    __table_args__ = (
        UniqueConstraint("line_id", "period_start"),
        CheckConstraint(
            "reserved >= 0 AND consumed >= 0 AND reserved + consumed <= quota", name="balance"
        ),
    )

    id: Mapped[Id]
    line_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_lines.id"))
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    period_start: Mapped[date]
    period_end: Mapped[date]
    quota: Mapped[Qty]
    reserved: Mapped[Counter]
    consumed: Mapped[Counter]


class QuotaMovement(Base):
    """One movement of a quota period, for one order line. Append-only."""

    __tablename__ = "quota_movements"
    __table_args__ = (
        one_of("kind", QuotaMovementKind),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("quota_periods.id"), index=True)
    order_line_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    kind: Mapped[str]
    quantity: Mapped[Qty]
    at: Mapped[Instant]
    livemode: Mapped[bool]
