"""The seller's answer to a share: confirm, reduce, decline. The hub may answer on its behalf.

What is given back is allocated again in the same transaction, to other sellers: that crosses
parties, so these commands act in the hub's scope once the caller was authorized. Goods of a listing
nobody else has: the line lacks them until the hub asks their seller again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation import queries
from app.allocation.commands.fill import GivenBack, fill
from app.allocation.entries import entries
from app.allocation.schemas import AllocationDeclineIn, ReduceIn
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.catalog.offers import queries as offers
from app.core.errors import NotFound, invalid
from app.core.quantity import plain, to_base
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import queries as orders

_ANSWER = """
UPDATE allocations SET status = $2, quantity = $3, reason = $4, note = $5, version = version + 1
WHERE id = $1 RETURNING version
"""


async def confirm(tx: Tx, allocation_id: UUID) -> Row[Any]:
    """The seller will bring all of it."""
    row = await authorized(tx, queries.allocation(tx, allocation_id, lock=True))
    await _move(tx, row, "confirm", AllocationStatus.CONFIRMED)
    await _commit(tx, row, row.quantity)
    return await _read(tx, row.id)


async def reduce(tx: Tx, allocation_id: UUID, asked: ReduceIn) -> Row[Any]:
    """The seller will bring less: that much is confirmed, the rest goes to others, if any have it.

    Raises Invalid unless the quantity is more than nothing and less than what was asked for.
    """
    seen = await authorized(tx, queries.allocation(tx, allocation_id))
    ALLOCATION.check("reduce", seen.status)
    offer = await offers.offer(tx, seen.offer_id) if seen.offer_id else None
    quantity = to_base(
        asked.quantity, seen.base_unit, "/quantity", offer.pack_size if offer else None
    )
    row, order, lines = await _held(tx, seen)
    if quantity >= row.quantity:
        raise invalid(
            "/quantity",
            "not_less",
            f"Give less than {plain(row.quantity)} {seen.base_unit}, or confirm it all.",
            f"Isi kurang dari {plain(row.quantity)} {seen.base_unit}, atau sanggupi semuanya.",
        )
    await _move(tx, row, "reduce", AllocationStatus.CONFIRMED, quantity=quantity, asked=asked)
    back = GivenBack()
    back.add(row, row.quantity - quantity)
    await fill(tx, [order], lines, trigger="reduce", given_back=back)
    await _commit(tx, row, quantity)  # after fill, which locks all offers in their order
    return await _read(tx, row.id)


async def decline(tx: Tx, allocation_id: UUID, asked: AllocationDeclineIn) -> Row[Any]:
    """The seller will not bring it; all of it goes to others, if any have it."""
    seen = await authorized(tx, queries.allocation(tx, allocation_id))
    ALLOCATION.check("decline", seen.status)
    row, order, lines = await _held(tx, seen)
    await _move(tx, row, "decline", AllocationStatus.DECLINED, asked=asked)
    back = GivenBack()
    back.add(row, row.quantity)
    await fill(tx, [order], lines, trigger="decline", given_back=back)
    return await _read(tx, row.id)


async def _held(tx: Tx, seen: Row[Any]) -> tuple[Row[Any], Row[Any], list[Row[Any]]]:
    """The allocation with its order and its line, locked: order, lines, allocation."""
    await tx.as_hub()
    held = await queries.orders_held(tx, [seen.order_id])
    lines = await orders.lines(tx, seen.order_id, lock=True)
    row = await queries.allocation(tx, seen.id, lock=True)
    if row is None:
        raise NotFound
    return row, held[0], [line for line in lines if line.id == row.order_line_id]


async def _move(
    tx: Tx,
    row: Row[Any],
    action: str,
    to: AllocationStatus,
    *,
    quantity: Decimal | None = None,
    asked: AllocationDeclineIn | None = None,
) -> None:
    """The allocation (locked) after the seller's answer, of *quantity* when that is less now."""
    ALLOCATION.check(action, row.status)
    reason, note = (asked.reason, asked.note) if asked else (None, None)
    holds = row.quantity if quantity is None else quantity
    version = await tx.sql_value(_ANSWER, row.id, to, holds, reason, note)
    data = {"quantity": plain(holds)} | ({"reason": reason} if reason else {})
    change = Change(
        ALLOCATION,
        action,
        row.id,
        version,
        to,
        before=row.status,
        audience=(row.seller_id,),
        data=data,
        reason=reason,
        note=note,
    )
    await record(tx, [change])


async def _commit(tx: Tx, row: Row[Any], quantity: Decimal) -> None:
    await ledger.move(tx, OfferMovementKind.COMMIT, entries([(row, quantity)]))


async def _read(tx: Tx, allocation_id: UUID) -> Row[Any]:
    row = await queries.allocation(tx, allocation_id)
    assert row is not None, "the caller answered it just now"
    return row
