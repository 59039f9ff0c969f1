"""A trace on the wire, as `TraceOut` says it.

Written from plain rows, not through models: ten thousand lots would take longer to be checked than
to be found. A test reads the answers back through the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.core.ids import encode
from app.core.quantity import plain
from app.shipments.trace.rules import depths
from app.shipments.trace.schemas import MOST_LOTS, Direction


@dataclass(frozen=True)
class View:
    """What the caller may know: the hub all, a seller (*seller_id*) of its own goods."""

    hub: bool
    seller_id: str | None
    """whose goods alone are shown; nobody's for a buyer"""

    @property
    def buyer(self) -> bool:
        """Whether it is asked by who receives the goods."""
        return not self.hub and self.seller_id is None


def body(lot_id: UUID, direction: Direction, view: View, found: Mapping[str, Any]) -> bytes:
    """The answer to one trace, from the rows of `queries.trace`."""
    start = str(lot_id)
    lots, all_steps, more = (orjson.loads(found[n] or "[]") for n in ("lots", "steps", "found"))
    rows = {row[0]: row for row in lots[:MOST_LOTS]}
    names = {each: encode("lot", UUID(each)) for each in rows}
    units = {each: row[7] for each, row in rows.items()}
    steps = [s for s in all_steps if s[3] in rows and (s[4] is None or s[4] in rows)]
    ways = [(s[3], s[4]) for s in steps if s[4] is not None]
    depth = depths(start, ways if direction == Direction.DOWN else [(b, a) for a, b in ways])
    nearest = sorted(rows.values(), key=lambda row: (depth[row[0]], row[1]))
    said = {
        "lot_id": encode("lot", lot_id),
        "direction": direction,
        "truncated": len(lots) > MOST_LOTS,
        "lots": [_lot(row, names[row[0]], depth[row[0]], view) for row in nearest],
        "steps": [_step(row, names, units[row[3]]) for row in steps],
        "sources": None,
        "shipments": None,
    }
    if direction == Direction.UP:
        said["sources"] = [_source(row, units[start], view) for row in more]
    else:
        shown = [row for row in more if row[0] in rows]
        said["shipments"] = [_shipment(row, names, units[row[0]], view) for row in shown]
    return orjson.dumps(said)


def _quantity(value: str, unit: str) -> dict[str, str]:
    return {"value": _plain(value), "unit": unit}


@lru_cache(maxsize=4096)
def _plain(value: str) -> str:
    return plain(Decimal(value))


def _id(prefix: str, value: str | None, *, known: bool = True) -> str | None:
    return _encoded(prefix, value) if value is not None and known else None


@lru_cache(maxsize=4096)
def _encoded(prefix: str, value: str) -> str:
    return encode(prefix, UUID(value))


def _lot(row: Sequence[Any], name: str, depth: int, view: View) -> dict[str, Any]:
    own = view.hub or (not view.buyer and row[13] == view.seller_id)
    return {
        "id": name,
        "number": row[1],
        "depth": depth,
        "status": row[2],
        "commodity_id": _id("com", row[3]),
        "grade": row[4],
        "variant_id": _id("var", row[5]),
        "title": row[6],
        "quantity": _quantity(row[8], row[7]),
        "now": _quantity(row[9], row[7]),
        "produced_on": row[10],
        "best_before_on": row[11],
        "region": row[12],
        "seller_id": _id("pty", row[13], known=own),
    }


def _step(row: Sequence[Any], names: Mapping[str, str], unit: str) -> dict[str, Any]:
    return {
        "event_id": _id("lev", row[0]),
        "kind": row[1],
        "at": row[2],
        "parent_id": names[row[3]],
        "child_id": None if row[4] is None else names[row[4]],
        "quantity": _quantity(row[5], unit),
    }


def _source(row: Sequence[Any], unit: str, view: View) -> dict[str, Any]:
    named = not view.buyer
    return {
        "allocation_id": _id("alc", row[0], known=named),
        "seller_id": _id("pty", row[1], known=named),
        "seller_name": row[2] if named else None,
        "region": row[3],
        "produced_on": row[4] or [],
        "quantity": _quantity(row[5], unit),
        "now": _quantity(row[6], unit),
    }


def _shipment(
    row: Sequence[Any], names: Mapping[str, str], unit: str, view: View
) -> dict[str, Any]:
    told = view.hub or view.buyer  # where goods go is the buyer's, not the sellers'
    said: dict[str, Any] = {
        "lot_id": names[row[0]],
        "shipment_id": _id("shp", row[1], known=told),
        "number": row[2] if told else None,
        "status": row[3],
        "dispatched_at": row[4],
        "delivered_at": row[5],
        "quantity": _quantity(row[6], unit),
        "from_it": _quantity(row[7], unit),
        "buyer_id": _id("pty", row[8], known=told),
        "buyer_name": row[9] if told else None,
        "site_id": _id("sit", row[10], known=told),
        "place": row[11] if told else None,
        "receipt_id": _id("grc", row[12], known=told),
        "receipt_status": row[13] if told else None,
    }
    for name, value in (("received", row[14]), ("accepted", row[15])):
        said[name] = _quantity(value, unit) if told and value is not None else None
    return said
