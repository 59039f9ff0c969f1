"""What all commands on a quote have in common: its request's lock, its side, its event."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from app.access.authorize import authorized
from app.core.consent import NotYourProposal, OtherSideDecides, proposed_by_caller
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.quotes import queries
from app.quotes.commands.wanted import last_day
from app.quotes.models import QuoteRequest
from app.quotes.queries import QUOTES, REQUESTS
from app.quotes.rules import respond_by, side_of
from app.quotes.states import QUOTE, QUOTE_REQUEST, QuoteStatus

_OWN = Text(
    "Your side made this quote; the other one accepts or declines it. Withdraw it, or name other "
    "terms in a new quote.",
    "Penawaran ini dari pihak Anda; pihak lain yang menerima atau menolaknya. Tarik penawaran ini, "
    "atau ajukan penawaran baru.",
)
_THEIRS = Text(
    "The other side made this quote. Decline it if you do not agree, or answer with terms of your "
    "own.",
    "Penawaran ini dari pihak lain. Tolak bila tidak setuju, atau ajukan penawaran balasan.",
)


async def held(tx: Tx, quote_id: UUID, action: str) -> tuple[Row[Any], Row[Any]]:
    """The request, locked, and its quote, of which *action* is the caller's to take.

    Raises WrongState, OtherSideDecides for an answer to one's own terms, NotYourProposal.
    """
    request = await authorized(tx, queries.request_of(tx, quote_id))
    quote = await queries.quote_of(tx, quote_id)
    QUOTE.check(action, quote.status)
    own = proposed_by_caller(tx.actor, proposed_by=quote.made_by, buyer_id=quote.buyer_id)
    if own and action != "withdraw":
        raise OtherSideDecides(_OWN)
    if not own and action == "withdraw":
        raise NotYourProposal(_THEIRS)
    return request, quote


async def move_quote(
    tx: Tx,
    request: Row[Any],
    quote: Row[Any],
    action: str,
    to: QuoteStatus,
    *,
    data: dict[str, Any] | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """*quote* after *action*; both sides hear of it. Its request must be locked."""
    await move(
        tx,
        QUOTE,
        QUOTES,
        quote,
        action,
        to,
        audience=(quote.buyer_id,),
        data=told(request, quote.made_by, quote.round) | (data or {}),
        reason=reason,
        note=note,
    )


def told(request: Row[Any], made_by: UUID, round_: int) -> dict[str, Any]:
    """What every event of a quote says beside its id and status."""
    return {
        "request_id": encode(QUOTE_REQUEST.prefix, request.id),
        "number": request.number,
        "round": round_,
        "made_by": side_of(made_by, request.buyer_id),
    }


async def await_other_terms(tx: Tx, request: Row[Any]) -> None:
    """Nothing is pending any more: other terms must be named by a new ``respond_by``."""
    await set_respond_by(tx, request, respond_by(tx.now, last_day(request)))


async def set_respond_by(tx: Tx, request: Row[Any], until: Any) -> None:
    """The wait ends at *until* now; what the request shows has changed, so its version counts."""
    await tx.run(
        update(REQUESTS)
        .where(QuoteRequest.id == request.id)
        .values(respond_by=until, version=request.version + 1)
    )
