"""Changing a listing: at once what was not curated, by way of a change request what was."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.changes import pending
from app.catalog.listings import queries
from app.catalog.listings.commands.curate import turn
from app.catalog.listings.rules import FREE, curated, merged
from app.catalog.listings.schemas import ListingPatch
from app.catalog.photos.queries import photos_of
from app.catalog.shelf import refresh
from app.catalog.states import CURATED, LISTING, ListingStatus
from app.catalog.variants.schemas import quantity_of
from app.catalog.variants.terms import dearer, price_columns
from app.core.errors import invalid, missing
from app.core.ids import decode, encode
from app.core.money import Price
from app.core.quantity import Quantity, to_base
from app.db.tx import Tx
from app.http.conditional import check_version
from app.http.wire import price_of

_TEXTS = (
    "title",
    "title_en",
    "description",
    "description_en",
    "category",
    "unit",
    "origin_region_code",
    "ingredients",
    "shelf_life_days",
    "storage",
    "story",
    "hs_code",
)


_TERMS = ("min_order", "order_step")


async def edit(tx: Tx, listing_id: UUID, asked: ListingPatch, if_match: str | None) -> None:
    """Change what *asked* names; a patch that changes nothing leaves the version as it is.

    From approval on, what the curator has to see becomes (part of) the listing's change request.
    Raises PreconditionRequired or PreconditionFailed, then WrongState.
    """
    row = await authorized(tx, queries.own(tx, listing_id))
    check_version(if_match, row.version)
    before = wire(row)
    patch = asked.model_dump(exclude_unset=True, mode="json", by_alias=True)
    after = dict.fromkeys(before) | merged(before, patch)
    await apply(tx, row, before, after, set(patch))


async def apply(
    tx: Tx, row: Row[Any], before: dict[str, Any], after: dict[str, Any], named: Set[str]
) -> None:
    """Bring *row* (locked) from *before* to *after*, both as on the wire, as far as may be now.

    *named* are the fields that the seller spoke of: one that shall be what it is already drops out
    of the change that waits.
    """
    LISTING.check("edit", row.status)
    changed = {name for name, value in after.items() if value != before[name]}
    await check(tx, row, after, changed)
    later = curated(before, after) if row.status in CURATED else frozenset()
    dropped = named - FREE - later if row.status in CURATED else frozenset()
    if later or dropped:
        old, new = ({name: said[name] for name in later} for said in (before, after))
        await pending.propose(tx, row, old, new, dropped)
    if changed - later:
        await change(tx, row, before, after, changed - later)


async def check(tx: Tx, row: Row[Any], after: dict[str, Any], changed: Set[str]) -> None:
    """Raises Invalid or NotFound unless *row* can be as *after* says, different in *changed*."""
    if "photos" in changed:
        await _check_photos(tx, row.id, after["photos"])
    columns(after, after["unit"])
    if "price" in changed:
        await _check_tiers(tx, row, Decimal(after["price"]["amount"]))
    if "unit" in changed:
        await _check_unit(tx, row)


async def change(
    tx: Tx,
    row: Row[Any],
    before: dict[str, Any],
    after: dict[str, Any],
    fields: Set[str],
    *,
    reason: str | None = None,
) -> Row[Any]:
    """Write *fields* of *after*; the event says what they were and are.

    *reason* is for the history, where it was not simply its seller's wish.
    """
    wanted = before | {name: after[name] for name in fields}
    told = {name: {"before": before[name], "after": after[name]} for name in sorted(fields)}
    if row.status == ListingStatus.PUBLISHED:
        refresh.touch(tx, [row.id])
    data = {"changed": sorted(fields), "changes": told}
    values = columns(wanted, wanted["unit"])
    return await turn(tx, row, "edit", row.status, data=data, reason=reason, **values)


def wire(row: Row[Any]) -> dict[str, Any]:
    """The part of a listing that can be patched, as it stands on the wire."""
    price = price_of(row)
    assert price is not None
    terms = {name: quantity_of(getattr(row, name), row.unit) for name in _TERMS}
    return {
        **{name: getattr(row, name) for name in _TEXTS},
        **{name: said and said.model_dump(mode="json") for name, said in terms.items()},
        "price": price.model_dump(mode="json"),
        "photos": [encode("pho", photo_id) for photo_id in row.photo_ids],
    }


def columns(said: dict[str, Any], unit: str) -> dict[str, Any]:
    """The columns of *said* (as on the wire) for goods sold in *unit*. Raises Invalid."""
    terms = {
        name: to_base(Quantity.model_validate(said[name]), unit, f"/{name}") if said[name] else None
        for name in _TERMS
    }
    return {
        **{name: said[name] for name in _TEXTS},
        **terms,
        **price_columns(Price.model_validate(said["price"]), unit, "/price"),
        "photo_ids": [decode("pho", photo) for photo in said["photos"]],
    }


async def _check_photos(tx: Tx, listing_id: UUID, photos: list[str]) -> None:
    known = {encode("pho", photo_id) for photo_id in await photos_of(tx, listing_id)}
    for n, photo in enumerate(photos):
        if photo not in known:
            raise missing(
                f"/photos/{n}",
                "This listing has no such photo; upload it first.",
                "Foto ini tidak ada pada produk; unggah dulu.",
            )
        if photo in photos[:n]:
            raise invalid(
                f"/photos/{n}",
                "photo_twice",
                "This photo is named twice.",
                "Foto ini disebut dua kali.",
            )


async def _check_tiers(tx: Tx, row: Row[Any], amount: Decimal) -> None:
    """Raises Invalid when a variant at the listing's price has tiers that would be dearer."""
    query = """SELECT EXISTS (SELECT FROM variants WHERE listing_id = $1 AND status = 'active'
      AND price_amount IS NULL AND (price_tiers -> 0 ->> 'amount')::numeric >= $2)"""
    if await tx.sql_value(query, row.id, amount):
        raise dearer("/price", amount)


async def _check_unit(tx: Tx, row: Row[Any]) -> None:
    """Raises Invalid when something was already said of the variants in the unit that changes."""
    query = """SELECT EXISTS (SELECT FROM variants v JOIN stock_pools p ON p.variant_id = v.id
      WHERE v.listing_id = $1 AND (v.price_amount IS NOT NULL OR v.capacity IS NOT NULL
        OR v.low_stock_at IS NOT NULL OR v.price_tiers <> '[]' OR p.stock > 0))"""
    if await tx.sql_value(query, row.id):
        raise invalid(
            "/unit",
            "unit_in_use",
            f"Stock or prices of its variants are in {row.unit}; make a new listing instead.",
            f"Stok atau harga variannya memakai satuan {row.unit}; buat produk tayang baru.",
        )
