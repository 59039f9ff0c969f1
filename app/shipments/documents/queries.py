"""Every SELECT on documents, who may see which, and what is true of their subjects now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select, true
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.documents.contents import DocumentKind
from app.shipments.documents.models import Document
from app.shipments.lots import queries as lots
from app.shipments.lots.models import Lot
from app.shipments.lots.queries import LOTS

DOCUMENTS: Table = Document.__table__  # type: ignore[assignment]

# What goods are called, in the language $2 of the document; `l` has their columns.
_GOODS = "coalesce(l.title, CASE $2 WHEN 'id' THEN coalesce(m.name_id, m.name) ELSE m.name END)"
_NAMED = (
    "LEFT JOIN commodities m ON m.id = l.commodity_id "
    "LEFT JOIN grades g ON g.commodity_id = l.commodity_id AND g.code = l.grade"
)
_HUB = "(SELECT name FROM parties WHERE 'operator' = ANY (roles) ORDER BY created_at, id LIMIT 1)"

# The vehicle is that of the leg which comes next, or came last.
_SHIPMENT = f"""
SELECT {_HUB} AS hub, s.number, s.tracking_code, s.from_place, s.from_region, s.to_region,
  s.delivered_at, s.temperature_min, s.temperature_max, b.name AS receiver, t.name AS to_name,
  coalesce(v.carrier, k.name) AS carrier, v.vehicle_plate, v.vehicle_kind, v.driver_name
FROM shipments s JOIN parties b ON b.id = s.buyer_id JOIN sites t ON t.id = s.to_site_id
LEFT JOIN parties k ON k.id = s.carrier_id
LEFT JOIN LATERAL (
  SELECT d.vehicle_plate, d.vehicle_kind, d.driver_name, p.name AS carrier
  FROM legs d LEFT JOIN parties p ON p.id = d.carrier_id
  WHERE d.status <> 'cancelled' AND EXISTS (
    SELECT FROM leg_loads o WHERE o.leg_id = d.id AND o.shipment_id = s.id)
  ORDER BY d.status = 'completed', d.depart_at, d.id LIMIT 1) v ON true
WHERE s.id = $1
"""
_SHIPPED = f"""
SELECT l.number, {_GOODS} AS goods, g.name AS grade, s.quantity, l.base_unit, s.count
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id {_NAMED}
WHERE s.shipment_id = $1 ORDER BY l.number
"""
_LEG = f"""
SELECT {_HUB} AS hub, d.number, d.vehicle_plate, d.vehicle_kind, d.driver_name, d.capacity_kg,
  d.depart_at, k.name AS carrier
FROM legs d LEFT JOIN parties k ON k.id = d.carrier_id WHERE d.id = $1
"""
# What allocations that are collected are known by, on the farm.
_COLLECTED = """
SELECT a.id, r.number, g.name AS grade FROM allocations a
JOIN order_lines n ON n.id = a.order_line_id JOIN orders r ON r.id = n.order_id
LEFT JOIN grades g ON g.commodity_id = a.commodity_id AND g.code = a.grade WHERE a.id = ANY($1)
"""
# Of a lot on a truck what is in the shipment; of one that was pooled the regions of all its farms.
_LABELLED = f"""
SELECT {_HUB} AS hub, l.id, l.status, l.number, {_GOODS} AS goods, g.name AS grade, l.base_unit,
  l.produced_on, l.best_before_on, s.tracking_code,
  coalesce(c.quantity, l.balance) AS quantity,
  CASE WHEN s.id IS NULL THEN l.count_balance ELSE c.count END AS count,
  coalesce((SELECT string_agg(DISTINCT r.name, ', ' ORDER BY r.name)
    FROM lot_shares h JOIN allocations a ON a.id = h.allocation_id
    LEFT JOIN sites f ON f.id = coalesce(a.site_id, l.site_id)
    LEFT JOIN variants w ON w.id = a.variant_id LEFT JOIN listings y ON y.id = w.listing_id
    JOIN regions r ON r.code = left(coalesce(f.region_code, y.origin_region_code), 5)
    WHERE h.lot_id = l.id AND h.balance > 0), '') AS origin
FROM lots l {_NAMED}
LEFT JOIN LATERAL (
  SELECT x.shipment_id, x.quantity, x.count FROM shipment_lots x
  JOIN shipments z ON z.id = x.shipment_id
  WHERE x.lot_id = l.id AND z.status <> 'cancelled' AND l.balance = 0
  ORDER BY z.id DESC LIMIT 1) c ON true
