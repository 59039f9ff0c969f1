"""What goods on the road mean for the orders they belong to.

Commands here lock in the one order of the service: first the orders (ascending), then shipments,
then lots. `hold` takes the orders' locks, so that a shipment cannot leave while one of its orders
is being cancelled, and so that of two receipts signed at once the later sees the earlier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from app.allocation.commands.release import LINE_COMPLETE, let_go
from app.core.errors import WrongState
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.events.facts import handles
from app.orders import progress
from app.orders.commands.short_close import SHORT_CLOSED
from app.orders.facts import LinesDone
from app.orders.rules import ENOUGH
from app.orders.states import OPEN
from app.shipments.lots import ledger
from app.shipments.states import GoodsReceiptStatus, ShipmentStatus

_SHARE = "SELECT id, status, number FROM orders WHERE id = ANY($1) ORDER BY id FOR SHARE"
_OWN = "SELECT id, status FROM orders WHERE id = $1 FOR NO KEY UPDATE"
_TAKES_MORE = "SELECT over_tolerance_pct > 0 FROM order_lines WHERE id = $1"
_HOLD = """
SELECT id FROM orders WHERE id IN (
  SELECT l.order_id FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
  WHERE s.shipment_id = ANY($1)
  UNION SELECT order_id FROM lots WHERE id = ANY($2))
ORDER BY id FOR NO KEY UPDATE
"""
# A line that was signed for enough, while nothing more is awaited of it.
_SETTLEABLE = f"""
SELECT l.id, l.order_id FROM order_lines l
WHERE {ENOUGH} AND l.livemode = $1 AND {{among}} AND NOT EXISTS (
  SELECT FROM lots i
  JOIN shipment_lots c ON c.lot_id = i.id
  JOIN shipments s ON s.id = c.shipment_id AND s.status <> ALL($2)
  LEFT JOIN goods_receipts r ON r.shipment_id = s.id AND r.status = ANY($3)
  WHERE i.order_id = l.order_id AND i.order_line_id = l.id AND r.id IS NULL)
"""
_CLAIM = f"""
SELECT id FROM orders WHERE id IN (
  SELECT order_id FROM ({_SETTLEABLE.format(among="true")} LIMIT $4) AS due)
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
_OF_CLAIMED = _SETTLEABLE.format(among="l.order_id = ANY($4)")
_OF_LINES = _SETTLEABLE.format(among="l.id = ANY($4)")
_SETTLED = """
SELECT l.order_line_id FROM lots l
JOIN shipment_lots c ON c.lot_id = l.id
JOIN shipments s ON s.id = c.shipment_id AND s.status <> ALL($2)
LEFT JOIN goods_receipts r ON r.shipment_id = s.id AND r.status <> 'reversed'
WHERE (l.order_id, l.order_line_id) IN (
  SELECT o.order_id, o.order_line_id FROM shipment_lots i JOIN lots o ON o.id = i.lot_id
  WHERE i.shipment_id = ANY($1))
GROUP BY l.order_line_id
HAVING bool_and(coalesce(r.status = ANY($3), false))
"""

_NOT_AWAITED = [
    str(ShipmentStatus.CANCELLED),
    str(ShipmentStatus.RETURNED),
    str(ShipmentStatus.LOST),
]
"""Shipments that bring nothing any more: no receipt will say what arrived of them."""
_STOOD_BY = [str(GoodsReceiptStatus.SIGNED), str(GoodsReceiptStatus.DEEMED_SIGNED)]


class OrderClosed(WrongState):
    """The order is not open for goods: not confirmed yet, or ended."""

    code = "order_not_open"
    title = Text("The order takes no goods now", "Pesanan tidak menerima barang sekarang")
    advice = Text(
        "Goods move only for orders that are confirmed and not yet completed or cancelled.",
        "Barang hanya bergerak untuk pesanan yang dikonfirmasi dan belum selesai atau batal.",
    )


async def open_orders(tx: Tx, order_ids: Collection[UUID]) -> None:
    """Hold the orders open until this transaction ends. Raises OrderClosed for one that is not.

    The lock is shared: many lots can be weighed for one order at the same time, but the order
    cannot be cancelled in between.
    """
    _check_open(await tx.sql(_SHARE, list(order_ids)))


