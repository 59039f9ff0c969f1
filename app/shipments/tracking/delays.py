"""Shipments that count as late, or of which nothing is heard: marked by rule, once.

A shipment on the road is *overdue* when its estimate, or where nobody estimated its promised day,
has passed; it is *silent* when nothing was heard of it for six hours. The mark goes when it
is heard of again (silent), or estimated anew (overdue).
"""

from __future__ import annotations

from datetime import timedelta

from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.models import DelayRule
from app.shipments.states import SHIPMENT, UNDERWAY

GRACE = timedelta(minutes=30)
"""How much later than estimated a truck may be before it counts as overdue."""
SILENCE = timedelta(hours=6)
"""How long nothing may be heard of a shipment on the road: Blitar to Jakarta takes some twelve."""

_MARK = """
WITH due AS (
  SELECT id, CASE WHEN coalesce(eta_at + $4, (promised_on + 1)::timestamp AT TIME ZONE
      'Asia/Jakarta') < $3 THEN $6 ELSE $7 END AS rule
  FROM shipments
  WHERE livemode = $1 AND status = ANY($2) AND delayed_since IS NULL
    AND (coalesce(eta_at + $4, (promised_on + 1)::timestamp AT TIME ZONE 'Asia/Jakarta') < $3
      OR coalesce(heard_at, dispatched_at) < $3 - $5::interval)
  ORDER BY id LIMIT $8 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE shipments s SET delayed_since = $3, delay_rule = d.rule, version = version + 1
FROM due d WHERE d.id = s.id RETURNING s.*
"""


async def flag_delays(tx: Tx, most: int) -> int:
    """Mark at most *most* shipments on the road that are late or silent; how many."""
    rows = await tx.sql(
        _MARK,
        tx.actor.livemode,
        sorted(UNDERWAY),
        tx.now,
        GRACE,
        SILENCE,
        DelayRule.OVERDUE,
        DelayRule.SILENT,
        most,
    )
    changes = [
        Change(
            SHIPMENT,
            "delay",
            row["id"],
            row["version"],
            row["status"],
            before=row["status"],
            audience=tuple(p for p in (row["buyer_id"], row["carrier_id"]) if p),
            data={
                "number": row["number"],
                "tracking_code": row["tracking_code"],
                "delay_rule": row["delay_rule"],
            },
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
