"""The seller's answer to a share: confirm, reduce, decline. The hub may answer on its behalf.

What is given back is allocated again in the same transaction, to other sellers: that crosses
parties, so these commands act in the hub's scope once the caller was authorized. Goods of a listing
nobody else has: the line lacks them until the hub asks their seller again.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation import queries
from app.allocation.commands.say import Word, say
from app.allocation.models import Trigger
from app.allocation.schemas import AllocationDeclineIn, ReduceIn
from app.allocation.states import ALLOCATION
from app.catalog.offers import queries as offers
from app.core.errors import NotFound, invalid
from app.core.quantity import plain, to_base
from app.db.tx import Tx
from app.orders import queries as orders


async def confirm(tx: Tx, allocation_id: UUID) -> Row[Any]:
    """The seller will bring all of it."""
    row = await authorized(tx, queries.allocation(tx, allocation_id, lock=True))
    await say(tx, [(row, Word(row.quantity))], Trigger.ANSWER)
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
    row, held, lines = await _held(tx, seen)
    if quantity >= row.quantity:
        raise invalid(
            "/quantity",
            "not_less",
            f"Give less than {plain(row.quantity)} {seen.base_unit}, or confirm it all.",
            f"Isi kurang dari {plain(row.quantity)} {seen.base_unit}, atau sanggupi semuanya.",
        )
    await say(tx, [(row, Word(quantity, asked.reason, asked.note))], Trigger.REDUCE, held, lines)
    return await _read(tx, row.id)


async def decline(tx: Tx, allocation_id: UUID, asked: AllocationDeclineIn) -> Row[Any]:
    """The seller will not bring it; all of it goes to others, if any have it."""
    seen = await authorized(tx, queries.allocation(tx, allocation_id))
    ALLOCATION.check("decline", seen.status)
    row, held, lines = await _held(tx, seen)
    nothing = Word(Decimal(0), asked.reason, asked.note)
    await say(tx, [(row, nothing)], Trigger.DECLINE, held, lines)
    return await _read(tx, row.id)


async def _held(tx: Tx, seen: Row[Any]) -> tuple[Row[Any], Sequence[Row[Any]], Sequence[Row[Any]]]:
    """The allocation with its order and that one's lines, locked: order, lines, allocation."""
    await tx.as_hub()
    held = await queries.orders_held(tx, [seen.order_id])
    lines = await orders.lines(tx, seen.order_id, lock=True)
    row = await queries.allocation(tx, seen.id, lock=True)
    if row is None:
        raise NotFound
    return row, held, lines


async def _read(tx: Tx, allocation_id: UUID) -> Row[Any]:
    row = await queries.allocation(tx, allocation_id)
    assert row is not None, "the caller answered it just now"
    return row
