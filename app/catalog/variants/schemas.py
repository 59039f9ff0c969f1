"""Wire shapes of variants and their stock."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.catalog.states import VariantStatus
from app.catalog.variants.models import Availability, CapacityPeriod, StockMovementKind
from app.catalog.variants.rules import gtin_valid
from app.core.ids import ListingId, OrderLineId, VariantId
from app.core.money import Price, Rupiah
from app.core.quantity import Positive, Quantity, QuantityOrNone
from app.http.wire import Note, Option, Reference, Request, Stateful

MOST_VARIANTS = 50
MOST_TIERS = 10


def _gtin(value: str) -> str:
    if not gtin_valid(value):
        raise PydanticCustomError(
            "gtin", "expected a barcode of 8, 12, 13 or 14 digits with a right check digit"
        )
    return value


Gtin = Annotated[str, AfterValidator(_gtin)]


class PriceTier(Request):
    """From a quantity on (in the listing's unit) the price is another amount, per the same unit."""

    from_: Positive = Field(alias="from", examples=["10"])
    amount: Rupiah = Field(examples=["14000"])

    model_config = ConfigDict(serialize_by_alias=True)


def _ascending(tiers: list[PriceTier]) -> list[PriceTier]:
    steps = [tier.from_ for tier in tiers]
    amounts = [tier.amount for tier in tiers]
    if steps != sorted(set(steps)) or amounts != sorted(set(amounts), reverse=True):
        raise PydanticCustomError(
            "tiers_order", "expected tiers in ascending order of from, each cheaper than before"
        )
    return tiers


Tiers = Annotated[list[PriceTier], Field(max_length=MOST_TIERS), AfterValidator(_ascending)]


class VariantFields(Request):
    """What a seller says of a variant; a field that is left out is not said."""

    sku: Reference | None = Field(None, description="Your own number of it; taken only once.")
    gtin: Gtin | None = Field(None, description="Barcode, if it has one.")
    size: Option | None = None
    colour: Option | None = None
    flavour: Option | None = None
    pack: Option | None = None
    price: Price | None = Field(None, description="Without it the listing's price holds.")
    price_tiers: Tiers = Field([], description="Lower amounts from a quantity on, ascending.")
    net_weight: Quantity | None = Field(None, description="A mass, of one unit as sold.")
    gross_weight: Quantity | None = Field(None, description="A mass; with its packing.")
    availability: Availability = Availability.STOCK
    capacity: Quantity | None = Field(
        None, description="Made to order: how much of it can be made in a day or a week."
    )
    capacity_period: CapacityPeriod | None = None
    lead_days: int | None = Field(
        None, ge=0, le=365, description="Made to order: whole days from the order to the goods."
    )
    low_stock_at: Quantity | None = Field(None, description="You are reminded from here down.")

    @model_validator(mode="after")
    def _whole(self) -> VariantFields:
        said = [self.capacity is not None, self.capacity_period is not None]
        said.append(self.lead_days is not None)
        if any(said) and self.availability == Availability.STOCK:
            raise PydanticCustomError(
                "capacity", "capacity, capacity_period and lead_days need made_to_order"
            )
        if self.availability == Availability.MADE_TO_ORDER and not all(said):
            raise PydanticCustomError(
                "capacity", "made_to_order needs capacity, capacity_period and lead_days"
            )
        return self


_EXAMPLE: dict[str, Any] = {
    "sku": "BLB-PDS-200",
    "flavour": "pedas",
    "pack": "200 g",
    "price": {"amount": "16000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}},
    "price_tiers": [{"from": "10", "amount": "15000"}],
    "net_weight": {"value": "200", "unit": "g"},
    "gtin": "8991234567891",
    "stock": {"value": "40", "unit": "pcs"},
    "low_stock_at": {"value": "5", "unit": "pcs"},
}


class VariantIn(VariantFields):
    """One way in which a listing is sold."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    stock: QuantityOrNone | None = Field(None, description="What there is of it now.")


class VariantPatch(Request):
    """A JSON Merge Patch (RFC 7396) of a variant: what it does not name stays, null removes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"price_tiers": [{"from": "12", "amount": "14500"}]}]}
    )

    sku: Reference | None = None
    gtin: Gtin | None = None
    size: Option | None = None
    colour: Option | None = None
    flavour: Option | None = None
    pack: Option | None = None
    price: Price | None = None
    price_tiers: Tiers | None = None
    net_weight: Quantity | None = None
    gross_weight: Quantity | None = None
    availability: Availability | None = None
    capacity: Quantity | None = None
    capacity_period: CapacityPeriod | None = None
    lead_days: int | None = Field(None, ge=0, le=365)
    low_stock_at: Quantity | None = None


class AdjustReason(StrEnum):
    """Why the books did not say what is there."""

    COUNTED = "counted"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    GIVEN_AWAY = "given_away"
    SOLD_ELSEWHERE = "sold_elsewhere"
    OTHER = "other"


class ReceiveIn(Request):
    """Goods that came in, on top of what is there."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quantity": {"value": "40", "unit": "pcs"}}]}
    )

    quantity: Quantity
    note: Note | None = None


class AdjustIn(Request):
    """What was counted: all that is there now, reserved goods included."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"counted": {"value": "38", "unit": "pcs"}, "reason": "damaged"}]
        }
    )

    counted: QuantityOrNone
    reason: AdjustReason
    note: Note | None = None


class StockOut(BaseModel):
    """What there is of a variant, in the listing's unit."""

    on_hand: QuantityOrNone
    reserved: QuantityOrNone = Field(description="Of it, kept for orders.")
    available: QuantityOrNone
    low_stock_at: Quantity | None


class TierOut(BaseModel):
    """From a quantity on the price is another amount."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(alias="from", examples=["10"])
    amount: str = Field(examples=["14000"])


class VariantOut(Stateful):
    """A variant. `stock` is null for everybody but its seller and the hub, and for goods made to
    order; `in_stock` is for anybody."""

    id: VariantId
    listing_id: ListingId
    status: VariantStatus
    sku: str | None
    gtin: str | None
    size: str | None
    colour: str | None
    flavour: str | None
    pack: str | None
    price: Price
    own_price: bool = Field(description="Whether it has a price of its own, or the listing's.")
    price_tiers: list[TierOut]
    net_weight: Quantity | None
    gross_weight: Quantity | None
    availability: Availability
    capacity: Quantity | None
    capacity_period: CapacityPeriod | None
    lead_days: int | None
    in_stock: bool = Field(description="Some of it can be ordered.")
    stock: StockOut | None


class StockMovementOut(BaseModel):
    """One movement of the stock, in the listing's unit. Never changed."""

    kind: StockMovementKind
    quantity: Quantity
    order_line_id: OrderLineId | None
    period_start: date | None = Field(description="Made to order: the time it was taken from.")
    at: datetime


def quantity_of(value: Decimal | str | None, unit: str) -> Quantity | None:
    """A stored quantity on the wire."""
    if value is None:
        return None
    return QuantityOrNone.model_construct(value=Decimal(value), unit=unit)
