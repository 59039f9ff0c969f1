"""Wire shapes of agreements and their quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.agreements.models import Period
from app.agreements.states import AGREEMENT, AgreementStatus
from app.core.actor import Actor
from app.core.ids import AgreementId, AgreementLineId, CommodityId, PartyId
from app.core.money import Price
from app.core.quantity import DecimalText, Quantity, QuantityOrNone
from app.http.wire import Code, Note, Request, Stateful, price_of

Percent = Annotated[
    Decimal,
    BeforeValidator(lambda said: str(said) if type(said) is int else said),
    DecimalText(places=2, most=Decimal(100), zero=True),
]
"""A share of a hundred, as text; a plain whole number does too."""

_LINE: dict[str, Any] = {
    "commodity_id": "com_01jd0000000000000000000000",
    "grade": "medium",
    "period": "month",
    "quota": {"value": "160", "unit": "ton"},
    "price": {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
    "under_tolerance_pct": "2",
}


class AgreementLineIn(Request):
    """What may be called off per period, at which price."""

    commodity_id: CommodityId
    grade: Code
    period: Period
    quota: Quantity
    price: Price
    under_tolerance_pct: Percent = Field(
        Decimal(2), description="How much less than confirmed still completes an order line."
    )


class AgreementIn(Request):
    """A framework agreement between a buyer and the hub."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "buyer_id": "pty_01jd0000000000000000000000",
                    "starts_on": "2026-12-01",
                    "ends_on": "2027-11-30",
                    "lines": [_LINE],
                }
            ]
        }
    )

    buyer_id: PartyId
    starts_on: date
    ends_on: date = Field(description="The last day, included.")
    lines: list[AgreementLineIn] = Field(min_length=1, max_length=100)


class EndReason(StrEnum):
    """Why an agreement is stopped, for now or for good."""

    NON_PAYMENT = "non_payment"
    SUPPLY_FAILURE = "supply_failure"
    QUALITY = "quality"
    MUTUAL = "mutual"
    OTHER = "other"


class ReasonIn(Request):
    """Why, as a code and in words; the other side reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "mutual"}]})

    reason: EndReason = EndReason.OTHER
    note: Note | None = None


class AgreementLineOut(BaseModel):
    """A line of an agreement, its quota in the commodity's base unit."""

    id: AgreementLineId
    commodity_id: CommodityId
    grade: str
    period: Period
    quota: Quantity
    entered: Quantity
    price: Price
    under_tolerance_pct: Percent


class AgreementOut(Stateful):
    """A framework agreement. It binds, and can be drawn on, while `active`."""

    id: AgreementId
    number: str
    status: AgreementStatus
    buyer_id: PartyId
    starts_on: date
    ends_on: date
    lines: list[AgreementLineOut]
    created_at: datetime


class QuotaOut(BaseModel):
    """One period of one line. ``left`` is quota − reserved − consumed."""

    line_id: AgreementLineId
    commodity_id: CommodityId
    grade: str
    period_start: date
    period_end: date
    quota: Quantity
    reserved: QuantityOrNone
    consumed: QuantityOrNone
    left: QuantityOrNone


def agreement_out(row: Any, lines: Iterable[Any], actor: Actor) -> AgreementOut:
    """An agreement's row and its lines' rows (with ``base_unit``) on the wire."""
    return AgreementOut(
        **row._asdict()
        | {
            "lines": [_line_out(line) for line in lines],
            "allowed_actions": actor.allowed(AGREEMENT, row.status),
        }
    )


def _line_out(row: Any) -> AgreementLineOut:
    return AgreementLineOut(
        **row._asdict()
        | {
            "quota": {"value": row.quota, "unit": row.base_unit},
            "entered": {"value": row.entered_value, "unit": row.entered_unit},
            "price": price_of(row),
        }
    )


def quota_out(rows: Sequence[Any]) -> list[QuotaOut]:
    """Periods' rows on the wire."""
    names = ("quota", "reserved", "consumed", "left")
    return [
        QuotaOut(
            **dict(row) | {name: {"value": row[name], "unit": row["base_unit"]} for name in names}
        )
        for row in rows
    ]
