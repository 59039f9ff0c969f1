"""Every SELECT on listings, and who may see which.

Anybody sees the *shelf*, as cards (`catalog.shelf`). A seller sees its own listings in any status,
with what belongs to them; the hub sees all of its world.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    literal_column,
    select,
    text,
    true,
)

from app.catalog.listings.filters import Filters
from app.catalog.listings.models import Listing
from app.catalog.shelf import queries as shelf
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.text import Text
from app.db.tx import Tx
from app.http.lists import Paging, page

LISTINGS: Table = Listing.__table__  # type: ignore[assignment]

_NOT_YOURS = Text(
    "Only its seller and the hub may change a listing.",
    "Hanya penjualnya dan BTC yang boleh mengubah produk tayang ini.",
)

# All that belongs to a listing, beside its row: numbers as text, for JSON knows only floats.
_DETAILS = {
    "variants": """
SELECT json_agg(json_build_object(
  'id', v.id, 'version', v.version, 'status', v.status, 'position', v.position, 'sku', v.sku,
  'gtin', v.gtin, 'size', v.size, 'colour', v.colour, 'flavour', v.flavour, 'pack', v.pack,
  'price_amount', v.price_amount::text, 'price_currency', v.price_currency,
  'price_per_value', v.price_per_value::text, 'price_per_unit', v.price_per_unit,
  'price_per', v.price_per::text, 'price_tiers', v.price_tiers,
  'net_weight_g', v.net_weight_g::text, 'gross_weight_g', v.gross_weight_g::text,
  'availability', v.availability, 'capacity', v.capacity::text,
  'capacity_period', v.capacity_period, 'lead_days', v.lead_days,
  'low_stock_at', v.low_stock_at::text, 'stock', s.stock::text, 'reserved', s.reserved::text
  ) ORDER BY v.position, v.id)
FROM variants v LEFT JOIN stock_pools s ON s.variant_id = v.id AND s.period_start IS NULL
WHERE v.listing_id = listings.id AND v.status = 'active'""",
    "photos": """
SELECT json_agg(json_build_object('id', f.id, 'width', f.width, 'height', f.height) ORDER BY o.n)
FROM unnest(listings.photo_ids) WITH ORDINALITY AS o(id, n) JOIN photos f ON f.id = o.id""",
    "change": """
SELECT json_build_object('id', c.id, 'status', c.status, 'review_reason', c.review_reason,
                         'review_note', c.review_note)
FROM listing_changes c WHERE c.listing_id = listings.id
  AND c.status IN ('submitted', 'changes_requested')""",
    "closed": """
SELECT to_json(EXISTS (SELECT FROM closures x WHERE x.seller_id = listings.seller_id
  AND x.livemode = listings.livemode AND x.status = 'announced'
  AND DATE '{today}' BETWEEN x.starts_on AND x.ends_on))""",
}


def _details(tx: Tx) -> list[ColumnElement[Any]]:
    return [
        literal_column(f"({sql.replace('{today}', str(tx.today))})", JSON).label(name)
        for name, sql in _DETAILS.items()
    ]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The caller's own, in its world; everything of its world for the hub."""
    world: Any = text("listings.livemode" if actor.livemode else "NOT listings.livemode")
    return and_(world, true() if actor.hub else Listing.seller_id == actor.party_id)


async def listing(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The listing as its seller or the hub sees it; None for anybody else."""
    return await tx.row(select(LISTINGS).where(Listing.id == listing_id, visible_to(tx.actor)))


async def whole(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The same with ``variants``, ``photos``, ``change``, ``closed``: all that is shown of it."""
    found = select(*LISTINGS.c, *_details(tx))
    return await tx.row(found.where(Listing.id == listing_id, visible_to(tx.actor)))


async def own(tx: Tx, listing_id: UUID) -> Row[Any] | None:
    """The listing, locked, if the caller may change it; Forbidden if it may only be seen."""
    found = (
        select(LISTINGS)
        .where(Listing.id == listing_id, visible_to(tx.actor))
        .with_for_update(key_share=True)
    )
    row = await tx.row(found)
    if row is None and await shelf.card(tx, listing_id) is not None:
        raise Forbidden(_NOT_YOURS)
    return row


async def by_reference(tx: Tx, seller_id: UUID, reference: str | None) -> UUID | None:
    """The id of the seller's listing of that reference in the caller's world."""
    found: UUID | None = await tx.value(
        select(Listing.id).where(
            Listing.seller_id == seller_id,
            Listing.external_reference == reference,
            Listing.livemode == tx.actor.livemode,
        )
    )
    return found


async def listings(
    tx: Tx, paging: Paging, filters: Filters
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the caller's own listings that *filters* ask for, whole, newest first."""
    return await page(tx, "own_listings", _filtered(tx, filters), Listing.id, paging)


def _filtered(tx: Tx, filters: Filters) -> Select[Any]:
    found = select(*LISTINGS.c, *_details(tx)).where(visible_to(tx.actor))
    if filters.mine:
        found = found.where(Listing.seller_id == tx.actor.party_id)
    if filters.category is not None:
        one, below = filters.category, f"{filters.category}."
        found = found.where((Listing.category == one) | Listing.category.startswith(below))
    if filters.q is not None:
        found = found.where(Listing.title.icontains(filters.q, autoescape=True))
    if filters.blocked is not None:
        found = found.where(text(f"listings.blocked {'<>' if filters.blocked else '='} '[]'"))
    for column, value in (
        (Listing.status, filters.status),
        (Listing.seller_id, filters.seller_id),
        (Listing.external_reference, filters.external_reference),
    ):
        if value is not None:
            found = found.where(column == value)
    return found
