"""Writing down what arrived, and standing by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import AlreadyExists, Forbidden, WrongState, missing
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.orders import progress
from app.shipments import chain
from app.shipments.receipts import queries, rules
from app.shipments.receipts.queries import RECEIPTS
from app.shipments.receipts.schemas import GoodsReceiptIn
from app.shipments.shipments import queries as shipments
from app.shipments.shipments.rules import allowed
from app.shipments.states import (
    GOODS_RECEIPT,
    SHIPMENT,
    GoodsReceiptStatus,
    ShipmentStatus,
)

SIGNING = timedelta(days=3)
"""How long the buyer has to sign or complain; then its silence accepts the goods.

Indonesian public procurement counts three working days for answers of this kind; fresh goods
cannot wait longer.
"""

RECEIVABLE = {ShipmentStatus.ARRIVED, ShipmentStatus.DELIVERED}

_INSERT = f"""
INSERT INTO goods_receipts
  (id, status, number, shipment_id, buyer_id, sign_by, livemode, created_at)
VALUES ($1, $2, {number_sql("goods_receipt")}, $3, $4, $5, $6, $7) RETURNING *
"""
_LINES = """
INSERT INTO goods_receipt_lines (receipt_id, lot_id, order_line_id, buyer_id, livemode, shipped,
  received, accepted, downgraded, rejected, reason, note)
SELECT $1, i.lot_id, i.order_line_id, $2, $3, i.shipped, i.received, i.accepted, i.downgraded,
  i.rejected, i.reason, i.note
FROM unnest($4::uuid[], $5::uuid[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[],
    $10::numeric[], $11::text[], $12::text[])
  AS i(lot_id, order_line_id, shipped, received, accepted, downgraded, rejected, reason, note)
"""
_DEEM = """
UPDATE goods_receipts SET status = $2, signed_at = $3, version = version + 1 WHERE id = ANY($1)
RETURNING id, version, status, number, shipment_id, buyer_id
"""

_NOT_YOURS = Text(
    "Only the buyer signs its goods receipt.", "Hanya pembeli yang menandatangani BAST-nya."
)


async def post(tx: Tx, asked: GoodsReceiptIn) -> UUID:
    """Write down what arrived of a shipment, lot by lot; the receipt's id.

    Raises NotFound for a shipment the caller has no part in as its buyer, WrongState before it
    arrived, AlreadyExists for a second receipt, Invalid for lines that cannot be.
    """
    seen = await shipments.shipment(tx, asked.shipment_id)
    if seen is None or not (tx.actor.hub or seen.buyer_id == tx.actor.party_id):
        raise missing("/shipment_id", "You have no such shipment.", "Pengiriman ini tidak ada.")
    await chain.hold(tx, [seen.id])
    shipment = await shipments.shipment(tx, seen.id, lock=True)
    assert shipment is not None
    await _check_receivable(tx, shipment)
    lines = rules.judge(asked.lines, await queries.carried(tx, shipment.id))
    receipt = await _insert(tx, shipment, lines)
    await progress.receive(tx, rules.per_order_line(lines))
    change = Change(
        GOODS_RECEIPT,
        "post",
        receipt["id"],
        receipt["version"],
        receipt["status"],
        audience=(receipt["buyer_id"],),
        data=_told(receipt),
    )
    await record(tx, [change])
    receipt_id: UUID = receipt["id"]
    return receipt_id


async def _check_receivable(tx: Tx, shipment: Row[Any]) -> None:
    existing = await queries.of_shipment(tx, shipment.id)
    if existing is not None:
        raise AlreadyExists(existing_id=encode(GOODS_RECEIPT.prefix, existing))
    if shipment.status not in RECEIVABLE:
        raise WrongState(
            Text(
                f"This shipment is {shipment.status}; goods are received once it has arrived.",
                f"Status pengiriman {shipment.status}; barang diterima setelah pengiriman tiba.",
            ),
            current_status=shipment.status,
            allowed_actions=allowed(shipment, tx.actor),
        )


async def _insert(tx: Tx, shipment: Row[Any], lines: Sequence[rules.Judged]) -> Any:
    receipt: Any = await tx.sql_row(
        _INSERT,
        new_id(),
        GoodsReceiptStatus.POSTED,
        shipment.id,
        shipment.buyer_id,
        tx.now + SIGNING,
        shipment.livemode,
        tx.now,
    )
    await tx.sql(
        _LINES,
        receipt["id"],
        shipment.buyer_id,
        shipment.livemode,
        [line.lot_id for line in lines],
        [line.order_line_id for line in lines],
        [line.shipped for line in lines],
        [line.received for line in lines],
        [line.verdict.accepted for line in lines],
        [line.verdict.downgraded for line in lines],
        [line.verdict.rejected for line in lines],
        [line.reason for line in lines],
        [line.note for line in lines],
    )
    return receipt


def _told(receipt: Any) -> dict[str, Any]:
    """What events of a receipt say. *receipt* is a row of either driver."""
    return {
        "number": receipt["number"],
        "shipment_id": encode(SHIPMENT.prefix, receipt["shipment_id"]),
    }


async def sign(tx: Tx, receipt_id: UUID) -> None:
    """The buyer stands by it; lines that nothing more is awaited of are closed.

    Raises Forbidden for anybody but the buyer, the hub included.
    """
    row = await authorized(tx, queries.receipt(tx, receipt_id, lock=True))
    if row.buyer_id != tx.actor.party_id:
        raise Forbidden(_NOT_YOURS)
    await move(
        tx,
        GOODS_RECEIPT,
        RECEIPTS,
        row,
        "sign",
        GoodsReceiptStatus.SIGNED,
        audience=(row.buyer_id,),
        data=_told(row._mapping),
        signed_at=tx.now,
    )
    await chain.hold(tx, [row.shipment_id])
    await chain.settle(tx, [row.shipment_id])


async def deem_signed(tx: Tx, most: int) -> int:
    """Silence accepts: at most *most* receipts past their sign_by count as signed; how many did."""
    rows = await queries.overdue(tx, most)
    if not rows:
        return 0
    changed = await tx.sql(
        _DEEM, [row.id for row in rows], GoodsReceiptStatus.DEEMED_SIGNED, tx.now
    )
    changes = [
        Change(
            GOODS_RECEIPT,
            "deem_signed",
            row["id"],
            row["version"],
            row["status"],
            before=GoodsReceiptStatus.POSTED,
            audience=(row["buyer_id"],),
            data=_told(row),
        )
        for row in changed
    ]
    await record(tx, changes)
    shipment_ids = [row["shipment_id"] for row in changed]
    await chain.hold(tx, shipment_ids)
    await chain.settle(tx, shipment_ids)
    return len(changed)


async def settle_overdue(tx: Tx, most: int) -> int:
    """Close what is signed for and awaits nothing any more, at most *most*; how many lines."""
    return await chain.settle_overdue(tx, most)
