"""Every SELECT on decisions over an offer. For the hub's scope: runs are the hub's.

Of others only sums leave here: what was needed and found in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from app.db.tx import Tx
from app.http.lists import BadCursor, Paging, seal, unseal

_KIND = "offer_decisions"

# Ids sort by time: what was decided before the offer existed has smaller ones.
_DECISIONS = """
WITH decision AS (
  SELECT l.run_id, l.deliver_on, l.base_unit, sum(l.needed) AS needed, sum(l.allocated) AS found
  FROM allocation_run_lines l
  WHERE l.commodity_id = $1 AND l.grade = $2 AND l.livemode = $3
    AND l.deliver_on BETWEEN $4 AND $5 AND l.run_id > $6
    AND ($7::uuid IS NULL OR (l.run_id, l.deliver_on) < ($7, $8::date))
  GROUP BY l.run_id, l.deliver_on, l.base_unit
  ORDER BY l.run_id DESC, l.deliver_on DESC LIMIT $9
)
SELECT d.*, r.policy, r.at, given.share, given.why, aside.reason,
  (SELECT h.to_status FROM history h WHERE h.object_id = $6 AND h.at <= r.at
   ORDER BY h.version DESC LIMIT 1) AS status_then,
  EXISTS (SELECT FROM history h WHERE h.object_id = $6 AND h.action = 'commit' AND h.at > r.at)
    AS committed_later,
  EXISTS (SELECT FROM offer_periods p WHERE p.offer_id = $6
    AND d.deliver_on BETWEEN p.starts_on AND p.ends_on) AS covered,
  EXISTS (SELECT FROM allocations a WHERE a.offer_id = $6 AND a.run_id = d.run_id) AS elsewhere
FROM decision d JOIN allocation_runs r ON r.id = d.run_id
CROSS JOIN LATERAL (
  SELECT sum(a.proposed) AS share, (array_agg(a.why ORDER BY a.proposed DESC, a.id))[1] AS why
  FROM allocations a
  WHERE a.offer_id = $6 AND a.run_id = d.run_id AND a.deliver_on = d.deliver_on) given
LEFT JOIN LATERAL (
  SELECT e.key AS reason FROM allocation_run_lines l, jsonb_each(l.excluded) e
  WHERE given.share IS NULL AND l.run_id = d.run_id AND l.deliver_on = d.deliver_on
    AND l.commodity_id = $1 AND l.grade = $2 AND e.value->'offers' ?| (
      SELECT array_agg(p.id::text) FROM offer_periods p WHERE p.offer_id = $6)
  ORDER BY l.needed DESC, l.id, e.key LIMIT 1) aside ON true
ORDER BY d.run_id DESC, d.deliver_on DESC
"""


async def decisions(
    tx: Tx, offer: Row[Any], paging: Paging
) -> tuple[Sequence[asyncpg.Record], str | None]:
    """The runs over the offer's goods since it exists, for days of its window; newest first.

    A run over several days is one decision for each.
    """
    run_id, day = _after(paging.cursor)
    rows = await tx.sql(
        _DECISIONS,
        offer.commodity_id,
        offer.grade,
        tx.actor.livemode,
        offer.available_from,
        offer.available_until,
        offer.id,
        run_id,
        day,
        paging.limit + 1,
    )
    shown = rows[: paging.limit]
    if len(rows) == len(shown):
        return shown, None
    last = shown[-1]
    return shown, seal(_KIND, last["run_id"].hex, last["deliver_on"].isoformat())


def _after(cursor: str | None) -> tuple[UUID | None, date | None]:
    if cursor is None:
        return None, None
    run_id, day = unseal(_KIND, cursor, 2)
    try:
        return UUID(hex=run_id), date.fromisoformat(day)
    except ValueError:
        raise BadCursor from None
