"""Giving up what will not come any more of an order that is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import DomainError, FieldError, Kind, missing
from app.core.ids import encode
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx
from app.events.facts import announce
from app.events.record import Change, record
from app.orders import holdings, queries
from app.orders.facts import LinesShortClosed, LinesShortClosing
from app.orders.rules import target
from app.orders.schemas import ShortCloseIn, ShortCloseLineIn
from app.orders.states import ANSWERED, ORDER

SHORT_CLOSED = "short_closed"
"""The reason that lots and allocations end with when the line they were for is given up."""

_CLOSE = """
WITH line AS (
  UPDATE order_lines l SET short_closed = l.confirmed + l.over - l.shipped, short_closed_at = $2,
    reason = a.reason, note = a.note
  FROM unnest($3::uuid[], $4::text[], $5::text[]) AS a(id, reason, note) WHERE l.id = a.id)
UPDATE orders SET version = version + 1 WHERE id = $1 RETURNING version
"""

_DONE = Text(
    "This line is closed already, or nothing was promised of it.",
    "Baris ini sudah ditutup, atau tidak ada yang disanggupi.",
)


class LineClosed(DomainError):
    """Nothing is awaited of an order's line any more."""

    kind = Kind.CONFLICT
    code = "line_closed"
    title = Text("The line is closed", "Baris sudah ditutup")
    advice = Text(
        "Leave out the lines named in errors: nothing is awaited of them any more.",
        "Hapus baris yang disebut di errors: tidak ada lagi yang ditunggu.",
    )


class CancelInstead(DomainError):
    """Nothing of the order has left, and nothing of it would stay open."""

    kind = Kind.CONFLICT
    code = "cancel_instead"
    title = Text("Cancel the order instead", "Batalkan saja pesanannya")
    advice = Text(
        "Nothing of this order was ever sent and nothing would be left of it; cancel the order.",
        "Belum ada yang dikirim dan tidak ada lagi yang tersisa; batalkan pesanannya.",
    )


async def short_close(tx: Tx, order_id: UUID, asked: ShortCloseIn) -> None:
    """Give up, with a reason, what has not left of some lines; what is on the road still comes.

    Goods that stood ready are their sellers' again, trucks planned with them do not drive, quota
    and stock are free. A line is done at once when all that was sent of it is signed for, else with
    its last receipt, whatever that says; the last one to be done completes the order. Raises
    NotFound for a line that is not in the order, LineClosed, and CancelInstead.
    """
    order = await authorized(tx, queries.order(tx, order_id, lock=True))
    ORDER.check("short_close", order.status)
    lines = await queries.lines(tx, order_id, lock=True)
    chosen = _chosen(lines, asked.lines)
    _check_worth(order, lines, chosen)
    ids = tuple(sorted(chosen))
    await announce(tx, LinesShortClosing(order.id, ids, SHORT_CLOSED))
    said = list(asked.lines)
    version = await tx.sql_value(
        _CLOSE,
        order.id,
        tx.now,
        [line.line_id for line in said],
        [line.reason for line in said],
        [line.note for line in said],
    )
    await record(tx, [_closed(order, version, said, chosen)])
    given_up = [(row._asdict(), target(row._mapping) - row.shipped) for row in chosen.values()]
    await holdings.lock_quota(tx, [line for line, _ in given_up])
    await holdings.release(tx, given_up)
    await announce(tx, LinesShortClosed(ids))


def _chosen(lines: Sequence[Row[Any]], asked: Sequence[ShortCloseLineIn]) -> dict[UUID, Row[Any]]:
    """The lines that are meant, by id. Raises NotFound, or LineClosed with all that are."""
    by_id = {line.id: line for line in lines}
    chosen: dict[UUID, Row[Any]] = {}
    for n, said in enumerate(asked):
        if said.line_id not in by_id or said.line_id in chosen:
            raise missing(
                f"/lines/{n}/line_id",
                "This order has no such line, or it is named twice.",
                "Baris ini tidak ada dalam pesanan, atau disebut dua kali.",
            )
        chosen[said.line_id] = by_id[said.line_id]
    closed = [
        FieldError(f"/lines/{n}/line_id", LineClosed.code, _DONE)
        for n, line in enumerate(chosen.values())
        if line.done_at or line.short_closed_at or not line.confirmed
    ]
    if closed:
        raise LineClosed(errors=closed)
    return chosen


def _check_worth(order: Row[Any], lines: Sequence[Row[Any]], chosen: dict[UUID, Row[Any]]) -> None:
    """Raises CancelInstead when this would end an order of which nothing was ever sent."""
    stays = any(line.confirmed and not line.done_at and line.id not in chosen for line in lines)
    if order.status in ANSWERED and not stays:
        raise CancelInstead


def _closed(
    order: Row[Any], version: int, asked: Sequence[ShortCloseLineIn], chosen: dict[UUID, Row[Any]]
) -> Change:
    """The transition, with what is given up of each line, and why."""
    lines = []
    for said in asked:
        line = chosen[said.line_id]
        quantity = plain(target(line._mapping) - line.shipped)
        lines.append(
            {
                "line_id": encode("oln", line.id),
                "quantity": {"value": quantity, "unit": line.base_unit},
                "reason": said.reason,
            }
        )
    reasons = {str(said.reason) for said in asked}
    return Change(
        ORDER,
        "short_close",
        order.id,
        version,
        order.status,
        before=order.status,
        audience=(order.buyer_id,),
        data={"number": order.number, "lines": lines},
        reason=", ".join(sorted(reasons)),
        note=next((said.note for said in asked if said.note), None),
    )
