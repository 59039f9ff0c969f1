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
# look-up, and the LIMIT ends the walk itself. It goes level by level, so the nearest are kept.
_WALK = f"""
WITH RECURSIVE walk (lot_id) AS (
  SELECT $1::uuid
  UNION
  SELECT k.{{there}} FROM walk w JOIN lot_links k ON k.{{here}} = w.lot_id
  WHERE k.{{there}} IS NOT NULL AND {LIVE}{{own}}
), reached AS MATERIALIZED (
  SELECT lot_id FROM walk LIMIT {{most}}
), went AS (
  SELECT k.event_id, k.parent_lot_id, k.child_lot_id, sum(k.quantity) AS quantity
  FROM reached r JOIN lot_links k ON k.{{here}} = r.lot_id
  WHERE k.parent_lot_id IS NOT NULL AND {LIVE}{{own}}
  GROUP BY k.event_id, k.parent_lot_id, k.child_lot_id
)
"""
_TRUNCATED = "EXISTS (SELECT FROM walk OFFSET {most}) AS truncated"
# Lot by lot, so that it is a look-up each: joined, the planner would read every share there is.
_HELD = """CROSS JOIN LATERAL (SELECT sum(h.quantity) AS quantity, sum(h.balance) AS balance
    FROM lot_shares h WHERE h.lot_id = r.lot_id AND {mine} HAVING count(*) > 0) h"""


def _columns(part: str, *columns: str) -> str:
    """Rows of *part* as one list per column, much cheaper to send and to read than as JSON."""
    return ", ".join(f"array_agg({column}) AS {part}_{n}" for n, column in enumerate(columns))


def _text(quantity: str) -> str:
    """A quantity as people write it."""
    return f"trim_scale({quantity})::text"


_LOT = _columns(
    "lots",
    *("l.id", "l.number", "l.status", "l.commodity_id", "l.grade", "l.variant_id", "l.title"),
    *("l.base_unit", _text("h.quantity"), _text("h.balance"), "l.produced_on", "l.best_before_on"),
    *("s.region_code", "l.seller_id", "l.allocation_id"),
)
_LOTS = f"""(SELECT {_LOT}
  FROM reached r JOIN lots l ON l.id = r.lot_id {_HELD}
  LEFT JOIN sites s ON s.id = l.site_id) lots"""
# What a place is called: of provinces and regencies, which are few.
_REGIONS = f"""(SELECT {_columns("regions", "code", "name")}
  FROM regions WHERE level IN ('province', 'regency')) regions"""
_STEP = _columns("steps", "id", "kind", "at", "parent_lot_id", "child_lot_id", _text("quantity"))
_STEPS = f"""(SELECT {_STEP} FROM (
    SELECT e.id, e.kind, e.at, w.parent_lot_id, w.child_lot_id, w.quantity
    FROM went w JOIN lot_events e ON e.id = w.event_id ORDER BY e.at, e.id) e) steps"""
_SOURCE = _columns(
    "found",
    *("allocation_id", "seller_id", "name", "region_code"),
    _text("quantity"),
    _text("balance"),
)
_SOURCES = f"""(SELECT {_SOURCE} FROM (
    SELECT h.allocation_id, h.seller_id, p.name,
      coalesce(s.region_code, i.origin_region_code) AS region_code, h.quantity, h.balance
    FROM lot_shares h JOIN allocations a ON a.id = h.allocation_id
    JOIN parties p ON p.id = h.seller_id
    LEFT JOIN sites s ON s.id = a.site_id
    LEFT JOIN variants v ON v.id = a.variant_id LEFT JOIN listings i ON i.id = v.listing_id
    WHERE h.lot_id = $1 AND {{mine}} ORDER BY h.balance DESC, h.allocation_id) h) found"""
_SHIPMENT = _columns(
    "found",
    *("lot_id", "id", "number", "status", "dispatched_at", "delivered_at", _text("quantity")),
    *(_text("from_it"), "buyer_id", "name", "to_site_id", "to_place", "receipt_id"),
    *("receipt_status", _text("received"), _text("accepted")),
)
# A lot is loaded once at a time; one that came back, or did not leave, may be loaded again.
_SHIPMENTS = f"""(SELECT {_SHIPMENT} FROM (
    SELECT c.lot_id, s.id, s.number, s.status, s.dispatched_at, s.delivered_at,
      {{loaded}} AS quantity, f.quantity AS from_it, s.buyer_id, p.name, s.to_site_id, s.to_place,
      g.id AS receipt_id, g.status AS receipt_status, n.received, n.accepted
    FROM reached r JOIN shipment_lots c ON c.lot_id = r.lot_id
    JOIN shipments s ON s.id = c.shipment_id AND s.status <> 'cancelled'
    JOIN parties p ON p.id = s.buyer_id {_HELD}
    CROSS JOIN LATERAL (SELECT coalesce(sum(least(m.balance, t.quantity)), 0) AS quantity
      FROM lot_shares m JOIN lot_shares t ON t.lot_id = $1 AND t.allocation_id = m.allocation_id
      WHERE m.lot_id = c.lot_id AND {{also_mine}}) f
    LEFT JOIN goods_receipts g ON g.shipment_id = s.id AND g.status NOT IN ('draft', 'reversed')
    LEFT JOIN goods_receipt_lines n ON n.receipt_id = g.id AND n.lot_id = c.lot_id
    ORDER BY s.id, c.lot_id) c) found"""
_HERE = {
    Direction.UP: {"here": "child_lot_id", "there": "parent_lot_id"},
    Direction.DOWN: {"here": "parent_lot_id", "there": "child_lot_id"},
}
_FOUND = {Direction.UP: _SOURCES, Direction.DOWN: _SHIPMENTS}
_ALL = {"own": "", "mine": "true", "also_mine": "true", "loaded": "c.quantity"}


def statement(direction: Direction, *, of_seller: bool, most: int = MOST_LOTS) -> str:
    """The query of a trace of ``$1``: of all goods, or of those of seller ``$2``; *most* lots.

    Two statements, and not one with a condition: the plan is made once for all callers.
    """
    ends = _HERE[direction]
    mine = {
        "own": _OWN.format(**ends),
        "mine": "h.seller_id = $2",
        "also_mine": "m.seller_id = $2",
        "loaded": "h.balance",
    }
    parts = ", ".join((_LOTS, _REGIONS, _STEPS, _FOUND[direction]))
    whole = f"{_WALK} SELECT *, {_TRUNCATED} FROM {parts}"
    return whole.format(**ends, **(mine if of_seller else _ALL), most=most)


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
    """``truncated``, and the columns of ``lots``, ``regions``, ``steps``, ``found``.

    What is found are sources or shipments; columns without rows are None. With *seller_id* only
    that seller's goods are followed. Needs the hub's scope: the way leads through what belongs to
    others.
    """
    whose = () if seller_id is None else (seller_id,)
    row = await tx.sql_row(_TRACE[direction, seller_id is not None], lot_id, *whose)
    assert row is not None
    return row
