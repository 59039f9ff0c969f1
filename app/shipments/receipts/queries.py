"""Every SELECT on goods receipts, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Row, Table, and_, literal_column, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.models import GoodsReceipt
from app.shipments.receipts.rules import Carried
from app.shipments.states import GoodsReceiptStatus

RECEIPTS: Table = GoodsReceipt.__table__  # type: ignore[assignment]

# Quantities as text: a JSON number would come back as a float.
_LINES = literal_column(
    """(SELECT json_agg(json_build_object(
      'lot_id', i.lot_id, 'number', l.number, 'order_line_id', i.order_line_id,
      'unit', l.base_unit, 'shipped', i.shipped::text, 'received', i.received::text,
      'accepted', i.accepted::text, 'downgraded', i.downgraded::text,
      'rejected', i.rejected::text, 'short', i.short::text, 'reason', i.reason, 'note', i.note,
      'seller_id', l.seller_id) ORDER BY i.lot_id)
    FROM goods_receipt_lines i JOIN lots l ON l.id = i.lot_id
    WHERE i.receipt_id = goods_receipts.id)""",
    JSON,
)
_CARRIED = """
SELECT s.lot_id, s.quantity, l.order_line_id, l.base_unit
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
WHERE s.shipment_id = $1
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every receipt of its world, a buyer its own."""
    own = true() if actor.hub else GoodsReceipt.buyer_id == actor.party_id
    return and_(GoodsReceipt.livemode == actor.livemode, own)


async def receipt(tx: Tx, receipt_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The receipt, if the caller may see it."""
    found = select(RECEIPTS).where(GoodsReceipt.id == receipt_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def detail(tx: Tx, receipt_id: UUID) -> Row[Any] | None:
    """The receipt with its ``lines``, if the caller may see it."""
    found = select(*RECEIPTS.c, _LINES.label("lines"))
    return await tx.row(found.where(GoodsReceipt.id == receipt_id, visible_to(tx.actor)))


async def receipts(
    tx: Tx, paging: Paging, *, shipment_id: UUID | None, status: GoodsReceiptStatus | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The receipts the caller may see, newest first."""
    found = select(RECEIPTS).where(visible_to(tx.actor))
    if shipment_id is not None:
        found = found.where(GoodsReceipt.shipment_id == shipment_id)
    if status is not None:
        found = found.where(GoodsReceipt.status == status)
    return await page(tx, "goods_receipts", found, GoodsReceipt.id, paging)


async def of_shipment(tx: Tx, shipment_id: UUID) -> UUID | None:
    """The id of the receipt of this shipment, when there is one."""
    found: UUID | None = await tx.value(
        select(GoodsReceipt.id).where(GoodsReceipt.shipment_id == shipment_id)
    )
    return found


async def carried(tx: Tx, shipment_id: UUID) -> dict[UUID, Carried]:
    """The lots of a shipment as they left."""
    return {
        row["lot_id"]: Carried(row["order_line_id"], row["quantity"], row["base_unit"])
        for row in await tx.sql(_CARRIED, shipment_id)
    }


async def overdue(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """At most *most* posted receipts past their sign_by, locked; what is locked is skipped."""
    return await tx.rows(
        select(RECEIPTS)
        .where(
            GoodsReceipt.status == GoodsReceiptStatus.POSTED,
            GoodsReceipt.sign_by <= tx.now,
            GoodsReceipt.livemode == tx.actor.livemode,
        )
        .order_by(GoodsReceipt.sign_by)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
