"""What silence about goods that arrived means: they were as they left, and are accepted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from app.core.ids import new_id
from app.core.states import NEW
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import NO_ANSWER, Change, record
from app.orders import progress
from app.orders.progress import Verdict
from app.shipments import chain
from app.shipments.receipts import queries
from app.shipments.receipts.commands import CLAIMING, SIGNING, told
from app.shipments.states import GOODS_RECEIPT, GoodsReceiptStatus, ShipmentStatus

G = GoodsReceiptStatus

RECEIVING = timedelta(days=3)
"""How long after delivery the buyer has to write down what arrived."""

_DEEM = """
UPDATE goods_receipts SET status = $2, signed_at = $3, version = version + 1 WHERE id = ANY($1)
RETURNING id, version, status, number, shipment_id, buyer_id
"""
# Delivered long ago, and nobody has written down what arrived, or taken back what was, since.
_UNRECEIVED = """
SELECT s.id, s.buyer_id, d.id AS draft_id FROM shipments s
LEFT JOIN goods_receipts d ON d.shipment_id = s.id AND d.status <> 'reversed'
WHERE s.status = $1 AND s.livemode = $2 AND s.delivered_at <= $3
  AND (d.id IS NULL OR d.status = 'draft') AND NOT EXISTS (
    SELECT FROM goods_receipts r WHERE r.shipment_id = s.id AND r.status = 'reversed'
      AND r.posted_at IS NOT NULL AND r.reversed_at > $3)
"""
_DUE = _UNRECEIVED + "ORDER BY s.delivered_at LIMIT $4"
_STILL_DUE = _UNRECEIVED + "AND s.id = ANY($4) ORDER BY s.id FOR NO KEY UPDATE OF s"
_DRAFTS = """
SELECT id FROM goods_receipts WHERE id = ANY($1) AND status = 'draft'
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
_ERASE = "DELETE FROM goods_receipt_lines WHERE receipt_id = ANY($1)"
_OVERTAKE = """
UPDATE goods_receipts SET status = $2, version = version + 1, posted_by_rule = true,
  posted_at = $3, sign_by = $4, claim_by = $5
WHERE id = ANY($1) RETURNING id, version, status, number, shipment_id, buyer_id
"""
_POST = f"""
INSERT INTO goods_receipts (id, status, number, shipment_id, buyer_id, posted_at, sign_by,
  claim_by, posted_by_rule, livemode, created_at)
SELECT w.id, $4, {number_sql("goods_receipt")}, w.shipment_id, w.buyer_id, $5, $6, $7, true, $8, $5
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w(id, shipment_id, buyer_id)
RETURNING id, version, status, number, shipment_id, buyer_id
"""
_AS_SHIPPED = """
WITH line AS (
  INSERT INTO goods_receipt_lines (receipt_id, lot_id, order_line_id, buyer_id, livemode, shipped,
    received, accepted, downgraded, rejected)
  SELECT r.id, c.lot_id, l.order_line_id, c.buyer_id, c.livemode, c.quantity, c.quantity,
    c.quantity, 0, 0
  FROM goods_receipts r JOIN shipment_lots c ON c.shipment_id = r.shipment_id
  JOIN lots l ON l.id = c.lot_id WHERE r.id = ANY($1)
  RETURNING order_line_id, shipped)
SELECT order_line_id, sum(shipped) AS quantity FROM line GROUP BY order_line_id
"""


async def post_overdue(tx: Tx, most: int) -> int:
    """The buyer's silence receives: at most *most* deliveries as they left; how many.

    Such are delivered shipments without a posted receipt after `RECEIVING`. What a draft says was
    never posted and does not count: the draft becomes the receipt, its lines are written anew.
    Drafts that somebody is busy with are left for the next time.
    """
    world = ShipmentStatus.DELIVERED, tx.actor.livemode, tx.now - RECEIVING
    due = await tx.sql(_DUE, *world, most)
    if not due:
        return 0
    drafts = [row["draft_id"] for row in due if row["draft_id"]]
    mine = {row["id"] for row in await tx.sql(_DRAFTS, drafts)} if drafts else set()
    ids = [row["id"] for row in due if row["draft_id"] is None or row["draft_id"] in mine]
    await chain.hold(tx, ids)
    # Read again: who was faster has posted, or begun to write.
    rows = await tx.sql(_STILL_DUE, *world, ids)
    new = [row for row in rows if row["draft_id"] is None]
    overtaken = [row["draft_id"] for row in rows if row["draft_id"] in mine]
    await _post(tx, new, overtaken)
    return len(new) + len(overtaken)


async def _post(tx: Tx, shipments: Collection[asyncpg.Record], drafts: Collection[UUID]) -> None:
    times = tx.now, tx.now + SIGNING, tx.now + CLAIMING
    await tx.sql(_ERASE, list(drafts))
    overtaken = await tx.sql(_OVERTAKE, list(drafts), G.POSTED, *times)
    posted = await tx.sql(
        _POST,
        [new_id() for _ in shipments],
        [row["id"] for row in shipments],
        [row["buyer_id"] for row in shipments],
        G.POSTED,
        *times,
        tx.actor.livemode,
    )
    receipts = [*overtaken, *posted]
    lines = await tx.sql(_AS_SHIPPED, [row["id"] for row in receipts])
    nothing = Decimal(0)
    verdicts = {row["order_line_id"]: Verdict(row["quantity"], nothing, nothing) for row in lines}
    await progress.receive(tx, verdicts)
    changes = [_posted(row, G.DRAFT) for row in overtaken]
    await record(tx, changes + [_posted(row, NEW) for row in posted])


def _posted(row: asyncpg.Record, before: str) -> Change:
    return Change(
        GOODS_RECEIPT,
        "post",
        row["id"],
        row["version"],
        row["status"],
        before=before,
        audience=(row["buyer_id"],),
        data=told(row) | {"posted_by_rule": True},
        reason=NO_ANSWER,
    )


async def deem_signed(tx: Tx, most: int) -> int:
    """Silence accepts: at most *most* receipts past their sign_by count as signed; how many did."""
    rows = await queries.overdue(tx, most)
    if not rows:
        return 0
    changed = await tx.sql(_DEEM, [row.id for row in rows], G.DEEMED_SIGNED, tx.now)
    changes = [
        Change(
            GOODS_RECEIPT,
            "deem_signed",
            row["id"],
            row["version"],
            row["status"],
            before=G.POSTED,
            audience=(row["buyer_id"],),
            data=told(row),
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
