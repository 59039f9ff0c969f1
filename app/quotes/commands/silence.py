"""Silence: quotes that nobody accepted while they held, requests for which nobody named terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from app.db.tx import Tx
from app.events.record import NO_ANSWER, Change, record
from app.quotes.commands.common import told
from app.quotes.commands.wanted import last_day
from app.quotes.models import Quote, QuoteRequest
from app.quotes.queries import QUOTES, REQUESTS
from app.quotes.rules import respond_by
from app.quotes.states import (
    QUOTE,
    QUOTE_REQUEST,
    QuoteRequestStatus,
    QuoteStatus,
)

_RENEW = """
UPDATE quote_requests r SET respond_by = n.respond_by, version = r.version + 1
FROM unnest($1::uuid[], $2::timestamptz[]) AS n(id, respond_by) WHERE r.id = n.id
"""


async def expire(tx: Tx, most: int) -> int:
    """Deal with at most *most* open requests whose ``respond_by`` has passed; how many there were.

    A pending quote expires, and its maker has two working days more to name other terms; a request
    without one expires itself. So every request ends, whoever is silent.
    """
    due = await tx.rows(
        select(REQUESTS)
        .where(
            QuoteRequest.status == QuoteRequestStatus.OPEN,
            QuoteRequest.respond_by < tx.now,
            QuoteRequest.livemode == tx.actor.livemode,
        )
        .order_by(QuoteRequest.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    if not due:
        return 0
    requests = {row.id: row for row in due}
    lapsed = await _lapse(tx, requests)
    await _end(tx, [request_id for request_id in requests if request_id not in lapsed])
    return len(due)


async def _lapse(tx: Tx, requests: dict[UUID, Row[Any]]) -> set[UUID]:
    """Expire what is pending of *requests* (locked); the ids of those that had something."""
    quotes = await tx.rows(
        update(QUOTES)
        .where(Quote.request_id.in_(requests), Quote.status == QuoteStatus.PENDING)
        .values(status=QuoteStatus.EXPIRED, version=Quote.version + 1)
        .returning(*QUOTES.c)
    )
    changes = [
        Change(
            QUOTE,
            "expire",
            quote.id,
            quote.version,
            QuoteStatus.EXPIRED,
            before=QuoteStatus.PENDING,
            audience=(quote.buyer_id,),
            data=told(requests[quote.request_id], quote.made_by, quote.round),
        )
        for quote in quotes
    ]
    await record(tx, changes)
    lapsed = [requests[quote.request_id] for quote in quotes]
    until = [respond_by(tx.now, last_day(request)) for request in lapsed]
    await tx.sql(_RENEW, [request.id for request in lapsed], until)
    return {request.id for request in lapsed}


async def _end(tx: Tx, request_ids: Sequence[UUID]) -> None:
    rows = await tx.rows(
        update(REQUESTS)
        .where(QuoteRequest.id.in_(request_ids))
        .values(
            status=QuoteRequestStatus.EXPIRED,
            version=QuoteRequest.version + 1,
            reason=NO_ANSWER,
        )
        .returning(*REQUESTS.c)
    )
    changes = [
        Change(
            QUOTE_REQUEST,
            "expire",
            row.id,
            row.version,
            QuoteRequestStatus.EXPIRED,
            before=QuoteRequestStatus.OPEN,
            audience=(row.buyer_id,),
            data={"number": row.number, "reason": NO_ANSWER},
            reason=NO_ANSWER,
        )
        for row in rows
    ]
    await record(tx, changes)
