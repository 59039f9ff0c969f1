"""Giving allocations back in bulk: their order ends, their line is complete, nobody answered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import queries
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.catalog.offers.ledger import Entry
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.facts import handles
from app.events.record import Change, record
from app.orders import progress
from app.orders.facts import LinesDone, OrderEnding

A = AllocationStatus

_MOVE = """
UPDATE allocations SET status = $2, reason = $3, version = version + 1 WHERE id = ANY($1)
"""


_SHORTEN = """
UPDATE allocations SET quantity = weighed, version = version + 1 WHERE id = ANY($1)
"""


@handles(OrderEnding)
async def release(tx: Tx, ending: OrderEnding) -> None:
    """Every allocation of the order that has not left yet ends; the sellers' offers are free again.

    The order is locked and the scope is the hub's.
    """
    rows = await queries.of_order(tx, ending.order_id, ALLOCATION.transitions["release"].sources)
    await _end_and_free(tx, rows, ending.reason)


@handles(LinesDone)
async def let_go(tx: Tx, done: LinesDone) -> None:
    """What sellers hold for lines that need no more is theirs again.

    Of an allocation that nothing was weighed of, all; of any other, what was not weighed.
    """
    rows = await queries.unweighed(tx, done.line_ids)
    await _end_and_free(tx, [row for row in rows if not row.weighed], "line_complete")
    await _shorten(tx, [row for row in rows if row.weighed])


async def _end_and_free(tx: Tx, rows: Sequence[Row[Any]], reason: str) -> None:
    if not rows:
        return
    await end(tx, rows, "release", A.RELEASED, reason)
    for kind, statuses in (
        (OfferMovementKind.RELEASE, {A.OFFERED}),
        (OfferMovementKind.UNCOMMIT, {A.CONFIRMED, A.PICKED}),
    ):
        given = [row for row in rows if row.status in statuses]
        await ledger.move(tx, kind, [_entry(row, row.quantity) for row in given])
    await _take_off(tx, [(row.order_line_id, row.quantity) for row in rows])


async def _shorten(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    rest = {row.id: row.quantity - row.weighed for row in rows}
    await tx.sql(_SHORTEN, list(rest))
    changes = [
        Change(
            ALLOCATION,
            "shorten",
            row.id,
            row.version + 1,
            row.status,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(row.weighed)},
        )
        for row in rows
    ]
    await record(tx, changes)
    await ledger.move(tx, OfferMovementKind.UNCOMMIT, [_entry(row, rest[row.id]) for row in rows])
    await _take_off(tx, [(row.order_line_id, rest[row.id]) for row in rows])


async def _take_off(tx: Tx, given_back: Sequence[tuple[UUID, Decimal]]) -> None:
    """Lines have less allocated by what was given back, summed per line."""
    deltas: dict[UUID, Decimal] = {}
    for line_id, quantity in given_back:
        deltas[line_id] = deltas.get(line_id, Decimal(0)) - quantity
    await progress.allocate(tx, deltas)


def _entry(row: Row[Any], quantity: Decimal) -> Entry:
    return Entry(row.offer_id, row.seller_id, row.id, quantity)


async def end(
    tx: Tx, rows: Sequence[Row[Any]], action: str, to: AllocationStatus, reason: str
) -> None:
    """All *rows* (locked) after *action*, which ends them; events and history written."""
    for row in rows:
        ALLOCATION.check(action, row.status)
    await tx.sql(_MOVE, [row.id for row in rows], to, reason)
    changes = [
        Change(
            ALLOCATION,
            action,
            row.id,
            row.version + 1,
            to,
            before=row.status,
            audience=(row.seller_id,),
            data={"quantity": plain(row.quantity), "reason": reason},
            reason=reason,
        )
        for row in rows
    ]
    await record(tx, changes)
