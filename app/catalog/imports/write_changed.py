"""Writing what changes of listings that are there: a few statements for any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from app.catalog.imports.columns import OPTIONS
from app.catalog.imports.judge import TERMS, WORDS, Changed
from app.catalog.imports.rows import changed_row, told_of, told_of_variant, variant_row
from app.catalog.imports.ways import Way
from app.catalog.shelf import refresh
from app.catalog.states import (
    LISTING,
    LISTING_CHANGE,
    VARIANT,
    ListingChangeStatus,
    ListingStatus,
    VariantStatus,
)
from app.catalog.variants.models import Variant
from app.core.ids import encode, new_id
from app.db.tx import Tx
from app.events.record import Change, record

_PRICE = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")
_FIELDS = ", ".join((*WORDS, *TERMS, *_PRICE, "version"))
_LISTINGS = f"""
UPDATE listings l SET ({_FIELDS}) = ({", ".join(f"n.{f}" for f in _FIELDS.split(", "))}),
  updated_at = $2
FROM jsonb_populate_recordset(NULL::listings, $1::jsonb) n WHERE l.id = n.id
"""
_OPEN = """
INSERT INTO listing_changes (id, status, listing_id, seller_id, before, after, livemode, created_at,
  updated_at)
SELECT n.id, 'submitted', n.listing_id, n.seller_id, n.before, n.after, $2, $3, $3
FROM jsonb_populate_recordset(NULL::listing_changes, $1::jsonb) n
"""
_JOIN = """
UPDATE listing_changes c SET status = 'submitted', version = n.version, before = n.before,
  after = n.after, review_reason = NULL, review_note = NULL, updated_at = $2
FROM jsonb_populate_recordset(NULL::listing_changes, $1::jsonb) n WHERE c.id = n.id
"""
_SAID = [
    column.name
    for column in Variant.__table__.columns
    if column.name not in ("id", "version", "status", "listing_id", "seller_id", "position")
    and column.name not in ("livemode", "created_at")
]
_VARIANTS = f"""
UPDATE variants v SET ({", ".join(_SAID)}) = ({", ".join(f"n.{f}" for f in _SAID)}),
  version = n.version