async def takes_more(tx: Tx, line_id: UUID) -> bool:
    """Whether sellers may bring more of this line than was confirmed."""
    return bool(await tx.sql_value(_TAKES_MORE, line_id))


async def hold_open(tx: Tx, order_id: UUID) -> None:
    """Hold one order open for this transaction alone: what its lines are about may grow.

    A shared lock could not be made stronger later without a circle, so whoever weighs for a line
    that takes more asks for this one at once. Raises OrderClosed.
    """
    _check_open(await tx.sql(_OWN, order_id))


def _check_open(orders: Iterable[Mapping[str, Any]]) -> None:
    for order in orders:
        if order["status"] not in OPEN:
            raise OrderClosed(order_id=encode("ord", order["id"]), current_status=order["status"])


async def hold(tx: Tx, shipment_ids: Collection[UUID], lot_ids: Collection[UUID] = ()) -> set[UUID]:
    """Lock the orders whose goods these shipments carry, before the shipments themselves.

    Those of *lot_ids* too. What a planned shipment carries may change until it is locked itself:
    which orders are held is the answer.
    """
    return {row["id"] for row in await tx.sql(_HOLD, list(shipment_ids), list(lot_ids))}


async def settle(tx: Tx, shipment_ids: Collection[UUID]) -> None:
    """Let orders close the lines in these shipments that nothing more is awaited of.

    Nothing is awaited of a line when every shipment that carries goods of it has a receipt that is
    signed; those that were cancelled, came back or are lost aside. The caller holds the orders.
    """
    rows = await tx.sql(
        _SETTLED,
        list(shipment_ids),
        _NOT_AWAITED,
        _STOOD_BY,
    )
    if rows:
        await progress.settle(tx, [row["order_line_id"] for row in rows])


async def settle_lines(tx: Tx, line_ids: Collection[UUID]) -> None:
    """Let orders close those of *line_ids* that nothing is awaited of; the caller holds them."""
    world = tx.actor.livemode, _NOT_AWAITED, _STOOD_BY
    rows = await tx.sql(_OF_LINES, *world, list(line_ids))
    if rows:
        await progress.settle(tx, [row["id"] for row in rows])


async def give_up(tx: Tx, line_ids: Collection[UUID]) -> None:
    """What came back of short-closed lines among *line_ids* is its sellers' again at once.

    All else of such a line was given up before, when this was on the road. The caller holds the
    orders, and has taken back all that dispatching did.
    """
    closed = await progress.short_closed(tx, line_ids)
    if closed:
        given_back = await ledger.give_back_of_lines(tx, closed, SHORT_CLOSED)
        await let_go(tx, closed, given_back, SHORT_CLOSED)
        await progress.give_up(tx, closed, line_ids)


async def settle_overdue(tx: Tx, most: int) -> int:
    """Settle lines that await nothing any more and that no receipt will settle; how many.

    Such is a line whose last awaited truck was called off because another order on it ended: the
    order that ends holds only itself. At most *most* are looked at; orders that somebody is busy
    with are left for the next time. Run by the worker in the hub's scope.
    """
    world = tx.actor.livemode, _NOT_AWAITED, _STOOD_BY
    orders = await tx.sql(_CLAIM, *world, most)
    if not orders:
        return 0
    # Read again: what was found before its order was locked may have been settled since.
    rows = await tx.sql(_OF_CLAIMED, *world, [order["id"] for order in orders])
    return await progress.settle(tx, [row["id"] for row in rows]) if rows else 0


@handles(LinesDone)
async def free_goods(tx: Tx, done: LinesDone) -> None:
    """Goods weighed for complete lines that did not leave are their sellers' again.

    First the lots, then their allocations. None of these lots is on a planned truck: the line
    would still await it. It stands here, so that whoever can settle also lets go.
    """
    given_back = await ledger.give_back_of_lines(tx, done.line_ids, LINE_COMPLETE)
    await let_go(tx, done.line_ids, given_back)
