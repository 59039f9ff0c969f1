"""Wire shapes of agreements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from app.agreements.models import CarryOver, Period
from app.agreements.states import AGREEMENT, AgreementStatus
from app.core.actor import Actor
from app.core.ids import AgreementId, AgreementLineId, CommodityId, PartyId, QuoteId
from app.core.quantity import DecimalText, Quantity
from app.http.wire import Code, Day, Note, Request, Stateful
from app.prices.schemas import RuledPrice
from app.prices.terms import shown_price

Percent = Annotated[
    Decimal,
    DecimalText(places=2, most=Decimal(100), zero=True),
    BeforeValidator(lambda said: str(said) if type(said) is int else said),
]
"""A share of a hundred, as text; a plain whole number does too."""

LINE: dict[str, Any] = {
    "commodity_id": "com_01jd0000000000000000000000",
    "grade": "medium",
    "period": "month",
    "quota": {"value": "160", "unit": "ton"},
    "price": {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
    "under_tolerance_pct": "2",
    "over_tolerance_pct": "1",
    "carry_over": "limited",
    "carry_over_pct": "25",
    "overdraw_pct": "10",
    "min_call_off": {"value": "500", "unit": "kg"},
}
"""A line's example: eggs for a market, month by month."""


class TermsIn(RuledPrice, Request):
    """How much may be called off per period, at which price, and how exactly."""

    quota: Quantity
    overdraw_pct: Percent = Field(
        Decimal(0), description="How much more than its quota a period may be drawn on."
    )
    min_call_off: Quantity | None = Field(
        None,
        description="No order draws less than this at a time; its lines for these goods count "
        "together.",
    )
    under_tolerance_pct: Percent = Field(
        Decimal(2), description="How much less than confirmed still completes an order line."
    )
    over_tolerance_pct: Percent = Field(
        Decimal(0), description="How much more than confirmed may be delivered on an order line."
    )


class AgreementLineIn(TermsIn):
    """Goods that may be called off, period by period, at these terms."""

    commodity_id: CommodityId
    grade: Code
    period: Period = Field(
        description="How often the quota starts anew: weeks on Monday, months on the first; `once` "
        "is one quota for the whole time."
    )
    carry_over: CarryOver = Field(
        CarryOver.NONE,
        description="What becomes of quota that a period leaves: lost, moved into the next period, "
        "or moved up to `carry_over_pct` of the period's own quota.",
    )
    carry_over_pct: Percent | None = Field(None, description="Required with `limited`.")


class AgreementIn(Request):
    """A framework agreement between a buyer and the hub."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "buyer_id": "pty_01jd0000000000000000000000",
                    "starts_on": "2026-12-01",
                    "ends_on": "2027-11-30",
                    "lines": [LINE],
                }
            ]
        }
    )

    buyer_id: PartyId
    starts_on: Day
    ends_on: Day = Field(description="The last day, included.")
    lines: list[AgreementLineIn] = Field(min_length=1, max_length=100)


class EndReason(StrEnum):
    """Why an agreement is stopped, for now or for good."""

    NON_PAYMENT = "non_payment"
    SUPPLY_FAILURE = "supply_failure"
    QUALITY = "quality"
    MUTUAL = "mutual"
    OTHER = "other"


class AgreementRejectReason(StrEnum):
    """Why one side does not consent."""

    PRICE = "price"
    QUANTITY = "quantity"
    DATES = "dates"
    QUALITY = "quality"
    NOT_NEEDED = "not_needed"
    OTHER = "other"


class ReasonIn(Request):
    """Why, as a code and in words; the other side reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "mutual"}]})

    reason: EndReason = EndReason.OTHER
    note: Note | None = None


class OpenOrders(StrEnum):
    """What becomes of an agreement's open orders: they go on, or are called off with it."""

    KEEP = "keep"
    CANCEL = "cancel"


class TerminateIn(ReasonIn):
    """Why, and what becomes of the orders that are open."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "supply_failure", "open_orders": "cancel"}]}
    )

    open_orders: OpenOrders = Field(
        OpenOrders.KEEP,
        description="`cancel` calls off, with all they hold, the orders of which nothing has left; "
        "all others go on.",
    )


class AgreementRejectIn(Request):
    """Why not, as a code and in words; the other side reads it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "price", "note": "Di atas harga acuan pemerintah."}]
        }
    )

    reason: AgreementRejectReason
    note: Note | None = None


class AgreementLinkIn(Request):
    """The draft that is the return of this one: eggs one way, corn the other."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reciprocal_id": "agr_01jd0000000000000000000000"}]}
    )

    reciprocal_id: AgreementId


class AgreementTermsOut(RuledPrice):
    """What holds for a line from ``valid_from`` on. Quantities in the commodity's base unit."""

    version: int = Field(description="Counts the line's terms: 1 is what was signed first.")
    valid_from: date = Field(description="For deliveries from this day on.")
    quota: Quantity
    entered: Quantity = Field(description="The quota as it was entered.")
    overdraw_pct: Percent
    min_call_off: Quantity | None
    under_tolerance_pct: Percent
    over_tolerance_pct: Percent


class AgreementLineOut(AgreementTermsOut):
    """A line of an agreement at the terms that hold today; before its first day, those it begins
    with."""

    id: AgreementLineId
    commodity_id: CommodityId
    grade: str
    period: Period
    carry_over: CarryOver
    carry_over_pct: Percent | None


class AgreementOut(Stateful):
    """A framework agreement. It binds, and can be drawn on, while `active`."""

    id: AgreementId
    number: str
    status: AgreementStatus
    buyer_id: PartyId
    starts_on: date
    ends_on: date
    respond_by: datetime | None = Field(
        description="While it is proposed: without an answer by then it has expired."
    )
    reciprocal_id: AgreementId | None = Field(
        description="The agreement that is the return of this one."
    )
    quote_id: QuoteId | None = Field(description="The quote whose acceptance made it.")
    lines: list[AgreementLineOut]
    created_at: datetime


def agreement_out(row: Any, lines: Iterable[Any], actor: Actor) -> AgreementOut:
    """An agreement's row and its lines' rows (with ``base_unit``) on the wire."""
    return AgreementOut(
        **row._asdict()
        | {
            "respond_by": row.respond_by if row.status == AgreementStatus.PROPOSED else None,
            "lines": [_line_out(line) for line in lines],
            "allowed_actions": actor.allowed(AGREEMENT, row.status),
        }
    )


def _line_out(row: Any) -> AgreementLineOut:
    least = row.min_call_off
    return AgreementLineOut(
        **row._asdict()
        | {
            "quota": {"value": row.quota, "unit": row.base_unit},
            "entered": {"value": row.entered_value, "unit": row.entered_unit},
            "min_call_off": None if least is None else {"value": least, "unit": row.base_unit},
        }
        | dict(shown_price(row))
    )
