"""Wire shapes of shipments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import (
    CommodityId,
    LotId,
    OrderId,
    OrderLineId,
    PartyId,
    ShipmentId,
    SiteId,
    VariantId,
)
from app.core.quantity import Quantity
from app.http.wire import Note, Request, Stateful
from app.shipments.shipments import rules
from app.shipments.states import ShipmentStatus, TrackingStatus

MOST_LOTS = 500
"""What one truck can carry of lots of 20 kg and more."""


class ShipmentCancelReason(StrEnum):
    """Why a planned shipment does not leave."""

    REPLANNED = "replanned"
    VEHICLE_UNAVAILABLE = "vehicle_unavailable"
    GOODS_NOT_READY = "goods_not_ready"
    GOODS_NOT_FIT = "goods_not_fit"
    BUYER_ASKED = "buyer_asked"
    WEATHER = "weather"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_SHORT_CLOSED = "order_short_closed"
    OTHER = "other"


class ShipmentIn(Request):
    """Lots of one buyer, from one site to one site of that buyer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lot_ids": ["lot_01k68000000000000000000000"],
                    "carrier_id": "pty_01k68000000000000000000001",
                    "from_site_id": "sit_01k68000000000000000000000",
                    "to_site_id": "sit_01k68000000000000000000001",
                }
            ]
        }
    )

    lot_ids: list[LotId] = Field(min_length=1, max_length=MOST_LOTS)
    carrier_id: PartyId | None = Field(None, description="Who drives; without it the hub itself.")
    from_site_id: SiteId = Field(description="A site of the hub, or of a seller of the lots.")
    to_site_id: SiteId = Field(description="A site of the buyer.")


class ShipmentCancelIn(Request):
    """Why it does not leave."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "vehicle_unavailable"}]})

    reason: ShipmentCancelReason
    note: Note | None = None


class ShipmentLotOut(BaseModel):
    """A lot in a shipment, with all of its weight."""

    lot_id: LotId
    number: str
    order_id: OrderId
    order_line_id: OrderLineId
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    quantity: Quantity
    count: int | None
    produced_on: date
    seller_id: PartyId | None = Field(description="For the hub only.")


class ShipmentOut(Stateful):
    """Goods on one way. ``status`` is what people did, ``tracking_status`` what is heard of it."""

    id: ShipmentId
    number: str = Field(examples=["SHP-2026-000001"])
    status: ShipmentStatus
    tracking_status: TrackingStatus
    tracked_at: datetime | None = Field(description="When the newest fact from the road happened.")
    tracking_code: str = Field(
        description="Whoever has it may follow the shipment at GET /v1/tracking/{code}.",
        examples=["BTC-7K3M9QX2PT"],
    )
    buyer_id: PartyId
    carrier_id: PartyId | None
    from_site_id: SiteId | None = Field(description="For the hub and the carrier.")
    to_site_id: SiteId
    from_place: str = Field(description="For the buyer only the region: sellers are not named.")
    to_place: str
    dispatched_at: datetime | None
    arrived_at: datetime | None
    delivered_at: datetime | None
    reason: ShipmentCancelReason | None
    note: str | None
    livemode: bool
    created_at: datetime


class ShipmentDetail(ShipmentOut):
    """A shipment with what it carries."""

    lots: list[ShipmentLotOut]


def _fields(row: Any, actor: Actor) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    if not rules.carries(row, actor):
        fields |= {"from_site_id": None, "from_place": row.from_region}
    return fields | {"allowed_actions": rules.allowed(row, actor)}


def shipment_out(row: Any, actor: Actor) -> ShipmentOut:
    """A shipment's row on the wire, as *actor* may know it."""
    return ShipmentOut(**_fields(row, actor))


def shipment_detail(row: Any, actor: Actor) -> ShipmentDetail:
    """A shipment's row with its ``lots`` on the wire, as *actor* may know it."""
    fields = _fields(row, actor)
    fields["lots"] = [_lot(lot, actor) for lot in fields["lots"]]
    return ShipmentDetail(**fields)


def _lot(said: dict[str, Any], actor: Actor) -> ShipmentLotOut:
    ids = {name: UUID(said[name]) for name in ("lot_id", "order_id", "order_line_id")}
    return ShipmentLotOut(
        **ids,
        number=said["number"],
        commodity_id=_uuid(said["commodity_id"]),
        grade=said["grade"],
        variant_id=_uuid(said["variant_id"]),
        title=said["title"],
        quantity=Quantity.model_construct(value=Decimal(said["quantity"]), unit=said["unit"]),
        count=said["count"],
        produced_on=date.fromisoformat(said["produced_on"]),
        seller_id=UUID(said["seller_id"]) if actor.hub else None,
    )


def _uuid(said: str | None) -> UUID | None:
    return None if said is None else UUID(said)
