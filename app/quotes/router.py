"""`/v1/quote-requests` and `/v1/quotes`: terms asked for, named, countered and accepted."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import PartyId, QuoteId, QuoteRequestId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands
from app.quotes import commands, queries
from app.quotes.models import QuoteFor
from app.quotes.rules import Side
from app.quotes.schemas import (
    QuoteAcceptIn,
    QuoteDeclineIn,
    QuoteIn,
    QuoteRequestCancelIn,
    QuoteRequestCloseIn,
    QuoteRequestIn,
)
from app.quotes.shown import (
    QuoteOut,
    QuoteRequestOut,
    QuoteRequestWhole,
    quote_out,
    request_out,
    whole_out,
)
from app.quotes.states import QuoteRequestStatus

router = APIRouter(route_class=Route, tags=["quotes"])


async def _whole(tx: Tx, request_id: UUID) -> QuoteRequestWhole:
    request = await authorized(tx, queries.whole_request(tx, request_id))
    return whole_out(request, await queries.quotes_of(tx, request_id), tx.actor)


async def _quote(tx: Tx, quote_id: UUID) -> QuoteOut:
    return quote_out(await authorized(tx, queries.whole_quote(tx, quote_id)), tx.actor)


@router.post("/v1/quote-requests", status_code=201)
async def quote_request_create(
    asked: QuoteRequestIn, tx: Annotated[Tx, Commands(P.QUOTE_REQUEST_CREATE)]
) -> QuoteRequestWhole:
    """Ask the hub for terms: 12 tonnes of medium eggs to Kramat Jati on the third of December.

    For one order, or for a framework agreement with a quota per week, per month or once. The hub
    has two working days (`respond_by`) to answer with a quote; silence ends the request.
    """
    return await _whole(tx, await commands.ask(tx, asked))


@router.get("/v1/quote-requests")
async def quote_request_list(
    tx: Annotated[Tx, Opens(P.QUOTE_REQUEST_READ)],
    paging: Paged,
    status: Annotated[QuoteRequestStatus | None, Query()] = None,
    wanted: Annotated[QuoteFor | None, Query()] = None,
    buyer_id: Annotated[PartyId | None, Query()] = None,
    waiting_for: Annotated[Side | None, Query()] = None,
) -> Page[QuoteRequestOut]:
    """Your requests; everybody's for the hub. Newest first.

    `waiting_for=hub` are those in which the hub has the word, `waiting_for=buyer` the others that
    are open.
    """
    rows, cursor = await queries.requests(
        tx, paging, status=status, wanted=wanted, buyer_id=buyer_id, waiting_for=waiting_for
    )
    found = await queries.asked_lines(tx, [row.id for row in rows])
    lines = {key: list(group) for key, group in groupby(found, lambda line: line.request_id)}
    data = [request_out((row._asdict(), lines[row.id]), tx.actor) for row in rows]
    return Page(data=data, next_cursor=cursor)


@router.get("/v1/quote-requests/{quote_request_id}")
async def quote_request_read(
    quote_request_id: QuoteRequestId, tx: Annotated[Tx, Opens(P.QUOTE_REQUEST_READ)]
) -> QuoteRequestWhole:
    """One request with every quote there has been, round by round."""
    return await _whole(tx, quote_request_id)


@router.post("/v1/quote-requests/{quote_request_id}/cancel")
async def quote_request_cancel(
    quote_request_id: QuoteRequestId,
    asked: QuoteRequestCancelIn,
    tx: Annotated[Tx, Commands(P.QUOTE_REQUEST_CANCEL)],
) -> QuoteRequestWhole:
    """The buyer asks no longer. A pending quote is superseded: nobody can accept it any more."""
    await commands.cancel(tx, quote_request_id, asked)
    return await _whole(tx, quote_request_id)


@router.post("/v1/quote-requests/{quote_request_id}/close")
async def quote_request_close(
    quote_request_id: QuoteRequestId,
    asked: QuoteRequestCloseIn,
    tx: Annotated[Tx, Commands(P.QUOTE_REQUEST_CLOSE)],
) -> QuoteRequestWhole:
    """The hub has no terms to give, and says why. A pending quote is superseded."""
    await commands.close(tx, quote_request_id, asked)
    return await _whole(tx, quote_request_id)


@router.post("/v1/quote-requests/{quote_request_id}/quotes", status_code=201)
async def quote_create(
    quote_request_id: QuoteRequestId,
    asked: QuoteIn,
    tx: Annotated[Tx, Commands(P.QUOTE_CREATE)],
) -> QuoteOut:
    """Name terms: the hub its quote, the buyer its counter-offer. They bind until `valid_until`.

    A quote is never edited: another price is another quote, in the next round. It supersedes the
    pending one, whichever side made that, so at most one can be accepted at any moment. Of 12
    tonnes asked for you may offer 10, and lines you leave out are not offered. A buyer may name its
    price before the hub does. 409 `wrong_state` once the request has ended, `day_passed` when the
    day it is for is over.
    """
    return await _quote(tx, await commands.name_terms(tx, quote_request_id, asked))


@router.get("/v1/quotes/{quote_id}")
async def quote_read(quote_id: QuoteId, tx: Annotated[Tx, Opens(P.QUOTE_READ)]) -> QuoteOut:
    """One quote; once accepted it names the order or agreement it became."""
    return await _quote(tx, quote_id)


@router.post("/v1/quotes/{quote_id}/accept")
async def quote_accept(
    quote_id: QuoteId,
    tx: Annotated[Tx, Commands(P.QUOTE_ACCEPT)],
    asked: QuoteAcceptIn | None = None,
) -> QuoteOut:
    """Consent to the other side's terms: the trade is made at once, at exactly these.

    It becomes a confirmed order (`order_id`) with the quoted quantities, prices and tolerances, or
    an active agreement (`agreement_id`) with the quoted quantities as quota. 409 `quote_expired`
    after `valid_until`, `other_side_decides` for terms of your own side, `already_exists` when the
    buyer has another order of this `external_reference` (the quote still holds: name another).
    """
    await commands.accept(tx, quote_id, asked or QuoteAcceptIn())
    return await _quote(tx, quote_id)


@router.post("/v1/quotes/{quote_id}/decline")
async def quote_decline(
    quote_id: QuoteId, asked: QuoteDeclineIn, tx: Annotated[Tx, Commands(P.QUOTE_DECLINE)]
) -> QuoteOut:
    """Refuse the other side's terms, and say what is wrong with them.

    The request stays open: their maker has two working days to name other terms, and so may you.
    """
    await commands.decline(tx, quote_id, asked)
    return await _quote(tx, quote_id)


@router.post("/v1/quotes/{quote_id}/withdraw")
async def quote_withdraw(
    quote_id: QuoteId,
    tx: Annotated[Tx, Commands(P.QUOTE_WITHDRAW)],
    asked: NoteIn | None = None,
) -> QuoteOut:
    """Take back terms of your own side before they are accepted. The request stays open."""
    await commands.withdraw(tx, quote_id, asked.note if asked else None)
    return await _quote(tx, quote_id)
