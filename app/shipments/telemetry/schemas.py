"""Wire shapes of telemetry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.core.ids import ShipmentId, TemperatureBreachId
from app.http.batches import RefusedItemOut
from app.http.wire import Instant, Request
from app.shipments.telemetry.models import TemperatureSide
from app.shipments.tracking.schemas import Device, Measured

MOST_READINGS = 10_000
"""How many readings one request may bring."""
MOST_BYTES = 4 * 2**20
"""How large a batch may be: ten thousand readings of some four hundred bytes."""

_EXAMPLE: JsonDict = {
    "tracking_code": "BTC-7K3M9QX2PT",
    "device": "gps-AG8123KT",
    "at": "2026-11-21T19:30:00+07:00",
    "latitude": -7.4021,
    "longitude": 111.4462,
    "temperature_c": 18.4,
    "speed_kmh": 62,
}


class TelemetryReadingIn(Request):
    """What one sensor measured at one instant, on one shipment: named by its id or its code."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    shipment_id: str | None = Field(
        None, max_length=40, examples=["shp_01k68000000000000000000000"]
    )
    tracking_code: str | None = Field(None, max_length=40, examples=["BTC-7K3M9QX2PT"])
    device: Device = Field(description="Your own name of the sensor.", examples=["gps-AG8123KT"])
    at: Instant = Field(description="When it was measured, not when it is sent.")
    latitude: Annotated[Measured, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Measured, Field(ge=-180, le=180)] | None = None
    temperature_c: Annotated[Measured, Field(ge=-60, le=80)] | None = Field(
        None, description="Of the goods' room, in degrees Celsius."
    )
    speed_kmh: Annotated[Measured, Field(ge=0, le=300)] | None = None


class TelemetryIn(Request):
    """Readings of any number of shipments, in any order, as often and as late as you like."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"readings": [_EXAMPLE]}]})

    readings: list[TelemetryReadingIn] = Field(min_length=1, max_length=MOST_READINGS)


class TelemetryRecordedOut(BaseModel):
    """What became of a batch."""

    accepted: int = Field(description="How many readings were stored.")
    repeated: int = Field(description="How many were known already; they changed nothing.")
    refused: list[RefusedItemOut] = Field(description="What was not stored, and why.")


class TelemetryDeviceOut(BaseModel):
    """What is newest of one sensor."""

    device: str = Field(examples=["gps-AG8123KT"])
    last_at: datetime
    latitude: float | None
    longitude: float | None
    position_at: datetime | None
    temperature_c: float | None
    temperature_at: datetime | None
    breached: bool = Field(description="Whether it is beyond a limit of the shipment now.")


class TelemetryPointOut(BaseModel):
    """One sensor over a stretch of time: where it was at its end, how cold and warm it had been."""

    device: str = Field(examples=["gps-AG8123KT"])
    at: datetime = Field(description="Of the last reading in the stretch.")
    latitude: float | None
    longitude: float | None
    temperature_lowest: float | None
    temperature_highest: float | None
    readings: int = Field(description="How many readings it stands for.")


class TelemetryOut(BaseModel):
    """The way of a shipment as its sensors saw it: at most 500 points, oldest first."""

    shipment_id: ShipmentId
    temperature_min: float | None = Field(description="How cold its goods may be.")
    temperature_max: float | None = Field(description="How warm its goods may be.")
    devices: list[TelemetryDeviceOut]
    since: datetime | None
    until: datetime | None
    points: list[TelemetryPointOut]


class TemperatureBreachOut(BaseModel):
    """A sensor was beyond a limit of its shipment for too long."""

    id: TemperatureBreachId
    shipment_id: ShipmentId
    device: str = Field(examples=["gps-AG8123KT"])
    side: TemperatureSide
    limit_c: float = Field(description="The limit, as it was then.")
    extreme_c: float = Field(description="The warmest, or coldest, of it.")
    started_at: datetime = Field(description="The first reading beyond the limit.")
    detected_at: datetime = Field(description="The reading that made it too long.")
    recovered_at: datetime | None = Field(
        description="The first reading well within the limit; null while it lasts, and for ever "
        "when the goods were handed over like that."
    )


def device_out(row: Any) -> TelemetryDeviceOut:
    """A sensor's row on the wire."""
    return TelemetryDeviceOut(**dict(row) | {"breached": row["breach_id"] is not None})
