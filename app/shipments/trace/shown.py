"""A trace on the wire, as `TraceOut` says it.

Written from plain rows, not through models: ten thousand lots would take longer to be checked than
to be found. A test reads the answers back through the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from app.core.ids import encode, encode_all
from app.shipments.trace.rules import depths
from app.shipments.trace.schemas import Direction


@dataclass(frozen=True)
class View:
    """What the caller may know: the hub all, a seller (*seller_id*) of its own goods."""

    hub: bool
    seller_id: UUID | None
    """whose goods alone are shown; nobody's for a buyer"""

    @property
    def buyer(self) -> bool:
        """Whether it is asked by who receives the goods."""
        return not self.hub and self.seller_id is None


class _Ids(dict[UUID | None, str | None]):
    """Ids of one kind as text; no id is null."""

    def __init__(self, prefix: str, values: Iterable[UUID | None]) -> None:
        named = [value for value in set(values) if value is not None]
        super().__init__(zip(named, encode_all(prefix, named), strict=True))
        self[None] = None


class _Quantities(dict[tuple[str, str], dict[str, str]]):
    """Quantities by value and unit, each made once."""

    def __missing__(self, said: tuple[str, str]) -> dict[str, str]:
        self[said] = made = {"value": said[0], "unit": said[1]}
        return made


class _Rows:
    """The rows of one part of `queries.trace`, and its columns."""

    def __init__(self, found: Mapping[str, Any], part: str) -> None:
        columns = (column for name, column in found.items() if name.startswith(f"{part}_"))
        self.columns: list[list[Any]] = [column or [] for column in columns]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.columns, strict=True)

    def ids(self, prefix: str, column: int) -> _Ids:
        """All ids of a column as text."""
        return _Ids(prefix, self.columns[column])


class _Words:
    """Ids, quantities and regions as one answer says them."""

    def __init__(self, lots: _Rows, steps: _Rows, regions: _Rows) -> None:
        self.lot, self.event = lots.ids("lot", 0), steps.ids("lev", 0)
        self.commodity, self.variant = lots.ids("com", 3), lots.ids("var", 5)
        self.seller = lots.ids("pty", 13)
        self.quantity = _Quantities()
        self._regions: dict[str, str] = dict(regions)

    def region(self, code: str | None) -> str | None:
        """The regency of a place; its province where the regency's name is not known."""
        return code and (self._regions.get(code[:5]) or self._regions.get(code[:2]))


def body(lot_id: UUID, direction: Direction, view: View, found: Mapping[str, Any]) -> bytes:
    """The answer to one trace, from the columns of `queries.trace`."""
    lots, steps, more = (_Rows(found, part) for part in ("lots", "steps", "found"))
    words = _Words(lots, steps, _Rows(found, "regions"))
    units = {row[0]: row[7] for row in lots}
    # Nobody goes to what did not fit into the answer.
    gone = [s for s in steps if s[3] in units and (s[4] is None or s[4] in units)]
    ways = [(s[3], s[4]) for s in gone if s[4] is not None]
    depth = depths(lot_id, ways if direction == Direction.DOWN else [(b, a) for a, b in ways])
    nearest = sorted(lots, key=lambda row: (depth[row[0]], row[1]))
    said: dict[str, Any] = {
        "lot_id": words.lot[lot_id],
        "direction": direction,
        "truncated": found["truncated"],
        "lots": [_lot(row, depth[row[0]], words, view) for row in nearest],
        "steps": [_step(row, units[row[3]], words) for row in gone],
        "sources": None,
        "shipments": None,
    }
    if direction == Direction.UP:
        days = defaultdict(set)
        for row in lots:
            days[row[14]].add(row[10])
        said["sources"] = _sources(more, days, units[lot_id], words, view)
    else:
        said["shipments"] = [_shipment(row, units[row[0]], words, view) for row in more]
    return orjson.dumps(said, option=orjson.OPT_UTC_Z)


def _lot(row: Sequence[Any], depth: int, words: _Words, view: View) -> dict[str, Any]:
    unit, seller_id = row[7], row[13]
    own = view.hub or (not view.buyer and seller_id == view.seller_id)
    return {
        "id": words.lot[row[0]],
        "number": row[1],
        "depth": depth,
        "status": row[2],
        "commodity_id": words.commodity[row[3]],
        "grade": row[4],
        "variant_id": words.variant[row[5]],
        "title": row[6],
        "quantity": words.quantity[row[8], unit],
        "now": words.quantity[row[9], unit],
        "produced_on": row[10],
        "best_before_on": row[11],
        "region": words.region(row[12]),
        "seller_id": words.seller[seller_id] if own else None,
    }


def _step(row: Sequence[Any], unit: str, words: _Words) -> dict[str, Any]:
    return {
        "event_id": words.event[row[0]],
        "kind": row[1],
        "at": row[2],
        "parent_id": words.lot[row[3]],
        "child_id": words.lot[row[4]],
        "quantity": words.quantity[row[5], unit],
    }


def _sources(
    rows: _Rows, days: Mapping[UUID, set[date]], unit: str, words: _Words, view: View
) -> list[dict[str, Any]]:
    allocation, seller = rows.ids("alc", 0), rows.ids("pty", 1)
    named = not view.buyer
    return [
        {
            "allocation_id": allocation[row[0]] if named else None,
            "seller_id": seller[row[1]] if named else None,
            "seller_name": row[2] if named else None,
            "region": words.region(row[3]),
            "produced_on": sorted(days[row[0]]),
            "quantity": words.quantity[row[4], unit],
            "now": words.quantity[row[5], unit],
        }
        for row in rows
    ]


def _shipment(row: Sequence[Any], unit: str, words: _Words, view: View) -> dict[str, Any]:
    told = view.hub or view.buyer  # where goods go is the buyer's, not the sellers'
    receipt_id, received, accepted = row[12], row[14], row[15]
    return {
        "lot_id": words.lot[row[0]],
        "shipment_id": encode("shp", row[1]) if told else None,
        "number": row[2] if told else None,
        "status": row[3],
        "dispatched_at": row[4],
        "delivered_at": row[5],
        "quantity": words.quantity[row[6], unit],
        "from_it": words.quantity[row[7], unit],
        "buyer_id": encode("pty", row[8]) if told else None,
        "buyer_name": row[9] if told else None,
        "site_id": encode("sit", row[10]) if told else None,
        "place": row[11] if told else None,
        "receipt_id": encode("grc", receipt_id) if told and receipt_id else None,
        "receipt_status": row[13] if told else None,
        "received": words.quantity[received, unit] if told and received else None,
        "accepted": words.quantity[accepted, unit] if told and accepted else None,
    }
