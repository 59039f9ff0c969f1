"""Every SELECT on shipments, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import JSON, ColumnElement, Row, Table, and_, literal_column, or_, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.models import Lot, Shipment, ShipmentLot
from app.shipments.states import ShipmentStatus

SHIPMENTS: Table = Shipment.__table__  # type: ignore[assignment]

# Quantities as text: a JSON number would come back as a float.
_LOTS = literal_column(
    """(SELECT json_agg(json_build_object(
      'lot_id', l.id, 'number', l.number, 'order_id', l.order_id,
      'order_line_id', l.order_line_id, 'commodity_id', l.commodity_id, 'grade', l.grade,
      'variant_id', l.variant_id, 'title', l.title,
      'quantity', s.quantity::text, 'unit', l.base_unit, 'count', l.count,
      'produced_on', l.produced_on, 'seller_id', l.seller_id) ORDER BY l.id)
    FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
    WHERE s.shipment_id = shipments.id)""",
    JSON,
)
# All that planning a shipment has to know: one row per lot, the sites and the carrier beside it.
_TERMS = """
SELECT w.n, l.id, l.buyer_id, l.seller_id, l.order_id, l.status, o.done_at,
  f.party_id AS from_party, h.id IS NOT NULL AS from_hub, f.name AS from_name,
  t.party_id AS to_party, t.name AS to_name, k.roles AS carrier_roles, k.status AS carrier_status,
  coalesce(fr.name, fp.name) AS from_region, coalesce(tr.name, tp.name) AS to_region
FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, n)
LEFT JOIN lots l ON l.id = w.id AND l.livemode = $5
LEFT JOIN order_lines o ON o.id = l.order_line_id
LEFT JOIN sites f ON f.id = $2
LEFT JOIN parties h ON h.id = f.party_id AND 'operator' = ANY (h.roles)
LEFT JOIN regions fr ON fr.code = left(f.region_code, 5)
LEFT JOIN regions fp ON fp.code = left(f.region_code, 2)
LEFT JOIN sites t ON t.id = $3
LEFT JOIN regions tr ON tr.code = left(t.region_code, 5)
LEFT JOIN regions tp ON tp.code = left(t.region_code, 2)
LEFT JOIN parties k ON k.id = $4
ORDER BY w.n
"""
_LOADED = """
SELECT l.order_line_id, l.allocation_id, l.seller_id, o.stock_pool_id, sum(s.quantity) AS quantity
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id JOIN order_lines o ON o.id = l.order_line_id
WHERE s.shipment_id = $1
GROUP BY l.order_line_id, l.allocation_id, l.seller_id, o.stock_pool_id
ORDER BY l.order_line_id, l.allocation_id
"""
_WAITING = """
SELECT DISTINCT l.order_line_id FROM lots l JOIN shipment_lots c ON c.lot_id = l.id
JOIN shipments s ON s.id = c.shipment_id AND s.status = 'planned'
WHERE l.order_id = $1 AND l.order_line_id = ANY($2)
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every shipment of its world, a buyer and a carrier their own.

    Sellers see their lots and allocations; where the goods went is the buyer's.
    """
    own = or_(Shipment.buyer_id == actor.party_id, Shipment.carrier_id == actor.party_id)
    return and_(Shipment.livemode == actor.livemode, true() if actor.hub else own)


async def shipment(tx: Tx, shipment_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The shipment, if the caller may see it."""
    found = select(SHIPMENTS).where(Shipment.id == shipment_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def detail(tx: Tx, shipment_id: UUID) -> Row[Any] | None:
    """The shipment with its ``lots``, if the caller may see it."""
    found = select(*SHIPMENTS.c, _LOTS.label("lots"))
    return await tx.row(found.where(Shipment.id == shipment_id, visible_to(tx.actor)))


async def shipments(
    tx: Tx, paging: Paging, *, order_id: UUID | None, status: ShipmentStatus | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The shipments the caller may see, newest first."""
    found = select(SHIPMENTS).where(visible_to(tx.actor))
    if order_id is not None:
        carried = select(ShipmentLot.shipment_id).join(Lot, Lot.id == ShipmentLot.lot_id)
        found = found.where(Shipment.id.in_(carried.where(Lot.order_id == order_id)))
    if status is not None:
        found = found.where(Shipment.status == status)
    return await page(tx, "shipments", found, Shipment.id, paging)


async def planned_with(
    tx: Tx, order_ids: Collection[UUID], line_ids: Collection[UUID] | None = None
) -> Sequence[Row[Any]]:
    """The planned shipments that carry goods of orders, locked in ascending id.

    With *line_ids* only those that carry goods of these lines of theirs.
    """
    carried = (
        select(ShipmentLot.shipment_id)
        .join(Lot, Lot.id == ShipmentLot.lot_id)
        .where(Lot.order_id.in_(order_ids))
    )
    if line_ids is not None:
        carried = carried.where(Lot.order_line_id.in_(line_ids))
    return await tx.rows(
        select(SHIPMENTS)
        .where(
            Shipment.id.in_(carried),
            Shipment.status == ShipmentStatus.PLANNED,
        )
        .order_by(Shipment.id)
        .with_for_update(key_share=True)
    )


async def waiting(tx: Tx, order_id: UUID, line_ids: Collection[UUID]) -> set[UUID]:
    """Which of these lines of an order have goods on a planned truck."""
    return {row["order_line_id"] for row in await tx.sql(_WAITING, order_id, list(line_ids))}


async def terms(
    tx: Tx,
    lot_ids: Collection[UUID],
    *,
    from_site_id: UUID,
    to_site_id: UUID,
    carrier_id: UUID | None,
) -> list[asyncpg.Record]:
    """What planning a shipment has to know, one row per lot; what is not there is null."""
    return await tx.sql(
        _TERMS, list(lot_ids), from_site_id, to_site_id, carrier_id, tx.actor.livemode
    )


async def loaded(tx: Tx, shipment_id: UUID) -> list[asyncpg.Record]:
    """What a shipment carries, per order line and allocation; and of which stock it is."""
    return await tx.sql(_LOADED, shipment_id)
