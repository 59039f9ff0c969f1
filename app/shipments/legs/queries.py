"""Every SELECT on legs, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, true

from app.core.actor import Actor
from app.core.quantity import UNITS
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.legs.models import Leg, LegKind, LegLoad
from app.shipments.legs.states import LegStatus

LEGS: Table = Leg.__table__  # type: ignore[assignment]

_MASSES = ", ".join(f"('{u.name}', {u.in_kg})" for u in UNITS.values() if u.in_kg is not None)
# What rides, how heavy it is as far as anybody knows, and whether it still does: orders end, and
# what was planned for them does not come.
_LOADS = f"""
WITH mass AS (SELECT * FROM (VALUES {_MASSES}) AS m(unit, kg))
SELECT k.leg_id, k.id, k.from_position, k.to_position, k.allocation_id, k.shipment_id, k.seller_id,
  least(k.quantity, a.quantity) AS quantity, a.base_unit AS unit, a.grade,
  coalesce(a.title, c.name) AS name, coalesce(a.title, c.name_id, c.name) AS name_id,
  s.number, s.to_place, s.to_site_id, s.status AS shipment_status, w.lots, w.goods,
  coalesce(k.weight_kg, least(k.quantity, a.quantity) * m.kg, w.kg) AS kg,
  k.weight_kg IS NULL AND coalesce(w.pieces, m.kg IS NULL) AS unweighed,
  coalesce(a.status IN ('declined', 'timed_out', 'released'),
    s.status IN ('cancelled', 'returned', 'lost')) AS gone
FROM leg_loads k
LEFT JOIN allocations a ON a.id = k.allocation_id
LEFT JOIN commodities c ON c.id = a.commodity_id
LEFT JOIN mass m ON m.unit = a.base_unit
LEFT JOIN shipments s ON s.id = k.shipment_id
LEFT JOIN LATERAL (
  SELECT sum(g.lots)::int AS lots, sum(g.quantity * m.kg) AS kg, bool_or(m.kg IS NULL) AS pieces,
    json_agg(json_build_object('name', g.name, 'name_id', g.name_id, 'grade', g.grade,
      'value', g.quantity::text, 'unit', g.unit) ORDER BY g.name_id, g.grade) AS goods
  FROM (
    SELECT coalesce(l.title, o.name) AS name, coalesce(l.title, o.name_id, o.name) AS name_id,
      l.grade, l.base_unit AS unit, sum(x.quantity) AS quantity, count(*) AS lots
    FROM shipment_lots x JOIN lots l ON l.id = x.lot_id
    LEFT JOIN commodities o ON o.id = l.commodity_id
    WHERE x.shipment_id = s.id GROUP BY 1, 2, 3, 4
  ) g LEFT JOIN mass m ON m.unit = g.unit
) w ON s.id IS NOT NULL
WHERE k.leg_id = ANY($1) ORDER BY k.leg_id, k.from_position, k.to_position, k.id
"""
_STOPS = "SELECT * FROM leg_stops WHERE leg_id = $1 ORDER BY position"
# All that planning a leg has to know of places: one row per stop, the carrier beside it.
_PLACES = """
SELECT w.n, s.id, s.name, s.party_id, h.id IS NOT NULL AS hub,
  coalesce(r.name, p.name) AS region, k.roles AS carrier_roles, k.status AS carrier_status
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, n)
LEFT JOIN sites s ON s.id = w.id
LEFT JOIN parties h ON h.id = s.party_id AND 'operator' = ANY (h.roles)
LEFT JOIN regions r ON r.code = left(s.region_code, 5)
LEFT JOIN regions p ON p.code = left(s.region_code, 2)
LEFT JOIN parties k ON k.id = $2
ORDER BY w.n
"""
_ALLOCATIONS = """
SELECT id, status, quantity, base_unit, seller_id FROM allocations
WHERE id = ANY($1) AND livemode = $2 ORDER BY id FOR NO KEY UPDATE
"""
# A round that is over has collected what was weighed on it; what nobody weighed, as planned.
_PLANNED = """
SELECT k.allocation_id, sum(CASE g.status WHEN 'completed' THEN least(k.quantity, coalesce(
    (SELECT sum(i.quantity) FROM lots i
     WHERE i.leg_id = g.id AND i.allocation_id = k.allocation_id), k.quantity))
  ELSE k.quantity END) AS quantity
