"""Wire shapes of inspections."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.ids import EvidenceId, InspectionId, LotEventId, LotId
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Code, Name, Note, Request
from app.shipments.evidence.schemas import PhotoIds
from app.shipments.lots.models import LotEventKind
from app.shipments.receipts.schemas import VerdictReason

MOST_READINGS = 50
MOST_VERDICTS = 20


class InspectionVerdict(StrEnum):
    """What becomes of a part of the lot."""

    ACCEPT = "accept"
    DOWNGRADE = "downgrade"
    REJECT = "reject"
    HOLD = "hold"


ReadingName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$"),
    Field(
        description="What was read: any plain word, such as temperature, haugh_units, moisture, "
        "candled_cracks, aflatoxin.",
        examples=["haugh_units"],
    ),
]
ReadingValue = Annotated[
    str,
    StringConstraints(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$"),
    Field(description="A decimal as text; below zero where that makes sense.", examples=["78.5"]),
]
ReadingUnit = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[\w%°µ/·²³ -]{1,20}$"),
    Field(description="The unit as people write it.", examples=["°C"]),
]


class Reading(BaseModel):
    """One thing that was measured on the sample."""

    model_config = ConfigDict(extra="forbid")

    name: ReadingName
    value: ReadingValue
    unit: ReadingUnit


class VerdictIn(Request):
    """What becomes of one part of the lot."""

    verdict: InspectionVerdict
    quantity: Quantity
    count: int | None = Field(
        None, ge=0, le=100_000_000, description="Pieces; needed where the lot is counted."
    )
    grade: Code | None = Field(
        None, description="Of what is downgraded: another grade of the commodity."
    )
    reason: VerdictReason | None = Field(None, description="Needed unless the part is accepted.")
    note: Note | None = None


class LotInspectIn(Request):
    """A sample, what was read off it, and the verdict on all of the lot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "inspector": "Bu Sumiati",
                    "sample": {"value": "30", "unit": "butir"},
                    "readings": [
                        {"name": "haugh_units", "value": "78.5", "unit": "HU"},
                        {"name": "temperature", "value": "24.5", "unit": "°C"},
                    ],
                    "verdict": [
                        {"verdict": "accept", "quantity": {"value": "140", "unit": "kg"}},
                        {
                            "verdict": "reject",
                            "quantity": {"value": "8.5", "unit": "kg"},
                            "reason": "broken",
                        },
                    ],
                }
            ]
        }
    )

    inspector: Name = Field(description="Who looked at it.", examples=["Bu Sumiati"])
    sample: Quantity = Field(description="How much was looked at.")
    readings: list[Reading] = Field(default_factory=list, max_length=MOST_READINGS)
    verdict: list[VerdictIn] = Field(
        min_length=1,
        max_length=MOST_VERDICTS,
        description="Together exactly what is on hand of the lot.",
    )
    photo_ids: PhotoIds = Field(default_factory=list)
    note: Note | None = None


class VerdictOut(BaseModel):
    """What became of one part. Of a lot that sellers share, a seller reads no quantities of it."""

    verdict: InspectionVerdict
    quantity: Quantity | None
    count: int | None
    grade: str | None
    reason: VerdictReason | None
    note: str | None = Field(description="Not for the buyer.")


class InspectionEffectOut(BaseModel):
    """What was done to the lot by the verdict; of a seller its own goods only."""

    event_id: LotEventId
    kind: LotEventKind
    lot_id: LotId | None = Field(description="The lot that was made of it; null: the lot itself.")
    number: str | None = Field(examples=["LOT-2026-000124"])
    quantity: QuantityOrNone
    undone: bool


class InspectionOut(BaseModel):
    """What was found when somebody looked. It never changes."""

    id: InspectionId
    lot_id: LotId
    number: str = Field(description="Of the lot.", examples=["LOT-2026-000123"])
    inspector: str = Field(examples=["Bu Sumiati"])
    sample: Quantity
    readings: list[Reading]
    verdict: list[VerdictOut]
    photo_ids: list[EvidenceId]
    note: str | None = Field(description="Not for the buyer.")
    effects: list[InspectionEffectOut] = Field(description="For the hub and the seller.")
    at: datetime
    livemode: bool
