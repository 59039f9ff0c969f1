"""Tables of lots, shipments, tracking events and goods receipts."""

from __future__ import annotations

from datetime import date
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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Qty, Recorded, one_of, status_of
from app.orders.goods import ONE_SORT, GoodsColumns
from app.shipments.states import GOODS_RECEIPT, LOT, SHIPMENT, TrackingStatus


class LotMovementKind(StrEnum):
    """How a lot's balance moves: ``create``, ``unload`` add; ``load``, ``give_back`` take."""

    CREATE = "create"
    LOAD = "load"
    UNLOAD = "unload"
    GIVE_BACK = "give_back"


class Lot(GoodsColumns, Base):
    """Identified goods: who made them, when, of which grade, how heavy, how many."""

    __tablename__ = "lots"
    __table_args__ = (
        status_of(LOT),
        ForeignKeyConstraint(["commodity_id", "grade"], ["grades.commodity_id", "grades.code"]),
        ForeignKeyConstraint(
            ["variant_id", "seller_id", "livemode"],
            ["variants.id", "variants.seller_id", "variants.livemode"],
        ),
        UniqueConstraint("id", "buyer_id", "livemode"),
        CheckConstraint(
            f"{ONE_SORT} AND num_nulls(variant_id, offer_id) = 1 "
            "AND (variant_id IS NOT NULL OR site_id IS NOT NULL)",
            name="goods",
        ),
        CheckConstraint("balance BETWEEN 0 AND quantity AND quantity > 0", name="balance"),
        CheckConstraint("count > 0", name="count"),
        Index("ix_lots_seller", "seller_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    allocation_id: Mapped[UUID] = mapped_column(ForeignKey("allocations.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("supply_offers.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    quantity: Mapped[Qty]
    balance: Mapped[Qty]
    count: Mapped[int | None]
    produced_on: Mapped[date]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class LotMovement(Base):
    """One movement of a lot's balance. Append-only."""

    __tablename__ = "lot_movements"
    __table_args__ = (
        one_of("kind", LotMovementKind),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"), index=True)
    seller_id: Mapped[UUID]
    shipment_id: Mapped[UUID | None]
    kind: Mapped[str]
    quantity: Mapped[Qty]
    at: Mapped[Instant]
    livemode: Mapped[bool]


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
        Index("ix_shipments_buyer", "buyer_id", "id"),
        Index("ix_shipments_carrier", "carrier_id", "id"),
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
    reason: Mapped[str | None]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]


class ShipmentLot(Base):
    """A lot in a shipment, with all of its weight."""

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


class TrackingEvent(Base):
    """One fact about a shipment. Append-only; a repeat of the same fact is not stored twice."""

    __tablename__ = "tracking_events"
    __table_args__ = (
        one_of("status", TrackingStatus),
        Index("ix_tracking_events_shipment", "shipment_id", "occurred_at", "id"),
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


class GoodsReceipt(Base):
    """What arrived (BAST). One per shipment."""

    __tablename__ = "goods_receipts"
    __table_args__ = (
        status_of(GOODS_RECEIPT),
        ForeignKeyConstraint(
            ["shipment_id", "buyer_id", "livemode"],
            ["shipments.id", "shipments.buyer_id", "shipments.livemode"],
        ),
        UniqueConstraint("shipment_id"),
        UniqueConstraint("id", "buyer_id", "livemode"),
        Index("ix_goods_receipts_waiting", "sign_by", postgresql_where=text("status = 'posted'")),
        Index("ix_goods_receipts_buyer", "buyer_id", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    shipment_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    sign_by: Mapped[Instant]
    signed_at: Mapped[Instant | None]
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
        UniqueConstraint("lot_id"),
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
