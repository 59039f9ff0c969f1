"""Wire shapes of recalls."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.core.ids import (
    CommodityId,
    LotId,
    OrderId,
    PartyId,
    RecallId,
    ShipmentId,
    SiteId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Day, Note, Request, Stateful
from app.shipments.lots.states import LotStatus
from app.shipments.recalls.states import RecallStatus
from app.shipments.states import ShipmentStatus, TrackingStatus

MOST_NAMED = 500
"""Lots that one recall names; a seller's goods of a time are not counted."""


class RecallReason(StrEnum):
    """Why goods must not be eaten."""

    CONTAMINATION = "contamination"
    MISLABELLED = "mislabelled"
    UNDECLARED_ALLERGEN = "undeclared_allergen"
    COLD_CHAIN_BROKEN = "cold_chain_broken"
    AUTHORITY_ORDER = "authority_order"
    OTHER = "other"


class LiftReason(StrEnum):
    """Why they may be eaten after all."""

    FOUND_SAFE = "found_safe"
    WRONG_LOTS = "wrong_lots"
    AUTHORITY_ORDER = "authority_order"
    OTHER = "other"


class RecallIn(Request):
    """Which goods: lots by name, or what a seller made in some days."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lot_ids": ["lot_01k68000000000000000000000"],
                    "reason": "contamination",
                    "note": "Salmonella pada sampel laboratorium. Jangan dijual, pisahkan.",
                },
                {
                    "seller_id": "pty_01k68000000000000000000000",
                    "produced_from": "2026-11-18",
                    "produced_until": "2026-11-20",
                    "reason": "authority_order",
                },
            ]
        }
    )

    lot_ids: list[LotId] | None = Field(
        None,
        min_length=1,
        max_length=MOST_NAMED,
        description="These lots; or else say `seller_id` and the days.",
    )
    seller_id: PartyId | None = Field(None, description="All lots with goods of this seller …")
    produced_from: Day | None = Field(None, description="… made from this day …")
    produced_until: Day | None = Field(None, description="… until this day, it included …")
    commodity_id: CommodityId | None = Field(None, description="… and only of this commodity.")
    reason: RecallReason
    note: Note | None = Field(
        None,
        description="What is to be done, for everybody concerned to read: name no seller in it.",
    )


class RecallCloseIn(Request):
    """How it ended."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"note": "Semua gerai menjawab; 130 kg dimusnahkan."}]}
    )

    note: Note


class RecallLiftIn(Request):
    """Why the goods may go on after all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "found_safe"}]})

    reason: LiftReason
    note: Note | None = None


class RecallOut(Stateful):
    """Goods that must not be eaten. A closed recall still holds them, a lifted one does not."""

    id: RecallId
    number: str = Field(examples=["RCL-2026-000001"])
    status: RecallStatus
    reason: RecallReason
    note: str | None
    seller_id: PartyId | None = Field(
        description="All goods of this seller, and what it weighs while this is open. For the hub."
    )
    produced_from: date | None = Field(description="Made from this day … For the hub.")
    produced_until: date | None = Field(description="… until this day. For the hub.")
    commodity_id: CommodityId | None = Field(description="Only of this commodity. For the hub.")
    end_reason: LiftReason | None
    end_note: str | None = Field(
        description="How it ended; for the hub.", examples=["Semua lot sudah diambil kembali"]
    )
    livemode: bool
    created_at: datetime


class RecalledLotOut(BaseModel):
    """A lot that is concerned, all of it: goods that were mixed cannot be told apart any more."""

    lot_id: LotId
    number: str = Field(examples=["LOT-2026-000123"])
    source: bool | None = Field(
        description="Whether it was named, or came of one that was. For the hub."
    )
    status: LotStatus
    order_id: OrderId
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    produced_on: date
    quantity: Quantity = Field(description="At most this much of recalled goods ever was in it.")
    on_hand: QuantityOrNone = Field(description="Of that, what is not on any truck.")
    seller_id: PartyId | None = Field(description="For the hub.")


class RecalledShipmentOut(BaseModel):
    """A shipment with recalled goods in it."""

    shipment_id: ShipmentId
    number: str = Field(examples=["SHP-2026-000001"])
    tracking_code: str = Field(examples=["BTC-7K3M9QX2PT"])
    status: ShipmentStatus
    tracking_status: TrackingStatus
    place: str | None = Field(description="Where it is, as far as is known.")
    carrier_id: PartyId | None
    buyer_id: PartyId
    to_site_id: SiteId
    dispatched_at: datetime | None
    delivered_at: datetime | None
    lot_ids: list[LotId]


class RecallReceiverOut(BaseModel):
    """A place that has recalled goods, or is going to. One row per unit of goods."""

    buyer_id: PartyId
    buyer_name: str = Field(examples=["Pasar Jaya (contoh)"])
    site_id: SiteId
    place: str = Field(examples=["Gudang Cipinang, Kota Administrasi Jakarta Timur"])
    received: QuantityOrNone = Field(description="Handed over there, or received by its buyer.")
    on_the_road: QuantityOrNone = Field(
        description="Left and not handed over or received: on its way, refused or lost."
    )
    waiting: QuantityOrNone = Field(description="Planned for it, and not allowed to leave.")


class RecallDetail(RecallOut):
    """A recall with everybody who has some of it. A buyer reads its own part only."""

    lots: list[RecalledLotOut]
    shipments: list[RecalledShipmentOut]
    receivers: list[RecallReceiverOut]
    on_hand: list[Quantity] = Field(description="Not on any truck, per unit. For the hub.")
