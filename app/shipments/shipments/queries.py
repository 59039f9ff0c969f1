"""Every SELECT on shipments, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Table,
    and_,
    literal_column,
    or_,
    select,
    text,
    true,
)

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.legs.models import LegLoad
from app.shipments.lots.models import Lot
from app.shipments.models import Shipment, ShipmentLot
from app.shipments.shipments.rules import Plan
from app.shipments.states import ShipmentStatus

SHIPMENTS: Table = Shipment.__table__  # type: ignore[assignment]

# Quantities as text: a JSON number would come back as a float.
_LOTS = literal_column(
    """(SELECT json_agg(json_build_object(
      'lot_id', l.id, 'number', l.number, 'order_id', l.order_id,
      'order_line_id', l.order_line_id, 'commodity_id', l.commodity_id, 'grade', l.grade,
      'variant_id', l.variant_id, 'title', l.title,
      'quantity', s.quantity::text, 'unit', l.base_unit, 'count', s.count,
      'produced_on', l.produced_on, 'seller_id', l.seller_id,
      'recalled', EXISTS (SELECT FROM recall_lots r
        JOIN recalls k ON k.id = r.recall_id AND k.status <> 'lifted'
        WHERE r.lot_id = l.id)) ORDER BY l.id)
    FROM shipment_lots s JOIN lots l ON l.id = s.lot_id
    WHERE s.shipment_id = shipments.id)""",
    JSON,
)
# All that planning a shipment has to know: one row per lot, the sites and the carrier beside it.
_TERMS = """
SELECT w.n, l.id, l.buyer_id, l.seller_id, l.order_id, l.status, o.done_at, o.deliver_on,
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
# With what must not leave: past its best-before day, or recalled since it was loaded.
_LOADED = """
SELECT l.order_id, l.order_line_id, h.allocation_id, h.seller_id, o.stock_pool_id,
  sum(h.balance) AS quantity,
  array_agg(l.id) FILTER (WHERE l.best_before_on < $2) AS expired,
  array_agg(l.id) FILTER (WHERE EXISTS (SELECT FROM recall_lots r
    JOIN recalls k ON k.id = r.recall_id AND k.status <> 'lifted'
    WHERE r.lot_id = l.id)) AS recalled
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id JOIN lot_shares h ON h.lot_id = l.id
JOIN order_lines o ON o.id = l.order_line_id
WHERE s.shipment_id = ANY($1) AND h.balance > 0
GROUP BY l.order_id, l.order_line_id, h.allocation_id, h.seller_id, o.stock_pool_id
ORDER BY l.order_line_id, h.allocation_id
"""
_CARRIED = """
SELECT l.id AS lot_id, l.order_id, l.order_line_id
FROM shipment_lots s JOIN lots l ON l.id = s.lot_id WHERE s.shipment_id = $1 ORDER BY l.id
"""
# Of which of these allocations something is on the road, or was, and did not come back.
_STILL_OUT = """
SELECT DISTINCT h.allocation_id FROM lot_shares h
JOIN shipment_lots c ON c.lot_id = h.lot_id JOIN shipments s ON s.id = c.shipment_id
WHERE h.allocation_id = ANY($1) AND h.balance > 0
  AND s.status NOT IN ('planned', 'loading', 'cancelled', 'returned')
"""
_WAYBILL = """
SELECT FROM shipments WHERE carrier_id = $1 AND waybill = $2 AND id <> $3
"""
_CLOSABLE = """EXISTS (
  SELECT FROM goods_receipts r WHERE r.shipment_id = shipments.id
    AND r.status IN ('signed', 'deemed_signed') AND r.claim_by < :now
    AND NOT EXISTS (
      SELECT FROM claims c WHERE c.receipt_id = r.id
        AND c.status NOT IN ('rejected', 'withdrawn', 'resolved', 'closed')))"""
