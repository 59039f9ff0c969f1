"""Every SELECT on photos."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from app.access.doors import ANYBODY
from app.catalog.listings.models import Listing
from app.catalog.listings.queries import visible_to
from app.catalog.photos.models import Photo
from app.db.tx import Tx

# Shown now; or else, the change that would show it once the curator agrees.
_OF_LISTING = """
SELECT f.id, f.width, f.height, f.id = ANY (l.photo_ids) AS shown,
  CASE WHEN f.id <> ALL (l.photo_ids) THEN c.id END AS change_id
FROM listings l JOIN photos f ON f.listing_id = l.id
LEFT JOIN listing_changes c ON c.listing_id = l.id
  AND c.status IN ('submitted', 'changes_requested')
  AND c.after -> 'photos' ? btc_id('pho', f.id)
WHERE l.id = $1 AND ($2::uuid IS NULL OR f.id = $2)
ORDER BY array_position(l.photo_ids, f.id) NULLS LAST, f.id
"""
# The world is a literal, not a parameter: the plan is made once for all callers.
_ON_SHELF = {
    live: "SELECT f.sha256, s.seller_id, s.livemode, s.title FROM photos f "
    f"JOIN shelf s ON s.listing_id = f.listing_id WHERE f.id = $1 AND s.livemode = {live} "
    "AND s.card IS NOT NULL AND f.id = ANY (s.photo_ids)"
    for live in (True, False)
}
_ALIKE = """
SELECT count(*) AS uploaded, (array_agg(id) FILTER (WHERE sha256 = $2))[1] AS photo_id
FROM photos WHERE listing_id = $1
"""


async def photos_of(tx: Tx, listing_id: UUID) -> list[UUID]:
    """The ids of all photos uploaded for a listing, shown or not, oldest first."""
    query = "SELECT id FROM photos WHERE listing_id = $1 ORDER BY id"
    return [row["id"] for row in await tx.sql(query, listing_id)]


async def photos(tx: Tx, listing_id: UUID, photo_id: UUID | None = None) -> list[asyncpg.Record]:
    """Photos of a listing the caller may see (or the one named): those shown, in order, first."""
    return await tx.sql(_OF_LISTING, listing_id, photo_id)


async def alike(tx: Tx, listing_id: UUID, sha256: bytes) -> tuple[UUID | None, int]:
    """The listing's photo of the very same bytes, and how many it has in all."""
    row = await tx.sql_row(_ALIKE, listing_id, sha256)
    assert row is not None
    return row["photo_id"], row["uploaded"]


async def picture(tx: Tx, photo_id: UUID) -> Any | None:
    """``sha256``, ``seller_id``, ``livemode`` and the listing's ``title`` of a photo.

    What the shelf shows is anybody's; the rest is its seller's and the hub's. None for others.
    """
    if tx.actor is not ANYBODY:
        own = await tx.row(
            select(Photo.sha256, Photo.seller_id, Photo.livemode, Listing.title)
            .join_from(Photo, Listing, Listing.id == Photo.listing_id)
            .where(Photo.id == photo_id, visible_to(tx.actor))
        )
        if own is not None:
            return own._mapping
    return await tx.sql_row(_ON_SHELF[tx.actor.livemode], photo_id)
