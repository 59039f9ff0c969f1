"""What has to add up along the chain: every stored sum against the rows it is the sum of.

The ledgers compare counters with their movements; a movement that was never written, or written
twice, agrees with itself. These compare counters with the things themselves: what is allocated with
the allocations, what has left with what lies on trucks, what a quota or a pool of stock holds with
the orders it holds it for. Data, not code: each is one statement that gives the ids of the rows
that are wrong, as one snapshot sees them, so it may run while the trade goes on. There must never
be any.
"""

from __future__ import annotations

from uuid import UUID

from app.db.tx import Tx

SUMS: dict[str, str] = {
    "order_lines.allocated": """
SELECT l.id FROM order_lines l LEFT JOIN (
  SELECT order_line_id, sum(quantity) AS quantity FROM allocations
  WHERE status NOT IN ('declined', 'timed_out', 'released') GROUP BY order_line_id
) a ON a.order_line_id = l.id
WHERE l.allocated <> coalesce(a.quantity, 0)""",
    "order_lines.shipped": """
SELECT l.id FROM order_lines l LEFT JOIN (
  SELECT i.order_line_id, sum(c.quantity) AS quantity
  FROM shipment_lots c JOIN lots i ON i.id = c.lot_id JOIN shipments s ON s.id = c.shipment_id
  WHERE s.status NOT IN ('planned', 'cancelled') GROUP BY i.order_line_id
) s ON s.order_line_id = l.id
WHERE l.shipped <> coalesce(s.quantity, 0)""",
    "order_lines.received": """
SELECT l.id FROM order_lines l LEFT JOIN (
  SELECT order_line_id, sum(received) AS received, sum(accepted) AS accepted,
    sum(downgraded) AS downgraded, sum(rejected) AS rejected, sum(short) AS short
  FROM goods_receipt_lines GROUP BY order_line_id
) r ON r.order_line_id = l.id
WHERE (l.received, l.accepted, l.downgraded, l.rejected, l.short) IS DISTINCT FROM
  (coalesce(r.received, 0), coalesce(r.accepted, 0), coalesce(r.downgraded, 0),
   coalesce(r.rejected, 0), coalesce(r.short, 0))""",
    "allocations.weighed": """
SELECT a.id FROM allocations a LEFT JOIN (
  SELECT i.allocation_id, sum(i.quantity) AS quantity FROM lots i
  WHERE NOT EXISTS (SELECT FROM lot_movements m WHERE m.lot_id = i.id AND m.kind = 'give_back')
  GROUP BY i.allocation_id
) i ON i.allocation_id = a.id
WHERE a.weighed <> coalesce(i.quantity, 0)""",
    "offer_periods.reserved_committed_delivered": """
SELECT o.id FROM offer_periods o LEFT JOIN (
  SELECT offer_period_id, sum(quantity) FILTER (WHERE status = 'offered') AS reserved,
    sum(quantity) FILTER (WHERE status IN ('confirmed', 'picked', 'shipped')) AS promised
  FROM allocations GROUP BY offer_period_id
) a ON a.offer_period_id = o.id LEFT JOIN (
  SELECT a.offer_period_id, sum(c.quantity) AS delivered
  FROM shipment_lots c JOIN lots i ON i.id = c.lot_id JOIN shipments s ON s.id = c.shipment_id
  JOIN allocations a ON a.id = i.allocation_id
  WHERE s.status NOT IN ('planned', 'cancelled') GROUP BY a.offer_period_id
) s ON s.offer_period_id = o.id
WHERE (o.reserved, o.committed, o.delivered) IS DISTINCT FROM
  (coalesce(a.reserved, 0), coalesce(a.promised, 0) - coalesce(s.delivered, 0),
   coalesce(s.delivered, 0))""",
    "quota_periods.reserved_consumed": """
SELECT p.id FROM quota_periods p LEFT JOIN (
  SELECT l.quota_period_id,
    sum(coalesce(l.confirmed, l.requested) + l.over - l.short_closed) FILTER (
      WHERE l.done_at IS NULL AND o.status NOT IN ('cancelled', 'declined', 'expired')
    ) AS reserved,
    sum(l.accepted + l.downgraded) FILTER (WHERE l.done_at IS NOT NULL) AS consumed
  FROM order_lines l JOIN orders o ON o.id = l.order_id GROUP BY l.quota_period_id
) l ON l.quota_period_id = p.id
WHERE (p.reserved, p.consumed) IS DISTINCT FROM (coalesce(l.reserved, 0), coalesce(l.consumed, 0))
""",
    "stock_pools.reserved": """
SELECT p.id FROM stock_pools p LEFT JOIN (
  SELECT l.stock_pool_id,
    sum(coalesce(l.confirmed, l.requested) + l.over - l.short_closed - l.shipped) AS reserved
  FROM order_lines l JOIN orders o ON o.id = l.order_id
  WHERE l.stock_pool_id IS NOT NULL AND l.done_at IS NULL
    AND o.status NOT IN ('cancelled', 'declined', 'expired') GROUP BY l.stock_pool_id
) l ON l.stock_pool_id = p.id
WHERE p.reserved <> coalesce(l.reserved, 0)""",
    "order_lines.sold": """
SELECT l.id FROM order_lines l LEFT JOIN (
  SELECT order_line_id, sum(quantity) AS quantity FROM stock_movements
  WHERE kind = 'sell' GROUP BY order_line_id
) m ON m.order_line_id = l.id
WHERE l.variant_id IS NOT NULL AND l.shipped <> coalesce(m.quantity, 0)""",
    "lots.available_for_nothing": """
SELECT i.id FROM lots i
JOIN order_lines l ON l.id = i.order_line_id JOIN orders o ON o.id = i.order_id
WHERE i.status = 'available' AND (l.done_at IS NOT NULL OR l.short_closed_at IS NOT NULL
  OR o.status IN ('completed', 'cancelled'))
""",
    "allocations.live_for_nothing": """
SELECT a.id FROM allocations a
JOIN order_lines l ON l.id = a.order_line_id JOIN orders o ON o.id = a.order_id
WHERE a.status IN ('offered', 'confirmed', 'picked')
  AND (l.done_at IS NOT NULL OR l.short_closed_at IS NOT NULL
    OR o.status IN ('completed', 'cancelled'))
""",
}
"""By the name of what is wrong when it gives rows."""


async def unequal(tx: Tx, name: str, most: int = 100) -> list[UUID]:
    """The ids of rows that are not what *name* says they are, in the caller's world."""
    return [row["id"] for row in await tx.sql(f"{SUMS[name]} LIMIT $1", most)]
