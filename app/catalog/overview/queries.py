"""What a seller's overview is made of. Every statement reads the seller's own rows by index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from app.catalog.changes.commands import BY_CHANGE
from app.core.actor import Actor
from app.core.errors import Invalid, invalid
from app.db.tx import Tx

LEFT_ALONE = timedelta(days=3)
"""A draft that nobody touched for this long is brought to mind."""

REMEMBERED = timedelta(days=14)
"""A refused change is told for this long."""

MOST_TO_DO = 200
MOST_CLOSURES = 5

_SOLD = """
  SELECT v.listing_id, v.id, v.low_stock_at, v.position,
    concat_ws(' · ', v.size, v.colour, v.flavour, v.pack) AS named,
    CASE WHEN v.availability = 'stock' THEN coalesce(p.stock - p.reserved, 0) END AS free
  FROM mine m
  JOIN variants v ON v.listing_id = m.id AND v.status = 'active'
    AND v.seller_id = $1 AND v.livemode = $2
  LEFT JOIN stock_pools p ON p.variant_id = v.id AND p.period_start IS NULL
  WHERE m.status = 'published' AND m.blocked = '[]'
"""
# Free is null for goods made to order: they are never sold out here.
_COUNTS = f"""
WITH mine AS MATERIALIZED (
  SELECT id, title, status, category, blocked FROM listings WHERE seller_id = $1 AND livemode = $2
), sold AS ({_SOLD}), shelf AS (
  SELECT listing_id, bool_or(free IS NULL OR free > 0) AS has,
    bool_or(free > 0 AND free <= low_stock_at) AS low
  FROM sold GROUP BY listing_id
), touched AS (
  SELECT id AS object_id, id AS listing_id FROM mine UNION ALL
  SELECT id, listing_id FROM listing_changes WHERE seller_id = $1 AND livemode = $2
)
SELECT
  (SELECT 'seller' = ANY (roles) FROM parties WHERE id = $1) AS sells,
  (SELECT json_object_agg(s.status, s.n)
   FROM (SELECT status, count(*) AS n FROM mine GROUP BY status) s) AS by_status,
  (SELECT json_object_agg(s.status, s.n) FROM (
    SELECT status, count(*) AS n FROM listing_changes WHERE seller_id = $1 AND livemode = $2
      AND status IN ('submitted', 'changes_requested') GROUP BY status) s) AS changes,
  (SELECT array_agg(DISTINCT category ORDER BY category) FROM mine
   WHERE status NOT IN ('rejected', 'archived')) AS categories,
  (SELECT count(*) FROM mine WHERE status = 'published' AND blocked <> '[]') AS blocked,
  (SELECT count(*) FROM shelf) AS on_shelf,
  (SELECT count(*) FROM shelf WHERE has) AS in_stock,
  (SELECT count(*) FROM shelf WHERE NOT has) AS sold_out,
  (SELECT count(*) FROM shelf WHERE low) AS low_stock,
  (SELECT json_agg(json_build_object('starts_on', c.starts_on, 'ends_on', c.ends_on)
                   ORDER BY c.starts_on, c.id) FROM (
    SELECT id, starts_on, ends_on FROM closures WHERE seller_id = $1 AND livemode = $2
      AND status = 'announced' AND ends_on >= $3
    ORDER BY starts_on, id LIMIT {MOST_CLOSURES}) c) AS closures,
  EXISTS (SELECT FROM closures WHERE seller_id = $1 AND livemode = $2 AND status = 'announced'
          AND $3 BETWEEN starts_on AND ends_on) AS closed,
  (SELECT json_build_object('listing_id', m.id, 'title', m.title, 'at', h.at,
                            'party_id', h.party_id)
   FROM touched t JOIN mine m ON m.id = t.listing_id CROSS JOIN LATERAL (
     SELECT at, party_id FROM history
     WHERE object_id = t.object_id AND action IN ('create', 'edit', 'revise')
       AND reason IS DISTINCT FROM '{BY_CHANGE}'
     ORDER BY version DESC LIMIT 1) h
   ORDER BY h.at DESC LIMIT 1) AS last_edited
