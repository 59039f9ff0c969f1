"""Every SELECT on inspections, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, Select, Table, select

from app.db.tx import Tx
from app.shipments.inspections.models import Inspection
from app.shipments.lots.models import Lot
from app.shipments.trace.queries import sold_by, visible_to

INSPECTIONS: Table = Inspection.__table__  # type: ignore[assignment]

_EFFECTS = """
SELECT e.inspection_id, e.id AS event_id, e.kind, k.child_lot_id AS lot_id, l.number,
  sum(k.quantity) AS quantity, EXISTS (SELECT FROM lot_events u WHERE u.undoes = e.id) AS undone
FROM lot_events e JOIN lot_links k ON k.event_id = e.id
LEFT JOIN lots l ON l.id = k.child_lot_id
WHERE e.inspection_id = ANY($1) AND ($2::uuid IS NULL OR EXISTS (
  SELECT FROM allocations a WHERE a.id = k.allocation_id AND a.seller_id = $2))
GROUP BY e.inspection_id, e.id, e.kind, k.child_lot_id, l.number ORDER BY e.id, k.child_lot_id
"""


def _seen(tx: Tx) -> Select[Any]:
    """Inspections of lots that the caller may trace; ``own``: its goods, ``sold``: also its."""
    return (
        select(
            *INSPECTIONS.c,
            Lot.number,
            Lot.base_unit,
            Lot.seller_id,
            sold_by(tx.actor.party_id).label("sold"),
        )
        .join_from(Inspection, Lot, Lot.id == Inspection.lot_id)
        .where(Inspection.livemode == tx.actor.livemode, visible_to(tx.actor))
    )


async def inspection(tx: Tx, inspection_id: UUID) -> Row[Any] | None:
    """The inspection, if the caller may see it."""
    return await tx.row(_seen(tx).where(Inspection.id == inspection_id))


async def inspections(tx: Tx, lot_id: UUID) -> Sequence[Row[Any]]:
    """All inspections of a lot that the caller may see, newest first."""
    return await tx.rows(
        _seen(tx).where(Inspection.lot_id == lot_id).order_by(Inspection.id.desc())
    )


async def effects(
    tx: Tx, inspection_ids: Collection[UUID], seller_id: UUID | None
) -> list[asyncpg.Record]:
    """What was done to lots by these inspections; with *seller_id* to that seller's goods."""
    return await tx.sql(_EFFECTS, list(inspection_ids), seller_id)


async def concerned(tx: Tx, lot_id: UUID) -> list[UUID]:
    """Who may see what was found: the sellers of a lot, and its buyer."""
    rows = await tx.sql(
        "SELECT seller_id FROM lot_shares WHERE lot_id = $1 "
        "UNION SELECT buyer_id FROM lots WHERE id = $1",
        lot_id,
    )
    return [row[0] for row in rows]