_LEGS = literal_column(
    """(SELECT json_agg(json_build_object(
      'leg_id', g.id, 'carrier_id', g.carrier_id, 'number', g.number, 'kind', g.kind,
      'status', g.status,
      'from_stop', k.from_position, 'to_stop', k.to_position,
      'from_region', f.region, 'to_region', t.region) ORDER BY g.id)
    FROM leg_loads k JOIN legs g ON g.id = k.leg_id AND g.status <> 'cancelled'
    JOIN leg_stops f ON f.leg_id = k.leg_id AND f.position = k.from_position
    JOIN leg_stops t ON t.leg_id = k.leg_id AND t.position = k.to_position
    WHERE k.shipment_id = shipments.id)""",
    JSON,
)
_WAITING = """
SELECT DISTINCT l.order_line_id FROM lots l JOIN shipment_lots c ON c.lot_id = l.id
JOIN shipments s ON s.id = c.shipment_id AND s.status IN ('planned', 'loading')
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
    """The shipment with its ``lots`` and ``legs``, if the caller may see it."""
    found = select(*SHIPMENTS.c, _LOTS.label("lots"), _LEGS.label("legs"))
    return await tx.row(found.where(Shipment.id == shipment_id, visible_to(tx.actor)))


async def shipments(
    tx: Tx, paging: Paging, wanted: ShipmentFilter
) -> tuple[Sequence[Row[Any]], str | None]:
    """The shipments the caller may see, newest first."""
    found = select(SHIPMENTS).where(visible_to(tx.actor), *wanted.conditions())
    return await page(tx, "shipments", found, Shipment.id, paging)


@dataclass(frozen=True)
class ShipmentFilter:
    """Which shipments of a list are wanted; None: whatever it is."""

    order_id: UUID | None
    leg_id: UUID | None
    carrier_id: UUID | None
    to_site_id: UUID | None
    status: ShipmentStatus | None
    delayed: bool | None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The filter in SQL."""
        if self.order_id is not None:
            carried = select(ShipmentLot.shipment_id).join(Lot, Lot.id == ShipmentLot.lot_id)
            yield Shipment.id.in_(carried.where(Lot.order_id == self.order_id))
        if self.leg_id is not None:
            riding = select(LegLoad.shipment_id).where(LegLoad.leg_id == self.leg_id)
            yield Shipment.id.in_(riding.where(LegLoad.shipment_id.is_not(None)))
        if self.delayed is not None:
            yield Shipment.delayed_since.is_not(None) == self.delayed
        for column, wanted in (
            (Shipment.carrier_id, self.carrier_id),
            (Shipment.to_site_id, self.to_site_id),
            (Shipment.status, self.status),
        ):
            if wanted is not None:
                yield column == wanted


async def planned_with(
    tx: Tx, order_ids: Collection[UUID], line_ids: Collection[UUID] | None = None
) -> Sequence[Row[Any]]:
    """The shipments with goods of orders that have not left yet, locked in ascending id.

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
            Shipment.status.in_((ShipmentStatus.PLANNED, ShipmentStatus.LOADING)),
        )
        .order_by(Shipment.id)
        .with_for_update(key_share=True)
    )


async def waiting(tx: Tx, order_id: UUID, line_ids: Collection[UUID]) -> set[UUID]:
    """Which of these lines of an order have goods on a truck that has not left."""
    return {row["order_line_id"] for row in await tx.sql(_WAITING, order_id, list(line_ids))}


async def terms(tx: Tx, plan: Plan) -> list[asyncpg.Record]:
    """What planning a shipment has to know, one row per lot; what is not there is null."""
    ends = plan.from_site_id, plan.to_site_id
    return await tx.sql(_TERMS, list(plan.lot_ids), *ends, plan.carrier_id, tx.actor.livemode)


async def loaded(tx: Tx, shipment_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """What shipments carry, per order line and allocation; and of which stock it is.

    ``expired`` and ``recalled`` are lots of it that must not leave.
    """
    return await tx.sql(_LOADED, list(shipment_ids), tx.today)


async def carried(tx: Tx, shipment_id: UUID) -> list[asyncpg.Record]:
    """The lots in a shipment, and whose they are."""
    return await tx.sql(_CARRIED, shipment_id)


async def still_out(tx: Tx, loads: Iterable[Mapping[str, Any]]) -> set[UUID]:
    """Of which of these allocations something has left and is not back."""
    rows = await tx.sql(_STILL_OUT, [load["allocation_id"] for load in loads])
    return {row["allocation_id"] for row in rows}


async def waybill_used(tx: Tx, plan: Plan, shipment_id: UUID) -> bool:
    """Whether the carrier gave its number to another shipment than this."""
    if plan.waybill is None:
        return False
    return bool(await tx.sql(_WAYBILL, plan.carrier_id, plan.waybill, shipment_id))


async def locked(tx: Tx, shipment_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These shipments, locked in ascending id; those the scope may not see are left out."""
    return await tx.rows(
        select(SHIPMENTS)
        .where(Shipment.id.in_(shipment_ids))
        .order_by(Shipment.id)
        .with_for_update(key_share=True)
    )


async def closable(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """At most *most* received shipments nobody can complain of any more, locked; busy ones not."""
    return await tx.rows(
        select(SHIPMENTS)
        .where(
            Shipment.status.in_((ShipmentStatus.ARRIVED, ShipmentStatus.DELIVERED)),
            Shipment.livemode == tx.actor.livemode,
            text(_CLOSABLE).bindparams(now=tx.now),
        )
        .order_by(Shipment.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
