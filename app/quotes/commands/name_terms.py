"""Naming terms: the hub's quote, or the buyer's counter-offer. A quote is never edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.core.errors import DomainError, Kind, WrongState, missing
from app.core.ids import new_id
from app.core.money import line_amount, per_base
from app.core.quantity import to_base
from app.core.state_words import state_name
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders.commands.terms import check_amount
from app.quotes import queries
from app.quotes.commands.common import move_quote, set_respond_by, told
from app.quotes.commands.wanted import last_day
from app.quotes.queries import QUOTE_LINES, QUOTES
from app.quotes.rules import holds_until
from app.quotes.schemas import QuoteIn, QuoteLineIn
from app.quotes.states import QUOTE, QUOTE_REQUEST, QuoteRequestStatus, QuoteStatus


class DayPassed(DomainError):
    """There is nothing left to agree on: the day it was for is over."""

    kind = Kind.CONFLICT
    code = "day_passed"
    title = Text("The day has passed", "Harinya sudah lewat")
    advice = Text(
        "The day of delivery, or the agreement's last day, is over. Ask for terms for another day.",
        "Hari pengiriman, atau hari terakhir perjanjian, sudah lewat. Buat permintaan untuk hari "
        "lain.",
    )


async def name_terms(tx: Tx, request_id: UUID, asked: QuoteIn) -> UUID:
    """A quote of the caller's side in the next round; what was pending until now is superseded.

    So a side replaces its own terms, or answers the other's with terms of its own. Raises
    WrongState when the request is not open, DayPassed, NotFound for a line it does not have,
    Invalid for what cannot be meant.
    """
    request = await authorized(tx, queries.request(tx, request_id))
    _check_open(request)
    if last_day(request) < tx.today:
        raise DayPassed
    until = holds_until(asked.valid_until, tx.now, last_day(request))
    lines = _lines(await queries.asked_lines(tx, [request.id]), asked)
    last = await queries.last_quote(tx, request.id)
    if last is not None and last.status == QuoteStatus.PENDING:
        await move_quote(tx, request, last, "supersede", QuoteStatus.SUPERSEDED)
    quote_id, round_ = new_id(), last.round + 1 if last is not None else 1
    whose = {"buyer_id": request.buyer_id, "livemode": request.livemode}
    await tx.run(
        insert(QUOTES).values(
            id=quote_id,
            status=QuoteStatus.PENDING,
            request_id=request.id,
            made_by=tx.actor.party_id,
            round=round_,
            valid_until=until,
            message=asked.message,
            created_at=tx.now,
            **whose,
        )
    )
    await tx.run(
        insert(QUOTE_LINES).values(
            [{"id": new_id(), "quote_id": quote_id, **whose, **line} for line in lines]
        )
    )
    await set_respond_by(tx, request, until)
    data = told(request, tx.actor.party_id, round_) | {"valid_until": until}
    change = Change(
        QUOTE, "create", quote_id, 1, QuoteStatus.PENDING, audience=(request.buyer_id,), data=data
    )
    await record(tx, [change])
    return quote_id


def _check_open(request: Row[Any]) -> None:
    if request.status != QuoteRequestStatus.OPEN:
        raise WrongState(
            Text(
                f"This quote request is {request.status}; nobody names terms for it any more. Ask "
                "again with a new one.",
                f"Permintaan penawaran ini berstatus “{state_name(request.status)}”; tidak bisa "
                "diberi penawaran lagi. Buat permintaan baru.",
            ),
            machine=QUOTE_REQUEST.name,
            current_status=request.status,
            allowed_actions=QUOTE_REQUEST.allowed_actions(request.status),
        )


def _lines(rows: Sequence[Row[Any]], asked: QuoteIn) -> list[dict[str, Any]]:
    by_id = {row.id: row for row in rows}
    found = []
    for n, said in enumerate(asked.lines):
        row = by_id.pop(said.request_line_id, None)
        if row is None:
            raise missing(
                f"/lines/{n}/request_line_id",
                "This request has no such line, or it is named twice.",
                "Baris ini tidak ada dalam permintaan, atau disebut dua kali.",
            )
        found.append(_line(row, said, f"/lines/{n}"))
    return found


def _line(row: Row[Any], said: QuoteLineIn, pointer: str) -> dict[str, Any]:
    quantity = to_base(said.quantity, row.base_unit, f"{pointer}/quantity")
    price, per = said.price, per_base(said.price, row.base_unit, f"{pointer}/price")
    check_amount(line_amount(quantity, price.amount, per), pointer)
    return {
        "request_line_id": row.id,
        "quantity": quantity,
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per,
        "under_tolerance_pct": said.under_tolerance_pct,
        "over_tolerance_pct": said.over_tolerance_pct,
    }
