"""Yes: an accepted quote becomes an order, or an agreement, at exactly its terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.agreements.commands import create_agreed
from app.agreements.schemas import AgreementIn, AgreementLineIn
from app.core.errors import DomainError, Kind, invalid
from app.core.ids import encode
from app.core.quantity import Quantity
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.http.wire import price_of
from app.orders.commands import confirm, place
from app.orders.schemas import ConfirmIn, OrderIn, OrderLineIn
from app.quotes import queries
from app.quotes.commands.common import held, move_quote
from app.quotes.models import QuoteFor
from app.quotes.queries import REQUESTS
from app.quotes.schemas import QuoteAcceptIn
from app.quotes.states import QUOTE_REQUEST, QuoteRequestStatus, QuoteStatus

ACCEPTED = "quote_accepted"
"""The reason that a request gives for being closed after a trade was made."""


class QuoteExpired(DomainError):
    """It bound its maker only until then."""

    kind = Kind.CONFLICT
    code = "quote_expired"
    title = Text("The quote has expired", "Penawaran sudah kedaluwarsa")
    advice = Text(
        "Nobody is bound by it since valid_until. Answer with terms of your own, or wait for new "
        "ones.",
        "Penawaran ini tidak mengikat lagi sejak valid_until. Ajukan penawaran balasan, atau "
        "tunggu penawaran baru.",
    )


async def accept(tx: Tx, quote_id: UUID, asked: QuoteAcceptIn) -> None:
    """The other side consents: the trade is made, and the request is closed, in this transaction.

    An order is confirmed at once and an agreement active: naming terms was one side's consent,
    accepting them is the other's. Raises QuoteExpired, AlreadyExists for an external_reference
    that another order of the buyer has, and what placing an order, or writing an agreement,
    refuses today.
    """
    request, quote = await held(tx, quote_id, "accept")
    if quote.valid_until <= tx.now:
        raise QuoteExpired(valid_until=quote.valid_until)
    lines = await queries.quoted_lines(tx, quote.id)
    if request.wanted == QuoteFor.ORDER:
        made = {"order_id": encode("ord", await _order(tx, request, quote, lines, asked))}
    else:
        made = {"agreement_id": encode("agr", await _agreement(tx, request, quote, lines, asked))}
    await move_quote(tx, request, quote, "accept", QuoteStatus.ACCEPTED, data=made)
    await move(
        tx,
        QUOTE_REQUEST,
        REQUESTS,
        request,
        "close",
        QuoteRequestStatus.CLOSED,
        audience=(request.buyer_id,),
        data={"number": request.number, "reason": ACCEPTED} | made,
        reason=ACCEPTED,
    )


async def _order(
    tx: Tx, request: Row[Any], quote: Row[Any], lines: Sequence[Row[Any]], asked: QuoteAcceptIn
) -> UUID:
    order = OrderIn(
        buyer_id=request.buyer_id,
        external_reference=asked.external_reference or request.external_reference,
        ship_to_site_id=request.ship_to_site_id,
        deliver_on=request.deliver_on,
        lines=[
            OrderLineIn(
                commodity_id=line.commodity_id,
                grade=line.grade,
                quantity=Quantity(value=line.quantity, unit=line.base_unit),
                price=price_of(line),
            )
            for line in lines
        ],
    )
    tolerances = [(line.under_tolerance_pct, line.over_tolerance_pct) for line in lines]
    placed = await place(tx, order, quote_id=quote.id, tolerances=tolerances)
    await confirm(tx, placed.id, ConfirmIn(lines=[]))
    return placed.id


async def _agreement(
    tx: Tx, request: Row[Any], quote: Row[Any], lines: Sequence[Row[Any]], asked: QuoteAcceptIn
) -> UUID:
    if asked.external_reference is not None:
        raise invalid(
            "/external_reference",
            "not_wanted",
            "The quote becomes an agreement, which has no reference of the buyer's; leave it out.",
            "Penawaran ini menjadi perjanjian, tanpa nomor referensi pembeli; kosongkan.",
        )
    agreement = AgreementIn(
        buyer_id=request.buyer_id,
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        lines=[
            AgreementLineIn(
                commodity_id=line.commodity_id,
                grade=line.grade,
                period=line.period,
                quota=Quantity(value=line.quantity, unit=line.base_unit),
                price=price_of(line),
                under_tolerance_pct=line.under_tolerance_pct,
                over_tolerance_pct=line.over_tolerance_pct,
            )
            for line in lines
        ],
    )
    row = await create_agreed(tx, agreement, quote_id=quote.id)
    found: UUID = row.id
    return found
