"""Wire shapes of tracking."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire import Instant, Name, Reference, Request
from app.shipments.states import ShipmentStatus, TrackingStatus


class IncidentReason(StrEnum):
    """Why it does not go as planned: what carriers' systems tell apart, in our words."""

    GOODS_DAMAGED = "goods_damaged"
    GOODS_LOST = "goods_lost"
    GOODS_SORTED_WRONG = "goods_sorted_wrong"
    VEHICLE_TROUBLE = "vehicle_trouble"
    VEHICLE_FULL = "vehicle_full"
    OUT_OF_TIME = "out_of_time"
    ROAD_BLOCKED = "road_blocked"
    ADDRESS_NOT_FOUND = "address_not_found"
    ADDRESS_WRONG = "address_wrong"
    SENDER_NOT_READY = "sender_not_ready"
    SENDER_CANCELLED = "sender_cancelled"
    PAPERS_WRONG = "papers_wrong"
    WRONG_GOODS = "wrong_goods"
    WEIGHT_OR_SIZE_WRONG = "weight_or_size_wrong"
    PACKING_UNFIT = "packing_unfit"
    RECEIVER_REFUSED = "receiver_refused"
    RECEIVER_CLOSED = "receiver_closed"
    RECEIVER_ABSENT = "receiver_absent"
    RECEIVER_CANCELLED = "receiver_cancelled"
    RECEIVER_NOT_VERIFIED = "receiver_not_verified"
    NO_ACCESS = "no_access"
    QUARANTINE = "quarantine"
    HELD_BY_AUTHORITY = "held_by_authority"
    SECURITY = "security"
    WEATHER = "weather"
    NATURAL_DISASTER = "natural_disaster"
    FORCE_MAJEURE = "force_majeure"
    BEING_SEARCHED = "being_searched"
    OTHER = "other"


class TrackingEventIn(Request):
    """A fact from the road. Send it as often and as late as you like."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "in_transit",
                    "occurred_at": "2026-11-21T19:30:00+07:00",
                    "place": "Tol Ngawi, km 579",
                    "external_id": "wb-4711-3",
                }
            ]
        }
    )

    status: TrackingStatus
    occurred_at: Instant = Field(description="When it happened, not when it is sent.")
    place: Name | None = Field(
        None, description="Anybody with the tracking code reads it: no names, no phone numbers."
    )
    reason: IncidentReason | None = None
    external_id: Reference | None = Field(
        None, description="The reporter's own id of this fact: repeats are known by it."
    )


class TrackingEventOut(BaseModel):
    """A fact from the road."""

    status: TrackingStatus
    occurred_at: datetime
    place: str | None
    reason: IncidentReason | None


class TrackingOut(BaseModel):
    """What anybody with the code may know: where the goods are, never whose and for how much."""

    number: str
    tracking_code: str
    status: ShipmentStatus
    tracking_status: TrackingStatus
    from_region: str = Field(examples=["Kabupaten Blitar"])
    to_region: str = Field(examples=["Kota Administrasi Jakarta Timur"])
    dispatched_at: datetime | None
    arrived_at: datetime | None
    delivered_at: datetime | None
    events: list[TrackingEventOut] = Field(description="Newest first.")
    livemode: bool = Field(description="False for a shipment of the test world.")
