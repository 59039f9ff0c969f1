"""Answering a supply request: several parts in one transaction, what is given back filled once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation import queries as allocations
from app.allocation.commands.say import Word, say
from app.allocation.models import Trigger
from app.allocation.states import AllocationStatus
from app.allocation.supply_requests import queries
from app.allocation.supply_requests.schemas import PartAnswerIn, SupplyRequestAnswerIn
from app.core.errors import FieldError, Invalid, WrongState, invalid
from app.core.ids import encode
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.db.tx import Tx
from app.orders import queries as orders


async def answer(tx: Tx, request_id: UUID, asked: SupplyRequestAnswerIn) -> None:
    """Confirm, reduce or decline parts of the request, or confirm all that still waits.

    Raises Invalid naming every part that cannot be answered so, WrongState when one was answered,
    timed out or released meanwhile: then nothing of it is stored.
    """
    await authorized(tx, queries.request(tx, request_id))
    if (asked.confirm_all is None) == (asked.parts is None):
        raise invalid(
            "",
            "one_of",
            "Send either confirm_all or parts.",
            "Kirim confirm_all atau parts, salah satu saja.",
        )
    seen = await queries.parts(tx, request_id)
    if asked.parts is None:
        words = {row.id: Word(row.quantity) for row in seen if _waits(row)}
        if not words:
            raise WrongState(_NOTHING_WAITS, current_status="answered", allowed_actions=[])
    else:
        words = _words(asked.parts, {row.id: row for row in seen})
    concerned = [row for row in seen if row.id in words]
    given_back = [row for row in concerned if words[row.id].quantity < row.quantity]
    held: Sequence[Row[Any]] = ()
    lines: Sequence[Row[Any]] = ()
    if given_back:
        await tx.as_hub()
        order_ids = sorted({row.order_id for row in given_back})
        held = await allocations.orders_held(tx, order_ids)
        lines = await orders.lines_of(tx, order_ids, lock=True)
    rows = await allocations.held(tx, words)
    if asked.parts is None:
        rows = [row for row in rows if _waits(row)]
    _check_waiting(rows)
    await say(tx, [(row, words[row.id]) for row in rows], Trigger.ANSWER, held, lines)


def _waits(row: Row[Any]) -> bool:
    return bool(row.status == AllocationStatus.OFFERED)


def _check_waiting(rows: Sequence[Row[Any]]) -> None:
    over = [row for row in rows if not _waits(row)]
    if over or not rows:
        raise WrongState(
            _SOME_ANSWERED if over else _NOTHING_WAITS,
            current_status=over[0].status if over else "answered",
            allowed_actions=[],
            allocation_ids=[encode("alc", row.id) for row in over],
        )


def _words(parts: Sequence[PartAnswerIn], seen: dict[UUID, Row[Any]]) -> dict[UUID, Word]:
    """What is said to each part. Raises Invalid with everything that is wrong."""
    words: dict[UUID, Word] = {}
    errors: list[FieldError] = []
    for n, part in enumerate(parts):
        row = seen.get(part.allocation_id)
        pointer = f"/parts/{n}"
        if row is None:
            errors.append(FieldError(f"{pointer}/allocation_id", "not_found", _NOT_A_PART))
        elif part.allocation_id in words:
            errors.append(FieldError(f"{pointer}/allocation_id", "duplicate", _TWICE))
        else:
            try:
                words[row.id] = _word(part, row, pointer)
            except Invalid as refused:
                errors.extend(refused.errors)
    if errors:
        raise Invalid(errors=errors[:_TOLD])
    return words


_TOLD = 50  # of a thousand wrong parts the first fifty are named


def _word(part: PartAnswerIn, row: Row[Any], pointer: str) -> Word:
    if part.decline and part.quantity is not None:
        raise _wrong(f"{pointer}/quantity", "one_of", _EITHER)
    if part.quantity is None and not part.decline:
        _check_plain_yes(part, pointer)
    quantity = Decimal(0) if part.decline else row.quantity
    if part.quantity is not None:
        quantity = to_base(part.quantity, row.base_unit, f"{pointer}/quantity", row.pack_size)
    if quantity > row.quantity:
        said = _MORE.filled(asked=f"{plain(row.quantity)} {row.base_unit}")
        raise _wrong(f"{pointer}/quantity", "more_than_asked", said)
    if quantity == row.quantity:
        return Word(quantity, None, part.note)
    if part.reason is None:
        raise _wrong(f"{pointer}/reason", "reason_missing", _WHY)
    return Word(quantity, part.reason, part.note)


def _check_plain_yes(part: PartAnswerIn, pointer: str) -> None:
    """Who gives a reason means less than all: no promise is made of a forgotten quantity."""
    for name in ("reason", "note"):
        if getattr(part, name) is not None:
            raise _wrong(f"{pointer}/{name}", "answer_unclear", _UNCLEAR)


def _wrong(pointer: str, code: str, said: Text) -> Invalid:
    return invalid(pointer, code, said.en, said.id)


_NOTHING_WAITS = Text(
    "Everything of this request is answered, or not needed any more.",
    "Semua bagian permintaan ini sudah dijawab atau tidak diperlukan lagi.",
)
_SOME_ANSWERED = Text(
    "Some of these parts do not wait for an answer any more; read the request again.",
    "Sebagian dari ini tidak menunggu jawaban lagi; muat ulang permintaannya.",
)
_NOT_A_PART = Text(
    "This is no part of the request; its parts are listed there.",
    "Ini bukan bagian dari permintaan ini; lihat daftar bagiannya.",
)
_TWICE = Text("This part is answered twice.", "Bagian ini dijawab dua kali.")
_EITHER = Text(
    "Give a quantity or decline, not both.", "Isi quantity atau decline, jangan keduanya."
)
_UNCLEAR = Text(
    "A reason or a note belongs to less, or to nothing: give the quantity that you can bring, or "
    "decline. Leave it out to confirm all.",
    "Alasan atau catatan hanya untuk yang kurang atau ditolak: isi quantity yang bisa Anda bawa, "
    "atau decline. Hapus isian ini bila semuanya disanggupi.",
)
_MORE = Text(
    "You were asked for {asked}; give that much or less.",
    "Anda diminta {asked}; isi sebanyak itu atau kurang.",
)
_WHY = Text("Say why it is not all of it.", "Sebutkan alasan mengapa tidak semuanya.")
