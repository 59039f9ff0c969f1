"""Tables of price series and their readings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Amount, Base, Id, Instant, Qty, Recorded


class PriceRule(StrEnum):
    """How a price comes about: one amount; amounts by quantity; from a series' readings."""

    FIXED = "fixed"
    TIERED = "tiered"
    INDEXED = "indexed"


class PriceSeries(Base):
    """A reference price that somebody publishes; its readings are rupiah per ``per``."""

    __tablename__ = "price_series"
    __table_args__ = (CheckConstraint("per_value > 0", name="per"),)

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    source: Mapped[str]
    commodity_id: Mapped[UUID] = mapped_column(ForeignKey("commodities.id"))
    currency: Mapped[str] = mapped_column(server_default="IDR")
    per_value: Mapped[Qty]
    per_unit: Mapped[str]
    per: Mapped[Decimal]
    created_at: Mapped[Recorded]


class PriceReading(Base):
    """A series' value from ``read_on`` on. A correction is a higher revision. Append-only."""

    __tablename__ = "price_readings"
    __table_args__ = (
        UniqueConstraint("series_id", "read_on", "revision"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("revision > 0", name="revision"),
    )

    id: Mapped[Id]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("price_series.id"))
    read_on: Mapped[date]
    revision: Mapped[int]
    amount: Mapped[Amount]
    note: Mapped[str | None]
    recorded_at: Mapped[Instant]
