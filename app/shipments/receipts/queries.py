"""Every SELECT on goods receipts, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Row, Table, and_, literal_column, select, true

from app.core.actor import Actor
from app.core.errors import AlreadyExists
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.progress import Verdict
from app.shipments.models import GoodsReceipt, GoodsReceiptLine
from app.shipments.receipts.rules import Carried, Judged
from app.shipments.states import GOODS_RECEIPT, GoodsReceiptStatus

RECEIPTS: Table = GoodsReceipt.__table__  # type: ignore[assignment]
LINES: Table = GoodsReceiptLine.__table__  # type: ignore[assignment]

_STANDS = Text(
    "A goods receipt of this shipment stands, or is being drafted; existing_id names it. Reverse "
    "it first: a draft is thrown away by that, too.",
    "Pengiriman ini sudah punya BAST, mungkin masih draf; lihat existing_id. Batalkan dulu BAST "
    "itu: draf pun dibuang dengan cara yang sama.",
)

# Quantities as text: a JSON number would come back as a float.
_LOT = """'lot_id', l.id, 'number', l.number, 'order_line_id', l.order_line_id,
      'commodity_id', l.commodity_id, 'grade', l.grade, 'variant_id', l.variant_id,
      'title', l.title, 'unit', l.base_unit, 'shipped', c.quantity::text, 'count', c.count,
      'best_before_on', l.best_before_on"""
_LINES = literal_column(
    f"""(SELECT json_agg(json_build_object({_LOT}, 'received', i.received::text,
      'accepted', i.accepted::text, 'downgraded', i.downgraded::text,
      'rejected', i.rejected::text, 'short', i.short::text, 'reason', i.reason, 'note', i.note,
      'photo_ids', i.photo_ids, 'seller_id', l.seller_id) ORDER BY i.lot_id)
    FROM goods_receipt_lines i JOIN lots l ON l.id = i.lot_id
    JOIN shipment_lots c ON c.shipment_id = goods_receipts.shipment_id AND c.lot_id = i.lot_id
    WHERE i.receipt_id = goods_receipts.id)""",
    JSON,
)
_MISSING = literal_column(
    f"""(SELECT json_agg(json_build_object({_LOT}) ORDER BY l.id)
    FROM shipment_lots c JOIN lots l ON l.id = c.lot_id
    WHERE c.shipment_id = goods_receipts.shipment_id AND goods_receipts.status = 'draft'
      AND NOT EXISTS (SELECT FROM goods_receipt_lines i
        WHERE i.receipt_id = goods_receipts.id AND i.lot_id = l.id))""",
    JSON,
)
_TOTALS = literal_column(
    """(SELECT json_agg(json_build_object(
      'order_id', o.order_id, 'order_line_id', o.id, 'unit', o.base_unit,
      'expected', (coalesce(o.confirmed, o.requested) + o.over - o.short_closed)::text,
      'kept', (o.accepted + o.downgraded)::text, 'shipped', t.shipped::text,
      'received', t.received::text, 'accepted', t.accepted::text,
      'downgraded', t.downgraded::text, 'rejected', t.rejected::text, 'short', t.short::text)
      ORDER BY o.order_id, o.position)
    FROM (SELECT l.order_line_id, sum(c.quantity) AS shipped,
        coalesce(sum(i.received), 0) AS received, coalesce(sum(i.accepted), 0) AS accepted,
        coalesce(sum(i.downgraded), 0) AS downgraded, coalesce(sum(i.rejected), 0) AS rejected,
        coalesce(sum(i.short), 0) AS short
      FROM shipment_lots c JOIN lots l ON l.id = c.lot_id
      LEFT JOIN goods_receipt_lines i
        ON i.receipt_id = goods_receipts.id AND i.lot_id = c.lot_id
      WHERE c.shipment_id = goods_receipts.shipment_id GROUP BY l.order_line_id) t
    JOIN order_lines o ON o.id = t.order_line_id)""",
    JSON,
)
_CARRIED = """
SELECT s.lot_id, s.quantity, l.order_line_id, l.base_unit
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
WHERE s.shipment_id = $1
"""
_WRITTEN = "SELECT * FROM goods_receipt_lines WHERE receipt_id = $1"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every receipt of its world, a buyer its own."""
    own = true() if actor.hub else GoodsReceipt.buyer_id == actor.party_id
    return and_(GoodsReceipt.livemode == actor.livemode, own)


async def receipt(tx: Tx, receipt_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The receipt, if the caller may see it."""
    found = select(RECEIPTS).where(GoodsReceipt.id == receipt_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def detail(tx: Tx, receipt_id: UUID) -> Row[Any] | None:
    """The receipt with its ``lines``, if the caller may see it.

    In a draft ``missing`` are the lots it does not judge yet; ``totals`` are per order line.
    """
    found = select(
        *RECEIPTS.c, _LINES.label("lines"), _MISSING.label("missing"), _TOTALS.label("totals")
    )
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
    """The id of the receipt of this shipment that is not reversed; a draft is one, too."""
    found: UUID | None = await tx.value(
        select(GoodsReceipt.id).where(
            GoodsReceipt.shipment_id == shipment_id,
            GoodsReceipt.status != GoodsReceiptStatus.REVERSED,
        )
    )
    return found


async def check_none(tx: Tx, shipment_id: UUID) -> None:
    """Raises AlreadyExists, naming it, when somebody writes or wrote down what arrived.

    Asked with the shipment locked, the answer stays true.
    """
    existing = await of_shipment(tx, shipment_id)
    if existing is not None:
        raise AlreadyExists(_STANDS, existing_id=encode(GOODS_RECEIPT.prefix, existing))


async def carried(tx: Tx, shipment_id: UUID) -> dict[UUID, Carried]:
    """The lots of a shipment as they left."""
    return {
        row["lot_id"]: Carried(row["order_line_id"], row["quantity"], row["base_unit"])
        for row in await tx.sql(_CARRIED, shipment_id)
    }


async def written(tx: Tx, receipt_id: UUID) -> list[Judged]:
    """What a receipt says of each lot."""
    return [
        Judged(
            row["lot_id"],
            row["order_line_id"],
            row["shipped"],
            Verdict(row["accepted"], row["downgraded"], row["rejected"], row["short"]),
        )
        for row in await tx.sql(_WRITTEN, receipt_id)
    ]


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
