"""Tables of shipments, tracking events and goods receipts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Qty, Recorded, one_of, status_of
from app.shipments.states import GOODS_RECEIPT, SHIPMENT, TrackingStatus


class Source(StrEnum):
    """Who told a fact about a shipment."""

    STAFF = "staff"
    CARRIER = "carrier"
    DEVICE = "device"
    WEBHOOK = "webhook"
    SYSTEM = "system"


class DelayRule(StrEnum):
    """Why a shipment counts as delayed.

    Its estimate lies past the promised day, it should have arrived by now, or nothing is heard of
    it.
    """

    PROMISE_MISSED = "promise_missed"
    OVERDUE = "overdue"
    SILENT = "silent"


class Shipment(Base):
    """Whole lots on one way to one site of one buyer.

    Places are frozen when it is planned: ``*_place`` names the site (for those who drive), and
    ``*_region`` only its regency (for everybody else: a farm's name tells who sells).
    """

    __tablename__ = "shipments"
    __table_args__ = (
        status_of(SHIPMENT),
        one_of("tracking_status", TrackingStatus),
        ForeignKeyConstraint(["to_site_id", "buyer_id"], ["sites.id", "sites.party_id"]),
        UniqueConstraint("id", "buyer_id", "livemode"),
        one_of("delay_rule", DelayRule),
        CheckConstraint("(delayed_since IS NULL) = (delay_rule IS NULL)", name="delayed"),
        CheckConstraint("temperature_min <= temperature_max", name="temperature"),
        CheckConstraint(
            "(position_latitude IS NULL) = (position_longitude IS NULL) "
            "AND position_latitude BETWEEN -90 AND 90 AND position_longitude BETWEEN -180 AND 180",
            name="position",
        ),
        UniqueConstraint("carrier_id", "livemode", "waybill"),
        Index("ix_shipments_buyer", "buyer_id", "id"),
        Index("ix_shipments_carrier", "carrier_id", "id"),
        Index(
            "ix_shipments_delivered",
            "delivered_at",
            postgresql_where=text("status = 'delivered'"),
        ),
        Index("ix_shipments_refused", "id", postgresql_where=text("status = 'refused'")),
        Index(
            "ix_shipments_underway",
            "eta_at",
            postgresql_where=text("status IN ('dispatched', 'in_transit')"),
        ),
        {"postgresql_with": {"fillfactor": "70"}},  # where it is changes with every ping
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    tracking_status: Mapped[str]
    tracked_at: Mapped[Instant | None]
    number: Mapped[str] = mapped_column(unique=True)
    tracking_code: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    carrier_id: Mapped[UUID | None] = mapped_column(ForeignKey("parties.id"))
    from_site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id"))
    to_site_id: Mapped[UUID]
    from_place: Mapped[str]
    to_place: Mapped[str]
    from_region: Mapped[str]
    to_region: Mapped[str]
    dispatched_at: Mapped[Instant | None]
    arrived_at: Mapped[Instant | None]
    delivered_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    waybill: Mapped[str | None]
    promised_on: Mapped[date | None]
    last_n: Mapped[int] = mapped_column(server_default="0")
    heard_at: Mapped[Instant | None]
    eta_at: Mapped[Instant | None]
    eta_revision: Mapped[int] = mapped_column(server_default="0")
    delayed_since: Mapped[Instant | None]
    delay_rule: Mapped[str | None]
    temperature_min: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    temperature_max: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    position_latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    position_longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    position_at: Mapped[Instant | None]
    temperature_c: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    temperature_at: Mapped[Instant | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class ShipmentEta(Base):
    """When a shipment was expected, and why that changed. Append-only."""

    __tablename__ = "shipment_etas"
    __table_args__ = (one_of("source", Source),)

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    eta_at: Mapped[Instant]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str]
    party_id: Mapped[UUID]
    recorded_at: Mapped[Recorded]


class ShipmentLot(Base):
    """A lot in a shipment, with all that was on hand of it."""

    __tablename__ = "shipment_lots"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shipment_id", "buyer_id", "livemode"],
            ["shipments.id", "shipments.buyer_id", "shipments.livemode"],
        ),
        ForeignKeyConstraint(
            ["lot_id", "buyer_id", "livemode"], ["lots.id", "lots.buyer_id", "lots.livemode"]
        ),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    quantity: Mapped[Qty]
    count: Mapped[int | None]


class TrackingEvent(Base):
    """One fact about a shipment. Append-only; a repeat of the same fact is not stored twice.

    ``n`` counts the facts of a shipment in the order in which they became known: it is given under
    the shipment's lock, so whoever has read up to one misses none that comes later.
    """

    __tablename__ = "tracking_events"
    __table_args__ = (
        one_of("status", TrackingStatus),
        one_of("source", Source),
        Index("ix_tracking_events_shipment", "shipment_id", "occurred_at", "id"),
        UniqueConstraint("shipment_id", "n"),
        Index(
            "uq_tracking_events_fact",
            "shipment_id",
            "status",
            "occurred_at",
            text("coalesce(place, '')"),
            unique=True,
            postgresql_where=text("external_id IS NULL"),
        ),
        UniqueConstraint("shipment_id", "external_id"),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"))
    status: Mapped[str]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Recorded]
    place: Mapped[str | None]
    reason: Mapped[str | None]
    external_id: Mapped[str | None]
    party_id: Mapped[UUID]
    n: Mapped[int]
    source: Mapped[str]
    device: Mapped[str | None]
    carrier_status: Mapped[str | None]
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))


class GoodsReceipt(Base):
    """What arrived (BAST). One per shipment that is not reversed.

    ``claim_by`` is until when its buyer may complain; frozen when it is posted.
    """

    __tablename__ = "goods_receipts"
    __table_args__ = (
        status_of(GOODS_RECEIPT),
        ForeignKeyConstraint(
            ["shipment_id", "buyer_id", "livemode"],
            ["shipments.id", "shipments.buyer_id", "shipments.livemode"],
        ),
        Index(
            "uq_goods_receipts_live",
            "shipment_id",
            unique=True,
            postgresql_where=text("status <> 'reversed'"),
        ),
        Index("ix_goods_receipts_shipment", "shipment_id"),
        UniqueConstraint("id", "buyer_id", "livemode"),
        CheckConstraint(
            "status IN ('draft', 'reversed') OR (sign_by IS NOT NULL "
            "AND claim_by IS NOT NULL AND posted_at IS NOT NULL)",
            name="posted",
        ),
        Index("ix_goods_receipts_waiting", "sign_by", postgresql_where=text("status = 'posted'")),
        Index("ix_goods_receipts_buyer", "buyer_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    shipment_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    posted_at: Mapped[Instant | None]
    posted_by_rule: Mapped[bool] = mapped_column(server_default="false")
    sign_by: Mapped[Instant | None]
    claim_by: Mapped[Instant | None]
    signed_at: Mapped[Instant | None]
    reversed_at: Mapped[Instant | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class GoodsReceiptLine(Base):
    """What arrived of one lot. Received is accepted + downgraded + rejected; short is the rest."""

    __tablename__ = "goods_receipt_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "buyer_id", "livemode"],
            ["goods_receipts.id", "goods_receipts.buyer_id", "goods_receipts.livemode"],
        ),
        CheckConstraint(
            "accepted >= 0 AND downgraded >= 0 AND rejected >= 0 "
            "AND received = accepted + downgraded + rejected AND received <= shipped",
            name="verdict",
        ),
        Index("ix_goods_receipt_lines_lot", "lot_id"),
    )

    receipt_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    buyer_id: Mapped[UUID]
    livemode: Mapped[bool]
    shipped: Mapped[Qty]
    received: Mapped[Qty]
    accepted: Mapped[Qty]
    downgraded: Mapped[Qty]
    rejected: Mapped[Qty]
    short: Mapped[Qty] = mapped_column(
        Numeric(14, 3), Computed("shipped - received", persisted=True)
    )
    reason: Mapped[str | None]
    note: Mapped[str | None]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
