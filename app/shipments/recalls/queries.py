"""Every SELECT on recalls, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, exists, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.models import Shipment, ShipmentLot
from app.shipments.recalls.models import Recall, RecallLot
from app.shipments.recalls.states import RecallStatus
from app.shipments.states import ShipmentStatus
from app.shipments.trace.queries import LIVE

RECALLS: Table = Recall.__table__  # type: ignore[assignment]

# Goods are weighed under a lock on their order: whoever holds these waits for what is being weighed
# of the seller, and what is weighed next sees the recall.
_SELLERS_ORDERS = """
SELECT id FROM orders WHERE id IN (
  SELECT a.order_id FROM allocations a WHERE a.livemode = $1 AND a.seller_id = $2
    AND ($3::uuid IS NULL OR a.commodity_id = $3))
ORDER BY id FOR NO KEY UPDATE
"""
# The lots named, or those with a seller's goods of some days: what the recall begins with.
_NAMED = "SELECT id, order_id FROM lots WHERE id = ANY($1) AND livemode = $2 ORDER BY id"
_MADE = """
SELECT l.id, l.order_id FROM lots l WHERE l.livemode = $1 AND l.seller_id = $2
  AND l.produced_on BETWEEN $3 AND $4 AND ($5::uuid IS NULL OR l.commodity_id = $5) ORDER BY l.id
"""
_WALK = f"""
WITH RECURSIVE walk (lot_id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT k.child_lot_id FROM walk w JOIN lot_links k ON k.parent_lot_id = w.lot_id
  WHERE k.child_lot_id IS NOT NULL AND {LIVE})
"""
_HELD = f"""{_WALK}
SELECT l.id, l.version, l.status, l.number, l.base_unit FROM walk w JOIN lots l ON l.id = w.lot_id
ORDER BY l.id FOR NO KEY UPDATE OF l
"""
_SHARES = "SELECT lot_id, allocation_id, seller_id, quantity FROM lot_shares WHERE lot_id = ANY($1)"
_WAYS = f"""
SELECT k.parent_lot_id, k.child_lot_id, k.allocation_id, sum(k.quantity) AS quantity
FROM lot_links k WHERE k.parent_lot_id = ANY($1) AND k.child_lot_id IS NOT NULL AND {LIVE}
GROUP BY k.parent_lot_id, k.child_lot_id, k.allocation_id
"""
_HOLDING = """
SELECT r.lot_id, max(r.held) AS held FROM recall_lots r
JOIN recalls x ON x.id = r.recall_id AND x.status <> 'lifted' AND x.id <> $2
WHERE r.lot_id = ANY($1) GROUP BY r.lot_id
"""
_CONCERNED = """
SELECT DISTINCT s.buyer_id, s.carrier_id FROM shipment_lots c JOIN shipments s
  ON s.id = c.shipment_id AND s.status <> 'cancelled' WHERE c.lot_id = ANY($1)
"""
_LOTS_OF = """
SELECT l.id, l.version, l.status, l.number, r.held FROM recall_lots r JOIN lots l ON l.id = r.lot_id
WHERE r.recall_id = $1 ORDER BY l.id FOR NO KEY UPDATE OF l
"""
# What is in a lot now of the allocations the recall begins with; never more than ever was in it.
_NOW = """
WITH origin AS MATERIALIZED (
  SELECT DISTINCT h.allocation_id FROM recall_lots r JOIN lot_shares h ON h.lot_id = r.lot_id
  WHERE r.recall_id = $1 AND r.source
), part AS (
  SELECT r.lot_id, r.source, r.quantity, least(r.quantity, coalesce((
    SELECT sum(h.balance) FROM lot_shares h JOIN origin o ON o.allocation_id = h.allocation_id
    WHERE h.lot_id = r.lot_id), 0)) AS now
  FROM recall_lots r WHERE r.recall_id = $1)
"""
_LOTS = f"""{_NOW}
SELECT p.lot_id, l.number, p.source, l.status, l.order_id, l.commodity_id, l.grade, l.variant_id,
  l.title, l.produced_on, l.base_unit, l.seller_id, p.quantity,
  CASE WHEN l.balance > 0 THEN p.now ELSE 0 END AS on_hand
FROM part p JOIN lots l ON l.id = p.lot_id
WHERE $2::uuid IS NULL OR EXISTS (SELECT FROM shipment_lots c JOIN shipments s
  ON s.id = c.shipment_id AND s.status <> 'cancelled'
  WHERE c.lot_id = l.id AND s.buyer_id = $2)
