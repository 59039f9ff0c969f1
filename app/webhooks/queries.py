"""Reading the outbox and the history.

The feed's order is (`xid`, `seq`): the transaction's number, then the order within. A transaction
commits later than it began, so only events below the oldest transaction still running are shown
(`pg_snapshot_xmin`): what a reader has passed can never be added to. A long transaction delays
the feed; it never makes it skip. Two events of one object may stand in the order in which their
transactions began; ``aggregate_version`` says which is newer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from app.db.tx import Tx

# Ordered by the columns themselves, not by the text of the same name: as texts 1000 comes before
# 999, and a reader would pass over what stands between.
OF_PARTY = """
SELECT e.id, a.xid::text, a.seq, e.type, e.object, e.object_id, e.version, e.data, e.occurred_at
FROM event_audience a JOIN events e ON e.id = a.event_id
WHERE a.party_id = $4 AND a.livemode = $5 AND (a.xid, a.seq) > ($1::text::xid8, $2::bigint)
  AND a.xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY a.xid, a.seq LIMIT $3
"""
OF_HUB = """
SELECT id, xid::text, seq, type, object, object_id, version, data, occurred_at FROM events e
WHERE livemode = $4 AND (xid, seq) > ($1::text::xid8, $2::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.xid, e.seq LIMIT $3
"""
_HISTORY = """
SELECT object, object_id, version, action, from_status, to_status, reason, note, key_id, party_id,
  at FROM history WHERE object_id = $1 AND livemode = $2 ORDER BY version, at LIMIT 1000
"""


async def events(tx: Tx, after: tuple[str, int], limit: int) -> list[asyncpg.Record]:
    """The next *limit* events after the position *after* that the caller may read, oldest first."""
    actor = tx.actor
    if actor.hub:
        return await tx.sql(OF_HUB, *after, limit, actor.livemode)
    return await tx.sql(OF_PARTY, *after, limit, actor.party_id, actor.livemode)


async def history(tx: Tx, object_id: UUID) -> list[asyncpg.Record]:
    """Every transition of one object, oldest first."""
    found: list[Any] = await tx.sql(_HISTORY, object_id, tx.actor.livemode)
    return found
