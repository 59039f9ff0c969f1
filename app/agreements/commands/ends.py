"""What time does to agreements: unanswered proposals, and last days that have passed."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.agreements.amendments.ends import expire_with
from app.agreements.commands.buckets import shut
from app.agreements.states import AGREEMENT, AgreementStatus
from app.db.tx import Tx
from app.events.record import Change, record

_LAPSE = """
WITH due AS (
  SELECT id, status FROM agreements
  WHERE status = 'proposed' AND (respond_by < $1 OR ends_on < $4) AND livemode = $2
  ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE agreements a SET status = 'expired', version = a.version + 1 FROM due
WHERE a.id = due.id RETURNING a.id, a.version, a.buyer_id, a.number, a.status, due.status AS before
"""
_OVER = """
SELECT id FROM agreements
WHERE status IN ('active', 'suspended') AND ends_on < $1 AND livemode = $2
ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
"""
_END = """
WITH due AS (SELECT id, status FROM agreements WHERE id = ANY($1))
UPDATE agreements a SET version = a.version + 1,
  status = CASE WHEN a.id = ANY($2) THEN 'expired' ELSE 'completed' END FROM due
WHERE a.id = due.id RETURNING a.id, a.version, a.buyer_id, a.number, a.status, due.status AS before
"""
_ACTIONS = {AgreementStatus.EXPIRED: "expire", AgreementStatus.COMPLETED: "complete"}


async def lapse_proposals(tx: Tx, most: int) -> int:
    """Expire at most *most* proposals that the buyer did not answer in time."""
    rows = await tx.sql(_LAPSE, tx.now, tx.actor.livemode, most, tx.today)
    return await _record(tx, rows, expired="no_answer")


async def end_agreements(tx: Tx, most: int) -> int:
    """End at most *most* agreements whose last day has passed.

    Where nothing is reserved any more they are completed; where orders are still open they expire,
    and the orders go on and settle their quota as agreed.
    """
    due = [row["id"] for row in await tx.sql(_OVER, tx.today, tx.actor.livemode, most)]
    if not due:
        return 0
    await expire_with(tx, due)
    in_use: set[UUID] = {row["agreement_id"] for row in await shut(tx, due)}
    rows = await tx.sql(_END, due, list(in_use))
    return await _record(tx, rows, expired="orders_open")


async def _record(tx: Tx, rows: list[asyncpg.Record], *, expired: str) -> int:
    """Tell of each how it ended; *expired* is the reason of those that did."""
    changes = [
        Change(
            AGREEMENT,
            _ACTIONS[AgreementStatus(row["status"])],
            row["id"],
            row["version"],
            row["status"],
            before=row["before"],
            audience=(row["buyer_id"],),
            data={"number": row["number"]},
            reason=expired if row["status"] == AgreementStatus.EXPIRED else None,
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