FROM jsonb_populate_recordset(NULL::variants, $1::jsonb) n WHERE v.id = n.id
"""
# Variants of a listing may exchange their options: for a moment each has one that no other has.
_STEP_ASIDE = "UPDATE variants SET pack = id::text WHERE id = ANY ($1::uuid[])"
_ADD = f"""
WITH asked AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS a(id uuid, variant_id uuid, stock numeric)
), made AS (
  INSERT INTO variants ({", ".join(_SAID)}, id, status, listing_id, seller_id, position, livemode)
  SELECT {", ".join(_SAID)}, id, 'active', listing_id, seller_id, position, $3
  FROM jsonb_populate_recordset(NULL::variants, $1::jsonb) RETURNING id, seller_id
), pool AS (
  INSERT INTO stock_pools (id, variant_id, seller_id, stock, livemode)
  SELECT a.id, m.id, m.seller_id, a.stock, $3 FROM made m JOIN asked a ON a.variant_id = m.id
  RETURNING id, seller_id, stock
)
INSERT INTO stock_movements (id, pool_id, seller_id, kind, quantity, at, livemode)
SELECT uuidv7(), id, seller_id, 'receive', stock, $4, $3 FROM pool WHERE stock > 0
"""


async def write_changed(tx: Tx, found: Sequence[Changed]) -> None:
    """Write everything of *found* (locked) but the stock of variants that are there.

    Raises what a wall of the database says (`walls.MET`).
    """
    await _listings(tx, [c for c in found if c.now or c.price])
    await _changes(tx, [c for c in found if c.later])
    await _edited(tx, [(c, way) for c in found for way in c.edited])
    await _added(tx, [c for c in found if c.added])
    published = (c for c in found if c.standing.row["status"] == ListingStatus.PUBLISHED)
    shown = [c.standing.id for c in published if c.now or c.price or c.ways_change]
    if shown:
        refresh.touch(tx, shown)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()


async def _listings(tx: Tx, found: Sequence[Changed]) -> None:
    if not found:
        return
    rows = [changed_row(changed) for changed in found]
    named = ("id", *_FIELDS.split(", "))
    await tx.sql(_LISTINGS, _json([{name: row[name] for name in named} for row in rows]), tx.now)
    for changed, after in zip(found, rows, strict=True):
        said = {
            "title": after["title"],
            "category": after["category"],
            "seller_id": encode("pty", after["seller_id"]),
        }
        change = Change(
            LISTING,
            "edit",
            after["id"],
            after["version"],
            after["status"],
            before=after["status"],
            audience=(after["seller_id"],),
            data=said | told_of(changed, after),
        )
        await record(tx, [change])


async def _changes(tx: Tx, found: Sequence[Changed]) -> None:
    """Ask the curator; what is asked joins the change that waits, as for an edit by the API."""
    opened, joined = [], []
    for changed in found:
        row = changed.standing.row
        old = {name: row[name] for name in changed.later}
        waits = row["change"]
        if waits is None:
            opened.append(
                {"id": new_id(), "version": 1, "before": old, "after": changed.later}
                | {"listing_id": row["id"], "seller_id": row["seller_id"]}
            )
        elif waits["after"] | changed.later != waits["after"]:
            joined.append(
                {"id": waits["id"], "version": waits["version"] + 1, "was": waits["status"]}
                | {"before": old | waits["before"], "after": waits["after"] | changed.later}
                | {"listing_id": row["id"], "seller_id": row["seller_id"]}
            )
    if opened:
        await tx.sql(_OPEN, _json(opened), tx.actor.livemode, tx.now)
    if joined:
        await tx.sql(_JOIN, _json(joined), tx.now)
    await record(tx, [_asked(row, "create") for row in opened])
    await record(tx, [_asked(row, "revise") for row in joined])


def _asked(row: dict[str, Any], action: str) -> Change:
    return Change(
        LISTING_CHANGE,
        action,
        UUID(str(row["id"])),
        row["version"],
        ListingChangeStatus.SUBMITTED,
        **({"before": row["was"]} if action == "revise" else {}),
        audience=(row["seller_id"],),
        data={"listing_id": encode("lst", row["listing_id"]), "fields": sorted(row["after"])},
    )


async def _edited(tx: Tx, found: Sequence[tuple[Changed, Way]]) -> None:
    if not found:
        return
    rows = []
    for changed, way in found:
        assert way.before is not None
        like = (way.before, changed.standing.row)
        row = variant_row(way, changed.unit, changed.standing.id, *like)
        rows.append(row | {"version": way.before["version"] + 1})
        said = told_of_variant(way, row, changed.unit)
        await record(tx, [variant_change(changed, way, row["id"], "edit", data=said)])
    turned = [way.before["id"] for _, way in found if way.before and set(OPTIONS) & {*way.changed}]
    if turned:
        await tx.sql(_STEP_ASIDE, turned)
    await tx.sql(_VARIANTS, _json(rows))


async def _added(tx: Tx, found: Sequence[Changed]) -> None:
    if not found:
        return
    rows, pools = [], []
    for changed in found:
        listing = changed.standing.row
        last = max((variant["position"] for variant in changed.standing.variants), default=0)
        for n, way in enumerate(changed.added, last + 1):
            row = variant_row(way, changed.unit, changed.standing.id, listing)
            place = {"position": n, "seller_id": listing["seller_id"]}
            rows.append(row | place)
            stock = way.line.said.get("stock") or "0"
            pools.append({"id": new_id(), "variant_id": row["id"], "stock": stock})
            await record(tx, [variant_change(changed, way, row["id"], "create")])
    await tx.sql(_ADD, _json(rows), _json(pools), tx.actor.livemode, tx.now)


def variant_change(
    changed: Changed, way: Way, variant_id: UUID | str, action: str, **rest: Any
) -> Change:
    """A transition of a variant, told to its seller."""
    data = {"listing_id": encode("lst", changed.standing.id), "sku": way.after["sku"]}
    version = 1 if way.before is None else way.before["version"] + bool(way.changed)
    return Change(
        VARIANT,
        action,
        UUID(str(variant_id)),
        version,
        VariantStatus.ACTIVE,
        **({} if action == "create" else {"before": VariantStatus.ACTIVE}),
        audience=(changed.standing.row["seller_id"],),
        data=data | rest.pop("data", {}),
        **rest,
    )
