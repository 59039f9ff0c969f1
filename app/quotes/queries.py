"""Every SELECT on quote requests and quotes, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    case,
    func,
    null,
    select,
    true,
)

from app.agreements.models import Agreement
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.models import Order
from app.quotes.models import Quote, QuoteLine, QuoteRequest, QuoteRequestLine
from app.quotes.rules import Side
from app.quotes.states import QuoteRequestStatus, QuoteStatus

REQUESTS: Table = QuoteRequest.__table__  # type: ignore[assignment]
REQUEST_LINES: Table = QuoteRequestLine.__table__  # type: ignore[assignment]
QUOTES: Table = Quote.__table__  # type: ignore[assignment]
QUOTE_LINES: Table = QuoteLine.__table__  # type: ignore[assignment]

WholeRequest = tuple[dict[str, Any], Sequence[Row[Any]]]
"""A request (with ``rounds`` and ``waiting_for``) and its lines by position."""

WholeQuote = tuple[dict[str, Any], Sequence[Row[Any]]]
"""A quote (with its request's ``request_number`` and ``wanted``, and what it became) and its lines
by the position of what they answer."""

_LAST = (
    select(Quote.round, Quote.made_by, Quote.status)
    .where(Quote.request_id == QuoteRequest.id)
    .order_by(Quote.round.desc())
    .limit(1)
    .lateral("last")
)
# A pending quote waits for the other side; after one that came to nothing its maker has the word.
_BUYERS_TURN = (_LAST.c.status == QuoteStatus.PENDING) != (_LAST.c.made_by == QuoteRequest.buyer_id)
_WAITING_FOR = case(
    (QuoteRequest.status != QuoteRequestStatus.OPEN, null()),
    (_BUYERS_TURN, Side.BUYER.value),
    else_=Side.HUB.value,
)
_REQUEST = [
    *REQUESTS.c,
    func.coalesce(_LAST.c.round, 0).label("rounds"),
    _WAITING_FOR.label("waiting_for"),
]
_QUOTE = [
    *QUOTES.c,
    QuoteRequest.number.label("request_number"),
    QuoteRequest.wanted,
    Order.id.label("order_id"),
    Agreement.id.label("agreement_id"),
]
_QUOTED = [
    *QUOTE_LINES.c,
    QuoteRequestLine.commodity_id,
    QuoteRequestLine.grade,
    QuoteRequestLine.base_unit,
    QuoteRequestLine.period,
    QuoteRequestLine.quantity.label("asked"),
]
_HEADER = "header_"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every request of its world with its quotes, a buyer its own; sellers none."""
    mine = true() if actor.hub else QuoteRequest.buyer_id == actor.party_id
    return and_(QuoteRequest.livemode == actor.livemode, mine)


async def request(tx: Tx, request_id: UUID) -> Row[Any] | None:
    """The request, locked, if the caller may see it. Its quotes are only touched under its lock."""
    found = select(REQUESTS).where(QuoteRequest.id == request_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True))


async def request_of(tx: Tx, quote_id: UUID) -> Row[Any] | None:
    """The request of a quote, locked, if the caller may see it."""
    its = select(Quote.request_id).where(Quote.id == quote_id).scalar_subquery()
    found = select(REQUESTS).where(QuoteRequest.id == its, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True))


async def request_named(tx: Tx, buyer_id: UUID, external_reference: str) -> UUID | None:
    """The id of the buyer's request with this reference."""
    found: UUID | None = await tx.value(
        select(QuoteRequest.id).where(
            QuoteRequest.buyer_id == buyer_id,
            QuoteRequest.livemode == tx.actor.livemode,
            QuoteRequest.external_reference == external_reference,
        )
    )
    return found


async def last_quote(tx: Tx, request_id: UUID) -> Row[Any] | None:
    """The newest quote of a request; if one is pending it is this one."""
    found = select(QUOTES).where(Quote.request_id == request_id).order_by(Quote.round.desc())
    return await tx.row(found.limit(1))


async def quote_of(tx: Tx, quote_id: UUID) -> Row[Any]:
    """A quote whose request is locked."""
    row = await tx.row(select(QUOTES).where(Quote.id == quote_id))
    assert row is not None, "its request was found through it"
    return row


