"""Tables of commodities and supply offers."""

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
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.states import SUPPLY_OFFER
from app.core.quantity import UNITS
from app.db.base import Amount, Base, Counter, Id, Instant, Qty, Recorded, one_of, status_of
from app.db.price import EnteredColumns


class OfferMovementKind(StrEnum):
    """How a supply offer's counters move.

    ``reserve``: free → reserved. ``release``: reserved → free. ``commit``: reserved → committed.
    ``uncommit``: committed → free. ``deliver``: committed → delivered. ``undeliver``: back to
    committed, when what had left came back.
    """

    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    UNCOMMIT = "uncommit"
    DELIVER = "deliver"
    UNDELIVER = "undeliver"


class OfferPer(StrEnum):
    """For which time a supply offer's quantity is said: one lot in all, or every day or week."""

    LOT = "lot"
    DAY = "day"
    WEEK = "week"


class OfferKind(StrEnum):
    """A ``commitment`` can be allocated; a ``forecast`` only tells what is likely to come."""

    COMMITMENT = "commitment"
    FORECAST = "forecast"


class Commodity(Base):
    """Fungible goods with a base unit in which all quantities of it are kept.

    ``shelf_life_days`` is how long after its production day a lot of it is at its best; null where
    no such rule holds.
    """

    __tablename__ = "commodities"
    __table_args__ = (
        one_of("base_unit", UNITS),
        CheckConstraint("shelf_life_days > 0", name="shelf_life"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_id: Mapped[str | None]
    base_unit: Mapped[str]
    required_licences: Mapped[list[str]]
    shelf_life_days: Mapped[int | None]
    created_at: Mapped[Recorded]


class Grade(Base):
    """A quality of a commodity, e.g. eggs ``medium`` (50 to 60 g, SNI 3926)."""

    __tablename__ = "grades"

    commodity_id: Mapped[UUID] = mapped_column(ForeignKey("commodities.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]


class SupplyOffer(EnteredColumns, Base):
    """A seller's promise: ``offered`` in each of its periods; a lot has one, its whole window."""

    __tablename__ = "supply_offers"
    __table_args__ = (
        status_of(SUPPLY_OFFER),
        ForeignKeyConstraint(["site_id", "seller_id"], ["sites.id", "sites.party_id"]),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        UniqueConstraint("id", "seller_id", "livemode"),
        one_of("per", OfferPer),
        one_of("kind", OfferKind),
        CheckConstraint("available_until >= available_from", name="window"),
        CheckConstraint("pack_size > 0 AND min_pickup > 0 AND offered > 0", name="sizes"),
        CheckConstraint(
            "num_nulls(floor_amount, floor_per_value, floor_per_unit, floor_per) IN (0, 4)",
            name="floor",
        ),
        Index(
            "ix_supply_offers_open",
            "livemode",
            "commodity_id",
            "grade",
            "id",
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_supply_offers_ending",
            "available_until",
            postgresql_where=text("status IN ('open', 'paused')"),
        ),
        Index("ix_supply_offers_seller", "seller_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    site_id: Mapped[UUID]
    commodity_id: Mapped[UUID]
    grade: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="commitment")
    per: Mapped[str] = mapped_column(server_default="lot")
    offered: Mapped[Qty]
    pack_size: Mapped[Qty | None]
    min_pickup: Mapped[Qty | None]
    floor_amount: Mapped[Amount | None]
    floor_currency: Mapped[str | None]
    floor_per_value: Mapped[Qty | None]
    floor_per_unit: Mapped[str | None]
    floor_per: Mapped[Decimal | None]
    available_from: Mapped[date]
    available_until: Mapped[date]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class OfferPeriod(Base):
    """One day, week or lot of an offer. Free is offered − reserved − committed − delivered, ≥ 0.

    Weeks begin on Monday and are cut at the offer's own days.
    """

    __tablename__ = "offer_periods"
    __table_args__ = (
        ForeignKeyConstraint(
            ["offer_id", "seller_id", "livemode"],
            ["supply_offers.id", "supply_offers.seller_id", "supply_offers.livemode"],
        ),
        UniqueConstraint("offer_id", "starts_on"),
        UniqueConstraint("id", "offer_id", "seller_id", "livemode"),
        CheckConstraint("ends_on >= starts_on", name="window"),
        CheckConstraint(
            "reserved >= 0 AND committed >= 0 AND delivered >= 0 "
            "AND reserved + committed + delivered <= offered",
            name="balance",
        ),
    )

    id: Mapped[Id]
    offer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    offered: Mapped[Qty]
    reserved: Mapped[Counter]
    committed: Mapped[Counter]
    delivered: Mapped[Counter]
    livemode: Mapped[bool]


class OfferMovement(Base):
    """One movement of an offer period's counters, for one allocation. Append-only."""

    __tablename__ = "offer_movements"
    __table_args__ = (
        one_of("kind", OfferMovementKind),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("offer_periods.id"), index=True)
    seller_id: Mapped[UUID]
    allocation_id: Mapped[UUID]
    kind: Mapped[str]
    quantity: Mapped[Qty]
    at: Mapped[Instant]
    livemode: Mapped[bool]
