"""GS1 references of what events are about: given out when they are first needed, and for ever.

Only the hub's scope reads them: a GLN names a farm, and nobody else can tell which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.db.tx import Tx
from app.epcis import keys

Item = tuple[UUID | None, str | None, UUID | None]
"""Commodity and grade, or variant."""

# What is there already takes no number: an identity that is not used is a gap in few digits.
_ITEMS = """
INSERT INTO gs1_items (commodity_id, grade, variant_id)
SELECT a.c, a.g, a.v FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS a(c, g, v)
WHERE NOT EXISTS (SELECT FROM gs1_items i
  WHERE (i.commodity_id, i.grade, i.variant_id) IS NOT DISTINCT FROM (a.c, a.g, a.v))
ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
"""
_READ_ITEMS = """
SELECT reference, commodity_id, grade, variant_id FROM gs1_items
WHERE commodity_id = ANY($1) OR variant_id = ANY($2)
"""
_THINGS = """
INSERT INTO {table} ({column}) SELECT a.id FROM unnest($1::uuid[]) AS a(id)
WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.{column} = a.id)
ORDER BY 1 ON CONFLICT DO NOTHING
"""
_READ_THINGS = "SELECT reference, {column} AS id FROM {table} WHERE {column} = ANY($1)"


@dataclass(frozen=True)
class References:
    """Keys of items, places and units, as far as they were asked for."""

    prefix: str
    items: dict[Item, int]
    locations: dict[UUID, int]
    units: dict[UUID, int]

    def lot(self, item: Item, number: str) -> str:
        """A lot's Digital Link."""
        return keys.lot_uri(keys.gtin(self.prefix, self.items[item]), number)

    def gln(self, thing_id: UUID) -> str:
        """The GLN of a site or a party."""
        return keys.gln(self.prefix, self.locations[thing_id])

    def unit(self, shipment_id: UUID) -> str:
        """The Digital Link of a shipment's load."""
        return keys.unit_uri(keys.sscc(self.prefix, self.units[shipment_id]))


async def refer(
    tx: Tx,
    prefix: str,
    items: Iterable[Item],
    locations: Iterable[UUID],
    shipments: Iterable[UUID],
) -> References:
    """The references of all these, fresh ones where there is none. In the hub's scope."""
    found = await _items(tx, sorted(set(items), key=str))
    places = await _things(tx, "gs1_locations", "thing_id", locations)
    units = await _things(tx, "gs1_units", "shipment_id", shipments)
    return References(prefix, found, places, units)


async def _items(tx: Tx, wanted: list[Item]) -> dict[Item, int]:
    if not wanted:
        return {}
    columns: list[list[Any]] = [list(column) for column in zip(*wanted, strict=True)]
    await tx.sql(_ITEMS, *columns)
    rows = await tx.sql(_READ_ITEMS, columns[0], columns[2])
    return {(r["commodity_id"], r["grade"], r["variant_id"]): r["reference"] for r in rows}


async def _things(tx: Tx, table: str, column: str, ids: Iterable[UUID]) -> dict[UUID, int]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    names = {"table": table, "column": column}
    await tx.sql(_THINGS.format(**names), wanted)
    rows = await tx.sql(_READ_THINGS.format(**names), wanted)
    return {row["id"]: row["reference"] for row in rows}
