"""Lots whose best-before day has passed do not ride; the hub decides what becomes of them."""

from __future__ import annotations

from app.core.ids import encode
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.lots.states import LOT, LotStatus

_EXPIRE = """
WITH due AS (
  SELECT id, status FROM lots WHERE best_before_on < $1 AND livemode = $4 AND status = ANY($2)
    AND status IN ('expected', 'available', 'quarantined')
  ORDER BY id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED
), expired AS (
  UPDATE lots l SET status = $3, version = l.version + 1 FROM due d WHERE l.id = d.id
  RETURNING l.id, l.version, l.status, d.status AS before, l.number, l.order_id, l.balance
)
SELECT e.*, (SELECT array_agg(DISTINCT s.seller_id) FROM lot_shares s WHERE s.lot_id = e.id)
  AS sellers FROM expired e
"""


async def expire(tx: Tx, most: int) -> int:
    """At most *most* lots past their best-before day, in Jakarta's calendar; how many there were.

    Run by the worker in the hub's scope. Lots that somebody is busy with are left for the next
    time.
    """
    sources = sorted(LOT.transitions["expire"].sources)
    rows = await tx.sql(_EXPIRE, tx.today, sources, LotStatus.EXPIRED, tx.actor.livemode, most)
    changes = [
        Change(
            LOT,
            "expire",
            row["id"],
            row["version"],
            row["status"],
            before=row["before"],
            audience=tuple(row["sellers"]),
            data={
                "number": row["number"],
                "order_id": encode("ord", row["order_id"]),
                "quantity": plain(row["balance"]),
            },
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
