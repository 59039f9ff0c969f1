"""Wire shapes of what callers ask of orders."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from app.core.ids import AgreementId, CommodityId, OrderLineId, PartyId, SiteId, VariantId
from app.core.money import Price
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Code, Day, Note, Reference, Request

MOST_LINES = 200

_EXAMPLE: dict[str, Any] = {
    "external_reference": "PJ-2026-11-0001",
    "ship_to_site_id": "sit_01jd0000000000000000000000",
    "deliver_on": "2026-12-03",
    "lines": [
        {
            "commodity_id": "com_01jd0000000000000000000000",
            "grade": "medium",
            "quantity": {"value": "1000", "unit": "kg"},
            "price": {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
        },
        {
            "commodity_id": "com_01jd0000000000000000000000",
            "grade": "medium",
            "quantity": {"value": "600", "unit": "kg"},
            "price": {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
            "ship_to_site_id": "sit_01jd0000000000000000000001",
            "deliver_on": "2026-12-05",
        },
    ],
}


class OrderLineIn(Request):
    """What is asked for: a commodity in a grade, or a variant of a listing; so much of it."""

    commodity_id: CommodityId | None = Field(None, description="With `grade`; or else a variant.")
    grade: Code | None = None
    variant_id: VariantId | None = Field(
        None, description="A variant of a listing on the shelf, instead of commodity and grade."
    )
    quantity: Quantity
    price: Price | None = Field(
        None,
        description="Of a commodity: required without an agreement; with one the agreement's price "
        "holds. Of a variant: its price for this quantity holds; say what you count on to be told "
        "(409 `price_changed`) when it is another one.",
    )
    ship_to_site_id: SiteId | None = Field(None, description="Where to; else the order's site.")
    deliver_on: Day | None = Field(
        None,
        description="The day of delivery; else the order's. It decides the line's quota period and "
        "which terms of the agreement hold.",
    )


class OrderIn(Request):
    """A bulk order. With `agreement_id` it is a call-off and reserves quota."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    external_reference: Reference | None = Field(
        None, description="Your own number for this order; it is taken only once."
    )
    agreement_id: AgreementId | None = None
    buyer_id: PartyId | None = Field(None, description="Only the operator names the buyer.")
    ship_to_site_id: SiteId = Field(description="Of all lines that do not name their own.")
    deliver_on: Day = Field(
        description="The day of delivery in Jakarta of all lines that do not name their own; "
        "decides the quota period."
    )
    lines: list[OrderLineIn] = Field(min_length=1, max_length=MOST_LINES)


class AnswerReason(StrEnum):
    """Why the hub promises less than was asked, or nothing."""

    NO_SUPPLY = "no_supply"
    PRICE = "price"
    SCHEDULE = "schedule"
    QUALITY = "quality"
    OTHER = "other"


class CancelReason(StrEnum):
    """Why an order is called off."""

    NO_LONGER_NEEDED = "no_longer_needed"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    TOO_LATE = "too_late"
    PRICE = "price"
    SUPPLY_FAILED = "supply_failed"
    OTHER = "other"


class ConfirmLineIn(Request):
    """What the hub promises of one line."""

    line_id: OrderLineId
    quantity: QuantityOrNone
    reason: AnswerReason | None = Field(
        None,
        description="Say why when it is less than was asked: the buyer reads it; else `other`.",
    )
    note: Note | None = None


class ConfirmIn(Request):
    """The hub's answer line by line; lines not named are promised as asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    lines: list[ConfirmLineIn] = Field([], max_length=MOST_LINES)


class DeclineIn(Request):
    """Why the hub cannot."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_supply"}]})

    reason: AnswerReason
    note: Note | None = None


class CancelIn(Request):
    """Why it is called off."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_longer_needed"}]})

    reason: CancelReason
    note: Note | None = None


class ShortCloseReason(StrEnum):
    """Why the hub gives up what has not come."""

    SUPPLY_FAILED = "supply_failed"
    QUALITY = "quality"
    LOST = "lost"
    BUYER_AGREED = "buyer_agreed"
    OTHER = "other"


class ShortCloseLineIn(Request):
    """A line of which nothing more will be sent."""

    line_id: OrderLineId
    reason: ShortCloseReason
    note: Note | None = None


_SHORT_CLOSE: dict[str, Any] = {
    "lines": [
        {
            "line_id": "oln_01jd0000000000000000000000",
            "reason": "supply_failed",
            "note": "Produksi turun karena cuaca panas; sisa 120 kg tidak bisa dikirim.",
        }
    ]
}


class ShortCloseIn(Request):
    """The lines of which nothing more will be sent; what is on the road still comes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHORT_CLOSE]})

    lines: list[ShortCloseLineIn] = Field(min_length=1, max_length=MOST_LINES)
