"""Adding a variant, changing it, selling it no more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.listings import queries as listings
from app.catalog.listings.commands.write import stock_of
from app.catalog.listings.rules import merged
from app.catalog.states import VARIANT, VariantStatus
from app.catalog.variants import queries, stock
from app.catalog.variants.commands.common import (
    again,
    change,
    check_open,
    own,
    received,
    touch,
    turn,
)
from app.catalog.variants.models import Availability, StockMovementKind
from app.catalog.variants.schemas import (
    MOST_VARIANTS,
    VariantFields,
    VariantIn,
    VariantPatch,
    quantity_of,
)
from app.catalog.variants.stock import StockReserved
from app.catalog.variants.terms import variant_columns
from app.core.errors import Invalid, invalid
from app.core.ids import new_id
from app.core.money import Price
from app.core.quantity import Quantity, plain
from app.db import ledger
from app.db.tx import Tx
from app.events.record import record
from app.http.conditional import check_version
from app.http.validation import whole

K = StockMovementKind

_ADD = """
WITH made AS (
  INSERT INTO variants (id, status, listing_id, seller_id, livemode, position, sku, gtin, size,
    colour, flavour, pack, price_amount, price_currency, price_per_value, price_per_unit, price_per,
    price_tiers, net_weight_g, gross_weight_g, availability, capacity, capacity_period, lead_days,
    low_stock_at)
  SELECT v.id, 'active', $2, $3, $4,
    (SELECT coalesce(max(position), 0) + 1 FROM variants WHERE listing_id = $2), v.sku, v.gtin,
    v.size, v.colour, v.flavour, v.pack, v.price_amount, v.price_currency, v.price_per_value,
    v.price_per_unit, v.price_per, v.price_tiers, v.net_weight_g, v.gross_weight_g, v.availability,
    v.capacity, v.capacity_period, v.lead_days, v.low_stock_at
  FROM jsonb_populate_record(NULL::variants, $1::jsonb) v RETURNING id)
