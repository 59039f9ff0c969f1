"""What sellers say to shares, written down: many at once, and what is given back filled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from app.allocation.commands.decide import GivenBack
from app.allocation.commands.fill import fill
from app.allocation.entries import entries
from app.allocation.models import Trigger
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.record import Change, record

_SAY = """
UPDATE allocations a SET status = s.status, quantity = s.quantity, reason = s.reason,
  note = s.note, version = a.version + 1
FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::text[], $5::text[])
  AS s(id, status, quantity, reason, note)
WHERE a.id = s.id
"""


@dataclass(frozen=True)
class Word:
    """What the seller will bring (base units, 0: nothing) of a share, and why not all of it."""

    quantity: Decimal
    reason: str | None = None
    note: str | None = None


Answer = tuple[Row[Any], Word]
"""An allocation (locked, offered) and what its seller says to it."""


async def say(
    tx: Tx,
    answers: Sequence[Answer],
    trigger: Trigger,
    orders: Sequence[Row[Any]] = (),
    lines: Sequence[Row[Any]] = (),
) -> None:
    """Write *answers*; what they give back is allocated again, over all orders concerned, once.

    When something is given back, *orders* and *lines* are those of the allocations, locked, and the
    scope is the hub's. The same few statements for any number of answers. Raises WrongState.
    """
    await record(tx, [_change(row, word) for row, word in answers])
    await tx.sql(
        _SAY,
        [row.id for row, _ in answers],
        [_status(word) for _, word in answers],
        [word.quantity or row.quantity for row, word in answers],
        [word.reason for _, word in answers],
        [word.note for _, word in answers],
    )
    back = GivenBack()
    for row, word in answers:
        if word.quantity < row.quantity:
            back.add(row, row.quantity - word.quantity)
        else:
            back.touch(row)
    if back.lines:
        lacking = [line for line in lines if line.id in back.lines]
        await fill(tx, orders, lacking, trigger=trigger, given_back=back)
    promised = entries((row, word.quantity) for row, word in answers if word.quantity)
    await ledger.move(tx, OfferMovementKind.COMMIT, promised)


def _status(word: Word) -> AllocationStatus:
    return AllocationStatus.CONFIRMED if word.quantity else AllocationStatus.DECLINED


def _change(row: Row[Any], word: Word) -> Change:
    action = "decline"
    if word.quantity:
        action = "reduce" if word.quantity < row.quantity else "confirm"
    ALLOCATION.check(action, row.status)
    data = {"quantity": plain(word.quantity or row.quantity)}
    if word.reason is not None:
        data["reason"] = word.reason
    return Change(
        ALLOCATION,
        action,
        row.id,
        row.version + 1,
        _status(word),
        before=row.status,
        audience=(row.seller_id,),
        data=data,
        reason=word.reason,
        note=word.note,
    )