LEFT JOIN shipments s ON s.id = c.shipment_id
WHERE l.id = ANY($1) ORDER BY l.number
"""
_JUDGED = f"""
SELECT l.number, {_GOODS} AS goods, g.name AS grade, l.base_unit, i.shipped, i.received, i.accepted,
  i.downgraded, i.rejected, i.short, i.reason, i.note
FROM goods_receipt_lines i JOIN lots l ON l.id = i.lot_id {_NAMED}
WHERE i.receipt_id = $1 ORDER BY l.number
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every document of its world, a party those that are for it."""
    own = or_(
        Document.buyer_id == actor.party_id,
        Document.carrier_id == actor.party_id,
        Document.seller_id == actor.party_id,
    )
    return and_(Document.livemode == actor.livemode, true() if actor.hub else own)


def _seen(actor: Actor) -> Select[Any]:
    later = aliased(Document)
    replaced = select(later.id).where(later.replaces_id == Document.id).scalar_subquery()
    return select(DOCUMENTS, replaced.label("replaced_by_id")).where(visible_to(actor))


async def document(tx: Tx, document_id: UUID) -> Row[Any] | None:
    """The document, if the caller may see it."""
    return await tx.row(_seen(tx.actor).where(Document.id == document_id))


async def documents(
    tx: Tx,
    paging: Paging,
    *,
    kind: DocumentKind | None,
    shipment_id: UUID | None,
    leg_id: UUID | None,
    receipt_id: UUID | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The documents the caller may see, newest first."""
    wanted = {
        Document.kind: kind,
        Document.shipment_id: shipment_id,
        Document.leg_id: leg_id,
        Document.receipt_id: receipt_id,
    }
    said = [column == value for column, value in wanted.items() if value is not None]
    return await page(tx, "documents", _seen(tx.actor).where(*said), Document.id, paging)


async def linked(tx: Tx, document_id: UUID) -> dict[str, Any] | None:
    """``number``, ``content``, ``livemode`` of a document whose link was found good."""
    found: dict[str, Any] | None = await tx.sql_value("SELECT btc_document($1)", document_id)
    return found


async def own_lots(tx: Tx, lot_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The lots among *lot_ids* that the caller may see."""
    return await tx.rows(select(LOTS).where(Lot.id.in_(lot_ids), lots.visible_to(tx.actor)))


async def newest(tx: Tx, kind: DocumentKind, language: str, about: UUID) -> asyncpg.Record | None:
    """``id`` and ``number`` of the document of a kind about something that holds now."""
    return await tx.sql_row(
        "SELECT d.id, d.number FROM documents d WHERE d.kind = $1 AND d.language = $2 "
        "AND (d.shipment_id = $3 OR d.leg_id = $3 OR d.receipt_id = $3) AND d.livemode = $4 "
        "AND NOT EXISTS (SELECT FROM documents x WHERE x.replaces_id = d.id)",
        kind,
        language,
        about,
        tx.actor.livemode,
    )


async def shipment(tx: Tx, shipment_id: UUID) -> asyncpg.Record:
    """What documents say of a shipment."""
    row = await tx.sql_row(_SHIPMENT, shipment_id)
    assert row is not None
    return row


async def shipped(tx: Tx, shipment_id: UUID, language: str) -> list[asyncpg.Record]:
    """The lots of a shipment."""
    return await tx.sql(_SHIPPED, shipment_id, language)


async def leg(tx: Tx, leg_id: UUID) -> asyncpg.Record:
    """What a load list says of a leg."""
    row = await tx.sql_row(_LEG, leg_id)
    assert row is not None
    return row


async def collected(tx: Tx, allocation_ids: Collection[UUID]) -> dict[UUID, asyncpg.Record]:
    """The ``number`` of the order and the name of the ``grade`` of allocations."""
    return {row["id"]: row for row in await tx.sql(_COLLECTED, list(allocation_ids))}


async def labelled(tx: Tx, lot_ids: Collection[UUID], language: str) -> list[asyncpg.Record]:
    """What labels say of lots."""
    return await tx.sql(_LABELLED, list(lot_ids), language)


async def judged(tx: Tx, receipt_id: UUID, language: str) -> list[asyncpg.Record]:
    """The lines of a goods receipt."""
    return await tx.sql(_JUDGED, receipt_id, language)
