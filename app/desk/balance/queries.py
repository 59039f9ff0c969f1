"""The SELECT of a commodity's demand. What sellers promise is `catalog.offers.queries.promised`."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from app.allocation.states import AllocationStatus
from app.db.tx import Tx
from app.desk.asked import Subject
from app.orders.states import OrderStatus

# A line's `allocated` is the sum of its shares that stand, asked and committed together; a line
# that is done, within its tolerance, wants no more.
_DEMAND = """
WITH said AS (
  SELECT l.deliver_on, l.grade, t.target AS ordered,
    CASE WHEN l.confirmed IS NULL THEN 0 ELSE t.target END AS confirmed,
    0 AS asked, 0 AS committed,
    CASE WHEN l.done_at IS NULL THEN t.target - l.allocated ELSE 0 END AS unallocated
  FROM order_lines l JOIN orders o ON o.id = l.order_id
  CROSS JOIN LATERAL (
    SELECT coalesce(l.confirmed, l.requested) + l.over - l.short_closed AS target) t
  WHERE l.livemode = $1 AND l.commodity_id = $2 AND l.grade = ANY($3)
    AND l.deliver_on BETWEEN $4 AND $5 AND o.status <> ALL($6)
  UNION ALL
  SELECT a.deliver_on, a.grade, 0, 0,
    CASE WHEN a.status = $7 THEN a.quantity ELSE 0 END,
    CASE WHEN a.status = $7 THEN 0 ELSE a.quantity END, 0
  FROM allocations a
  WHERE a.livemode = $1 AND a.commodity_id = $2 AND a.grade = ANY($3)
    AND a.deliver_on BETWEEN $4 AND $5 AND (a.status = $7 OR a.status = ANY($8)))
SELECT deliver_on, grade, sum(ordered) AS ordered, sum(confirmed) AS confirmed,
  sum(asked) AS asked, sum(committed) AS committed, sum(unallocated) AS unallocated
FROM said GROUP BY deliver_on, grade
"""
CALLED_OFF = [OrderStatus.DECLINED, OrderStatus.EXPIRED, OrderStatus.CANCELLED]
"""The states of orders that ask for nothing any more, and never will again."""

STANDING = [AllocationStatus.CONFIRMED, AllocationStatus.PICKED, AllocationStatus.SHIPPED]
"""The states of shares that their sellers have said yes to."""


async def demand(tx: Tx, about: Subject) -> Sequence[asyncpg.Record]:
    """A row for each day and grade on which something is ordered, in base units."""
    return await tx.sql(
        _DEMAND,
        tx.actor.livemode,
        about.commodity_id,
        about.grades,
        about.start,
        about.end,
        CALLED_OFF,
        AllocationStatus.OFFERED,
        STANDING,
    )
