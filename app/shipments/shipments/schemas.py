"""What is asked of shipments, on the wire. What is answered: `shown`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.core.ids import (
    EvidenceId,
    LotId,
    PartyId,
    SiteId,
)
from app.http.wire import Instant, Note, Reference, Request
from app.shipments.shipments.rules import Plan

MOST_LOTS = 500
"""What one truck can carry of lots of 20 kg and more."""

MOST_PHOTOS = 10
"""What shows how goods looked when they were refused."""

Degrees = Annotated[float, Field(strict=True, ge=-60, le=80, allow_inf_nan=False)]
"""Degrees Celsius, from the deepest freezer to a truck in the sun."""


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


class ShipmentRefuseReason(StrEnum):
    """Why the goods were not taken; also said of the shipment by `tracking`."""

    GOODS_DAMAGED = "goods_damaged"
    WRONG_GOODS = "wrong_goods"
    WEIGHT_OR_SIZE_WRONG = "weight_or_size_wrong"
    PACKING_UNFIT = "packing_unfit"
    PAPERS_WRONG = "papers_wrong"
    OUT_OF_TIME = "out_of_time"
    RECEIVER_REFUSED = "receiver_refused"
    RECEIVER_CLOSED = "receiver_closed"
    RECEIVER_ABSENT = "receiver_absent"
    NO_ACCESS = "no_access"
    OTHER = "other"


class ShipmentLoseReason(StrEnum):
    """Why goods will not arrive."""

    ACCIDENT = "accident"
    STOLEN = "stolen"
    SPOILED = "spoiled"
    NOT_FOUND = "not_found"
    NATURAL_DISASTER = "natural_disaster"
    OTHER = "other"


class Temperature(Request):
    """How cold and how warm the goods may be on the road, in degrees Celsius."""

    min: Degrees | None = Field(None, examples=[8])
    max: Degrees | None = Field(None, examples=[20])

    def limits(self) -> tuple[Decimal | None, Decimal | None]:
        """The coldest and the warmest, as they are stored."""
        return _degrees(self.min), _degrees(self.max)


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
                    "waybill": "JX3310429912",
                    "temperature": {"max": 25},
                }
            ]
        }
    )

    lot_ids: list[LotId] = Field(min_length=1, max_length=MOST_LOTS)
    carrier_id: PartyId | None = Field(None, description="Who drives; without it the hub itself.")
    from_site_id: SiteId = Field(description="A site of the hub, or of a seller of the lots.")
    to_site_id: SiteId = Field(description="A site of the buyer.")
    waybill: Reference | None = Field(
        None,
        description="The carrier's own number of it; no other shipment of theirs has it.",
        examples=["JX3310429912"],
    )
    temperature: Temperature | None = None
    eta_at: Instant | None = Field(None, description="When it is expected at to_site_id.")

    def plan(self) -> Plan:
        """What is asked for."""
        low, high = (self.temperature or Temperature()).limits()
        return Plan(
            tuple(self.lot_ids),
            self.from_site_id,
            self.to_site_id,
            self.carrier_id,
            self.waybill,
            low,
            high,
        )


class ShipmentPlanIn(Request):
    """What changes of a planned shipment; what is not said stays. Its buyer stays the same."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lot_ids": ["lot_01k68000000000000000000000"],
                    "carrier_id": "pty_01k68000000000000000000001",
                }
            ]
        }
    )

    lot_ids: list[LotId] | None = Field(
        None, min_length=1, max_length=MOST_LOTS, description="All lots that ride from now on."
    )
    carrier_id: PartyId | None = Field(
        None, description="Who drives; null: the hub itself. Another carrier has another waybill."
    )
    from_site_id: SiteId | None = None
    to_site_id: SiteId | None = None
    waybill: Reference | None = Field(
        None, description="null: there is none.", examples=["JX3310429912"]
    )
    temperature: Temperature | None = Field(None, description="null: any will do.")

    def plan(self, before: Plan) -> Plan:
        """What is asked for, of a shipment that was planned like *before*."""
        said = self.model_fields_set
        changed: dict[str, Any] = {}
        if self.lot_ids is not None:
            changed["lot_ids"] = tuple(self.lot_ids)
        for name in ("from_site_id", "to_site_id"):
            if (value := getattr(self, name)) is not None:
                changed[name] = value
        if "carrier_id" in said and self.carrier_id != before.carrier_id:
            changed |= {"carrier_id": self.carrier_id, "waybill": None}
        if "waybill" in said:
            changed["waybill"] = self.waybill
        if "temperature" in said:
            low, high = (self.temperature or Temperature()).limits()
            changed |= {"temperature_min": low, "temperature_max": high}
        return replace(before, **changed)


class HappenedIn(Request):
    """When it was. A driver without a connection says it later."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"occurred_at": "2026-11-24T05:41:00+07:00"}]}
    )

    occurred_at: Instant | None = Field(None, description="Without it: now.")


class ShipmentCancelIn(Request):
    """Why it does not leave."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "vehicle_unavailable"}]})

    reason: ShipmentCancelReason
    note: Note | None = None


class ShipmentRefuseIn(Request):
    """Why the goods were not taken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "goods_damaged", "note": "12 tray pecah, bau menyengat."}]
        }
    )

    reason: ShipmentRefuseReason
    note: Note | None = None
    photo_ids: list[EvidenceId] = Field(default=[], max_length=MOST_PHOTOS)


class ShipmentReturnIn(Request):
    """The goods are at the hub again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"note": "Kembali ke gudang Srengat, 48 peti utuh."}]}
    )

    note: Note | None = None


class ShipmentLoseIn(Request):
    """Why the goods will not arrive."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "accident", "note": "Truk terguling di tol Ngawi."}]
        }
    )

    reason: ShipmentLoseReason
    note: Note | None = None


def _degrees(said: float | None) -> Decimal | None:
    return None if said is None else round(Decimal(str(said)), 2)
