"""Forgetting idempotency keys whose time is over."""

from __future__ import annotations

from app.db.tx import Tx
from app.idempotency.models import KEPT

_FORGET = """
WITH old AS (
  SELECT id FROM idempotency_keys WHERE created_at < $1 LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
DELETE FROM idempotency_keys k USING old WHERE k.id = old.id RETURNING k.id
"""


async def forget_old_keys(tx: Tx, most: int) -> int:
    """Delete at most *most* keys older than they are kept; how many there were."""
    return len(await tx.sql(_FORGET, tx.now - KEPT, most))
