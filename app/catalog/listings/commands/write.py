"""Writing listings with their variants and first stock: any number in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from app.catalog.listings import queries
from app.catalog.listings.schemas import ListingIn
from app.catalog.sellers import active_seller
from app.catalog.states import LISTING, ListingStatus
from app.catalog.variants.schemas import VariantIn
from app.catalog.variants.terms import price_columns, variant_columns
from app.core.errors import Forbidden, invalid, reference_used
from app.core.ids import encode, new_id
from app.core.quantity import to_base
from app.core.text import Text
from app.db.errors import refuse_by
from app.db.tx import Tx
from app.events.record import Change, record
from app.parties.commands import unknown_region

refuse_by("fk_listings_origin_region_code", lambda: unknown_region("/origin_region_code"))

_LISTING = """id uuid, seller_id uuid, seller_name text, title text, title_en text,
  description text, description_en text, category text, unit text, origin_region_code text,
  ingredients text, shelf_life_days int, storage text, story text, hs_code text,
  min_order numeric, order_step numeric, price_amount numeric, price_currency text,
  price_per_value numeric, price_per_unit text, price_per numeric, external_reference text"""
_VARIANT = """id uuid, listing_id uuid, position int, sku text, gtin text, size text, colour text,
  flavour text, pack text, price_amount numeric, price_currency text, price_per_value numeric,
  price_per_unit text, price_per numeric, price_tiers jsonb, net_weight_g numeric,
  gross_weight_g numeric, availability text, capacity numeric, capacity_period text, lead_days int,
  low_stock_at numeric"""


def _names(columns: str) -> str:
    return ", ".join(column.split()[0] for column in columns.split(","))


# What stands in parentheses of a later part sees nothing an earlier one wrote: hence the RETURNING.
_INSERT = f"""
WITH made AS (
  INSERT INTO listings ({_names(_LISTING)}, status, livemode, created_at, updated_at)
  SELECT {_names(_LISTING)}, 'draft', $4, $5, $5
  FROM jsonb_to_recordset($1::jsonb) AS l({_LISTING})
  ON CONFLICT (seller_id, livemode, external_reference) DO NOTHING
  RETURNING id, seller_id
), sold AS (
  INSERT INTO variants ({_names(_VARIANT)}, status, seller_id, livemode)
  SELECT {", ".join(f"v.{n}" for n in _names(_VARIANT).split(", "))}, 'active', m.seller_id, $4
  FROM jsonb_to_recordset($2::jsonb) AS v({_VARIANT}) JOIN made m ON m.id = v.listing_id
  RETURNING id, seller_id
), pool AS (
  INSERT INTO stock_pools (id, variant_id, seller_id, stock, livemode)
  SELECT p.id, p.variant_id, s.seller_id, p.stock, $4
  FROM jsonb_to_recordset($3::jsonb)
    AS p(id uuid, movement_id uuid, variant_id uuid, stock numeric)
  JOIN sold s ON s.id = p.variant_id
  RETURNING id, seller_id, stock
), movement AS (
  INSERT INTO stock_movements (id, pool_id, seller_id, kind, quantity, at, livemode)
  SELECT uuidv7(), id, seller_id, 'receive', stock, $5, $4 FROM pool WHERE stock > 0
)
SELECT id FROM made
"""


async def create(tx: Tx, asked: ListingIn) -> UUID:
    """Write a draft; its id. Raises AlreadyExists for a reference that its seller has used."""
    seller = await _seller(tx, asked.seller_id)
    listing = listing_columns(asked, seller)
    sold = asked.variants or [VariantIn()]
    variants = [
        variant_columns(v, asked.unit, asked.price.amount, f"/variants/{n}")
        | {"listing_id": listing["id"]}
        for n, v in enumerate(sold)
    ]
    stocks = [stock_of(v, asked.unit, f"/variants/{n}/stock") for n, v in enumerate(sold)]
    if not await insert(tx, [listing], variants, stocks):
        existing = await queries.by_reference(tx, seller.id, asked.external_reference)
        assert existing is not None, "nothing else conflicts"
        raise reference_used(encode(LISTING.prefix, existing))
    await record(tx, [created(listing)])
    return UUID(str(listing["id"]))


async def insert(
    tx: Tx,
    listings: Sequence[dict[str, Any]],
    variants: Sequence[dict[str, Any]],
    stocks: Sequence[Decimal],
) -> set[UUID]:
    """Insert drafts (`listing_columns`), their *variants* (`variant_columns`, each with its
    ``listing_id``) and what there is of each; one round trip.

    The ids of the listings that were made; those whose reference was taken are not.
    """
    placed: dict[UUID, int] = {}
    for variant in variants:
        at = placed[variant["listing_id"]] = placed.get(variant["listing_id"], 0) + 1
        variant["position"] = at
    pools = [
        {"id": new_id(), "variant_id": variant["id"], "stock": stock}
        for variant, stock in zip(variants, stocks, strict=True)
    ]
    rows = [orjson.dumps(said, default=str).decode() for said in (listings, variants, pools)]
    made = await tx.sql(_INSERT, *rows, tx.actor.livemode, tx.now)
    return {row["id"] for row in made}


def listing_columns(asked: ListingIn, seller: Row[Any]) -> dict[str, Any]:
    """The row of a new listing. Raises Invalid for units that do not meet."""
    plain = asked.model_dump(
        exclude={"price", "min_order", "order_step", "variants", "seller_id"}, mode="python"
    )
    return plain | {
        "id": new_id(),
        "seller_id": seller.id,
        "seller_name": seller.name,
        "min_order": to_base(asked.min_order, asked.unit, "/min_order")
        if asked.min_order
        else None,
        "order_step": to_base(asked.order_step, asked.unit, "/order_step")
        if asked.order_step
        else None,
        **price_columns(asked.price, asked.unit, "/price"),
    }


def stock_of(variant: VariantIn, unit: str, pointer: str) -> Decimal:
    """What there is of a new variant, in the listing's unit; nothing of goods made to order."""
    if variant.stock is None:
        return Decimal(0)
    if variant.capacity is not None:
        raise invalid(
            pointer,
            "made_to_order",
            "What is made to order has a capacity and no stock; leave stock out.",
            "Barang pesanan punya kapasitas, bukan stok; kosongkan stock.",
        )
    return to_base(variant.stock, unit, pointer)


def created(listing: Mapping[str, Any]) -> Change:
    """The transition of a listing that was just made out of these columns."""
    data = {
        "title": listing["title"],
        "category": listing["category"],
        "seller_id": encode("pty", listing["seller_id"]),
    }
    audience = (listing["seller_id"],)
    return Change(
        LISTING, "create", listing["id"], 1, ListingStatus.DRAFT, audience=audience, data=data
    )


async def _seller(tx: Tx, seller_id: UUID | None) -> Row[Any]:
    """The party whose listing it becomes: the caller's own, or whom the operator names."""
    own = tx.actor.party_id
    if seller_id is None and tx.actor.hub:
        raise invalid(
            "/seller_id",
            "missing",
            "Say whose listing this is; the operator writes for a seller.",
            "Isi seller_id; operator menulis atas nama penjual.",
        )
    if not tx.actor.hub and seller_id not in (None, own):
        raise Forbidden(
            Text(
                "You write listings only for yourself; leave seller_id out.",
                "Anda hanya bisa membuat produk tayang untuk diri sendiri; kosongkan seller_id.",
            )
        )
    return await active_seller(tx, seller_id or own, "/seller_id")
