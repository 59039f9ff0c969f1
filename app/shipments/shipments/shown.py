"""Shipments on the wire, as their reader may know them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.actor import Actor
from app.core.ids import (
    CommodityId,
    EvidenceId,
    LegId,
    LotId,
    OrderId,
    OrderLineId,
    PartyId,
    ShipmentId,
    SiteId,
    VariantId,
)
from app.core.quantity import Quantity
from app.http.wire import Stateful
from app.shipments.legs.models import LegKind
from app.shipments.legs.states import LegStatus
from app.shipments.models import DelayRule
from app.shipments.shipments import rules
from app.shipments.shipments.schemas import (
    ShipmentCancelReason,
    ShipmentLoseReason,
    ShipmentRefuseReason,
)
from app.shipments.states import ShipmentStatus, TrackingStatus


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
    recalled: bool = Field(description="It must not be eaten: a recall holds it.")
    seller_id: PartyId | None = Field(
        description="For the hub only; null for goods of several sellers in one lot."
    )


class ShipmentPositionOut(BaseModel):
    """Where something was, and when."""

    latitude: float
    longitude: float
    at: datetime


class ShipmentLegOut(BaseModel):
    """A leg that a shipment rides on, from one of its stops to another."""

    leg_id: LegId
    number: str = Field(examples=["LEG-2026-000017"])
    kind: LegKind
    status: LegStatus
    from_stop: int
    to_stop: int
    from_region: str = Field(examples=["Kabupaten Blitar"])
    to_region: str = Field(examples=["Kota Surabaya"])


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
    waybill: str | None = Field(description="The carrier's own number.", examples=["JX3310429912"])
    promised_on: date | None = Field(description="The first day something in it was ordered for.")
    eta_at: datetime | None = Field(description="When it is expected now.")
    eta_revision: int = Field(description="How often an estimate was given.")
    delayed_since: datetime | None
    delay_rule: DelayRule | None
    position: ShipmentPositionOut | None = Field(description="Where it was last seen.")
    temperature_c: float | None = Field(description="How warm it was last.")
    temperature_min: float | None = Field(description="How cold it may be.")
    temperature_max: float | None = Field(description="How warm it may be.")
    dispatched_at: datetime | None
    arrived_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None = Field(
        description="When the road was over: delivered, cancelled, returned or lost."
    )
    reason: ShipmentCancelReason | ShipmentRefuseReason | ShipmentLoseReason | None
    note: str | None
    photo_ids: list[EvidenceId] = Field(description="What was seen when it was refused.")
    livemode: bool
    created_at: datetime


class ShipmentDetail(ShipmentOut):
    """A shipment with what it carries."""

    lots: list[ShipmentLotOut]
    legs: list[ShipmentLegOut] = Field(
        description="For the hub, and for a carrier those it drives. In the order of planning."
    )


def _fields(row: Any, actor: Actor) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    if row.position_at is not None:
        fields["position"] = ShipmentPositionOut(
            latitude=row.position_latitude, longitude=row.position_longitude, at=row.position_at
        )
    else:
        fields["position"] = None
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
    legs = fields["legs"] or ()
    fields["legs"] = [
        _leg(leg) for leg in legs if actor.hub or _uuid(leg["carrier_id"]) == actor.party_id
    ]
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
        recalled=said["recalled"],
        seller_id=_uuid(said["seller_id"]) if actor.hub else None,
    )


def _leg(said: dict[str, Any]) -> ShipmentLegOut:
    return ShipmentLegOut(**said | {"leg_id": UUID(said["leg_id"])})


def _uuid(said: str | None) -> UUID | None:
    return None if said is None else UUID(said)
