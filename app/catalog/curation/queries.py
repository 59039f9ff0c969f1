"""What waits for the curators, oldest first, with what is needed to judge it. For the hub only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.db.tx import Tx
from app.http.lists import BadCursor, Paging, seal, unseal

_KIND = "curation"
_FIRST = ("1970-01-01T00:00:00+00:00", UUID(int=0).hex)

# Numbers of the queue are few: those that wait for curators are all looked at to order them.
_QUEUE = """
WITH waits AS (
  SELECT 'listing' AS kind, l.id, l.id AS listing_id, h.at AS submitted_at, '{}'::jsonb AS after
  FROM listings l CROSS JOIN LATERAL (
    SELECT at FROM history WHERE object_id = l.id AND action = 'submit'
    ORDER BY version DESC LIMIT 1) h
  WHERE l.status = 'submitted' AND l.livemode = $1
  UNION ALL
  SELECT 'listing_change', c.id, c.listing_id, c.updated_at, c.after
  FROM listing_changes c WHERE c.status = 'submitted' AND c.livemode = $1
), next AS (
  SELECT * FROM waits WHERE (submitted_at, id) > ($2, $3) ORDER BY submitted_at, id LIMIT $4
)
SELECT n.kind, n.id, n.submitted_at, n.after, l.id AS listing_id, l.seller_id, l.seller_name,
  l.title, l.title_en, l.description, l.description_en, l.category, l.ingredients,
  l.shelf_life_days, l.storage, l.story, l.photo_ids AS photos, NOT EXISTS (
    SELECT FROM variants v WHERE v.listing_id = l.id AND v.status = 'active'
      AND v.net_weight_g IS NULL) AS weighed, l.origin_region_code, (
    SELECT min(coalesce(v.price_amount, l.price_amount) / coalesce(v.price_per, l.price_per))
    FROM variants v WHERE v.listing_id = l.id AND v.status = 'active') AS lowest_price
FROM next n JOIN listings l ON l.id = n.listing_id
ORDER BY n.submitted_at, n.id
"""
_FOLDED = "btrim(regexp_replace(lower({0}), '[^[:alnum:]]+', ' ', 'g'))"
_DUPLICATES = f"""
SELECT DISTINCT ON (a.listing_id) a.listing_id, o.id AS other
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS a(listing_id, seller_id, title)
JOIN listings o ON o.seller_id = a.seller_id AND o.id <> a.listing_id AND o.livemode = $4
  AND o.status NOT IN ('rejected', 'archived')
  AND {_FOLDED.format("o.title")} = {_FOLDED.format("a.title")}
ORDER BY a.listing_id, o.id
"""


async def queue(tx: Tx, paging: Paging) -> tuple[list[asyncpg.Record], str | None]:
    """One page of submitted listings and changes, those that wait longest first."""
    position = _position(paging.cursor)
    rows = await tx.sql(_QUEUE, tx.actor.livemode, *position, paging.limit + 1)
    if len(rows) <= paging.limit:
        return rows, None
    rows.pop()
    last = rows[-1]
    return rows, seal(_KIND, last["submitted_at"].isoformat(), last["id"].hex)


def _position(cursor: str | None) -> tuple[datetime, UUID]:
    at, last = unseal(_KIND, cursor, 2) if cursor is not None else _FIRST
    try:
        position = datetime.fromisoformat(at), UUID(hex=last)
    except ValueError:
        raise BadCursor from None
    if position[0].tzinfo is None:
        raise BadCursor
    return position


async def duplicates(
    tx: Tx, listing_ids: Sequence[UUID], seller_ids: Sequence[UUID], titles: Sequence[str]
) -> dict[UUID, UUID]:
    """For each of these listings that has one: another of its seller's with the same title."""
    rows = await tx.sql(
        _DUPLICATES, list(listing_ids), list(seller_ids), list(titles), tx.actor.livemode
    )
    return {row["listing_id"]: row["other"] for row in rows}
