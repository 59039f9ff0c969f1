"""What the catalogue holds of the products of a file, read for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.catalog.imports.products import Product
from app.core.ids import decode, encode
from app.db.tx import Tx

# A listing without a code of the seller's is named by its id, as exports do.
_NAMED = """id IN (
  SELECT id FROM listings
  WHERE seller_id = $1 AND livemode = $2 AND external_reference = ANY ($3)
  UNION ALL
  SELECT id FROM listings
  WHERE seller_id = $1 AND livemode = $2 AND external_reference IS NULL AND id = ANY ($4))"""
_LISTINGS = f"""
SELECT l.*, (
  SELECT json_agg(json_build_object(
    'id', v.id, 'version', v.version, 'position', v.position, 'sku', v.sku, 'gtin', v.gtin,
    'size', v.size, 'colour', v.colour, 'flavour', v.flavour, 'pack', v.pack,
    'price_amount', trim_scale(v.price_amount)::text, 'price_per', trim_scale(v.price_per)::text,
    'price_per_value', trim_scale(v.price_per_value)::text, 'price_per_unit', v.price_per_unit,
    'price_currency', v.price_currency, 'price_tiers', v.price_tiers,
    'net_weight_g', trim_scale(v.net_weight_g)::text,
    'gross_weight_g', trim_scale(v.gross_weight_g)::text, 'availability', v.availability,
    'capacity', trim_scale(v.capacity)::text, 'capacity_period', v.capacity_period,
    'lead_days', v.lead_days, 'low_stock_at', trim_scale(v.low_stock_at)::text,
    'pool_id', s.id, 'stock', trim_scale(s.stock)::text, 'reserved', trim_scale(s.reserved)::text
    ) ORDER BY v.position, v.id)
  FROM variants v LEFT JOIN stock_pools s ON s.variant_id = v.id AND s.period_start IS NULL
  WHERE v.listing_id = l.id AND v.status = 'active') AS variants,
 (
  SELECT json_build_object('id', c.id, 'version', c.version, 'status', c.status,
                           'before', c.before, 'after', c.after)
  FROM listing_changes c WHERE c.listing_id = l.id
    AND c.status IN ('submitted', 'changes_requested')) AS change
FROM listings l
WHERE {_NAMED}
"""
_SKUS = """
SELECT sku, id FROM variants WHERE seller_id = $1 AND livemode = $2 AND sku = ANY ($3)
"""
_REGIONS = "SELECT code FROM regions WHERE code = ANY ($1)"
# In the order of everybody: listings, then what waits for the curator, each in ascending id.
_LOCK_LISTINGS = f"""
SELECT id FROM listings WHERE {_NAMED} ORDER BY id FOR NO KEY UPDATE
"""
_LOCK_CHANGES = """
SELECT id FROM listing_changes
WHERE listing_id = ANY ($1) AND status IN ('submitted', 'changes_requested')
ORDER BY id FOR NO KEY UPDATE
"""


@dataclass
class Standing:
    """A listing as it is, its active variants with their stock, and the change that waits."""

    row: Mapping[str, Any]
    variants: list[dict[str, Any]]

    @property
    def id(self) -> UUID:
        """The listing's id."""
        found: UUID = self.row["id"]
        return found


@dataclass
class Facts:
    """All that products are judged by: listings by code, whose skus are taken, regions."""

    listings: dict[str, Standing] = field(default_factory=dict)
    skus: dict[str, str] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)


def reference_of(row: Mapping[str, Any]) -> str:
    """What names a listing in a sheet: its seller's code of it, else its id."""
    return row["external_reference"] or encode("lst", row["id"])


def _ids(references: Sequence[str]) -> list[UUID]:
    found = []
    for reference in references:
        if reference.startswith("lst_"):
            with suppress(ValueError):
                found.append(decode("lst", reference))
    return found


async def lock(tx: Tx, seller_id: UUID, references: Sequence[str]) -> None:
    """Hold the seller's listings of these codes, and what waits of them, until the end."""
    ids = _ids(references)
    held = await tx.sql(_LOCK_LISTINGS, seller_id, tx.actor.livemode, references, ids)
    await tx.sql(_LOCK_CHANGES, [row["id"] for row in held])


async def facts(
    tx: Tx, seller_id: UUID, products: Sequence[Product], free: Mapping[str, str]
) -> Facts:
    """What *products* are judged by; three round trips for any number.

    The SKUs *free* are up for whoever wants them: the variant of each gives it up, and still has
    it here, also where it was taken from it already (see `moves`).
    """
    references = [product.reference for product in products]
    ids = _ids(references)
    rows = await tx.sql(_LISTINGS, seller_id, tx.actor.livemode, references, ids)
    said = {line.said.get("sku") for product in products for line in product.lines}
    skus = await tx.sql(_SKUS, seller_id, tx.actor.livemode, list(said - {None}))
    codes = {product.listing.get("origin_region_code") for product in products}
    regions = await tx.sql(_REGIONS, list(codes - {None}))
    had = {variant_id: sku for sku, variant_id in free.items()}
    found = {reference_of(row): Standing(row, row["variants"] or []) for row in rows}
    for standing in found.values() if had else ():
        for variant in standing.variants:
            variant["sku"] = had.get(variant["id"], variant["sku"])
    return Facts(
        found,
        {row["sku"]: str(row["id"]) for row in skus if free.get(row["sku"]) != str(row["id"])},
        {row["code"] for row in regions},
    )
