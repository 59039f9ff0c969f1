"""Keeping the shelf true: touched listings get their row anew, last of all before COMMIT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from app.db.tx import Tx

# A statement of its own before the rows are made: who waited here must see what the one before
# committed, and a statement sees only what was committed when it began.
_LOCK = """
SELECT listing_id FROM shelf WHERE listing_id = ANY ($1) ORDER BY listing_id FOR NO KEY UPDATE
"""
# Of the pools' listings those that had nothing and have, or had and have nothing now.
_TURNED = """
SELECT s.listing_id FROM shelf s WHERE s.listing_id IN (
  SELECT v.listing_id FROM unnest($1::uuid[], $2::numeric[]) AS m(pool_id, given)
  JOIN stock_pools p ON p.id = m.pool_id JOIN variants v ON v.id = p.variant_id
  WHERE p.period_start IS NULL AND p.stock - p.reserved <= greatest(m.given, 0))
ORDER BY s.listing_id FOR NO KEY UPDATE
"""
_COLUMNS = """version, seller_id, department, category, region_code, price, licences, photo_ids,
  sellable, title, all_words"""
_REFRESH = f"""
WITH now AS MATERIALIZED (SELECT * FROM shelf_rows($1, $2)),
put AS (
  INSERT INTO shelf (listing_id, livemode, card, {_COLUMNS}, xid, seq, changed_at)
  SELECT listing_id, livemode, card, {_COLUMNS}, pg_current_xact_id(), nextval('shelf_seq'), $3
  FROM now ORDER BY listing_id
  ON CONFLICT (listing_id) DO UPDATE SET card = excluded.card,
    ({_COLUMNS}) = ROW({", ".join(f"excluded.{c.strip()}" for c in _COLUMNS.split(","))}),
    xid = excluded.xid, seq = excluded.seq, changed_at = excluded.changed_at
  WHERE shelf.card IS DISTINCT FROM excluded.card)
UPDATE shelf SET card = NULL, sellable = false,
  xid = pg_current_xact_id(), seq = nextval('shelf_seq'), changed_at = $3
WHERE listing_id = ANY ($1) AND card IS NOT NULL
  AND listing_id NOT IN (SELECT listing_id FROM now)
"""


AT_ONCE = 1000
"""Rows made by one statement: about a quarter of a second."""


def touch(tx: Tx, listing_ids: Iterable[UUID]) -> None:
    """Have these listings' rows made anew when the transaction ends."""
    if not tx.touched:
        tx.last.append(partial(_refresh_touched, tx))
    tx.touched.update(listing_ids)


async def _refresh_touched(tx: Tx) -> None:
    touched = list(tx.touched)
    tx.touched.clear()
    await tx.sql(_LOCK, touched)
    await refresh(tx, touched)


async def refresh(tx: Tx, listing_ids: list[UUID]) -> None:
    """Make the rows of these listings anew; those that are locked, or are nobody else's.

    In ascending id, as they are locked; in pieces, so that no statement takes long.
    """
    ordered = sorted(listing_ids)
    for n in range(0, len(ordered), AT_ONCE):
        await tx.sql(_REFRESH, ordered[n : n + AT_ONCE], tx.today, tx.now)


async def turned(tx: Tx, given: Mapping[UUID, Decimal]) -> None:
    """Make anew the rows of listings of which nothing is left now, or something again.

    *given* is what each pool was given (more than 0) or lost (less). One round trip when no
    listing turned, which is nearly always.
    """
    found = await tx.sql(_TURNED, list(given), list(given.values()))
    if found:
        await refresh(tx, [row["listing_id"] for row in found])


LOOKED_AT = 500
"""Rows of the shelf that one look holds against the tables: those that changed last."""

_DRIFTED = """
WITH latest AS MATERIALIZED (
  SELECT listing_id, card FROM shelf WHERE livemode = $1 ORDER BY changed_at DESC LIMIT $3
), now AS MATERIALIZED (
  SELECT listing_id, card FROM shelf_rows(ARRAY (SELECT listing_id FROM latest), $2))
SELECT l.listing_id AS id FROM latest l LEFT JOIN now n USING (listing_id)
WHERE l.card IS DISTINCT FROM n.card
"""


async def drifted(tx: Tx) -> list[UUID]:
    """Listings whose row is not what the tables say: somebody forgot to touch them."""
    rows = await tx.sql(_DRIFTED, tx.actor.livemode, tx.today, LOOKED_AT)
    return [row["id"] for row in rows]
