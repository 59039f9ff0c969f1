"""The SELECTs of who could bring what, and who was given how much."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

import asyncpg

from app.db.tx import Tx
from app.desk.asked import Subject
from app.desk.balance.queries import STANDING


class By(StrEnum):
    """Whose shares: each seller's, or all sellers' of a kelurahan together."""

    SELLER = "seller"
    KELURAHAN = "kelurahan"


# Of an offer that is withdrawn, or paused, only what was taken could be had.
_SHARES = """
WITH could AS (
  SELECT {offered_by} AS key, sum(CASE WHEN f.status IN ('open', 'expired') THEN p.offered
    ELSE p.reserved + p.committed + p.delivered END) AS offered
  FROM supply_offers f JOIN offer_periods p ON p.offer_id = f.id
  JOIN sites s ON s.id = f.site_id
  WHERE f.livemode = $1 AND f.commodity_id = $2 AND f.grade = ANY($3) AND f.kind = 'commitment'
    AND f.available_from <= $5 AND f.available_until >= $4
    AND p.starts_on <= $5 AND p.ends_on >= $4
  GROUP BY {offered_by}),
brought AS (
  SELECT {brought_by} AS key, sum(a.quantity) AS quantity, count(*)::int AS allocations
  FROM allocations a JOIN sites s ON s.id = a.site_id
  WHERE a.livemode = $1 AND a.commodity_id = $2 AND a.grade = ANY($3)
    AND a.deliver_on BETWEEN $4 AND $5 AND a.status = ANY($6)
  GROUP BY {brought_by})
SELECT key, coalesce(b.quantity, 0) AS quantity, coalesce(b.allocations, 0) AS allocations,
  coalesce(c.offered, 0) AS offered
FROM could c FULL JOIN brought b USING (key)
WHERE c.offered > 0 OR b.quantity > 0
ORDER BY coalesce(b.quantity, 0) DESC, coalesce(c.offered, 0) DESC, key
"""
_STATEMENTS = {
    By.SELLER: _SHARES.format(offered_by="f.seller_id", brought_by="a.seller_id"),
    By.KELURAHAN: _SHARES.format(offered_by="s.region_code", brought_by="s.region_code"),
}
_NAMES = {
    By.SELLER: "SELECT id AS key, name FROM parties WHERE id = ANY($1)",
    By.KELURAHAN: """
SELECT r.code AS key, r.name, r.level, d.name AS within
FROM regions r LEFT JOIN regions d ON d.code = r.parent_code WHERE r.code = ANY($1)
""",
}


async def shares(tx: Tx, about: Subject, by: By) -> Sequence[asyncpg.Record]:
    """Everybody who offered or brought something in these days, who brought most first."""
    return await tx.sql(
        _STATEMENTS[by],
        tx.actor.livemode,
        about.commodity_id,
        about.grades,
        about.start,
        about.end,
        STANDING,
    )


async def names(tx: Tx, by: By, keys: Collection[object]) -> dict[object, asyncpg.Record]:
    """What the sellers, or regions, of *keys* are called."""
    return {row["key"]: row for row in await tx.sql(_NAMES[by], list(keys))}
