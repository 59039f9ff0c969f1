"""Which readings are taken, and what the newest of them say. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.clock import MOST_AHEAD
from app.core.errors import FieldError
from app.core.text import Text
from app.shipments.legs.rules import MOST_BEFORE
from app.shipments.states import ShipmentStatus
from app.shipments.telemetry.breaches import Limits
from app.shipments.telemetry.schemas import TelemetryReadingIn
from app.shipments.tracking import rules as tracking

OLDEST = timedelta(days=30)
"""How late a reading may come; whatever keeps them longer than that has lost its clock."""
MOST_DEVICES = 20
"""How many sensors one shipment may have: more are names made anew for every reading."""


def _wrong(field: str, code: str, en: str, id: str) -> FieldError:
    return FieldError(f"/{field}" if field else "", code, Text(en, id))


NO_SHIPMENT = _wrong(
    "",
    "shipment_unnamed",
    "Say which shipment it was on: shipment_id or tracking_code, not both.",
    "Sebutkan pengirimannya: shipment_id atau tracking_code, jangan keduanya.",
)
NOT_FOUND = _wrong(
    "shipment_id",
    "not_found",
    "There is no such shipment that you carry.",
    "Tidak ada pengiriman seperti itu yang Anda angkut.",
)
NO_SUCH_CODE = NOT_FOUND._replace(pointer="/tracking_code")
HALF_A_POSITION = _wrong(
    "latitude",
    "position_half",
    "latitude and longitude go together.",
    "latitude dan longitude harus berdua.",
)
NOTHING = _wrong(
    "",
    "nothing_measured",
    "Say at least one of position, temperature_c and speed_kmh.",
    "Isi sedikitnya salah satu: posisi, temperature_c, atau speed_kmh.",
)
IN_FUTURE = tracking.IN_FUTURE._replace(pointer="/at")
TOO_OLD = _wrong(
    "at",
    "too_old",
    "This is more than 30 days ago; check the clock.",
    "Waktu ini lebih dari 30 hari lalu; periksa jamnya.",
)
TOO_SOON = _wrong(
    "at",
    "before_planned",
    "This is long before the shipment was planned; check the clock, or which shipment it was.",
    "Waktu ini jauh sebelum pengiriman direncanakan; periksa jamnya, atau pengirimannya.",
)
ENDED = _wrong(
    "at",
    "shipment_ended",
    "The shipment had ended by then; what was measured before is still welcome.",
    "Pengiriman sudah berakhir saat itu; ukuran dari sebelumnya masih diterima.",
)
TOO_MANY_DEVICES = _wrong(
    "device",
    "too_many_devices",
    f"A shipment has at most {MOST_DEVICES} sensors; call each always by the same name.",
    f"Satu pengiriman paling banyak {MOST_DEVICES} sensor; namai tiap sensor selalu sama.",
)


def misshapen(reading: TelemetryReadingIn) -> FieldError | None:
    """What is wrong with a reading by itself."""
    if (reading.shipment_id is None) is (reading.tracking_code is None):
        return NO_SHIPMENT
    if (reading.latitude is None) is not (reading.longitude is None):
        return HALF_A_POSITION
    if reading.latitude is None and reading.temperature_c is None and reading.speed_kmh is None:
        return NOTHING
    return None


def unknown(reading: TelemetryReadingIn) -> FieldError:
    """The refusal of a reading of a shipment that is not there, or that others carry."""
    return NOT_FOUND if reading.shipment_id else NO_SUCH_CODE


class Carried:
    """A shipment that the caller carries: when it may be measured, and what limits it has."""

    def __init__(self, row: Mapping[str, Any], now: datetime) -> None:
        self.id: UUID = row["id"]
        self.tracking_code: str = row["tracking_code"]
        self.left: datetime | None = row["dispatched_at"]
        self.now = now
        self.end = _end(row)
        self.first = max(row["created_at"] - MOST_BEFORE, now - OLDEST)
        self.last = now + MOST_AHEAD
        if self.end is not None:
            self.last = min(self.last, self.end + MOST_AHEAD)
        self.devices: set[str] = set(row["devices"])
        self.limits = Limits(row["temperature_min"], row["temperature_max"])

    def refusal(self, at: datetime, device: str) -> FieldError | None:
        """Why a reading of *device* at that instant is not taken; a new sensor is noted."""
        if not self.first <= at <= self.last:
            return self._untimely(at)
        if device not in self.devices:
            if len(self.devices) >= MOST_DEVICES:
                return TOO_MANY_DEVICES
            self.devices.add(device)
        return None

    def _untimely(self, at: datetime) -> FieldError:
        if at > self.now + MOST_AHEAD:
            return IN_FUTURE
        if at < self.now - OLDEST:
            return TOO_OLD
        return TOO_SOON if at < self.first else ENDED

    def judged(self, at: datetime) -> bool:
        """Whether the goods were on the road: a truck that cools down before is no breach."""
        if self.left is None or at < self.left:
            return False
        return self.end is None or at <= self.end


_LONG_AGO = datetime.min.replace(tzinfo=UTC) + OLDEST


def _end(row: Mapping[str, Any]) -> datetime | None:
    """When the way of a shipment was over, if it is; what never left has had no way."""
    if row["status"] == ShipmentStatus.CANCELLED:
        return _LONG_AGO
    end: datetime | None = row["ended_at"] or row["delivered_at"]
    return end
