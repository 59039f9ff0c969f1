"""The one amendment of an order that waits for an answer: it ends with its time, or its order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from app.core.consent import AmendmentStatus
from app.core.ids import encode
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders.models import OrderAmendment
from app.orders.rules import NO_ANSWER
from app.orders.states import ORDER, ORDER_AMENDMENT

AMENDMENTS: Table = OrderAmendment.__table__  # type: ignore[assignment]

ORDER_ENDED = "order_ended"
"""The reason of an amendment whose order ended before it was answered."""

_EXPIRE = """
UPDATE order_amendments SET status = 'expired', version = version + 1, reason = $2
WHERE {which} RETURNING *
"""
_OF_ORDERS = _EXPIRE.format(which="order_id = ANY($1) AND status = 'proposed'")
_DUE = _EXPIRE.format(
    which="""id = ANY(ARRAY(
  SELECT id FROM order_amendments
  WHERE status = 'proposed' AND respond_by < $1 AND livemode = $3
  ORDER BY respond_by LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED))"""
)


async def lapse(tx: Tx, order_ids: Collection[UUID]) -> None:
    """What waits for orders (locked) that have ended is not to be answered any more."""
    if order_ids:
        await _record(tx, await tx.sql(_OF_ORDERS, list(order_ids), ORDER_ENDED), ORDER_ENDED)


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* amendments that the other side did not answer in time; how many."""
    rows = await tx.sql(_DUE, tx.now, NO_ANSWER, tx.actor.livemode, most)
    await _record(tx, rows, NO_ANSWER)
    return len(rows)


async def _record(tx: Tx, rows: Sequence[asyncpg.Record], reason: str) -> None:
    changes = [
        Change(
            ORDER_AMENDMENT,
            "expire",
            row["id"],
            row["version"],
            AmendmentStatus.EXPIRED,
            before=AmendmentStatus.PROPOSED,
            audience=(row["buyer_id"],),
            data=told(row["order_id"], row["number"]),
            reason=reason,
        )
        for row in rows
    ]
    await record(tx, changes)


def told(order_id: UUID, number: int) -> dict[str, object]:
    """What every event of an amendment says."""
    return {"order_id": encode(ORDER.prefix, order_id), "number": number}
