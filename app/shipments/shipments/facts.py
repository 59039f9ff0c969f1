"""What the service itself says of a shipment on its way.

`picked_up` when it is dispatched, `delivered` when it is delivered, `cancelled` when it does not
leave: tracking events like those from the road, and newer than whatever was heard before. What a
driver tells late stands at its own time, and is shown only if nothing newer is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.db.tx import Tx
from app.shipments.models import Source
from app.shipments.states import TrackingStatus
from app.shipments.tracking.rules import Heard, newest

_SAY = """
WITH told AS (
  SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::timestamptz[])
    AS t(id, at, place, shown, shown_at)),
said AS (
  UPDATE shipments s SET tracking_status = t.shown, tracked_at = t.shown_at, last_n = last_n + 1,
    heard_at = $6, delay_rule = nullif(delay_rule, 'silent'),
    delayed_since = CASE WHEN delay_rule <> 'silent' THEN delayed_since END
  FROM told t WHERE s.id = t.id AND NOT EXISTS (
    SELECT FROM tracking_events e WHERE e.shipment_id = t.id AND e.status = $7
      AND e.occurred_at = t.at AND coalesce(e.place, '') = coalesce(t.place, '')
      AND e.external_id IS NULL)
  RETURNING s.id, t.at, t.place, s.last_n)
INSERT INTO tracking_events
  (id, shipment_id, n, status, occurred_at, recorded_at, place, reason, party_id, source)
SELECT uuidv7(), id, last_n, $7, at, $6, place, $8, $9, $10 FROM said
"""
_AT_ITS_GOAL = {
    TrackingStatus.DELIVERED,
    TrackingStatus.DELIVERY_FAILED,
}
_TICK = timedelta(microseconds=1)


async def say(
    tx: Tx,
    rows: Sequence[Any],
    status: TrackingStatus,
    *,
    at: datetime | None = None,
    place: str | None = None,
    reason: str | None = None,
) -> None:
    """Store a fact about shipments the caller has locked, and show it.

    With *at* it is told late: it is shown unless something newer is known. *place* is a region;
    else where the shipment comes from, or goes to if that is what the fact is about. The shipments'
    versions are raised by the command whose effect this is.
    """
    times = [at or _after(row, tx.now) for row in rows]
    shown = [
        newest(Heard(row.tracking_status, row.tracked_at), Heard(status, time))
        for row, time in zip(rows, times, strict=True)
    ]
    goal = status in _AT_ITS_GOAL
    await tx.sql(
        _SAY,
        [row.id for row in rows],
        times,
        [place or (row.to_region if goal else row.from_region) for row in rows],
        [heard.status for heard in shown],
        [heard.at for heard in shown],
        tx.now,
        status,
        reason,
        tx.actor.party_id,
        Source.SYSTEM,
    )


def _after(row: Any, now: datetime) -> datetime:
    return now if row.tracked_at is None else max(now, row.tracked_at + _TICK)
