"""Tables of quote requests and quotes."""

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
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.agreements.models import Period
from app.db.base import Base, Id, Instant, Qty, Recorded, one_of, status_of
from app.db.price import BasePriceColumns, EnteredColumns
from app.quotes.states import QUOTE, QUOTE_REQUEST


class QuoteFor(StrEnum):
    """What the accepted quote becomes: one order, or a framework agreement."""

    ORDER = "order"
    AGREEMENT = "agreement"


class QuoteRequest(Base):
    """What a buyer asks terms for. An order has a site and a day; an agreement its first and last.

    ``deliver_on`` is the day of an order; ``starts_on`` and ``ends_on`` are an agreement's.
    ``message`` is what the buyer says with it; ``note`` belongs to the ``reason`` why it ended.
    While it is open somebody's word is awaited until ``respond_by``: with a quote pending that is
    the quote's ``valid_until``.
    """

    __tablename__ = "quote_requests"
    __table_args__ = (
        status_of(QUOTE_REQUEST),
        one_of("wanted", QuoteFor),
        ForeignKeyConstraint(["ship_to_site_id", "buyer_id"], ["sites.id", "sites.party_id"]),
        CheckConstraint(
            "CASE wanted WHEN 'order' THEN num_nulls(ship_to_site_id, deliver_on) = 0 "
            "AND num_nonnulls(starts_on, ends_on) = 0 "
            "ELSE num_nonnulls(ship_to_site_id, deliver_on) = 0 AND ends_on >= starts_on END",
            name="wanted_when",
        ),
        UniqueConstraint("id", "buyer_id", "livemode"),
        UniqueConstraint("buyer_id", "livemode", "external_reference"),
        Index("ix_quote_requests_waiting", "respond_by", postgresql_where=text("status = 'open'")),
        Index("ix_quote_requests_buyer", "buyer_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    wanted: Mapped[str]
    ship_to_site_id: Mapped[UUID | None]
    deliver_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    external_reference: Mapped[str | None]
    message: Mapped[str | None]
    respond_by: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class QuoteRequestLine(EnteredColumns, Base):
    """Goods asked for: so much of a commodity and grade; of an agreement, per ``period``."""

    __tablename__ = "quote_request_lines"
    __table_args__ = (
        one_of("period", Period),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["request_id", "buyer_id", "livemode"],
            ["quote_requests.id", "quote_requests.buyer_id", "quote_requests.livemode"],
        ),
        UniqueConstraint("request_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    request_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    position: Mapped[int]
    commodity_id: Mapped[UUID]
    grade: Mapped[str]
    base_unit: Mapped[str]
    period: Mapped[str | None]
    quantity: Mapped[Qty]


class Quote(Base):
    """Terms for a request, named by the hub or, as a counter-offer, by the buyer. Never edited.

    ``round`` counts the quotes of a request from 1. ``message`` is what its maker says with it;
    ``note`` belongs to the ``reason`` why it ended.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        status_of(QUOTE),
        ForeignKeyConstraint(
            ["request_id", "buyer_id", "livemode"],
            ["quote_requests.id", "quote_requests.buyer_id", "quote_requests.livemode"],
        ),
        UniqueConstraint("request_id", "round"),
        UniqueConstraint("id", "buyer_id", "livemode"),
        Index(
            "uq_quotes_pending",
            "request_id",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        CheckConstraint("round > 0", name="round"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    request_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    round: Mapped[int]
    valid_until: Mapped[Instant]
    message: Mapped[str | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class QuoteLine(BasePriceColumns, Base):
    """Quantity (base units) and price for one line of the request. Never edited."""

    __tablename__ = "quote_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["quote_id", "buyer_id", "livemode"],
            ["quotes.id", "quotes.buyer_id", "quotes.livemode"],
        ),
        UniqueConstraint("quote_id", "request_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "under_tolerance_pct BETWEEN 0 AND 100 AND over_tolerance_pct BETWEEN 0 AND 100",
            name="tolerance",
        ),
    )

    id: Mapped[Id]
    quote_id: Mapped[UUID]
    request_line_id: Mapped[UUID] = mapped_column(ForeignKey("quote_request_lines.id"))
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    quantity: Mapped[Qty]
    under_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    over_tolerance_pct: Mapped[Decimal] = mapped_column(Numeric(5, 2))
