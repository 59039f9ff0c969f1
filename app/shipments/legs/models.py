"""Tables of legs, their stops, and what rides from stop to stop."""

from __future__ import annotations

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
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Qty, Recorded, one_of, status_of
from app.shipments.legs.states import LEG


class LegKind(StrEnum):
    """What a leg is for: to collect from farms, to cross the country, to reach the last doors."""

    COLLECTION = "collection"
    LINE_HAUL = "line_haul"
    LAST_MILE = "last_mile"


class Leg(Base):
    """One vehicle on one round. ``seller_ids``: to whom it comes; they may know of it."""

    __tablename__ = "legs"
    __table_args__ = (
        status_of(LEG),
        one_of("kind", LegKind),
        UniqueConstraint("id", "livemode"),
        CheckConstraint("capacity_kg > 0", name="capacity"),
        Index("ix_legs_carrier", "carrier_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    carrier_id: Mapped[UUID | None] = mapped_column(ForeignKey("parties.id"))
    seller_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    vehicle_plate: Mapped[str | None]
    vehicle_kind: Mapped[str | None]
    driver_name: Mapped[str | None]
    capacity_kg: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    depart_at: Mapped[Instant | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class LegStop(Base):
    """A place where the vehicle stops. ``place`` names the site, ``region`` only its regency."""

    __tablename__ = "leg_stops"
    __table_args__ = (
        ForeignKeyConstraint(["leg_id", "livemode"], ["legs.id", "legs.livemode"]),
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("window_from <= window_until", name="window"),
        CheckConstraint("arrived_at <= left_at", name="times"),
    )

    leg_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    place: Mapped[str]
    region: Mapped[str]
    window_from: Mapped[Instant | None]
    window_until: Mapped[Instant | None]
    arrived_at: Mapped[Instant | None]
    left_at: Mapped[Instant | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]


class LegLoad(Base):
    """What rides from one stop to another: part of an allocation to collect, or a shipment.

    ``weight_kg`` is what somebody said it weighs. Without it goods kept in kilograms weigh what
    they are, and of goods by the piece nobody knows.
    """

    __tablename__ = "leg_loads"
    __table_args__ = (
        ForeignKeyConstraint(
            ["leg_id", "from_position"], ["leg_stops.leg_id", "leg_stops.position"]
        ),
        ForeignKeyConstraint(["leg_id", "to_position"], ["leg_stops.leg_id", "leg_stops.position"]),
        CheckConstraint("num_nonnulls(allocation_id, shipment_id) = 1", name="one_thing"),
        CheckConstraint("from_position < to_position", name="way"),
        CheckConstraint("quantity > 0 AND weight_kg > 0", name="quantity"),
        CheckConstraint("(allocation_id IS NULL) = (quantity IS NULL)", name="planned"),
        Index("ix_leg_loads_leg", "leg_id"),
        Index("ix_leg_loads_allocation", "allocation_id"),
        Index("ix_leg_loads_shipment", "shipment_id"),
    )

    id: Mapped[Id]
    leg_id: Mapped[UUID] = mapped_column(ForeignKey("legs.id"))
    from_position: Mapped[int]
    to_position: Mapped[int]
    allocation_id: Mapped[UUID | None] = mapped_column(ForeignKey("allocations.id"))
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"))
    seller_id: Mapped[UUID | None]
    quantity: Mapped[Qty | None]
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    livemode: Mapped[bool]
