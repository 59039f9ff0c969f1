"""Wire shapes of orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import (
    AgreementId,
    AgreementLineId,
    CommodityId,
    ListingId,
    OrderId,
    OrderLineId,
    PartyId,
    SiteId,
    VariantId,
)
from app.core.money import Money, Price, line_amount
from app.core.quantity import DecimalText, Quantity, QuantityOrNone
from app.http.wire import Code, Note, Reference, Request, Stateful
from app.orders.rules import fulfilment
from app.orders.states import ORDER, OrderStatus

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
        }
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


class OrderIn(Request):
    """A bulk order. With `agreement_id` it is a call-off and reserves quota."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    external_reference: Reference | None = Field(
        None, description="Your own number for this order; it is taken only once."
    )
    agreement_id: AgreementId | None = None
    buyer_id: PartyId | None = Field(None, description="Only the operator names the buyer.")
    ship_to_site_id: SiteId
    deliver_on: date = Field(
        description="The day of delivery in Jakarta; decides the quota period."
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
        None, description="Say why when it is less than was asked: the buyer reads it."
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


class OrderLineOut(BaseModel):
    """A line with all its quantities, in the commodity's base unit or the listing's unit.

    It names a commodity and grade, or a variant of a listing; the others are null. ``confirmed`` is
    null until the hub answered. ``unallocated`` is what no seller was found for yet; ``short`` is
    what was sent and did not arrive.
    """

    id: OrderLineId
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    listing_id: ListingId | None
    seller_id: PartyId | None = Field(description="Whose listing it is.")
    title: str | None = Field(
        description="What the listing and its variant were called when it was ordered.",
        examples=["Keripik Belimbing Manis, pedas, 200 g"],
    )
    agreement_line_id: AgreementLineId | None
    entered: Quantity
    price: Price
    amount: Money = Field(description="Price × quantity asked for, whole rupiah.")
    under_tolerance_pct: Annotated[Decimal, DecimalText(places=2, most=Decimal(100), zero=True)]
    requested: Quantity
    confirmed: QuantityOrNone | None
    allocated: QuantityOrNone
    unallocated: QuantityOrNone
    shipped: QuantityOrNone
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    short: QuantityOrNone
    done: bool = Field(description="Enough was received within the tolerance, and signed for.")
    reason: str | None
    note: str | None


class OrderOut(Stateful):
    """A bulk order. `status` is what was agreed; `fulfilment_status` follows from the lines."""

    id: OrderId
    number: str = Field(examples=["ORD-2026-000123"])
    status: OrderStatus
    fulfilment_status: str
    buyer_id: PartyId
    agreement_id: AgreementId | None
    ship_to_site_id: SiteId
    deliver_on: date
    external_reference: str | None
    total: Money = Field(description="The sum of the lines' amounts.")
    lines: list[OrderLineOut]
    reason: str | None
    note: str | None
    respond_by: datetime = Field(description="Unanswered by then, the order expires.")
    placed_at: datetime


_GOODS = ("commodity_id", "grade", "variant_id", "listing_id", "seller_id", "title")
_COUNTERS = (
    "requested",
    "allocated",
    "shipped",
    "received",
    "accepted",
    "downgraded",
    "rejected",
    "short",
)


def order_out(
    order: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], actor: Actor
) -> OrderOut:
    """An order's row and its lines' rows on the wire."""
    found = list(lines)
    shown = [_line_out(line) for line in found]
    return OrderOut(
        **dict(order)
        | {
            "lines": shown,
            "total": Money(amount=sum((line.amount.amount for line in shown), Decimal(0))),
            "fulfilment_status": fulfilment(found),
            "allowed_actions": actor.allowed(ORDER, order["status"]),
        }
    )


def _line_out(line: Mapping[str, Any]) -> OrderLineOut:
    unit = line["base_unit"]
    promised = line["confirmed"]
    quantities: dict[str, Any] = {
        name: QuantityOrNone.model_construct(value=line[name], unit=unit) for name in _COUNTERS
    }
    quantities["confirmed"] = (
        None if promised is None else QuantityOrNone.model_construct(value=promised, unit=unit)
    )
    quantities["unallocated"] = QuantityOrNone.model_construct(
        value=(promised or Decimal(0)) - line["allocated"], unit=unit
    )
    amount = line_amount(line["requested"], line["price_amount"], line["price_per"])
    return OrderLineOut.model_construct(
        id=line["id"],
        **{name: line[name] for name in _GOODS},
        agreement_line_id=line["agreement_line_id"],
        entered=Quantity.model_construct(value=line["entered_value"], unit=line["entered_unit"]),
        price=Price.model_construct(
            amount=line["price_amount"],
            currency=line["price_currency"],
            per=Quantity.model_construct(
                value=line["price_per_value"], unit=line["price_per_unit"]
            ),
        ),
        amount=Money.model_construct(amount=amount, currency="IDR"),
        under_tolerance_pct=line["under_tolerance_pct"],
        done=line["done_at"] is not None,
        reason=line["reason"],
        note=line["note"],
        **quantities,
    )
