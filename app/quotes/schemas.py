"""What is said about quote requests and quotes; what is answered is in `shown`."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from app.agreements.models import Period
from app.agreements.schemas import Percent
from app.core.ids import CommodityId, PartyId, QuoteRequestLineId, SiteId
from app.core.money import Price
from app.core.quantity import Quantity
from app.http.wire import Code, Day, Instant, Note, Reference, Request
from app.orders.rules import DEFAULT_UNDER_TOLERANCE_PCT
from app.quotes.models import QuoteFor

MOST_LINES = 100
"""Terms are named line by line, by people."""

_GOODS: dict[str, Any] = {"commodity_id": "com_01jd0000000000000000000000", "grade": "medium"}
_PRICE: dict[str, Any] = {"amount": "27800", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}


class QuoteRequestLineIn(Request):
    """So much of a commodity in a grade."""

    commodity_id: CommodityId
    grade: Code
    quantity: Quantity = Field(description="Of an agreement: per `period`.")
    period: Period | None = Field(None, description="Only of an agreement, and required there.")


class QuoteRequestIn(Request):
    """What terms are asked for: those of one order, or of a framework agreement."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "wanted": "order",
                    "ship_to_site_id": "sit_01jd0000000000000000000000",
                    "deliver_on": "2026-12-03",
                    "lines": [_GOODS | {"quantity": {"value": "12", "unit": "ton"}}],
                    "external_reference": "PJ-RFQ-2026-0007",
                    "message": "Telur untuk persediaan Natal, diterima sebelum jam 05.00.",
                },
                {
                    "wanted": "agreement",
                    "starts_on": "2027-01-01",
                    "ends_on": "2027-12-31",
                    "lines": [
                        _GOODS | {"quantity": {"value": "160", "unit": "ton"}, "period": "month"}
                    ],
                },
            ]
        }
    )

    buyer_id: PartyId | None = Field(None, description="Only the operator names the buyer.")
    wanted: QuoteFor = Field(description="What an accepted quote becomes.")
    ship_to_site_id: SiteId | None = Field(None, description="Of an order.")
    deliver_on: Day | None = Field(None, description="Of an order: the day in Jakarta.")
    starts_on: Day | None = Field(None, description="Of an agreement: its first day.")
    ends_on: Day | None = Field(None, description="Of an agreement: its last day, included.")
    lines: list[QuoteRequestLineIn] = Field(min_length=1, max_length=MOST_LINES)
    external_reference: Reference | None = Field(
        None, description="Your own number for this request; it is taken only once."
    )
    message: Note | None = Field(
        None,
        description="What you want to tell the other side.",
        examples=["Diterima sebelum jam 05.00."],
    )


class QuoteRequestCancelReason(StrEnum):
    """Why the buyer asks no longer."""

    NO_LONGER_NEEDED = "no_longer_needed"
    BOUGHT_ELSEWHERE = "bought_elsewhere"
    ASKED_BY_MISTAKE = "asked_by_mistake"
    OTHER = "other"


class QuoteRequestCloseReason(StrEnum):
    """Why the hub has no terms to give."""

    NO_SUPPLY = "no_supply"
    SCHEDULE = "schedule"
    NO_AGREEMENT = "no_agreement"
    OTHER = "other"


class QuoteDeclineReason(StrEnum):
    """What is wrong with terms."""

    PRICE = "price"
    QUANTITY = "quantity"
    TOLERANCE = "tolerance"
    BOUGHT_ELSEWHERE = "bought_elsewhere"
    NO_SUPPLY = "no_supply"
    OTHER = "other"


class QuoteRequestCancelIn(Request):
    """Why it is not asked any longer; the hub reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_longer_needed"}]})

    reason: QuoteRequestCancelReason
    note: Note | None = None


class QuoteRequestCloseIn(Request):
    """Why there are no terms; the buyer reads it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "no_supply",
                    "note": "Sampai Lebaran semua telur medium sudah dijanjikan.",
                }
            ]
        }
    )

    reason: QuoteRequestCloseReason
    note: Note | None = None


class QuoteLineIn(Request):
    """Terms for one line of the request."""

    request_line_id: QuoteRequestLineId
    quantity: Quantity = Field(description="May be less, or more, than was asked for.")
    price: Price
    under_tolerance_pct: Percent = Field(
        DEFAULT_UNDER_TOLERANCE_PCT,
        description="How much less than this still completes an order line.",
    )
    over_tolerance_pct: Percent = Field(
        Decimal(0), description="How much more than this the buyer takes, and pays."
    )


class QuoteIn(Request):
    """Terms. Lines of the request that are left out are not offered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": [
                        {
                            "request_line_id": "qrl_01jd0000000000000000000000",
                            "quantity": {"value": "10", "unit": "ton"},
                            "price": _PRICE,
                            "over_tolerance_pct": "1",
                        }
                    ],
                    "valid_until": "2026-11-27T17:00:00+07:00",
                    "message": "Dua ton sisanya baru ada minggu depan.",
                }
            ]
        }
    )

    lines: list[QuoteLineIn] = Field(min_length=1, max_length=MOST_LINES)
    valid_until: Instant | None = Field(
        None,
        description="Until when it binds you. Three working days unless said, thirty days at most, "
        "and never past the day of delivery or the agreement's last day.",
    )
    message: Note | None = Field(
        None,
        description="What you want to tell the other side.",
        examples=["Dua ton sisanya baru ada minggu depan."],
    )


class QuoteAcceptIn(Request):
    """What the order is called in the buyer's books."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"external_reference": "PJ-2026-12-0009"}]}
    )

    external_reference: Reference | None = Field(
        None,
        description="The buyer's own number for the order; unless said, that of the request. An "
        "agreement has none.",
    )


class QuoteDeclineIn(Request):
    """What is wrong with it; its maker reads it and may name other terms."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "price", "note": "Paling tinggi Rp 27.500."}]}
    )

    reason: QuoteDeclineReason
    note: Note | None = None
