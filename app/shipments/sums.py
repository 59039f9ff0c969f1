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

# A whole lot that was rejected has no child either, and yet is not gone.
_GONE = "e.kind <> 'reject'"
_NET = "sum(CASE WHEN m.kind IN ('make', 'find') THEN m.quantity ELSE -m.quantity END)"

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
  WHERE s.status NOT IN ('planned', 'loading', 'cancelled', 'returned') GROUP BY i.order_line_id
) s ON s.order_line_id = l.id
WHERE l.shipped <> coalesce(s.quantity, 0)""",
    "order_lines.received": """
SELECT l.id FROM order_lines l LEFT JOIN (
  SELECT order_line_id, sum(received) AS received, sum(accepted) AS accepted,
    sum(downgraded) AS downgraded, sum(rejected) AS rejected, sum(short) AS short
  FROM (
    SELECT g.order_line_id, received, accepted, downgraded, rejected, short
    FROM goods_receipt_lines g JOIN goods_receipts r ON r.id = g.receipt_id
    WHERE r.status IN ('posted', 'signed', 'deemed_signed')
    UNION ALL SELECT i.order_line_id, 0, 0, 0, 0, c.quantity
    FROM shipments s JOIN shipment_lots c ON c.shipment_id = s.id JOIN lots i ON i.id = c.lot_id
    WHERE s.status = 'lost'
  ) judged GROUP BY order_line_id
) r ON r.order_line_id = l.id
WHERE (l.received, l.accepted, l.downgraded, l.rejected, l.short) IS DISTINCT FROM
  (coalesce(r.received, 0), coalesce(r.accepted, 0), coalesce(r.downgraded, 0),
   coalesce(r.rejected, 0), coalesce(r.short, 0))""",
    "allocations.weighed": """
SELECT a.id FROM allocations a LEFT JOIN (
  SELECT h.allocation_id, sum(h.balance) AS quantity
  FROM lot_shares h JOIN lots i ON i.id = h.lot_id WHERE i.status <> 'rejected'
  GROUP BY h.allocation_id
) i ON i.allocation_id = a.id
WHERE a.weighed <> coalesce(i.quantity, 0)""",
    "offer_periods.reserved_committed_delivered": f"""
SELECT o.id FROM offer_periods o LEFT JOIN (
  SELECT offer_period_id, sum(quantity) FILTER (WHERE status = 'offered') AS reserved,
    sum(quantity) FILTER (WHERE status IN ('confirmed', 'picked', 'shipped')) AS promised
  FROM allocations GROUP BY offer_period_id
) a ON a.offer_period_id = o.id LEFT JOIN (
  SELECT a.offer_period_id, sum(h.balance) AS delivered
  FROM shipment_lots c JOIN shipments s ON s.id = c.shipment_id
  JOIN lot_shares h ON h.lot_id = c.lot_id JOIN allocations a ON a.id = h.allocation_id
  WHERE s.status NOT IN ('planned', 'loading', 'cancelled', 'returned') GROUP BY a.offer_period_id
) s ON s.offer_period_id = o.id LEFT JOIN (
  SELECT a.offer_period_id, sum(k.quantity) AS lost
  FROM lot_links k JOIN lot_events e ON e.id = k.event_id AND {_GONE}
  JOIN allocations a ON a.id = k.allocation_id
  WHERE k.child_lot_id IS NULL AND NOT EXISTS (SELECT FROM lot_events u WHERE u.undoes = e.id)
  GROUP BY a.offer_period_id
) g ON g.offer_period_id = o.id
WHERE (o.reserved, o.committed, o.delivered) IS DISTINCT FROM
  (coalesce(a.reserved, 0), coalesce(a.promised, 0) - coalesce(s.delivered, 0),
   coalesce(s.delivered, 0) + coalesce(g.lost, 0))""",
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
  SELECT order_line_id, sum(CASE kind WHEN 'sell' THEN quantity ELSE -quantity END) AS quantity
  FROM stock_movements WHERE kind IN ('sell', 'unsell') GROUP BY order_line_id
) m ON m.order_line_id = l.id
WHERE l.variant_id IS NOT NULL AND l.shipped <> coalesce(m.quantity, 0)""",
    "lots.standing_for_nothing": """
SELECT i.id FROM lots i
JOIN order_lines l ON l.id = i.order_line_id JOIN orders o ON o.id = i.order_id
WHERE i.status IN ('expected', 'available', 'quarantined', 'expired', 'recalled')
  AND (l.done_at IS NOT NULL OR l.short_closed_at IS NOT NULL
    OR o.status IN ('completed', 'cancelled'))
""",
    "lots.shares": """
SELECT i.id FROM lots i LEFT JOIN (
  SELECT lot_id, sum(quantity) AS quantity, sum(balance) AS balance FROM lot_shares GROUP BY lot_id
) h ON h.lot_id = i.id LEFT JOIN (
  SELECT c.lot_id, sum(c.quantity) AS quantity
  FROM shipment_lots c JOIN shipments s ON s.id = c.shipment_id
  WHERE s.status NOT IN ('cancelled', 'returned') GROUP BY c.lot_id
) c ON c.lot_id = i.id
WHERE (h.quantity, h.balance) IS DISTINCT FROM (i.quantity, i.balance + coalesce(c.quantity, 0))
""",
    "lots.count_balance": """
SELECT i.id FROM lots i JOIN (
  SELECT lot_id, sum(CASE WHEN kind IN ('create', 'unload', 'make', 'find') THEN count
    ELSE -count END) AS count FROM lot_movements GROUP BY lot_id
) m ON m.lot_id = i.id
WHERE i.count_balance <> m.count""",
    "lot_events.balanced": f"""
SELECT event_id AS id FROM (
  SELECT event_id, lot_id, sum(quantity) AS quantity FROM (
    SELECT event_id, child_lot_id AS lot_id, quantity FROM lot_links WHERE child_lot_id IS NOT NULL
    UNION ALL SELECT k.event_id, k.parent_lot_id, -k.quantity
    FROM lot_links k JOIN lot_events e ON e.id = k.event_id
    WHERE k.parent_lot_id IS NOT NULL AND (k.child_lot_id IS NOT NULL OR {_GONE})
  ) ends GROUP BY event_id, lot_id
) k FULL JOIN (
  SELECT m.event_id, m.lot_id, {_NET} AS quantity
  FROM lot_movements m JOIN lot_events e ON e.id = m.event_id AND e.undoes IS NULL
  GROUP BY m.event_id, m.lot_id
) m USING (event_id, lot_id)
WHERE coalesce(k.quantity, 0) <> coalesce(m.quantity, 0)
UNION ALL SELECT e.id FROM lot_events e JOIN lot_movements m ON m.event_id IN (e.id, e.undoes)
WHERE e.undoes IS NOT NULL GROUP BY e.id, m.lot_id HAVING {_NET} <> 0
UNION ALL SELECT e.id FROM lot_events e LEFT JOIN (
  SELECT event_id, sum(quantity) AS quantity FROM lot_movements WHERE kind = 'lose'
  GROUP BY event_id
) m ON m.event_id = e.id WHERE e.undoes IS NULL AND e.loss <> coalesce(m.quantity, 0)""",
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
