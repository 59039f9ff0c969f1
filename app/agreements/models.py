"""Tables of agreements, their terms and amendments, and of the quota ledger."""

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

from app.agreements.states import AGREEMENT, AGREEMENT_AMENDMENT
from app.db.base import Base, Counter, Id, Instant, Qty, Recorded, one_of, status_of
from app.db.price import BasePriceColumns, EnteredColumns
from app.prices.models import PriceRule


class Period(StrEnum):
    """How often a quota starts anew: weeks on Monday, months on the first; once is never."""

    WEEK = "week"
    MONTH = "month"
    ONCE = "once"


class CarryOver(StrEnum):
    """What becomes of quota that a period leaves: it is lost, or moves into the next period.

    ``limited``: at most a share of the period's own quota moves on.
    """

    NONE = "none"
    LIMITED = "limited"
    FULL = "full"


class QuotaMovementKind(StrEnum):
    """``reserve``: free → reserved. ``release``: back. ``consume``: reserved → consumed.

    ``grant`` and ``cut``: the agreed quota is more, or less. ``carry_out`` and ``carry_in``: what a
    period left over moves into the next one.
    """

    GRANT = "grant"
    CUT = "cut"
    RESERVE = "reserve"
    RELEASE = "release"
    CONSUME = "consume"
    CARRY_OUT = "carry_out"
    CARRY_IN = "carry_in"


class Agreement(Base):
    """A framework agreement between a buyer and the hub."""

    __tablename__ = "agreements"
    __table_args__ = (
        status_of(AGREEMENT),
        CheckConstraint("ends_on >= starts_on", name="validity"),
        CheckConstraint("reciprocal_id <> id", name="reciprocal"),
        UniqueConstraint("id", "buyer_id", "livemode"),
        UniqueConstraint("reciprocal_id"),
        Index("ix_agreements_waiting", "respond_by", postgresql_where=text("status = 'proposed'")),
        Index(
            "ix_agreements_ending",
            "ends_on",
            postgresql_where=text("status IN ('active', 'suspended')"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    respond_by: Mapped[Instant | None]
    reciprocal_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements.id"))
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id"), unique=True)
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class AgreementLine(Base):
    """What may be called off: a commodity and grade. What holds for it are its terms."""

    __tablename__ = "agreement_lines"
    __table_args__ = (
        one_of("period", Period),
        one_of("carry_over", CarryOver),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
        ),
        UniqueConstraint("agreement_id", "commodity_id", "grade"),
        UniqueConstraint("id", "agreement_id", "buyer_id", "livemode"),
        CheckConstraint(
            "(carry_over = 'limited') = (carry_over_pct IS NOT NULL) "
            "AND carry_over_pct BETWEEN 0 AND 100",
            name="carry",
        ),
    )

    id: Mapped[Id]
    agreement_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    position: Mapped[int]
    commodity_id: Mapped[UUID]
    grade: Mapped[str]
    period: Mapped[str]
    carry_over: Mapped[str] = mapped_column(server_default="none")
    carry_over_pct: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))


