"""Wire shapes of supply requests."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.allocation.schemas import AllocationOut, GiveBackReason
from app.core.ids import (
    AllocationId,
    CommodityId,
    PartyId,
    SiteId,
    SupplyRequestId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Note, Request


class SupplyRequestStatus(StrEnum):
    """How far its seller has answered it. What was released meanwhile needs no answer."""

    WAITING = "waiting"
    PARTLY_ANSWERED = "partly_answered"
    ANSWERED = "answered"


class SupplyTotalOut(BaseModel):
    """What is asked of one sort of goods for one day, to be fetched at one place.

    asked = waiting + promised + what was given back or released.
    """

    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    deliver_on: date
    site_id: SiteId | None
    parts: int
    asked: Quantity
    waiting: QuantityOrNone = Field(description="Not answered yet.")
    promised: QuantityOrNone = Field(description="Confirmed, and not released since.")


class SupplyRequestSummaryOut(BaseModel):
    """All that one run asks of one seller. Parts that are not answered by ``respond_by`` go to
    others."""

    id: SupplyRequestId
    status: SupplyRequestStatus
    allowed_actions: list[str] = Field(
        description="The commands that are possible in this status with your key."
    )
    seller_id: PartyId
    respond_by: datetime
    created_at: datetime
    totals: list[SupplyTotalOut]


class SupplyRequestOut(SupplyRequestSummaryOut):
    """A supply request with its parts: one share for each order line that needs the goods."""

    parts: list[AllocationOut]


class PartAnswerIn(Request):
    """The answer to one part: nothing said confirms all of it; less of it, or `decline`.

    A reason or a note without either is refused: it would be unclear what is meant.
    """

    allocation_id: AllocationId
    quantity: Quantity | None = Field(None, description="What you can bring, when it is not all.")
    decline: Literal[True] | None = Field(None, description="You bring nothing of it.")
    reason: GiveBackReason | None = Field(None, description="Why not all; needed when it is less.")
    note: Note | None = None


class SupplyRequestAnswerIn(Request):
    """Everything at once, or part by part; parts that are not named keep waiting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"confirm_all": True},
                {
                    "parts": [
                        {"allocation_id": "alc_01jd0000000000000000000000"},
                        {
                            "allocation_id": "alc_01jd0000000000000000000001",
                            "quantity": {"value": "120", "unit": "kg"},
                            "reason": "no_stock",
                        },
                        {
                            "allocation_id": "alc_01jd0000000000000000000002",
                            "decline": True,
                            "reason": "transport",
                            "note": "Truk ke Sukorejo baru ada hari Senin.",
                        },
                    ]
                },
            ]
        }
    )

    confirm_all: Literal[True] | None = Field(None, description="All that still waits.")
    parts: list[PartAnswerIn] | None = Field(None, min_length=1, max_length=2000)
