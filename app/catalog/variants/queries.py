"""Every SELECT on variants and their stock, for their seller and the hub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, Select, Table, select

from app.catalog.listings import queries as listings
from app.catalog.listings.models import Listing
from app.catalog.variants.models import CapacityPeriod, StockMovement, StockPool, Variant
from app.catalog.variants.rules import period_of
from app.catalog.variants.stock import SOLD
from app.db.tx import Tx
from app.http.lists import Paging, page

VARIANTS: Table = Variant.__table__  # type: ignore[assignment]

# The pool of goods in stock; a kitchen's pools belong to days and weeks.
_STOCK = (StockPool.variant_id == Variant.id) & StockPool.period_start.is_(None)


def _select() -> Select[Any]:
    return (
        select(
            *VARIANTS.c,
            StockPool.id.label("pool_id"),
            StockPool.stock,
            StockPool.reserved,
        )
        .join(Listing, Listing.id == Variant.listing_id)
        .join(StockPool, _STOCK)
    )


async def listing_of(tx: Tx, variant_id: UUID) -> Row[Any] | None:
    """The listing of a variant, locked, if the caller may change it.

    Whoever changes a variant locks its listing first: so two changes of one listing follow each
    other, and the shelf shows both.
    """
    query = "SELECT listing_id FROM variants WHERE id = $1"
    listing_id = await tx.sql_value(query, variant_id)
    return None if listing_id is None else await listings.own(tx, listing_id)


async def variant(tx: Tx, variant_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """A variant with its stock; its listing must have been found to be the caller's."""
    found = _select().where(Variant.id == variant_id)
    return await tx.row(found.with_for_update(key_share=True, of=Variant) if lock else found)


async def readable(tx: Tx, variant_id: UUID) -> tuple[Row[Any], Row[Any]] | None:
    """The variant and its listing, if it is the caller's."""
    row = await tx.row(_select().where(Variant.id == variant_id, listings.visible_to(tx.actor)))
    if row is None:
        return None
    listing = await listings.listing(tx, row.listing_id)
    return None if listing is None else (row, listing)


async def pool_for_update(tx: Tx, pool_id: UUID) -> asyncpg.Record:
    """``stock`` and ``reserved`` of a pool, locked: nothing is ordered from it meanwhile."""
    query = "SELECT stock, reserved FROM stock_pools WHERE id = $1 FOR NO KEY UPDATE"
    found = await tx.sql_row(query, pool_id)
    assert found is not None, "every variant has its pool"
    return found


async def pools_to_come(tx: Tx, variant_id: UUID) -> list[asyncpg.Record]:
    """The pools of a kitchen's days and weeks that are not over, locked in ascending id.

    ``sold`` is what has left of each: it used the capacity and does not come back with a new one.
    """
    query = f"""SELECT id, period_start, stock, reserved, {SOLD} AS sold FROM stock_pools
      WHERE variant_id = $1 AND period_start IS NOT NULL
        AND (period_end >= $2 OR period_start >= $3) ORDER BY id FOR NO KEY UPDATE"""
    monday = period_of(CapacityPeriod.WEEK, tx.today)[0]  # of a week that may become one pool
    return await tx.sql(query, variant_id, tx.today, monday)


async def set_periods(tx: Tx, variant_id: UUID, starts: Sequence[date], kind: str) -> None:
    """Make the pools that begin on *starts*, from which nothing is promised, days or weeks."""
    query = """UPDATE stock_pools p SET period_end = t.period_end
      FROM unnest($2::date[], $3::date[]) AS t(period_start, period_end)
      WHERE p.variant_id = $1 AND p.period_start = t.period_start"""
    ends = [period_of(kind, start)[1] for start in starts]
    await tx.sql(query, variant_id, list(starts), ends)


async def movements(
    tx: Tx, variant_id: UUID, paging: Paging
) -> tuple[Sequence[Row[Any]], str | None]:
    """The movements of all pools of a variant, newest first."""
    found = (
        select(StockMovement.__table__, StockPool.period_start)
        .join(StockPool, StockPool.id == StockMovement.pool_id)
        .where(StockPool.variant_id == variant_id)
    )
    return await page(tx, "stock_movements", found, StockMovement.id, paging)


# What can be had of each variant on the shelf, pool by pool, and when its seller is closed.
_AVAILABLE = """
SELECT v.id, v.position, v.availability, v.capacity, v.capacity_period, v.lead_days,
  p.period_start, p.stock - p.reserved AS free,
  (SELECT json_agg(json_build_array(c.starts_on, c.ends_on)) FROM closures c
   WHERE c.seller_id = s.seller_id AND c.livemode = s.livemode AND c.status = 'announced'
     AND c.ends_on >= $2 AND c.starts_on <= $3) AS closed
FROM shelf s JOIN variants v ON v.listing_id = s.listing_id AND v.status = 'active'
LEFT JOIN stock_pools p ON p.variant_id = v.id
  AND (p.period_start IS NULL OR p.period_end >= $2 AND p.period_start <= $3)
WHERE s.listing_id = $1 AND s.card IS NOT NULL AND s.livemode = $4
ORDER BY v.position, v.id, p.period_start
"""


async def available(tx: Tx, listing_id: UUID, first: date, last: date) -> list[asyncpg.Record]:
    """What is free of each variant of a listing on the shelf in the days from *first* to *last*."""
    return await tx.sql(_AVAILABLE, listing_id, first, last, tx.actor.livemode)