ORDER BY p.source DESC, l.id
"""
_LOADS = f"""{_NOW}
SELECT s.id, s.number, s.tracking_code, s.status, s.tracking_status, s.carrier_id, s.buyer_id,
  b.name AS buyer_name, s.to_site_id, s.to_place, s.from_place, s.from_region, s.dispatched_at,
  s.delivered_at, t.place AS heard_place, p.lot_id, l.base_unit,
  EXISTS (SELECT FROM goods_receipts g WHERE g.shipment_id = s.id
    AND g.status IN ('posted', 'signed', 'deemed_signed')) AS received,
  least(c.quantity, p.now) AS quantity
FROM part p JOIN shipment_lots c ON c.lot_id = p.lot_id JOIN lots l ON l.id = p.lot_id
JOIN shipments s ON s.id = c.shipment_id AND s.status <> 'cancelled'
JOIN parties b ON b.id = s.buyer_id
LEFT JOIN LATERAL (SELECT e.place FROM tracking_events e WHERE e.shipment_id = s.id
  AND e.place IS NOT NULL ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) t ON true
WHERE $2::uuid IS NULL OR s.buyer_id = $2
ORDER BY s.id, p.lot_id
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every recall of its world, a buyer those with goods of its shipments."""
    sent = exists().where(
        RecallLot.recall_id == Recall.id,
        ShipmentLot.lot_id == RecallLot.lot_id,
        Shipment.id == ShipmentLot.shipment_id,
        Shipment.buyer_id == actor.party_id,
        Shipment.status != ShipmentStatus.CANCELLED,
    )
    return and_(Recall.livemode == actor.livemode, true() if actor.hub else sent)


async def recall(tx: Tx, recall_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The recall, if the caller may see it."""
    found = select(RECALLS).where(Recall.id == recall_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def recalls(
    tx: Tx, paging: Paging, *, status: RecallStatus | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The recalls the caller may see, newest first."""
    found = select(RECALLS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Recall.status == status)
    return await page(tx, "recalls", found, Recall.id, paging)


async def lots(tx: Tx, recall_id: UUID, buyer_id: UUID | None) -> list[asyncpg.Record]:
    """The lots of a recall, its sources first; with *buyer_id* only those sent to that buyer."""
    return await tx.sql(_LOTS, recall_id, buyer_id)


async def loads(tx: Tx, recall_id: UUID, buyer_id: UUID | None) -> list[asyncpg.Record]:
    """What of a recall is or was in shipments, one row per shipment and lot."""
    return await tx.sql(_LOADS, recall_id, buyer_id)


async def named(tx: Tx, lot_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """``id, order_id`` of those of these lots that there are."""
    return await tx.sql(_NAMED, list(lot_ids), tx.actor.livemode)


async def made_by(
    tx: Tx, seller_id: UUID, days: tuple[date, date], commodity_id: UUID | None
) -> list[asyncpg.Record]:
    """``id, order_id`` of the lots of a seller's goods that were made in these *days*.

    All orders the seller brings such goods for are locked first: nothing is weighed meanwhile.
    """
    await tx.sql(_SELLERS_ORDERS, tx.actor.livemode, seller_id, commodity_id)
    return await tx.sql(_MADE, tx.actor.livemode, seller_id, *days, commodity_id)


async def held_down_from(tx: Tx, lot_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """These lots and all that came of them, locked."""
    return await tx.sql(_HELD, list(lot_ids))


async def shares(tx: Tx, lot_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """What ever was in these lots, by allocation."""
    return await tx.sql(_SHARES, list(lot_ids))


async def ways(tx: Tx, lot_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """Where goods of these lots went."""
    return await tx.sql(_WAYS, list(lot_ids))


async def holding(tx: Tx, lot_ids: Collection[UUID], but: UUID) -> dict[UUID, str | None]:
    """Of these lots, those that another recall holds, and what they were before it."""
    rows = await tx.sql(_HOLDING, list(lot_ids), but)
    return {row["lot_id"]: row["held"] for row in rows}


async def lots_of(tx: Tx, recall_id: UUID) -> list[asyncpg.Record]:
    """The lots of a recall, locked, with what they were before it."""
    return await tx.sql(_LOTS_OF, recall_id)


async def concerned(tx: Tx, lot_ids: Collection[UUID]) -> tuple[UUID, ...]:
    """The buyers and carriers of the shipments with these lots."""
    rows = await tx.sql(_CONCERNED, list(lot_ids))
    return tuple(sorted({party for row in rows for party in row if party is not None}))
