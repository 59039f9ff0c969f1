"""Tables of telemetry: readings by day, what is known of each sensor, and breaches."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Recorded, one_of


class TemperatureSide(StrEnum):
    """Which limit is crossed."""

    ABOVE = "above"
    BELOW = "below"


class Reading(Base):
    """What one sensor measured at one instant. Append-only, until its whole day is dropped.

    Partitioned by the day (UTC) of ``at``; the days are tables in a schema of their own, made by
    `btc_telemetry_make` and dropped by `btc_telemetry_forget`. No foreign key: to look each of ten
    thousand readings' shipment up again would cost more than storing them, the command has just
    read it, and shipments are never deleted.
    """

    __tablename__ = "telemetry"
    __table_args__ = (
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) "
            "AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
            name="place",
        ),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    at: Mapped[Instant] = mapped_column(primary_key=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    temperature_c: Mapped[float | None]
    speed_kmh: Mapped[float | None]
    livemode: Mapped[bool]


class Device(Base):
    """What is known of one sensor on one shipment: its newest values, and a crossing of a limit.

    ``crossing_*`` is the run of readings beyond a limit that it is in; once the run has become a
    breach, ``breach_id`` names it until it is over.
    """

    __tablename__ = "telemetry_devices"
    __table_args__ = (
        one_of("crossing_side", TemperatureSide),
        # Written with every batch: room in each page keeps the new version beside the old one.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    device: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    first_at: Mapped[Instant | None]
    last_at: Mapped[Instant | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_at: Mapped[Instant | None]
    temperature_c: Mapped[float | None]
    temperature_at: Mapped[Instant | None]
    crossing_side: Mapped[str | None]
    crossing_since: Mapped[Instant | None]
    crossing_count: Mapped[int] = mapped_column(server_default="0")
    crossing_extreme_c: Mapped[float | None]
    breach_id: Mapped[UUID | None]
    livemode: Mapped[bool]


class TemperatureBreach(Base):
    """A sensor was beyond a limit for too long. ``recovered_at`` is empty while it lasts."""

    __tablename__ = "temperature_breaches"
    __table_args__ = (
        one_of("side", TemperatureSide),
        CheckConstraint("started_at <= detected_at", name="order"),
        Index("ix_temperature_breaches_shipment", "shipment_id", "id"),
        Index(
            "uq_temperature_breaches_open",
            "shipment_id",
            "device",
            unique=True,
            postgresql_where=text("recovered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"))
    device: Mapped[str] = mapped_column(Text(collation="C"))
    side: Mapped[str]
    limit_c: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    started_at: Mapped[Instant]
    detected_at: Mapped[Instant]
    recovered_at: Mapped[Instant | None]
    extreme_c: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
