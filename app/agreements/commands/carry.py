"""What a period leaves when it is over moves into the next one.

The job looks at how things are, never at what it has done: what an order gives back weeks later
moves on too, and nothing moves twice. What could have been overdrawn is nothing one has, and does
not move. With a limit, all that ever moves on is at most that share of the period's own quota.
"""

from __future__ import annotations

from app.agreements import ledger
from app.agreements.models import QuotaMovementKind
from app.core.quantity import UNITS
from app.db.tx import Tx

# Nothing of a period will ever move again when nothing of it is reserved and no period before it
# carries anything on. Mass is counted to the gram, everything else in whole pieces.
_OVER = """
SELECT * FROM (
  SELECT p.id, n.id AS next_id, p.buyer_id,
    p.reserved = 0 AND NOT EXISTS (
      SELECT 1 FROM quota_periods b
      WHERE b.line_id = p.line_id AND b.carrying AND b.period_end < p.period_start) AS settled,
    least(
      p.quota + p.carried_in - p.reserved - p.consumed - p.carried_out,
      CASE l.carry_over WHEN 'limited' THEN -p.carried_out + trunc(
        p.quota * l.carry_over_pct / 100, CASE WHEN c.base_unit = ANY($3) THEN 3 ELSE 0 END) END
    ) AS unused
  FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
  JOIN commodities c ON c.id = l.commodity_id
  JOIN quota_periods n ON n.line_id = p.line_id AND n.period_start = p.period_end + 1
  WHERE p.carrying AND p.period_end < $1 AND p.livemode = $2{only}) over
WHERE settled OR unused > 0 ORDER BY id LIMIT $4
"""
_DUE, _HELD = _OVER.format(only=""), _OVER.format(only=" AND p.id = ANY($5)")
_LOCK = "SELECT id FROM quota_periods WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_SETTLED = "UPDATE quota_periods SET carrying = false WHERE id = ANY($1)"
_MASS = [unit.name for unit in UNITS.values() if unit.kind == "mass"]


async def carry_over(tx: Tx, most: int) -> int:
    """Carry on what is left of at most *most* periods that are over; how many there were.

    Who orders on the last day of a period while it is carried on waits for its row, and then has
    what is left of it.
    """
    asked = (tx.today, tx.actor.livemode, _MASS, most)
    due = await tx.sql(_DUE, *asked)
    if not due:
        return 0
    # A period and the one after it, and of all lines, in one ascending pass.
    await tx.sql(_LOCK, sorted({id for row in due for id in (row["id"], row["next_id"])}))
    rows = await tx.sql(_HELD, *asked, [row["id"] for row in due])
    left = [row for row in rows if row["unused"] > 0]
    for kind, period in (
        (QuotaMovementKind.CARRY_OUT, "id"),
        (QuotaMovementKind.CARRY_IN, "next_id"),
    ):
        entries = [
            ledger.QuotaEntry(row[period], row["buyer_id"], None, row["unused"]) for row in left
        ]
        await ledger.move(tx, kind, entries)
    await tx.sql(_SETTLED, [row["id"] for row in rows if row["settled"]])
    return len(rows)
