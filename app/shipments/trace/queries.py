"""The one query of a trace, and who may ask it about which lot."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.shipments.lots.models import Lot, LotShare
from app.shipments.models import Shipment, ShipmentLot
from app.shipments.states import ShipmentStatus
from app.shipments.trace.schemas import MOST_LOTS, Direction

# What was undone did not happen; an undoing has no links of its own.
LIVE = "NOT EXISTS (SELECT FROM lot_events u WHERE u.undoes = k.event_id)"
# A seller follows its own goods only.
_OWN = """ AND EXISTS (SELECT FROM lot_shares o WHERE o.lot_id = k.{here}
    AND o.allocation_id = k.allocation_id AND o.seller_id = $2)"""
# Each lot once, however many ways lead to it; UNION and the index of one end make every step a
# look-up, and the LIMIT ends the walk itself.
_WALK = f"""
WITH RECURSIVE walk (lot_id) AS (
  SELECT $1::uuid
  UNION
  SELECT k.{{there}} FROM walk w JOIN lot_links k ON k.{{here}} = w.lot_id
  WHERE k.{{there}} IS NOT NULL AND {LIVE}{{own}}
), reached AS MATERIALIZED (
  SELECT lot_id FROM walk LIMIT {MOST_LOTS + 1}
), held AS (
  SELECT h.lot_id, sum(h.quantity) AS quantity, sum(h.balance) AS balance
  FROM reached r JOIN lot_shares h ON h.lot_id = r.lot_id
  WHERE {{mine}} GROUP BY h.lot_id
), went AS (
  SELECT k.event_id, k.parent_lot_id, k.child_lot_id, sum(k.quantity) AS quantity
  FROM reached r JOIN lot_links k ON k.{{here}} = r.lot_id
  WHERE k.parent_lot_id IS NOT NULL AND {LIVE}{{own}}
    AND (k.{{there}} IS NULL OR k.{{there}} IN (SELECT lot_id FROM reached))
  GROUP BY k.event_id, k.parent_lot_id, k.child_lot_id
)
"""
_REGION = """
  LEFT JOIN regions r5 ON r5.code = left({code}, 5)
  LEFT JOIN regions r2 ON r2.code = left({code}, 2)