FROM leg_loads k JOIN legs g ON g.id = k.leg_id AND g.status <> 'cancelled'
WHERE k.allocation_id = ANY($1) AND k.leg_id IS DISTINCT FROM $2
GROUP BY k.allocation_id
"""
_STRETCHES = """
SELECT k.shipment_id, f.site_id AS from_site_id, t.site_id AS to_site_id
FROM leg_loads k JOIN legs g ON g.id = k.leg_id AND g.status <> 'cancelled'
JOIN leg_stops f ON f.leg_id = k.leg_id AND f.position = k.from_position
JOIN leg_stops t ON t.leg_id = k.leg_id AND t.position = k.to_position
WHERE k.shipment_id = ANY($1) AND k.leg_id IS DISTINCT FROM $2
"""
_RIDDEN = """
SELECT id, number, capacity_kg FROM legs WHERE id IN (
  SELECT leg_id FROM leg_loads WHERE shipment_id = $1) AND status = 'planned' ORDER BY id
"""
_HOLD_RIDDEN = f"{_RIDDEN} FOR NO KEY UPDATE"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every leg of its world, a carrier those it drives, a seller those to its farms.

    Buyers see none: what they wait for is a shipment.
    """
    own = or_(Leg.carrier_id == actor.party_id, Leg.seller_ids.any_() == actor.party_id)
    return and_(Leg.livemode == actor.livemode, true() if actor.hub else own)


async def leg(tx: Tx, leg_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The leg, if the caller may see it."""
    found = select(LEGS).where(Leg.id == leg_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def legs(
    tx: Tx,
    paging: Paging,
    *,
    status: LegStatus | None,
    kind: LegKind | None,
    shipment_id: UUID | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The legs the caller may see, newest first."""
    found = select(LEGS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Leg.status == status)
    if kind is not None:
        found = found.where(Leg.kind == kind)
    if shipment_id is not None:
        riding = select(LegLoad.leg_id).where(LegLoad.shipment_id == shipment_id)
        found = found.where(Leg.id.in_(riding))
    return await page(tx, "legs", found, Leg.id, paging)


async def stops(tx: Tx, leg_id: UUID) -> list[asyncpg.Record]:
    """Where a leg stops, in its order."""
    return await tx.sql(_STOPS, leg_id)


async def loads(tx: Tx, leg_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """What rides on legs, with its weight: ``kg``, and ``unweighed`` if that is not all of it.

    ``gone`` is what does not come after all.
    """
    return await tx.sql(_LOADS, list(leg_ids))


async def places(tx: Tx, site_ids: Sequence[UUID], carrier_id: UUID | None) -> list[asyncpg.Record]:
    """What planning has to know of stops, one row for each; what is not there is null."""
    return await tx.sql(_PLACES, list(site_ids), carrier_id)


async def allocations(tx: Tx, allocation_ids: Collection[UUID]) -> dict[UUID, asyncpg.Record]:
    """These allocations, locked in ascending id."""
    rows = await tx.sql(_ALLOCATIONS, list(allocation_ids), tx.actor.livemode)
    return {row["id"]: row for row in rows}


async def planned(
    tx: Tx, allocation_ids: Collection[UUID], besides: UUID | None
) -> dict[UUID, Any]:
    """How much of allocations other legs collect, or have; *besides* is the leg that is planned."""
    rows = await tx.sql(_PLANNED, list(allocation_ids), besides)
    return {row["allocation_id"]: row["quantity"] for row in rows}


async def stretches(
    tx: Tx, shipment_ids: Collection[UUID], besides: UUID | None
) -> list[asyncpg.Record]:
    """From where to where shipments ride on other legs; *besides* is the leg that is planned."""
    return await tx.sql(_STRETCHES, list(shipment_ids), besides)


async def ridden(tx: Tx, shipment_id: UUID) -> list[asyncpg.Record]:
    """The planned legs that a shipment rides on, locked in ascending id."""
    return await tx.sql(_HOLD_RIDDEN, shipment_id)


async def rides_on(tx: Tx, shipment_id: UUID) -> set[UUID]:
    """The planned legs that a shipment rides on. With the shipment locked there come no others."""
    return {row["id"] for row in await tx.sql(_RIDDEN, shipment_id)}
