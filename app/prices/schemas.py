"""Wire shapes of prices that follow a rule, of price series and of their readings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.ids import CommodityId, PriceSeriesId
from app.core.money import MOST, Price, Rupiah
from app.core.quantity import DecimalText, Quantity
from app.http.wire import Code, Day, Name, Note, Request, Resource
from app.prices.models import PriceRule

MOST_TIERS = 10
MOST_READINGS = 1000
"""Readings in one request; a file may hold more."""


class SignedText(DecimalText):
    """Pydantic annotation: a plain decimal that may be below zero; as text, never a float."""

    def __init__(self, *, places: int, most: Decimal) -> None:
        super().__init__(places=places, most=most, zero=True)

    def _parse(self, value: object) -> Decimal:
        if isinstance(value, str) and value.startswith("-"):
            return -super()._parse(value[1:])
        return super()._parse(value)

    def __get_pydantic_json_schema__(self, *args: Any) -> dict[str, Any]:
        schema = super().__get_pydantic_json_schema__(*args)
        return schema | {"pattern": f"^-?{schema['pattern'].removeprefix('^')}"}


SignedRupiah = Annotated[Decimal, SignedText(places=0, most=MOST)]
SignedPercent = Annotated[Decimal, SignedText(places=2, most=Decimal(1000))]
ReadingAmount = Annotated[Decimal, DecimalText(places=2, most=MOST)]


class Fallback(StrEnum):
    """What holds when the reading an indexed price needs is not there, or is too old.

    ``last_reading``: the newest one before, however old; without any, ``price``. ``price``: the
    line's own price. ``refuse``: nothing is ordered until the reading has been recorded.
    """

    LAST_READING = "last_reading"
    PRICE = "price"
    REFUSE = "refuse"


class QuantityTier(Request):
    """From a quantity on the price is another, lower amount, for the same ``per``."""

    from_quantity: Quantity
    amount: Rupiah = Field(examples=["27000"])


class PriceIndex(Request):
    """How a reading of a price series becomes a price, in rupiah for the ``per`` of ``price``.

    The reading is converted to that ``per``; then ``spread_pct`` of it is added, then
    ``spread_amount``; the sum is rounded half-up to ``round_to`` and, last, held between
    ``floor_amount`` and ``ceiling_amount``, which therefore hold exactly as agreed.
    """

    series_id: PriceSeriesId
    lag_days: int = Field(
        0, ge=0, le=366, description="The reading of this many days before the order is placed."
    )
    spread_pct: SignedPercent = Field(
        Decimal(0), description="Percent added to the reading; below zero it is taken off."
    )
    spread_amount: SignedRupiah = Field(
        Decimal(0), description="Rupiah added after that; below zero they are taken off."
    )
    floor_amount: Rupiah | None = Field(
        None, description="Never less than this; without it never less than `round_to`."
    )
    ceiling_amount: Rupiah | None = Field(None, description="Never more than this.")
    round_to: Rupiah = Field(Decimal(1), description="A whole number of rupiah, such as 50.")
    max_age_days: int = Field(
        14,
        ge=0,
        le=3660,
        description="A reading older than this, counted back from the lag's day, is missing.",
    )
    fallback: Fallback = Fallback.LAST_READING


class RuledPrice(BaseModel):
    """A price and how it comes about; what agreement lines have in common on the wire.

    ``price`` is the price of ``fixed``, that below the first tier of ``tiered``, and what holds of
    ``indexed`` where its reading is missing and nothing else was agreed.
    """

    price: Price
    price_rule: PriceRule = PriceRule.FIXED
    price_tiers: list[QuantityTier] | None = Field(
        None,
        min_length=1,
        max_length=MOST_TIERS,
        description="With `tiered`: ascending quantities, each cheaper than the one before.",
    )
    price_index: PriceIndex | None = Field(None, description="With `indexed`: made of what.")


_SOURCE = "Badan Pangan Nasional, Perbadan 6/2024"


class PriceSeriesIn(Request):
    """A reference price that somebody publishes, for a commodity."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "hap-telur-produsen",
                    "name": "Harga acuan telur ayam ras di tingkat produsen",
                    "source": _SOURCE,
                    "commodity_id": "com_01jd0000000000000000000000",
                    "per": {"value": "1", "unit": "kg"},
                }
            ]
        }
    )

    code: Code
    name: Name
    source: Note = Field(
        description="Who publishes it and where: a decree, an address.", examples=[_SOURCE]
    )
    commodity_id: CommodityId
    per: Quantity = Field(description="The quantity that its readings are the price of.")


class PriceReadingIn(Request):
    """What a series says from a day on, until its next reading."""

    read_on: Day
    amount: ReadingAmount = Field(description="Rupiah for the `per` of its series.")
    note: Note | None = Field(
        None, description="Required where another value was recorded for this day: why it changes."
    )


class PriceReadingsIn(Request):
    """Readings to record, in any order, one for each day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "readings": [
                        {"read_on": "2026-11-20", "amount": "26500"},
                        {"read_on": "2026-11-21", "amount": "26650", "note": "Siskaperbapo"},
                    ]
                }
            ]
        }
    )

    readings: list[PriceReadingIn] = Field(min_length=1, max_length=MOST_READINGS)


class PriceReadingOut(BaseModel):
    """A series' value on a day. A correction is a higher ``revision``; both stay."""

    read_on: date
    revision: int
    amount: ReadingAmount
    note: str | None
    recorded_at: datetime


class PriceSeriesOut(Resource):
    """A reference price and its newest reading; ``version`` counts what was recorded."""

    id: PriceSeriesId
    code: str
    name: str
    source: str = Field(examples=[_SOURCE])
    commodity_id: CommodityId
    currency: Literal["IDR"]
    per: Quantity
    newest: PriceReadingOut | None
    created_at: datetime


class RecordedOut(Resource):
    """What became of the readings that were sent, and the newest the series has now."""

    recorded: int = Field(description="Days of which nothing was known before.")
    corrected: int = Field(description="Days that have another value now, as a new revision.")
    unchanged: int = Field(description="Days of which the same was known already.")
    newest: PriceReadingOut


_NEWEST = ("read_on", "revision", "amount", "note", "recorded_at")


def reading_out(row: Any) -> PriceReadingOut:
    """A reading's row on the wire."""
    return PriceReadingOut(**{name: row[name] for name in _NEWEST})


def series_out(row: Any) -> PriceSeriesOut:
    """A row of a series, joined with its newest reading, on the wire."""
    per = Quantity(value=row["per_value"], unit=row["per_unit"])
    newest = None if row["read_on"] is None else reading_out(row)
    return PriceSeriesOut(**{**row, "per": per, "newest": newest})