"""
# Quantities as text: a JSON number would come back as a float.
_LOTS = f"""(SELECT json_agg(json_build_array(l.id, l.number, l.status, l.commodity_id, l.grade,
    l.variant_id, l.title, l.base_unit, h.quantity::text, h.balance::text, l.produced_on,
    l.best_before_on, coalesce(r5.name, r2.name), l.seller_id))
  FROM reached r JOIN lots l ON l.id = r.lot_id JOIN held h ON h.lot_id = l.id
  LEFT JOIN sites s ON s.id = l.site_id {_REGION.format(code="s.region_code")}
)::text AS lots"""
# Times as they stand everywhere in the API.
_AT = """to_char({at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_STEPS = f"""(SELECT json_agg(json_build_array(e.id, e.kind, {_AT.format(at="e.at")},
    w.parent_lot_id, w.child_lot_id, w.quantity::text) ORDER BY e.at, e.id)
  FROM went w JOIN lot_events e ON e.id = w.event_id)::text AS steps"""
_SOURCES = f"""(SELECT json_agg(json_build_array(h.allocation_id, h.seller_id, p.name,
    coalesce(r5.name, r2.name), d.days, h.quantity::text, h.balance::text)
    ORDER BY h.balance DESC, h.allocation_id)
  FROM lot_shares h JOIN allocations a ON a.id = h.allocation_id
  JOIN parties p ON p.id = h.seller_id
  LEFT JOIN sites s ON s.id = a.site_id
  LEFT JOIN variants v ON v.id = a.variant_id LEFT JOIN listings i ON i.id = v.listing_id
  LEFT JOIN (SELECT l.allocation_id, json_agg(DISTINCT l.produced_on) AS days
    FROM reached r JOIN lots l ON l.id = r.lot_id GROUP BY l.allocation_id) d
    ON d.allocation_id = h.allocation_id
  {_REGION.format(code="coalesce(s.region_code, i.origin_region_code)")}
  WHERE h.lot_id = $1 AND {{mine}})::text AS found"""
# A lot is loaded once at a time; one that came back, or did not leave, may be loaded again.
_SHIPMENTS = f"""(SELECT json_agg(json_build_array(c.lot_id, s.id, s.number, s.status,
    {_AT.format(at="s.dispatched_at")}, {_AT.format(at="s.delivered_at")},
    {{loaded}}::text, f.quantity::text, s.buyer_id, p.name,
    s.to_site_id, s.to_place, g.id, g.status, n.received::text, n.accepted::text)
    ORDER BY s.id, c.lot_id)
  FROM reached r JOIN shipment_lots c ON c.lot_id = r.lot_id
  JOIN shipments s ON s.id = c.shipment_id AND s.status <> 'cancelled'
  JOIN parties p ON p.id = s.buyer_id JOIN held h ON h.lot_id = c.lot_id
  CROSS JOIN LATERAL (SELECT coalesce(sum(least(m.balance, t.quantity)), 0) AS quantity
    FROM lot_shares m JOIN lot_shares t ON t.lot_id = $1 AND t.allocation_id = m.allocation_id
    WHERE m.lot_id = c.lot_id AND {{also_mine}}) f
  LEFT JOIN goods_receipts g ON g.shipment_id = s.id AND g.status NOT IN ('draft', 'reversed')
  LEFT JOIN goods_receipt_lines n ON n.receipt_id = g.id AND n.lot_id = c.lot_id)::text AS found"""
_HERE = {
    Direction.UP: {"here": "child_lot_id", "there": "parent_lot_id"},
    Direction.DOWN: {"here": "parent_lot_id", "there": "child_lot_id"},
}
_FOUND = {Direction.UP: _SOURCES, Direction.DOWN: _SHIPMENTS}
_ALL = {"own": "", "mine": "true", "also_mine": "true", "loaded": "c.quantity"}


def statement(direction: Direction, *, of_seller: bool) -> str:
    """The query of a trace of ``$1``: of all goods, or of those of seller ``$2``.

    Two statements, and not one with a condition: the plan is made once for all callers.
    """
    ends = _HERE[direction]
    mine = {
        "own": _OWN.format(**ends),
        "mine": "h.seller_id = $2",
        "also_mine": "m.seller_id = $2",
        "loaded": "h.balance",
    }
    whole = _WALK + f"SELECT {_LOTS}, {_STEPS}, {_FOUND[direction]}"
    return whole.format(**ends, **(mine if of_seller else _ALL))


_TRACE = {
    (direction, of_seller): statement(direction, of_seller=of_seller)
    for direction in Direction
    for of_seller in (False, True)
}


def sold_by(party_id: UUID) -> ColumnElement[bool]:
    """Whether goods of a seller are in the lot."""
    return exists().where(LotShare.lot_id == Lot.id, LotShare.seller_id == party_id)


def bought_by(party_id: UUID) -> ColumnElement[bool]:
    """Whether the lot is in a shipment to a buyer."""
    return exists().where(
        ShipmentLot.lot_id == Lot.id,
        Shipment.id == ShipmentLot.shipment_id,
        Shipment.buyer_id == party_id,
        Shipment.status != ShipmentStatus.CANCELLED,
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub traces every lot of its world, a seller its own, a buyer those it was sent."""
    concerned = or_(sold_by(actor.party_id), bought_by(actor.party_id))
    return and_(Lot.livemode == actor.livemode, true() if actor.hub else concerned)


async def lot(tx: Tx, lot_id: UUID) -> Row[Any] | None:
    """The lot's id and whether the caller's own goods are in it (``sold``), if it may trace it."""
    sold = sold_by(tx.actor.party_id).label("sold")
    return await tx.row(select(Lot.id, sold).where(Lot.id == lot_id, visible_to(tx.actor)))


async def trace(
    tx: Tx, lot_id: UUID, direction: Direction, seller_id: UUID | None
) -> asyncpg.Record:
    """``lots``, ``steps`` and ``found`` (sources or shipments): each a JSON list of rows, or None.

    One more lot than is shown tells that there are more. With *seller_id* only that seller's goods
    are followed. Needs the hub's scope: the way leads through what belongs to others.
    """
    whose = () if seller_id is None else (seller_id,)
    row = await tx.sql_row(_TRACE[direction, seller_id is not None], lot_id, *whose)
    assert row is not None
    return row
