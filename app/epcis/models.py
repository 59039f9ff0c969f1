"""Tables of traceability: events as told to one reader, captures, GS1 references, the cursor."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, one_of
from app.epcis.documents import KINDS
from app.events.models import Xid8


class ErrorBehaviour(StrEnum):
    """What a capture does when some of its events are wrong: keep none, or keep the others."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class EpcisEvent(Base):
    """An EPCIS event as one reader is told it. Append-only.

    ``party_id`` is that reader: none for the hub, which is told all; a buyer or a seller for what
    concerns its goods; the partner itself for what it captured. The columns repeat what the
    standard's queries ask for, in canonical form; ``body`` is the event. ``fact_id`` and
    ``lot_ids`` say which of our own facts and lots a projected event is about.
    """

    __tablename__ = "epcis_events"
    __table_args__ = (
        one_of("kind", sorted(KINDS)),
        UniqueConstraint(
            "livemode",
            "party_id",
            "captured",
            "event_id",
            "declared",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_epcis_events_party", "party_id", "id"),
        Index("ix_epcis_events_time", "livemode", "event_time", "id"),
        Index("ix_epcis_events_event_id", "event_id"),
        Index("ix_epcis_events_fact", "fact_id"),
    )

    id: Mapped[Id]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("parties.id"))
    captured: Mapped[bool] = mapped_column(Boolean)
    event_id: Mapped[str]
    declared: Mapped[bool]
    kind: Mapped[str]
    action: Mapped[str | None]
    event_time: Mapped[Instant]
    record_time: Mapped[Instant]
    biz_step: Mapped[str | None]
    disposition: Mapped[str | None]
    persistent_set: Mapped[list[str]]
    persistent_unset: Mapped[list[str]]
    read_point: Mapped[str | None]
    biz_location: Mapped[str | None]
    transformation_id: Mapped[str | None]
    parent_id: Mapped[str | None]
    epcs: Mapped[list[str]]
    input_epcs: Mapped[list[str]]
    output_epcs: Mapped[list[str]]
    epc_classes: Mapped[list[str]]
    input_classes: Mapped[list[str]]
    output_classes: Mapped[list[str]]
    quantities: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric))
    transactions: Mapped[list[str]]
    sources: Mapped[list[str]]
    destinations: Mapped[list[str]]
    error_time: Mapped[Instant | None]
    error_reason: Mapped[str | None]
    corrective_ids: Mapped[list[str]]
    fact_id: Mapped[UUID | None]
    lot_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    livemode: Mapped[bool]


class EpcisName(Base):
    """What an event may be found by: EPCs, classes, documents, our lots. Append-only.

    An index on the arrays themselves would not be used: behind row-level security Postgres asks an
    index only with operators that leak nothing, and ``&&`` is none of them.
    """

    __tablename__ = "epcis_names"
    name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(ForeignKey("epcis_events.id"), primary_key=True)
    party_id: Mapped[UUID | None]
    livemode: Mapped[bool]


class EpcisCapture(Base):
    """A document that a partner sent, and what became of its events. Append-only."""

    __tablename__ = "epcis_captures"
    __table_args__ = (
        one_of("error_behaviour", ErrorBehaviour),
        Index("ix_epcis_captures_party", "party_id", "id"),
    )

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    error_behaviour: Mapped[str]
    success: Mapped[bool]
    events: Mapped[int]
    stored: Mapped[int]
    errors: Mapped[list[Any]] = mapped_column(JSONB)
    livemode: Mapped[bool]
    created_at: Mapped[Instant]


class Gs1Item(Base):
    """The reference within the hub's prefix of a commodity in a grade, or of a variant."""

    __tablename__ = "gs1_items"
    __table_args__ = (
        UniqueConstraint("commodity_id", "grade", "variant_id", postgresql_nulls_not_distinct=True),
    )

    reference: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    commodity_id: Mapped[UUID | None] = mapped_column(ForeignKey("commodities.id"))
    grade: Mapped[str | None]
    variant_id: Mapped[UUID | None] = mapped_column(ForeignKey("variants.id"))


class Gs1Location(Base):
    """The reference within the hub's prefix of a site or a party. ``thing_id`` is its id."""

    __tablename__ = "gs1_locations"

    reference: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(unique=True)


class Gs1Unit(Base):
    """The reference within the hub's prefix of a shipment's load: what rides as one."""

    __tablename__ = "gs1_units"

    reference: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), unique=True)


class EpcisCursor(Base):
    """Up to where the feed of one world is projected."""

    __tablename__ = "epcis_cursors"

    livemode: Mapped[bool] = mapped_column(primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)
