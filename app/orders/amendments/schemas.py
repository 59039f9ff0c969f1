"""Wire shapes of order amendments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.consent import AmendmentStatus
from app.core.ids import (
    AgreementLineId,
    OrderAmendmentId,
    OrderId,
    OrderLineId,
    PartyId,
    SiteId,
)
from app.core.money import MOST_TOTAL, Money, Price
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Day, Note, Request, Stateful
from app.orders.schemas import MOST_LINES
from app.prices.schemas import SignedText


class OrderAmendmentReason(StrEnum):
    """Why one side wants other terms."""

    DEMAND_CHANGED = "demand_changed"
    SCHEDULE = "schedule"
    SITE_CHANGED = "site_changed"
    PRICE = "price"
    SUPPLY = "supply"
    OTHER = "other"


class OrderAmendmentRejectReason(StrEnum):
    """What of it the other side cannot accept."""

    QUANTITY = "quantity"
    SCHEDULE = "schedule"
    SITE = "site"
    PRICE = "price"
    OTHER = "other"


class AmendLineIn(Request):
    """What is wanted of one line; what is left out stays."""

    line_id: OrderLineId
    quantity: Quantity | None = Field(
        None, description="The line's whole new quantity, not the difference."
    )
    deliver_on: Day | None = None
    ship_to_site_id: SiteId | None = Field(None, description="A site of the buyer.")
    price: Price | None = Field(
        None,
        description="Only of lines without an agreement; that of a listing and of an agreement "
        "stays as it was when the order was placed.",
    )

    @model_validator(mode="after")
    def _wants_something(self) -> Self:
        if not self.model_fields_set - {"line_id"}:
            raise PydanticCustomError("nothing_wanted", "name what should change of this line")
        return self


class OrderAmendmentIn(Request):
    """What should change of an order, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {
                            "line_id": "oln_01jd0000000000000000000000",
                            "quantity": {"value": "800", "unit": "kg"},
                            "deliver_on": "2026-12-04",
                        }
                    ],
                    "reason": "demand_changed",
                    "note": "Gudang Kramat Jati penuh sampai tanggal 3.",
                }
            ]
        }
    )

    lines: list[AmendLineIn] = Field(min_length=1, max_length=MOST_LINES)
    reason: OrderAmendmentReason
    note: Note | None = None


class OrderAmendmentRejectIn(Request):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "quantity"}]})

    reason: OrderAmendmentRejectReason
    note: Note | None = None


class LineTermsOut(BaseModel):
    """What is promised of a line, and what that costs."""

    quantity: QuantityOrNone
    deliver_on: date
    ship_to_site_id: SiteId
    price: Price
    amount: Money = Field(description="Price × quantity, whole rupiah.")


class AmendedLineOut(BaseModel):
    """A line before and after."""

    line_id: OrderLineId
    before: LineTermsOut
    after: LineTermsOut


class DifferenceOut(BaseModel):
    """An amount that may be below zero."""

    amount: Annotated[Decimal, SignedText(places=0, most=MOST_TOTAL * 1000)]
    currency: Literal["IDR"] = "IDR"


class RemarkTextOut(BaseModel):
    """One sentence in both languages."""

    en: str = Field(examples=["40 kg of this line are weighed already; it cannot be less."])
    id: str = Field(examples=["Sudah 40 kg dari baris ini ditimbang; tidak bisa kurang dari itu."])


class AmendmentRemarkOut(BaseModel):
    """What stands against an amendment, or what to know before consenting to it."""

    pointer: str = Field(
        description="Where in the proposal's lines.", examples=["/lines/0/quantity"]
    )
    code: str = Field(examples=["goods_weighed"])
    said: RemarkTextOut


class QuotaEffectOut(BaseModel):
    """What it does to one period of the agreement's quota."""

    agreement_line_id: AgreementLineId
    period_start: date
    period_end: date
    reserved: QuantityOrNone = Field(description="Taken from it.")
    released: QuantityOrNone = Field(description="Given back to it.")
    left: QuantityOrNone = Field(description="What would be left of it then; never below zero.")


class SupplyEffectOut(BaseModel):
    """What it does to what sellers hold for one line."""

    line_id: OrderLineId
    released: QuantityOrNone = Field(description="What sellers get back.")
    sellers: int = Field(description="How many sellers bring less, or nothing any more.")
    seller_names: list[str] | None = Field(
        description="Who they are; only the hub is told.", examples=[["Peternakan Pak Slamet"]]
    )
    allocated: QuantityOrNone = Field(description="What sellers then hold for it.")
    unallocated: QuantityOrNone = Field(description="For what no seller is found yet, then.")


class AmendmentEffectOut(BaseModel):
    """What the amendment does as things are now; decided anew when it is confirmed."""

    possible: bool
    reasons: list[AmendmentRemarkOut] = Field(description="What stands against it; else empty.")
    warnings: list[AmendmentRemarkOut]
    total_before: Money = Field(description="What is promised of all lines of the order costs.")
    total_after: Money
    difference: DifferenceOut
    quota: list[QuotaEffectOut]
    supply: list[SupplyEffectOut]


class OrderAmendmentPreviewOut(BaseModel):
    """What an amendment would do. Nothing of it is stored."""

    order_id: OrderId
    lines: list[AmendedLineOut]
    effect: AmendmentEffectOut


class OrderAmendmentOut(Stateful):
    """What one side wants changed of an order. Until the other side confirms, nothing is."""

    id: OrderAmendmentId
    number: int = Field(description="Counts the amendments of the order.", examples=[1])
    status: AmendmentStatus
    order_id: OrderId
    proposed_by: PartyId
    lines: list[AmendedLineOut]
    reason: OrderAmendmentReason
    note: str | None
    effect: AmendmentEffectOut | None = Field(
        description="What it would do, or has just done; null in lists and once it is decided."
    )
    respond_by: datetime = Field(description="Unanswered by then, everything stays as it was.")
    answer_reason: str | None = Field(
        description="Why it was rejected, or ended without an answer.", examples=["quantity"]
    )
    answer_note: str | None = Field(examples=["Kandang kami sudah siap; mohon tetap 1 ton."])
    created_at: datetime
