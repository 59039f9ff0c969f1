"""Orders on the wire: what is shown of them, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.actor import Actor
from app.core.ids import (
    AgreementId,
    AgreementLineId,
    CommodityId,
    ListingId,
    OrderId,
    OrderLineId,
    PartyId,
    PriceSeriesId,
    QuoteId,
    SiteId,
    VariantId,
)
from app.core.money import Money, Price, Rupiah, line_amount
from app.core.quantity import DecimalText, Quantity, QuantityOrNone
from app.http.wire import Stateful
from app.orders.rules import fulfilment, target
from app.orders.states import ORDER, OrderStatus
from app.prices.models import PriceRule
from app.prices.schemas import (
    Fallback,
    QuantityTier,
    ReadingAmount,
    SignedPercent,
    SignedRupiah,
)


class PriceInputs(BaseModel):
    """What an agreement's price was made of on the day the order was placed. It never changes.

    ``amount`` is the price itself, in rupiah for the price's ``per``. Of ``tiered`` there is the
    ``tier`` that all lines of the order for the same goods reached together (null: none); of
    ``indexed`` the reading of the series, what was added to it, and which limit or fallback came to
    bear. What another rule needs is null.
    """

    rule: PriceRule
    terms_version: int = Field(description="Of the agreement's line, as held on the line's day.")
    amount: Rupiah
    tier: QuantityTier | None = None
    series: str | None = Field(None, examples=["pihps_telur_ayam"])
    series_id: PriceSeriesId | None = None
    read_on: date | None = Field(None, description="The day the reading is for.")
    reading: ReadingAmount | None = Field(None, description="For the series' own quantity.")
    revision: int | None = None
    lag_days: int | None = None
    spread_pct: SignedPercent | None = None
    spread_amount: SignedRupiah | None = None
    before_limits: SignedRupiah | None = Field(None, description="Rounded to `round_to`.")
    limited_by: Literal["floor", "ceiling"] | None = None
    round_to: Rupiah | None = None
    fallback: Fallback | None = Field(None, description="What stood in for a missing reading.")


_Percent = Annotated[Decimal, DecimalText(places=2, most=Decimal(100), zero=True)]


class OrderLineOut(BaseModel):
    """A line with all its quantities, in the commodity's base unit or the listing's unit.

    It names a commodity and grade, or a variant of a listing; the others are null. ``confirmed`` is
    null until the hub answered. ``unallocated`` is what no seller was found for yet; ``short`` is
    what was sent and did not arrive; ``over`` what sellers weighed beyond what was confirmed,
    within the tolerance; ``short_closed`` what the hub gave up.
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
    ship_to_site_id: SiteId
    deliver_on: date
    entered: Quantity
    price: Price
    price_inputs: PriceInputs | None = Field(description="Null without an agreement.")
    amount: Money = Field(description="Price × quantity asked for, whole rupiah.")
    under_tolerance_pct: _Percent = Field(description="So much less than confirmed completes it.")
    over_tolerance_pct: _Percent = Field(description="So much more may be brought.")
    requested: Quantity
    confirmed: QuantityOrNone | None
    over: QuantityOrNone
    short_closed: QuantityOrNone
    allocated: QuantityOrNone
    unallocated: QuantityOrNone
    shipped: QuantityOrNone
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    short: QuantityOrNone
    done: bool = Field(
        description="Nothing more is to come: enough was received within the tolerance, or the "
        "rest was given up; and all of it is signed for."
    )
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
    quote_id: QuoteId | None = Field(description="The quote whose acceptance made it.")
    ship_to_site_id: SiteId = Field(description="Of lines that were ordered without their own.")
    deliver_on: date = Field(description="Of lines that were ordered without their own.")
    external_reference: str | None
    total: Money = Field(
        description="The sum of the lines' amounts: of what was ordered, or promised once it is "
        "answered; not what is owed after the goods were received."
    )
    lines: list[OrderLineOut]
    reason: str | None
    note: str | None
    respond_by: datetime = Field(
        description="Unanswered by then, the order expires: one working day, at the latest the end "
        "of the day before the first delivery, at least two hours."
    )
    placed_at: datetime


_AS_THEY_ARE = (
    "commodity_id",
    "grade",
    "variant_id",
    "listing_id",
    "seller_id",
    "title",
    "agreement_line_id",
    "ship_to_site_id",
    "deliver_on",
    "under_tolerance_pct",
    "over_tolerance_pct",
    "reason",
    "note",
)
_COUNTERS = (
    "requested",
    "over",
    "short_closed",
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
        value=target(line) - line["allocated"] if promised else Decimal(0), unit=unit
    )
    amount = line_amount(line["requested"], line["price_amount"], line["price_per"])
    return OrderLineOut.model_construct(
        id=line["id"],
        **{name: line[name] for name in _AS_THEY_ARE},
        entered=Quantity.model_construct(value=line["entered_value"], unit=line["entered_unit"]),
        price=Price.model_construct(
            amount=line["price_amount"],
            currency=line["price_currency"],
            per=Quantity.model_construct(
                value=line["price_per_value"], unit=line["price_per_unit"]
            ),
        ),
        amount=Money.model_construct(amount=amount, currency="IDR"),
        price_inputs=_price_inputs(line["price_inputs"], unit),
        done=line["done_at"] is not None,
        **quantities,
    )


def _price_inputs(made_of: Mapping[str, Any] | None, unit: str) -> PriceInputs | None:
    """What a price was made of, as frozen on a line of goods in *unit*, on the wire."""
    if made_of is None:
        return None
    shown = dict(made_of)
    tier, series_id = shown.get("tier"), shown.get("series_id")
    if tier is not None:
        start = Quantity(value=tier["from"], unit=unit)
        shown["tier"] = QuantityTier(from_quantity=start, amount=tier["amount"])
    if series_id is not None:
        shown["series_id"] = UUID(series_id)
    return PriceInputs(**shown)
