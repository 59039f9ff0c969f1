"""No: the other side declines terms, or their maker takes them back. The request stays open."""

from __future__ import annotations

from uuid import UUID

from app.db.tx import Tx
from app.quotes.commands.common import await_other_terms, held, move_quote
from app.quotes.schemas import QuoteDeclineIn
from app.quotes.states import QuoteStatus


async def decline(tx: Tx, quote_id: UUID, asked: QuoteDeclineIn) -> None:
    """The other side will not; its maker has two working days to name other terms."""
    request, quote = await held(tx, quote_id, "decline")
    said = {"reason": asked.reason, "note": asked.note}
    data = {"reason": asked.reason}
    await move_quote(tx, request, quote, "decline", QuoteStatus.DECLINED, data=data, **said)
    await await_other_terms(tx, request)


async def withdraw(tx: Tx, quote_id: UUID, note: str | None) -> None:
    """Its maker takes it back, and has two working days to name other terms."""
    request, quote = await held(tx, quote_id, "withdraw")
    await move_quote(tx, request, quote, "withdraw", QuoteStatus.WITHDRAWN, note=note)
    await await_other_terms(tx, request)