class AgreementTerms(EnteredColumns, BasePriceColumns, Base):
    """What holds for a line from ``valid_from`` on, until a higher version does. Append-only.

    The price columns hold the price of ``fixed``, that below the first tier of ``tiered``, and what
    holds of ``indexed`` when its reading is missing. ``price_tiers`` are amounts from a quantity
    (base units) on; ``price_index`` is how a reading of ``series_id`` becomes a price.
    """

    __tablename__ = "agreement_terms"
    __table_args__ = (
        one_of("price_rule", PriceRule),
        ForeignKeyConstraint(
            ["line_id", "agreement_id", "buyer_id", "livemode"],
            [
                "agreement_lines.id",
                "agreement_lines.agreement_id",
                "agreement_lines.buyer_id",
                "agreement_lines.livemode",
            ],
        ),
        UniqueConstraint("line_id", "version"),
        CheckConstraint("quota > 0 AND min_call_off > 0", name="quota"),
        CheckConstraint(
            "under_tolerance_pct BETWEEN 0 AND 100 AND over_tolerance_pct BETWEEN 0 AND 100 "
            "AND overdraw_pct BETWEEN 0 AND 100",
            name="tolerance",
        ),
        CheckConstraint(
            "(price_rule = 'tiered') = (price_tiers IS NOT NULL) "
            "AND (price_rule = 'indexed') = (price_index IS NOT NULL) "
            "AND (price_rule = 'indexed') = (series_id IS NOT NULL)",
            name="price",
        ),
        Index("ix_agreement_terms_agreement", "agreement_id"),
    )

    id: Mapped[Id]
    line_id: Mapped[UUID]
    agreement_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    version: Mapped[int]
    valid_from: Mapped[date]
    amendment_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement_amendments.id"))
    quota: Mapped[Qty]
    overdraw_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0")
    min_call_off: Mapped[Qty | None]
    under_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    over_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0")
    price_rule: Mapped[str] = mapped_column(server_default="fixed")
    price_tiers: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB(none_as_null=True))
    price_index: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("price_series.id"))


class AgreementAmendment(Base):
    """Other terms from ``effective_on`` on, proposed by one side; ``changes`` as it said them.

    ``ends_on`` is the agreement's new last day, if that changes.
    """

    __tablename__ = "agreement_amendments"
    __table_args__ = (
        status_of(AGREEMENT_AMENDMENT),
        ForeignKeyConstraint(
            ["agreement_id", "buyer_id", "livemode"],
            ["agreements.id", "agreements.buyer_id", "agreements.livemode"],
        ),
        UniqueConstraint("agreement_id", "number"),
        Index(
            "uq_agreement_amendments_open",
            "agreement_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(
            "ix_agreement_amendments_waiting",
            "respond_by",
            postgresql_where=text("status = 'proposed'"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    agreement_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    number: Mapped[int]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    effective_on: Mapped[date]
    ends_on: Mapped[date | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    respond_by: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[Recorded]


class QuotaPeriod(Base):
    """One bucket of one line.

    Left is quota + carried_in + overdraw − reserved − consumed − carried_out, never below zero.
    ``drawable`` is false while its agreement does not bind; ``carrying`` while something may still
    move on into the next period.
    """

    __tablename__ = "quota_periods"
    __table_args__ = (
        UniqueConstraint("line_id", "period_start"),
        CheckConstraint(
            "quota >= 0 AND overdraw >= 0 AND carried_in >= 0 AND carried_out >= 0 "
            "AND released >= 0 AND reserved >= 0 AND consumed >= 0 "
            "AND reserved + consumed + carried_out <= quota + carried_in + overdraw",
            name="balance",
        ),
        Index("ix_quota_periods_carrying", "period_end", postgresql_where=text("carrying")),
    )

    id: Mapped[Id]
    line_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_lines.id"))
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    period_start: Mapped[date]
    period_end: Mapped[date]
    quota: Mapped[Counter]
    overdraw: Mapped[Counter]
    carried_in: Mapped[Counter]
    carried_out: Mapped[Counter]
    reserved: Mapped[Counter]
    consumed: Mapped[Counter]
    released: Mapped[Counter]
    drawable: Mapped[bool] = mapped_column(server_default="true")
    carrying: Mapped[bool] = mapped_column(server_default="false")


class QuotaMovement(Base):
    """One movement of a quota period; of what orders draw, for one order line. Append-only."""

    __tablename__ = "quota_movements"
    __table_args__ = (
        one_of("kind", QuotaMovementKind),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "(kind IN ('reserve', 'release', 'consume')) = (order_line_id IS NOT NULL)",
            name="cause",
        ),
    )

    id: Mapped[Id]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("quota_periods.id"), index=True)
    order_line_id: Mapped[UUID | None]
    buyer_id: Mapped[UUID]
    kind: Mapped[str]
    quantity: Mapped[Qty]
    at: Mapped[Instant]
    livemode: Mapped[bool]
