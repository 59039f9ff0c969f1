"""Quote requests and quotes on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from app.agreements.models import Period
from app.agreements.schemas import Percent
from app.core.actor import Actor
from app.core.consent import proposed_by_caller
from app.core.ids import (
    AgreementId,
    CommodityId,
    OrderId,
    PartyId,
    QuoteId,
    QuoteLineId,
    QuoteRequestId,
    QuoteRequestLineId,
    SiteId,
)
from app.core.money import Money, Price, line_amount
from app.core.quantity import Quantity
from app.http.wire import Stateful, price_of
from app.quotes.models import QuoteFor
from app.quotes.queries import WholeQuote, WholeRequest
from app.quotes.rules import Side, side_of
from app.quotes.states import QUOTE, QUOTE_REQUEST, QuoteRequestStatus, QuoteStatus


class QuoteLineOut(BaseModel):
    """Terms for one line of the request, in the commodity's base unit."""

    id: QuoteLineId
    request_line_id: QuoteRequestLineId
    commodity_id: CommodityId
    grade: str
    period: Period | None
    asked: Quantity = Field(description="What the request asks for.")
    quantity: Quantity
    price: Price
    amount: Money = Field(description="Price × quantity, whole rupiah; of an agreement per period.")
    under_tolerance_pct: Percent
    over_tolerance_pct: Percent


class QuoteOut(Stateful):
    """Terms that one side named, its consent to them. They never change: other terms are another
    quote, in the next round."""

    id: QuoteId
    request_id: QuoteRequestId
    request_number: str = Field(examples=["QRQ-2026-000012"])
    buyer_id: PartyId
    status: QuoteStatus
    round: int = Field(description="Counts the quotes of the request from 1.", ge=1)
    made_by: Side = Field(description="The other side accepts or declines; this one may withdraw.")
    valid_until: datetime
    lines: list[QuoteLineOut]
    total: Money | None = Field(
        description="The sum of the lines' amounts; null for an agreement, whose lines are per "
        "week, per month or once."
    )
    order_id: OrderId | None = Field(description="The order it became.")
    agreement_id: AgreementId | None = Field(description="The agreement it became.")
    message: str | None = Field(examples=["Dua ton sisanya baru ada minggu depan."])
    reason: str | None = Field(examples=["price"])
    note: str | None
    created_at: datetime


class QuoteRequestLineOut(BaseModel):
    """So much of a commodity in a grade, in its base unit."""

    id: QuoteRequestLineId
    commodity_id: CommodityId
    grade: str
    period: Period | None
    quantity: Quantity
    entered: Quantity


class QuoteRequestOut(Stateful):
    """A buyer asks for terms. Open until a quote is accepted, one side has enough, or silence."""

    id: QuoteRequestId
    number: str = Field(examples=["QRQ-2026-000012"])
    status: QuoteRequestStatus
    buyer_id: PartyId
    wanted: QuoteFor
    ship_to_site_id: SiteId | None
    deliver_on: date | None
    starts_on: date | None
    ends_on: date | None
    external_reference: str | None
    message: str | None = Field(examples=["Diterima sebelum jam 05.00."])
    lines: list[QuoteRequestLineOut]
    rounds: int = Field(description="How many quotes there have been.", ge=0)
    waiting_for: Side | None = Field(
        description="Whose word is awaited while it is open: who did not make the pending quote; "
        "without one who made the last; at first the hub."
    )
    respond_by: datetime = Field(
        description="Until when. A pending quote then expires, and its maker may name other terms; "
        "without one the request expires."
    )
    reason: str | None = Field(examples=["no_supply"])
    note: str | None
    created_at: datetime


class QuoteRequestWhole(QuoteRequestOut):
    """A request with every quote there has been."""

    quotes: list[QuoteOut] = Field(description="All rounds, the first one first.")


def quote_out(quote: WholeQuote, actor: Actor) -> QuoteOut:
    """A quote with its lines. ``allowed_actions`` are the caller's side's."""
    header, rows = quote
    lines = [_line_out(row) for row in rows]
    total = sum((line.amount.amount for line in lines), Decimal(0))
    return QuoteOut(
        **header
        | {
            "made_by": side_of(header["made_by"], header["buyer_id"]),
            "lines": lines,
            "total": Money(amount=total) if header["wanted"] == QuoteFor.ORDER else None,
            "allowed_actions": _allowed(header, actor),
        }
    )


def _allowed(header: Mapping[str, Any], actor: Actor) -> list[str]:
    own = proposed_by_caller(actor, proposed_by=header["made_by"], buyer_id=header["buyer_id"])
    others = {"accept", "decline"} if own else {"withdraw"}
    return [action for action in actor.allowed(QUOTE, header["status"]) if action not in others]


def _line_out(row: Any) -> QuoteLineOut:
    amount = line_amount(row.quantity, row.price_amount, row.price_per)
    return QuoteLineOut(
        **row._asdict()
        | {
            "asked": Quantity(value=row.asked, unit=row.base_unit),
            "quantity": Quantity(value=row.quantity, unit=row.base_unit),
            "price": price_of(row),
            "amount": Money(amount=amount),
        }
    )


def request_out(request: WholeRequest, actor: Actor) -> QuoteRequestOut:
    """A request with its lines."""
    return QuoteRequestOut(**_request(request, actor))


def whole_out(
    request: WholeRequest, quotes: Iterable[WholeQuote], actor: Actor
) -> QuoteRequestWhole:
    """A request with its lines and every quote there has been."""
    shown = [quote_out(quote, actor) for quote in quotes]
    return QuoteRequestWhole(**_request(request, actor), quotes=shown)


def _request(request: WholeRequest, actor: Actor) -> dict[str, Any]:
    header, lines = request
    return {
        **header,
        "lines": [_asked_out(line) for line in lines],
        "allowed_actions": actor.allowed(QUOTE_REQUEST, header["status"]),
    }


def _asked_out(row: Any) -> QuoteRequestLineOut:
    return QuoteRequestLineOut(
        **row._asdict()
        | {
            "quantity": Quantity(value=row.quantity, unit=row.base_unit),
            "entered": Quantity(value=row.entered_value, unit=row.entered_unit),
        }
    )
