"""What is asked of legs, on the wire. What is answered: `shown`."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field

from app.core.ids import AllocationId, PartyId, ShipmentId, SiteId
from app.core.quantity import Positive, Quantity
from app.http.wire import Instant, Name, Note, Reference, Request
from app.shipments.legs.models import LegKind

MOST_STOPS = 100
"""More stops than any vehicle makes on one round."""
MOST_LOADS = 500
"""What rides from stop to stop: as many as lots in one shipment."""


class LegCancelReason(StrEnum):
    """Why a vehicle does not leave."""

    VEHICLE_UNAVAILABLE = "vehicle_unavailable"
    DRIVER_UNAVAILABLE = "driver_unavailable"
    GOODS_NOT_READY = "goods_not_ready"
    WEATHER = "weather"
    REPLANNED = "replanned"
    OTHER = "other"


class VehicleIn(Request):
    """What drives, and how much it carries."""

    plate: Reference | None = Field(None, examples=["AG 8123 KT"])
    kind: Name | None = Field(None, examples=["truk engkel"])
    capacity_kg: Positive = Field(description="In kilograms.", examples=["4000"])


class LegStopIn(Request):
    """Where it stops, and when it is expected there."""

    site_id: SiteId
    window_from: Instant | None = None
    window_until: Instant | None = None
    note: Note | None = Field(None, examples=["Masuk dari gang belakang pasar"])


class LegLoadIn(Request):
    """What rides from one stop to a later one: part of an allocation, or a shipment."""

    allocation_id: AllocationId | None = Field(None, description="On collection legs.")
    shipment_id: ShipmentId | None = Field(None, description="On line-haul and last-mile legs.")
    quantity: Quantity | None = Field(
        None, description="Of an allocation; without it all that no other leg collects."
    )
    weight_kg: Positive | None = Field(
        None, description="With crates and all; without it goods in kg weigh what they are."
    )
    from_stop: int = Field(ge=1, description="Counted from 1.")
    to_stop: int = Field(ge=2)


class LegIn(Request):
    """One vehicle's round: from stop to stop, with what is put on and taken off."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "collection",
                    "carrier_id": "pty_01k68000000000000000000001",
                    "vehicle": {"plate": "AG 8123 KT", "kind": "engkel", "capacity_kg": "4000"},
                    "driver_name": "Pak Slamet",
                    "depart_at": "2026-11-24T05:00:00+07:00",
                    "stops": [
                        {
                            "site_id": "sit_01k68000000000000000000000",
                            "window_from": "2026-11-24T05:30:00+07:00",
                            "window_until": "2026-11-24T06:30:00+07:00",
                        },
                        {"site_id": "sit_01k68000000000000000000002"},
                    ],
                    "loads": [
                        {
                            "allocation_id": "alc_01k68000000000000000000000",
                            "quantity": {"value": "600", "unit": "kg"},
                            "from_stop": 1,
                            "to_stop": 2,
                        }
                    ],
                }
            ]
        }
    )

    kind: LegKind
    carrier_id: PartyId | None = Field(None, description="Who drives; without it the hub itself.")
    vehicle: VehicleIn
    driver_name: Name | None = Field(None, examples=["Pak Slamet"])
    depart_at: Instant | None = None
    stops: list[LegStopIn] = Field(min_length=2, max_length=MOST_STOPS)
    loads: list[LegLoadIn] = Field(min_length=1, max_length=MOST_LOADS)


class LegCancelIn(Request):
    """Why it does not leave."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "vehicle_unavailable"}]})

    reason: LegCancelReason
    note: Note | None = None
