"""Amendments that nobody answered: too late, or their agreement is over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.agreements.states import AGREEMENT_AMENDMENT
from app.core.consent import AmendmentStatus
from app.core.ids import encode
from app.db.tx import Tx
from app.events.record import Change, record

_EXPIRE = """
WITH due AS (
  SELECT id FROM agreement_amendments WHERE status = 'proposed' AND livemode = $1 AND {which}
  ORDER BY id {some})
UPDATE agreement_amendments a SET status = 'expired', version = a.version + 1 FROM due
WHERE a.id = due.id RETURNING a.id, a.version, a.agreement_id, a.buyer_id, a.number
"""
_LATE = _EXPIRE.format(which="respond_by < $2", some="LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED")
_WITH = _EXPIRE.format(which="agreement_id = ANY($2)", some="FOR NO KEY UPDATE")


async def lapse_amendments(tx: Tx, most: int) -> int:
    """Expire at most *most* amendments without an answer; everything stays as it was."""
    rows = await tx.sql(_LATE, tx.actor.livemode, tx.now, most)
    return await _record(tx, rows, "no_answer")


async def expire_with(tx: Tx, agreement_ids: Sequence[UUID]) -> None:
    """Expire what is open of agreements (locked) that end: there is nothing left to amend."""
    rows = await tx.sql(_WITH, tx.actor.livemode, list(agreement_ids))
    await _record(tx, rows, "agreement_ended")


async def _record(tx: Tx, rows: list[asyncpg.Record], reason: str) -> int:
    changes = [
        Change(
            AGREEMENT_AMENDMENT,
            "expire",
            row["id"],
            row["version"],
            AmendmentStatus.EXPIRED,
            before=AmendmentStatus.PROPOSED,
            audience=(row["buyer_id"],),
            data={"agreement_id": encode("agr", row["agreement_id"]), "number": row["number"]},
            reason=reason,
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
