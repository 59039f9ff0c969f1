"""The hub's promise of a placed order, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import invalid, missing
from app.core.quantity import plain, to_base
from app.db.tx import Tx
from app.events.move import move
from app.orders import holdings, queries
from app.orders.queries import ORDERS
from app.orders.schemas import AnswerReason, ConfirmIn, ConfirmLineIn
from app.orders.states import ORDER, OrderStatus

_CONFIRM = """
UPDATE order_lines l SET confirmed = a.quantity, reason = a.reason, note = a.note
FROM unnest($1::uuid[], $2::numeric[], $3::text[], $4::text[]) AS a(id, quantity, reason, note)
WHERE l.id = a.id
"""

Answer = tuple[Decimal, str | None, str | None]
"""What is promised of a line in base units, and why less than was asked."""


async def confirm(tx: Tx, order_id: UUID, asked: ConfirmIn) -> None:
    """Promise the order, whole or in part; quota and stock not promised go back.

    A line of which less is promised, or nothing, says why; without a reason it is ``other``.

    Raises Invalid for more than was asked, and for nothing at all (that is a decline).
    """
    order = await authorized(tx, queries.order(tx, order_id, lock=True))
    ORDER.check("confirm", order.status)
    lines = await queries.lines(tx, order_id, lock=True)
    answers = _answers(lines, asked)
    if not any(quantity for quantity, _, _ in answers.values()):
        raise invalid(
            "/lines",
            "nothing_confirmed",
            "Nothing would be promised; decline the order instead.",
            "Tidak ada yang disanggupi; tolak saja pesanannya.",
        )
    await tx.sql(
        _CONFIRM,
        list(answers),
        [quantity for quantity, _, _ in answers.values()],
        [reason for _, reason, _ in answers.values()],
        [note for _, _, note in answers.values()],
    )
    rest = [(line._asdict(), line.requested - answers[line.id][0]) for line in lines]
    await holdings.release(tx, rest)
    whole = all(answers[line.id][0] == line.requested for line in lines)
    await move(
        tx,
        ORDER,
        ORDERS,
        order,
        "confirm",
        OrderStatus.CONFIRMED if whole else OrderStatus.PARTLY_CONFIRMED,
        audience=(order.buyer_id,),
        data={"number": order.number},
    )


def _answers(lines: Sequence[Row[Any]], asked: ConfirmIn) -> dict[UUID, Answer]:
    by_id = {line.id: line for line in lines}
    answers: dict[UUID, Answer] = {line.id: (line.requested, None, None) for line in lines}
    named: set[UUID] = set()
    for n, said in enumerate(asked.lines):
        line = by_id.get(said.line_id)
        if line is None or said.line_id in named:
            raise missing(
                f"/lines/{n}/line_id",
                "This order has no such line, or it is named twice.",
                "Baris ini tidak ada dalam pesanan, atau disebut dua kali.",
            )
        named.add(said.line_id)
        answers[said.line_id] = _answer(line, said, f"/lines/{n}")
    return answers


def _answer(line: Row[Any], said: ConfirmLineIn, pointer: str) -> Answer:
    quantity = to_base(said.quantity, line.base_unit, f"{pointer}/quantity")
    if quantity > line.requested:
        raise invalid(
            f"{pointer}/quantity",
            "more_than_requested",
            f"The buyer asked for {plain(line.requested)} {line.base_unit}; promise no more.",
            f"Pembeli meminta {plain(line.requested)} {line.base_unit}; jangan lebih.",
        )
    less = quantity < line.requested
    return quantity, said.reason or (AnswerReason.OTHER if less else None), said.note