INSERT INTO stock_pools (id, variant_id, seller_id, livemode) SELECT $5, id, $3, $4 FROM made
"""
_COUNT = "SELECT count(*) FROM variants WHERE listing_id = $1 AND status = 'active'"


async def create(tx: Tx, listing_id: UUID, asked: VariantIn) -> tuple[Row[Any], Row[Any]]:
    """Add a way in which a listing is sold. The variant and its listing.

    Raises WrongState for a listing that has ended, Invalid for one that has too many, and for a
    variant that cannot be told from another.
    """
    listing = await authorized(tx, listings.own(tx, listing_id))
    check_open(listing)
    if await tx.sql_value(_COUNT, listing_id) >= MOST_VARIANTS:
        raise _too_many()
    columns = variant_columns(asked, listing.unit, listing.price_amount, "")
    first = stock_of(asked, listing.unit, "/stock")
    pool_id = new_id()
    row = orjson.dumps(columns, default=str).decode()
    await tx.sql(_ADD, row, listing_id, listing.seller_id, listing.livemode, pool_id)
    made = await again(tx, columns["id"])
    await record(tx, [change(made, "create", VariantStatus.ACTIVE)])
    await received(tx, made, first)
    touch(tx, listing)
    return await again(tx, made.id), listing


def _too_many() -> Invalid:
    return invalid(
        "",
        "too_many_variants",
        f"A listing has at most {MOST_VARIANTS} variants; make a second listing.",
        f"Satu produk paling banyak {MOST_VARIANTS} varian; buat produk tayang kedua.",
    )


async def edit(
    tx: Tx, variant_id: UUID, asked: VariantPatch, if_match: str | None
) -> tuple[Row[Any], Row[Any]]:
    """Change what *asked* names, at once in any state of the listing: nothing of it was curated."""
    listing, row = await own(tx, variant_id)
    check_open(listing)
    check_version(if_match, row.version)
    VARIANT.check("edit", row.status)
    before = _wire(row, listing.unit)
    patch = asked.model_dump(exclude_unset=True, mode="json", by_alias=True)
    after = merged(before, patch)
    if after == before:
        return row, listing
    if patch.get("availability") == Availability.STOCK:  # what was said of the kitchen goes
        after = {k: v for k, v in after.items() if k not in _MADE or k in patch}
    columns = variant_columns(whole(VariantFields, after), listing.unit, listing.price_amount, "")
    del columns["id"]
    fields = sorted(n for n in after.keys() | before.keys() if after.get(n) != before.get(n))
    if columns["availability"] != row.availability and row.stock:
        raise _goods_left()
    told = {name: {"before": before.get(name), "after": after.get(name)} for name in fields}
    await turn(tx, row, "edit", row.status, data={"changed": fields, "changes": told}, **columns)
    if {"capacity", "capacity_period"} & set(fields) and columns["capacity"] is not None:
        await _refit(tx, row, columns["capacity"], columns["capacity_period"])
    touch(tx, listing)
    return await again(tx, row.id), listing


_MADE = ("capacity", "capacity_period", "lead_days")


async def _refit(tx: Tx, row: Row[Any], capacity: Decimal, period: str) -> None:
    """Give the pools of days to come the new capacity; what is promised there stays promised.

    Raises StockReserved when days become weeks, or weeks days, while something is promised.
    """
    opened = await queries.pools_to_come(tx, row.id)
    entries: dict[StockMovementKind, list[ledger.Entry]] = {K.ADD: [], K.REMOVE: []}
    for pool in opened:
        if period != row.capacity_period and pool["reserved"] + pool["sold"]:
            raise StockReserved(reserved=plain(pool["reserved"]))
        difference = max(capacity - pool["sold"], pool["reserved"]) - pool["stock"]
        if difference:
            kind = K.ADD if difference > 0 else K.REMOVE
            entries[kind].append(ledger.Entry(pool["id"], row.seller_id, None, abs(difference)))
    for kind, found in entries.items():
        await stock.move(tx, kind, found)
    if period != row.capacity_period:
        await queries.set_periods(tx, row.id, [p["period_start"] for p in opened], period)


def _goods_left() -> Invalid:
    return invalid(
        "/availability",
        "stock_left",
        "There is stock in its books; count it to zero first (POST /v1/variants/…/adjust).",
        "Masih ada stok tercatat; hitung menjadi nol dulu (POST /v1/variants/…/adjust).",
    )


def _wire(row: Row[Any], unit: str) -> dict[str, Any]:
    """The part of a variant that can be patched, as it stands on the wire; null is left out."""
    price = None
    if row.price_amount is not None:
        per = Quantity.model_construct(value=row.price_per_value, unit=row.price_per_unit)
        said = Price.model_construct(amount=row.price_amount, currency=row.price_currency, per=per)
        price = said.model_dump(mode="json")
    quantities = {
        "net_weight": quantity_of(row.net_weight_g, "g"),
        "gross_weight": quantity_of(row.gross_weight_g, "g"),
        "capacity": quantity_of(row.capacity, unit),
        "low_stock_at": quantity_of(row.low_stock_at, unit),
    }
    plain_names = ("sku", "gtin", "size", "colour", "flavour", "pack", "availability")
    found = {
        **{name: getattr(row, name) for name in (*plain_names, "capacity_period", "lead_days")},
        **{name: said and said.model_dump(mode="json") for name, said in quantities.items()},
        "price": price,
        "price_tiers": row.price_tiers,
    }
    return {name: value for name, value in found.items() if value is not None}


async def retire(tx: Tx, variant_id: UUID, note: str | None) -> tuple[Row[Any], Row[Any]]:
    """Sell it no more; what is kept for orders stays theirs. The last one cannot be retired."""
    listing, row = await own(tx, variant_id)
    VARIANT.check("retire", row.status)
    if await tx.sql_value(_COUNT, row.listing_id) == 1:
        raise invalid(
            "",
            "last_variant",
            "A listing is sold in at least one way; pause or archive the listing instead.",
            "Produk harus punya minimal satu varian; jeda atau arsipkan produknya.",
        )
    await turn(tx, row, "retire", VariantStatus.RETIRED, note=note)
    touch(tx, listing)
    return await again(tx, row.id), listing
