"""Ending orders before anything was shipped. Every path that ends one releases what it held.

What an order holds depends on how far it has come, and so does what its end sets free. Placed:
quota and stock. Confirmed: what was promised of them. Allocated: sellers' offers besides. Weighed:
lots, which are their sellers' again, and places on planned trucks, which do not drive. Once a truck
has left an order is not cancelled any more; the hub gives up what will not come (`short_close`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.agreements.facts import AgreementEnding
from app.db.tx import Tx
from app.events.facts import announce, handles
from app.events.record import NO_ANSWER, Change, record
from app.orders import holdings, queries
from app.orders.amendments.waiting import lapse
from app.orders.facts import OrderEnding
from app.orders.rules import stage, target
from app.orders.schemas import CancelIn, DeclineIn
from app.orders.states import ORDER, OrderStatus

AGREEMENT_TERMINATED = "agreement_terminated"
"""The reason of an order that was called off together with its agreement."""

_END = """
UPDATE orders SET status = $2, version = version + 1, reason = $3, note = $4 WHERE id = ANY($1)
RETURNING id, version, buyer_id, number
"""


async def decline(tx: Tx, order_id: UUID, asked: DeclineIn) -> None:
    """Refuse the order; all it held goes back."""
    order = await authorized(tx, queries.order(tx, order_id, lock=True))
    ORDER.check("decline", order.status)
    await _end(tx, [order], "decline", OrderStatus.DECLINED, asked.reason, asked.note)


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* orders that the hub did not answer in time; how many there were."""
    due = await queries.unanswered(tx, most)
    if due:
        await _end(tx, due, "expire", OrderStatus.EXPIRED, NO_ANSWER, None)
    return len(due)


async def cancel(tx: Tx, order_id: UUID, asked: CancelIn) -> None:
    """Call the order off, by the buyer or the hub, before the first dispatch.

    Whoever holds something for it gives it back in the same transaction: sellers' offers are free
    again, planned shipments are cancelled, weighed lots are the sellers' again, quota and
    stock are free. The event says how far it had come: its ``stage``.
    """
    order = await authorized(tx, queries.order(tx, order_id, lock=True))
    ORDER.check("cancel", order.status)
    await tx.as_hub()  # what it held belongs to many sellers
    await _cancel(tx, [order], asked.reason, asked.note)


@handles(AgreementEnding)
async def cancel_with(tx: Tx, ending: AgreementEnding) -> None:
    """Call off every order of an agreement that can be; trucks that have left go on."""
    sources = ORDER.transitions["cancel"].sources
    orders = await queries.of_agreement(tx, ending.agreement_id, sources)
    if orders:
        await _cancel(tx, orders, AGREEMENT_TERMINATED, ending.note)


async def _cancel(tx: Tx, orders: Sequence[Row[Any]], reason: str, note: str | None) -> None:
    before = await queries.lines_of(tx, [order.id for order in orders])
    ending = OrderEnding(tuple(order.id for order in orders), reason)
    await announce(tx, ending)
    stages = {
        order.id: stage(
            order.status,
            [line._asdict() for line in before if line.order_id == order.id],
            weighed=order.id in ending.weighed,
        )
        for order in orders
    }
    await _end(tx, orders, "cancel", OrderStatus.CANCELLED, reason, note, stages)
    await lapse(tx, [order.id for order in orders])


async def _end(
    tx: Tx,
    orders: Sequence[Row[Any]],
    action: str,
    to: OrderStatus,
    reason: str,
    note: str | None,
    stages: Mapping[UUID, str] | None = None,
) -> None:
    """Give back what *orders* (locked) hold, and end them; their histories say why.

    The same few statements for any number.
    """
    before = {order.id: order.status for order in orders}
    lines = [line._asdict() for line in await queries.lines_of(tx, list(before), lock=True)]
    await holdings.release(tx, [(line, target(line)) for line in lines])
    changes = [
        Change(
            ORDER,
            action,
            row["id"],
            row["version"],
            to,
            before=before[row["id"]],
            audience=(row["buyer_id"],),
            data={"number": row["number"], "reason": reason}
            | ({"stage": stages[row["id"]]} if stages else {}),
            reason=reason,
            note=note,
        )
        for row in await tx.sql(_END, list(before), to, reason, note)
    ]
    await record(tx, changes)