"""
_TO_DO = f"""
WITH mine AS MATERIALIZED (
  SELECT id, title, status, blocked, review_reason, review_note, updated_at
  FROM listings WHERE seller_id = $1 AND livemode = $2 AND status NOT IN ('submitted', 'archived')
), sold AS ({_SOLD}), asked AS (
  SELECT CASE
      WHEN status = 'published' AND blocked <> '[]' THEN 'blocked'
      WHEN status IN ('changes_requested', 'rejected') THEN status
      WHEN status = 'approved' THEN 'not_published'
      WHEN status = 'draft' AND updated_at < $3 THEN 'draft_left' END AS code,
    id AS listing_id, NULL::uuid AS variant_id, title, '' AS named,
    CASE WHEN status = 'published' THEN blocked END AS blocked,
    review_reason, review_note, updated_at AS since
  FROM mine
  UNION ALL
  SELECT 'change_needs_work', c.listing_id, NULL, m.title, '', NULL, c.review_reason,
    c.review_note, c.updated_at
  FROM listing_changes c JOIN mine m ON m.id = c.listing_id
  WHERE c.seller_id = $1 AND c.livemode = $2 AND c.status = 'changes_requested'
  UNION ALL
  SELECT 'change_rejected', c.listing_id, NULL, m.title, '', NULL, c.review_reason,
    c.review_note, c.updated_at
  FROM listing_changes c JOIN mine m ON m.id = c.listing_id
  WHERE c.seller_id = $1 AND c.livemode = $2 AND c.status = 'rejected' AND c.updated_at >= $5
    AND NOT EXISTS (SELECT FROM listing_changes n
      WHERE n.seller_id = $1 AND n.listing_id = c.listing_id AND n.id > c.id)
  UNION ALL
  SELECT CASE WHEN s.free <= 0 THEN 'sold_out' WHEN s.free <= s.low_stock_at THEN 'low_stock' END,
    s.listing_id, s.id, m.title, s.named, NULL, NULL, NULL, m.updated_at
  FROM sold s JOIN mine m ON m.id = s.listing_id
)
SELECT * FROM asked WHERE code IS NOT NULL
ORDER BY array_position($4::text[], code), since, listing_id, variant_id LIMIT {MOST_TO_DO}
"""


def whose(actor: Actor, seller_id: UUID | None) -> UUID:
    """Whose overview is asked for: the caller's own, or whom the hub names. Raises Invalid."""
    if seller_id is None and actor.hub:
        raise invalid(
            "query:seller_id",
            "missing",
            "Say whose overview you want; the hub has no goods of its own.",
            "Isi seller_id; BTC sendiri tidak punya produk.",
        )
    if seller_id is None:
        return actor.party_id
    if not actor.hub and seller_id != actor.party_id:
        raise _unknown()
    return seller_id


async def counts(tx: Tx, seller_id: UUID) -> asyncpg.Record:
    """How the seller's goods stand, in numbers, and what was last edited by whom.

    Raises Invalid for a party that is no seller.
    """
    row = await tx.sql_row(_COUNTS, seller_id, tx.actor.livemode, tx.today)
    assert row is not None
    if not row["sells"]:
        raise _unknown()
    return row


def _unknown() -> Invalid:
    return invalid(
        "query:seller_id",
        "seller_unknown",
        "There is no such seller that you may see; leave seller_id out for your own overview.",
        "Penjual ini tidak ada atau tidak boleh Anda lihat; kosongkan seller_id untuk milik Anda.",
    )


async def to_do(tx: Tx, seller_id: UUID, order: list[str]) -> list[dict[str, Any]]:
    """Listings, changes and variants that wait for the seller, by their code's place in *order*."""
    old, recent = tx.now - LEFT_ALONE, tx.now - REMEMBERED
    rows = await tx.sql(_TO_DO, seller_id, tx.actor.livemode, old, order, recent)
    return [dict(row) for row in rows]
