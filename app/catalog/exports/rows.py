"""Listings as rows of the sheet that imports read: one row for each active variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from app.catalog.categories import tree
from app.catalog.exports.sheets import Heading, heading_of
from app.catalog.imports.cells import folded
from app.catalog.imports.columns import COLUMNS, PERIODS, STORAGES, category_names
from app.catalog.imports.standing import reference_of
from app.catalog.imports.tiers import written
from app.catalog.states import ListingStatus
from app.core.ids import encode
from app.core.quantity import plain
from app.core.state_words import state_name
from app.db.tx import Tx

HEADINGS = [*map(heading_of, COLUMNS), Heading("Status"), Heading("Tayang"), Heading("Id", "code")]

_ROWS = """
SELECT l.*, v.position, v.sku, v.gtin, v.size, v.colour, v.flavour, v.pack, v.price_tiers,
  v.net_weight_g, v.gross_weight_g, v.availability, v.capacity, v.capacity_period, v.lead_days,
  v.low_stock_at, s.stock, coalesce(v.price_amount, l.price_amount) AS amount,
  coalesce(v.price_per, l.price_per) AS per
FROM (
  SELECT * FROM listings
  WHERE livemode = $1 AND ($2::uuid IS NULL OR seller_id = $2) AND ($3::text IS NULL OR status = $3)
    AND ($4::text IS NULL OR category = $4 OR category LIKE $4 || '.%') AND id > $5
  ORDER BY id LIMIT $6) l
JOIN variants v ON v.listing_id = l.id AND v.status = 'active'
LEFT JOIN stock_pools s ON s.variant_id = v.id AND s.period_start IS NULL
ORDER BY l.id, v.position, v.id
"""
_LAST = """
SELECT id FROM listings
WHERE livemode = $1 AND ($2::uuid IS NULL OR seller_id = $2) AND ($3::text IS NULL OR status = $3)
  AND ($4::text IS NULL OR category = $4 OR category LIKE $4 || '.%') AND id > $5
ORDER BY id OFFSET $6 - 1 LIMIT 1
"""
_COUNT = """
SELECT count(*) FROM listings l JOIN variants v ON v.listing_id = l.id AND v.status = 'active'
WHERE l.livemode = $1 AND ($2::uuid IS NULL OR l.seller_id = $2)
  AND ($3::text IS NULL OR l.status = $3)
  AND ($4::text IS NULL OR l.category = $4 OR l.category LIKE $4 || '.%')
"""
PAGE = 100
"""Listings in one piece of an export; with up to 50 variants each."""

Chosen = tuple[bool, UUID | None, str | None, str | None]
"""World, seller (None: all), status and category (None: any)."""


async def count(tx: Tx, chosen: Chosen) -> int:
    """How many rows an export has."""
    found: int = await tx.sql_value(_COUNT, *chosen)
    return found


async def page(tx: Tx, chosen: Chosen, after: UUID) -> tuple[list[list[str]], UUID | None]:
    """The rows of the listings that follow *after*, and the last of them when there are more."""
    rows = await tx.sql(_ROWS, *chosen, after, PAGE)
    last = await tx.sql_value(_LAST, *chosen, after, PAGE)
    return [_cells(row) for row in rows], last


_STORAGE = {str(value): name for name, value in STORAGES.items()}
_PERIOD = {str(value): name for name, value in PERIODS.items()}


def _category(code: str) -> str:
    """A category by its Indonesian name, if an import would understand it so."""
    name = tree()[code].name.id
    return name if category_names().get(folded(name)) == code else code


def _cells(row: asyncpg.Record) -> list[str]:
    on_shelf = row["status"] == ListingStatus.PUBLISHED and not row["blocked"]
    said = dict(_said(row))
    own = [state_name(row["status"]), "ya" if on_shelf else "tidak", encode("lst", row["id"])]
    return [*(said[column.field] for column in COLUMNS), *own]


def _said(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for column in COLUMNS:
        name = column.field
        if name == "external_reference":
            yield name, reference_of(row)
        elif name == "category":
            yield name, _category(row["category"])
        elif name == "storage":
            yield name, _STORAGE.get(row["storage"], "")
        elif name == "capacity_period":
            yield name, _PERIOD.get(row["capacity_period"], "")
        elif name == "price_tiers":
            yield name, written(row["price_tiers"])
        elif name == "stock" and row["capacity"] is not None:
            yield name, ""  # what is made to order has a capacity instead
        else:
            value = row[{"price": "amount", "price_per": "per"}.get(name, name)]
            yield name, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (
        value if isinstance(value, str) else str(value) if isinstance(value, int) else plain(value)
    )
