"""The SELECT of what two linked agreements have come to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from app.db.tx import Tx
from app.desk.balance.queries import CALLED_OFF

# div(2·q·amount + per, 2·per) is q·amount/per to the whole rupiah, half-up, exactly: as
# `core.money.line_amount` rounds each line. What is open of a line is worth what is left of it.
_VALUE = "div(2 * {quantity} * l.price_amount + l.price_per, 2 * l.price_per)"
_SIDES = f"""
SELECT a.id AS agreement_id, g.commodity_id, c.code AS commodity, g.grade, c.base_unit, q.agreed,
  coalesce(t.ordered, 0) AS ordered, coalesce(t.delivered, 0) AS delivered,
  coalesce(t.open, 0) AS open, coalesce(t.ordered_value, 0) AS ordered_value,
  coalesce(t.delivered_value, 0) AS delivered_value, coalesce(t.open_value, 0) AS open_value
FROM agreements a JOIN agreement_lines g ON g.agreement_id = a.id
JOIN commodities c ON c.id = g.commodity_id
CROSS JOIN LATERAL (
  SELECT sum(p.quota) AS agreed FROM quota_periods p
  WHERE p.line_id = g.id AND p.period_start <= a.ends_on) q
LEFT JOIN LATERAL (
  SELECT sum(v.target) AS ordered, sum(v.kept) AS delivered,
    sum(v.target - v.kept) FILTER (WHERE v.done_at IS NULL) AS open,
    sum(v.target_value) AS ordered_value, sum(v.kept_value) AS delivered_value,
    sum(v.target_value - v.kept_value) FILTER (WHERE v.done_at IS NULL) AS open_value
  FROM (
    SELECT l.done_at, s.target, s.kept, {_VALUE.format(quantity="s.target")} AS target_value,
      {_VALUE.format(quantity="s.kept")} AS kept_value
    FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.agreement_line_id = g.id
    CROSS JOIN LATERAL (
      SELECT coalesce(l.confirmed, l.requested) + l.over - l.short_closed AS target,
        l.accepted + l.downgraded AS kept) s
    WHERE o.agreement_id = a.id AND o.status <> ALL($2)) v) t ON true
WHERE a.id = ANY($1) AND q.agreed IS NOT NULL
ORDER BY a.id, g.position
"""


async def lines(tx: Tx, agreement_ids: Collection[UUID]) -> Sequence[asyncpg.Record]:
    """What each line of the agreements came to, in base units and rupiah.

    None of an agreement that its buyer never confirmed: what a draft says is nobody else's.
    """
    return await tx.sql(_SIDES, list(agreement_ids), CALLED_OFF)
