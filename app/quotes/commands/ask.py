"""Asking for terms, and asking no longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, literal_column
from sqlalchemy.dialects.postgresql import insert as upsert

from app.access.authorize import authorized
from app.catalog.commodities.queries import Goods, goods
from app.core.errors import invalid, missing, reference_used
from app.core.ids import encode, new_id
from app.core.quantity import factor, to_base
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.parties.buyers import check_buyer
from app.quotes import queries
from app.quotes.commands.common import move_quote
from app.quotes.commands.wanted import check_wanted, last_day
from app.quotes.models import QuoteFor
from app.quotes.queries import REQUEST_LINES, REQUESTS
from app.quotes.rules import respond_by
from app.quotes.schemas import QuoteRequestCancelIn, QuoteRequestCloseIn, QuoteRequestIn
from app.quotes.states import QUOTE_REQUEST, QuoteRequestStatus, QuoteStatus


async def ask(tx: Tx, asked: QuoteRequestIn) -> UUID:
    """Write down what terms are wanted for; the hub has two working days to name some.

    Raises Invalid for a request that does not fit what it wants, NotFound for what the buyer may
    not name, AlreadyExists for a used external_reference.
    """
    buyer_id = _buyer(tx, asked)
    check_wanted(tx, asked)
    await _check_buyer(tx, asked, buyer_id)
    what = await goods(tx, [(line.commodity_id, line.grade) for line in asked.lines])
    if asked.wanted == QuoteFor.AGREEMENT and len(_distinct(what)) < len(what):
        raise invalid(
            "/lines",
            "duplicate",
            "Two lines name the same commodity and grade; put them into one.",
            "Ada dua baris dengan komoditas dan mutu yang sama; gabungkan.",
        )
    row = await _insert(tx, asked, buyer_id)
    await tx.run(insert(REQUEST_LINES).values(_lines(row, asked, what)))
    data = {
        "number": row.number,
        "wanted": row.wanted,
        "external_reference": row.external_reference,
        "lines": len(asked.lines),
    }
    change = Change(
        QUOTE_REQUEST, "create", row.id, row.version, row.status, audience=(buyer_id,), data=data
    )
    await record(tx, [change])
    request_id: UUID = row.id
    return request_id


def _buyer(tx: Tx, asked: QuoteRequestIn) -> UUID:
    if asked.buyer_id is None and tx.actor.hub:
        raise invalid(
            "/buyer_id",
            "missing",
            "The operator must say for which buyer this is.",
            "Operator harus menyebutkan pembelinya.",
        )
    if asked.buyer_id not in (None, tx.actor.party_id) and not tx.actor.hub:
        raise missing(
            "/buyer_id",
            "You can only ask for yourself.",
            "Anda hanya bisa meminta untuk diri sendiri.",
        )
    return asked.buyer_id or tx.actor.party_id


async def _check_buyer(tx: Tx, asked: QuoteRequestIn, buyer_id: UUID) -> None:
    found = await queries.buyer(tx, buyer_id, asked.ship_to_site_id)
    if found is None:
        raise missing("/buyer_id", "There is no such party.", "Pihak ini tidak ada.")
    check_buyer(found["roles"], found["status"])
    if asked.ship_to_site_id is not None and found["site_party"] != buyer_id:
        raise missing(
            "/ship_to_site_id",
            "The buyer has no such site; make it with POST /v1/parties/…/sites.",
            "Pembeli tidak memiliki lokasi ini; buat dengan POST /v1/parties/…/sites.",
        )


def _distinct(what: Sequence[Goods]) -> set[tuple[UUID, str]]:
    return {(found.commodity_id, found.grade) for found in what}


async def _insert(tx: Tx, asked: QuoteRequestIn, buyer_id: UUID) -> Row[Any]:
    row = await tx.row(
        upsert(REQUESTS)
        .values(
            id=new_id(),
            number=literal_column(number_sql("quote_request")),
            status=QuoteRequestStatus.OPEN,
            buyer_id=buyer_id,
            respond_by=respond_by(tx.now, last_day(asked)),
            livemode=tx.actor.livemode,
            created_at=tx.now,
            **asked.model_dump(exclude={"buyer_id", "lines"}),
        )
        .on_conflict_do_nothing(index_elements=["buyer_id", "livemode", "external_reference"])
        .returning(*REQUESTS.c)
    )
    if row is None:
        assert asked.external_reference is not None, "nothing else conflicts"
        existing = await queries.request_named(tx, buyer_id, asked.external_reference)
        assert existing is not None, "the conflicting request is the buyer's own"
        raise reference_used(encode(QUOTE_REQUEST.prefix, existing))
    return row


def _lines(row: Row[Any], asked: QuoteRequestIn, what: Sequence[Goods]) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "request_id": row.id,
            "buyer_id": row.buyer_id,
            "livemode": row.livemode,
            "position": n + 1,
            "commodity_id": found.commodity_id,
            "grade": found.grade,
            "base_unit": found.base_unit,
            "period": line.period,
            "quantity": to_base(line.quantity, found.base_unit, f"/lines/{n}/quantity"),
            "entered_value": line.quantity.value,
            "entered_unit": line.quantity.unit,
            "unit_factor": factor(line.quantity.unit, found.base_unit),
        }
        for n, (line, found) in enumerate(zip(asked.lines, what, strict=True))
    ]


async def cancel(tx: Tx, request_id: UUID, asked: QuoteRequestCancelIn) -> None:
    """The buyer asks no longer; what quote is pending is void."""
    await _end(tx, request_id, "cancel", QuoteRequestStatus.CANCELLED, asked.reason, asked.note)


async def close(tx: Tx, request_id: UUID, asked: QuoteRequestCloseIn) -> None:
    """The hub has no terms to give; what quote is pending is void."""
    await _end(tx, request_id, "close", QuoteRequestStatus.CLOSED, asked.reason, asked.note)


async def _end(
    tx: Tx, request_id: UUID, action: str, to: QuoteRequestStatus, reason: str, note: str | None
) -> None:
    request = await authorized(tx, queries.request(tx, request_id))
    QUOTE_REQUEST.check(action, request.status)
    last = await queries.last_quote(tx, request.id)
    if last is not None and last.status == QuoteStatus.PENDING:
        await move_quote(tx, request, last, "supersede", QuoteStatus.SUPERSEDED)
    await move(
        tx,
        QUOTE_REQUEST,
        REQUESTS,
        request,
        action,
        to,
        audience=(request.buyer_id,),
        data={"number": request.number, "reason": reason},
        reason=reason,
        note=note,
    )
