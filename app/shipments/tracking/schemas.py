"""Wire shapes of tracking."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.core.quantity import Quantity
from app.http.batches import RefusedItemOut
from app.http.wire import Instant, Name, Note, Reference, Request
from app.shipments.models import DelayRule, Source
from app.shipments.states import ShipmentStatus, TrackingStatus
from app.shipments.tracking.rules import Fact

Device = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]([ -~]*[!-~])?$")
]
"""What a carrier calls a device of its own."""
Measured = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number that was measured: what is written as text, or as true and false, is none."""


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


_PRIVATE = re.compile(r"(?:\d[ .\-]?){8,}|\bRp\.?\s*\d", re.IGNORECASE)


def _public(said: str) -> str:
    """Raises for what looks like a telephone number or a price: anybody may read it."""
    if _PRIVATE.search(said):
        raise PydanticCustomError("private_text", "no telephone numbers and no prices here")
    return said


Place = Annotated[Name, AfterValidator(_public)]


class _Fact(Request):
    """What every report of a fact says."""

    status: TrackingStatus
    occurred_at: Instant = Field(description="When it happened, not when it is sent.")
    place: Place | None = Field(
        None, description="Anybody with the tracking code reads it: no names, no phone numbers."
    )
    reason: IncidentReason | None = None
    external_id: Reference | None = Field(
        None, description="The reporter's own id of this fact: repeats are known by it."
    )
    device: Device | None = Field(None, description="The device that told it, if one did.")
    latitude: Annotated[Measured, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Measured, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError(
                "position_half", "a position needs both latitude and longitude"
            )
        return self

    def fact(self) -> Fact:
        """The fact as it is stored."""
        return Fact(
            self.status,
            self.occurred_at,
            self.place,
            self.reason,
            self.external_id,
            self.device,
            latitude=_degrees(self.latitude),
            longitude=_degrees(self.longitude),
        )


def _degrees(said: float | None) -> Decimal | None:
    return None if said is None else Decimal(f"{said:.6f}")


class TrackingEventIn(_Fact):
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


MOST_EVENTS = 5_000
"""How many facts one request may bring."""
MOST_BYTES = 4 * 2**20
"""How large a batch may be: five thousand facts of some eight hundred bytes."""

_ITEM: JsonDict = {
    "tracking_code": "BTC-7K3M9QX2PT",
    "status": "on_hold",
    "reason": "road_blocked",
    "occurred_at": "2026-11-21T21:10:00+07:00",
    "place": "Rest area Ngawi",
    "external_id": "wb-4711-4",
}


class TrackingItemIn(_Fact):
    """A fact and the shipment it is about: by our id, by its code, or by the carrier's waybill."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    shipment_id: str | None = Field(
        None, max_length=40, examples=["shp_01k68000000000000000000000"]
    )
    tracking_code: str | None = Field(None, max_length=40, examples=["BTC-7K3M9QX2PT"])
    waybill: Reference | None = Field(
        None, description="The carrier's own number.", examples=["JP7712345678"]
    )


class TrackingEventsIn(Request):
    """Facts about any number of shipments, in any order, as often and as late as you like."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": [_ITEM]}]})

    events: list[TrackingItemIn] = Field(min_length=1, max_length=MOST_EVENTS)


class TrackingRecordedOut(BaseModel):
    """What became of a batch."""

    recorded: int = Field(description="How many facts were new.")
    repeated: int = Field(description="How many were known already; they changed nothing.")
    refused: list[RefusedItemOut] = Field(description="What was not stored, and why.")


class WebhookHeardOut(BaseModel):
    """What became of a carrier's message."""

    recorded: bool = Field(description="False when it was known already, or said nothing.")
    status: TrackingStatus | None = Field(description="What it was taken to mean.")


class EstimateIn(Request):
    """When a shipment is expected from now on, and why that changed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"eta_at": "2026-11-22T06:30:00+07:00", "reason": "road_blocked"}]
        }
    )

    eta_at: Instant
    reason: IncidentReason | None = None
    note: Note | None = None


class EstimateOut(BaseModel):
    """One estimate: when the shipment was expected, as was said at that time."""

    revision: int = Field(description="1 is the first.")
    eta_at: datetime
    reason: IncidentReason | None
    note: str | None
    source: Source
    recorded_at: datetime


class TrackingEventOut(BaseModel):
    """A fact from the road."""

    status: TrackingStatus
    occurred_at: datetime
    place: str | None
    reason: IncidentReason | None


class TrackedPositionOut(BaseModel):
    """Where it was last seen, to about five kilometres."""

    latitude: float
    longitude: float
    at: datetime


class TrackedGoodsOut(BaseModel):
    """What is on the way, summed over the lots."""

    name: str = Field(examples=["Chicken eggs"])
    name_id: str | None = Field(examples=["Telur ayam ras"])
    quantity: Quantity


class ShipmentEventOut(TrackingEventOut):
    """A fact from the road, as those read it who send, carry and receive."""

    n: int = Field(description="The facts of a shipment, counted as they became known.")
    source: Source
    device: str | None = Field(examples=["gps-AG8123KT"])
    carrier_status: str | None = Field(
        description="In the carrier's own words, as it was sent.", examples=["dropping_off"]
    )
    external_id: str | None
    latitude: float | None
    longitude: float | None
    recorded_at: datetime


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
    promised_on: date | None = Field(description="The day it was ordered for.")
    eta_at: datetime | None = Field(description="When it is expected.")
    eta_revision: int = Field(description="How often that was said; 0: never.")
    eta_reason: IncidentReason | None = Field(description="Why that was said anew.")
    delayed_since: datetime | None
    delay_rule: DelayRule | None = Field(description="Why it counts as late.")
    position: TrackedPositionOut | None
    goods: list[TrackedGoodsOut]
    last_n: int = Field(description="How many facts are known: where a stream goes on from.")
    events: list[TrackingEventOut] = Field(description="Newest first, the newest 500.")
    livemode: bool = Field(description="False for a shipment of the test world.")
