"""What goods on the road mean for the orders they belong to.

Commands here lock in the one order of the service: first the orders (ascending), then shipments,
then lots. `hold` takes the orders' locks, so that a shipment cannot leave while one of its orders
is being cancelled, and so that of two receipts signed at once the later sees the earlier.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.core.errors import WrongState
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.orders import progress
from app.orders.states import OPEN
from app.shipments.states import GoodsReceiptStatus, ShipmentStatus

_SHARE = "SELECT id, status, number FROM orders WHERE id = ANY($1) ORDER BY id FOR SHARE"
_HOLD = """
SELECT id FROM orders WHERE id IN (
  SELECT l.order_id FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
  WHERE s.shipment_id = ANY($1))
ORDER BY id FOR NO KEY UPDATE
"""
_SETTLED = """
SELECT l.order_line_id FROM lots l
JOIN shipment_lots c ON c.lot_id = l.id
JOIN shipments s ON s.id = c.shipment_id AND s.status <> $2
LEFT JOIN goods_receipts r ON r.shipment_id = s.id
WHERE (l.order_id, l.order_line_id) IN (
  SELECT o.order_id, o.order_line_id FROM shipment_lots i JOIN lots o ON o.id = i.lot_id
  WHERE i.shipment_id = ANY($1))
GROUP BY l.order_line_id
HAVING bool_and(coalesce(r.status = ANY($3), false))
"""


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
    for order in await tx.sql(_SHARE, list(order_ids)):
        if order["status"] not in OPEN:
            raise OrderClosed(order_id=encode("ord", order["id"]), status=order["status"])


async def hold(tx: Tx, shipment_ids: Collection[UUID]) -> None:
    """Lock the orders whose goods these shipments carry, before the shipments themselves."""
    await tx.sql(_HOLD, list(shipment_ids))


async def settle(tx: Tx, shipment_ids: Collection[UUID]) -> None:
    """Let orders close the lines in these shipments that nothing more is awaited of.

    Nothing is awaited of a line when every shipment that carries goods of it (cancelled ones
    aside) has a receipt that is signed. The caller holds the orders.
    """
    rows = await tx.sql(
        _SETTLED,
        list(shipment_ids),
        ShipmentStatus.CANCELLED,
        [str(GoodsReceiptStatus.SIGNED), str(GoodsReceiptStatus.DEEMED_SIGNED)],
    )
    if rows:
        await progress.settle(tx, [row["order_line_id"] for row in rows])