async def quoted_lines(tx: Tx, quote_id: UUID) -> Sequence[Row[Any]]:
    """The lines of a quote with what they are about, by the position of what they answer."""
    return await tx.rows(
        select(*_QUOTED)
        .join(QuoteRequestLine, QuoteRequestLine.id == QuoteLine.request_line_id)
        .where(QuoteLine.quote_id == quote_id)
        .order_by(QuoteRequestLine.position)
    )


async def asked_lines(tx: Tx, request_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The lines of requests, by request and position."""
    return await tx.rows(
        select(REQUEST_LINES)
        .where(QuoteRequestLine.request_id.in_(request_ids))
        .order_by(QuoteRequestLine.request_id, QuoteRequestLine.position)
    )


async def whole_request(tx: Tx, request_id: UUID) -> WholeRequest | None:
    """The request with its lines, if the caller may see it; one round trip."""
    rows = await tx.rows(
        select(*_labelled(_REQUEST), *REQUEST_LINES.c)
        .select_from(QuoteRequest)
        .join(QuoteRequestLine, QuoteRequestLine.request_id == QuoteRequest.id)
        .outerjoin(_LAST, true())
        .where(QuoteRequest.id == request_id, visible_to(tx.actor))
        .order_by(QuoteRequestLine.position)
    )
    return (_header(rows[0]), rows) if rows else None


async def requests(
    tx: Tx,
    paging: Paging,
    *,
    status: str | None,
    wanted: str | None,
    buyer_id: UUID | None,
    waiting_for: Side | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the requests that the caller may see, newest first."""
    found = (
        select(*_REQUEST)
        .select_from(QuoteRequest)
        .outerjoin(_LAST, true())
        .where(visible_to(tx.actor))
    )
    for column, said in (
        (QuoteRequest.status, status),
        (QuoteRequest.wanted, wanted),
        (QuoteRequest.buyer_id, buyer_id),
        (_WAITING_FOR, waiting_for),
    ):
        if said is not None:
            found = found.where(column == said)
    return await page(tx, "quote_requests", found, QuoteRequest.id, paging)


async def whole_quote(tx: Tx, quote_id: UUID) -> WholeQuote | None:
    """The quote with its lines, if the caller may see it; one round trip."""
    found = await _whole_quotes(tx, _quotes().where(Quote.id == quote_id))
    return found[0] if found else None


async def quotes_of(tx: Tx, request_id: UUID) -> list[WholeQuote]:
    """All quotes of a request with their lines, the first round first; one round trip."""
    return await _whole_quotes(tx, _quotes().where(Quote.request_id == request_id))


def _quotes() -> Select[Any]:
    return (
        select(*_labelled(_QUOTE), *_QUOTED)
        .select_from(Quote)
        .join(QuoteRequest, QuoteRequest.id == Quote.request_id)
        .join(QuoteLine, QuoteLine.quote_id == Quote.id)
        .join(QuoteRequestLine, QuoteRequestLine.id == QuoteLine.request_line_id)
        .outerjoin(Order, Order.quote_id == Quote.id)
        .outerjoin(Agreement, Agreement.quote_id == Quote.id)
        .order_by(Quote.round, QuoteRequestLine.position)
    )


async def _whole_quotes(tx: Tx, found: Select[Any]) -> list[WholeQuote]:
    rows = await tx.rows(found.where(visible_to(tx.actor)))
    grouped = [list(lines) for _, lines in groupby(rows, lambda row: row.quote_id)]
    return [(_header(lines[0]), lines) for lines in grouped]


def _labelled(columns: Sequence[Any]) -> list[Any]:
    """Columns of what has lines, told apart from those of the lines beside them."""
    return [column.label(f"{_HEADER}{column.name}") for column in columns]


def _header(row: Row[Any]) -> dict[str, Any]:
    return {
        name.removeprefix(_HEADER): said
        for name, said in row._asdict().items()
        if name.startswith(_HEADER)
    }


_BUYER = """
SELECT b.roles, b.status, s.party_id AS site_party FROM parties b
LEFT JOIN sites s ON s.id = $2 WHERE b.id = $1
"""


async def buyer(tx: Tx, buyer_id: UUID, site_id: UUID | None) -> asyncpg.Record | None:
    """Who asks, and whose the site is that they name; one round trip."""
    return await tx.sql_row(_BUYER, buyer_id, site_id)
