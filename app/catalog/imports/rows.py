"""Verdicts as rows of tables, and what their events tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.catalog.imports.judge import TERMS, Changed, New
from app.catalog.imports.prices import Priced
from app.catalog.imports.ways import Way
from app.catalog.variants.models import Availability
from app.core.ids import new_id
from app.core.quantity import plain

_PRICE = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")
_WIRE = {"net_weight_g": "net_weight", "gross_weight_g": "gross_weight"}
_COUNTED = {*_WIRE, "capacity", "low_stock_at"}


def listing_row(new: New, seller_id: UUID, seller_name: str) -> dict[str, Any]:
    """The row of a new listing, as `listings.commands.write.insert` takes it."""
    return {
        **new.said,
        **price_columns(new.price, new.said["unit"]),
        "id": new_id(),
        "seller_id": seller_id,
        "seller_name": seller_name,
        "external_reference": new.product.reference,
    }


def variant_row(way: Way, unit: str, listing_id: UUID, *like: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a variant; a new one's id is new. *like*: rows that may have the same price."""
    made = way.made_to_order
    price = way.own_price
    return {
        **way.after,
        **(price_columns(price, unit, *like) if price else dict.fromkeys(_PRICE)),
        "id": way.before["id"] if way.before is not None else new_id(),
        "listing_id": listing_id,
        "availability": str(Availability.MADE_TO_ORDER if made else Availability.STOCK),
    }


def price_columns(price: Priced, unit: str, *like: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of *price*, in *unit* unless one of *like* says the same "per" in its own."""
    amount, per = price
    found: dict[str, Any] = {
        "price_amount": amount,
        "price_currency": "IDR",
        "price_per_value": per,
        "price_per_unit": unit,
        "price_per": per,
    }
    for row in like:
        if row["price_per"] is not None and _text(row["price_per"]) == per:
            return found | {name: row[name] for name in ("price_per_value", "price_per_unit")}
    return found


def changed_row(changed: Changed) -> dict[str, Any]:
    """The row of a listing after what changes at once, its version one higher."""
    row = dict(changed.standing.row.items())
    price = changed.price
    priced = price_columns(price, changed.unit, row) if price else {}
    after = row | changed.now | priced | {"version": row["version"] + 1}
    del after["variants"], after["change"]
    return after


def told_of(changed: Changed, after: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of an edit says: each field before and after, as on the wire."""
    names = sorted([*changed.now, *(["price"] if changed.price else [])])
    row = changed.standing.row
    return {
        "changed": names,
        "changes": {
            name: {"before": _wire(row, name), "after": _wire(after, name)} for name in names
        },
    }


def _wire(row: Mapping[str, Any], name: str) -> Any:
    if name == "price":
        per = {"value": _text(row["price_per_value"]), "unit": row["price_per_unit"]}
        return {"amount": _text(row["price_amount"]), "currency": "IDR", "per": per}
    value = row[name]
    if name in TERMS and value is not None:
        return {"value": _text(value), "unit": row["unit"]}
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else plain(value)


def told_of_variant(way: Way, after: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """What the event of a variant's edit says; *after* is its row. As `told_of`, null for nothing.

    A price is its own: null where the listing's holds.
    """
    before = way.before
    assert before is not None
    changes = {
        _WIRE.get(name, name): {
            "before": _variant_wire(before, name, unit),
            "after": _variant_wire(after, name, unit),
        }
        for name in way.changed
    }
    return {"changed": sorted(changes), "changes": dict(sorted(changes.items()))}


def _variant_wire(row: Mapping[str, Any], name: str, unit: str) -> Any:
    if name == "price":
        return None if row["price_amount"] is None else _wire(row, name)
    value = row[name]
    if name == "price_tiers":
        return value or []
    if name in _COUNTED and value is not None:
        return {"value": _text(value), "unit": "g" if name in _WIRE else unit}
    return value
