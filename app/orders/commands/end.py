"""Ending an order before anything was shipped. Every path that ends it releases what it held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.access.authorize import authorized
from app.db.tx import Tx
from app.events.facts import announce
from app.events.move import move
from app.events.record import Change, record
from app.orders import holdings, queries
from app.orders.facts import OrderEnding
from app.orders.models import Order
from app.orders.queries import ORDERS
from app.orders.schemas import CancelIn
from app.orders.states import ORDER, OrderStatus

_EXPIRE = """
UPDATE orders SET status = 'expired', version = version + 1, reason = 'no_answer'
WHERE id = ANY($1) RETURNING id, version, buyer_id, number
"""


async def end(
    tx: Tx, order: Row[Any], action: str, to: OrderStatus, reason: str, note: str | None
) -> Row[Any]:
    """*order* (locked) after it has ended: what it held is free again, its history says why."""
    ORDER.check(action, order.status)
    await _release(tx, await queries.lines(tx, order.id, lock=True))
    return await move(
        tx,
        ORDER,
        ORDERS,
        order,
        action,
        to,
        audience=(order.buyer_id,),
        data={"number": order.number, "reason": reason},
        reason=reason,
        note=note,
    )


async def _release(tx: Tx, lines: Sequence[Row[Any]]) -> None:
    """Give back all that these lines hold; nothing of them has left."""
    rows = [line._asdict() for line in lines]
    await holdings.release(tx, [(row, holdings.held(row)) for row in rows])


async def cancel(tx: Tx, order_id: UUID, asked: CancelIn) -> Row[Any]:
    """Call the order off, by the buyer or the hub, before the first dispatch.

    Whoever holds something for it gives it back in the same transaction: sellers' offers are free
    again, planned shipments are cancelled, weighed lots are the sellers' again, quota and
    stock are free.
    """
    order = await authorized(tx, queries.order(tx, order_id, lock=True))
    ORDER.check("cancel", order.status)
    await tx.as_hub()  # what it held belongs to many sellers
    await announce(tx, OrderEnding(order.id, asked.reason))
    return await end(tx, order, "cancel", OrderStatus.CANCELLED, asked.reason, asked.note)


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* orders that the hub did not answer in time; how many there were."""
    due = await tx.rows(
        select(Order.id)
        .where(
            Order.status == OrderStatus.PLACED,
            Order.respond_by < tx.now,
            Order.livemode == tx.actor.livemode,
        )
        .order_by(Order.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    if not due:
        return 0
    ids = [row.id for row in due]
    await _release(tx, await queries.lines_of(tx, ids, lock=True))
    changes = [
        Change(
            ORDER,
            "expire",
            row["id"],
            row["version"],
            OrderStatus.EXPIRED,
            before=OrderStatus.PLACED,
            audience=(row["buyer_id"],),
            data={"number": row["number"]},
        )
        for row in await tx.sql(_EXPIRE, ids)
    ]
    await record(tx, changes)
    return len(due)
