"""Every SELECT on what was done to lots, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Row, Table, and_, exists, literal_column, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.lots.models import LotEvent, LotLink, LotMovement, LotShare

EVENTS: Table = LotEvent.__table__  # type: ignore[assignment]

# Quantities as text: a JSON number would come back as a float.
_FLOWS = """(SELECT json_agg(json_build_object('parent', f.parent_lot_id, 'child', f.child_lot_id,
    'quantity', f.quantity::text, 'unit', f.base_unit) ORDER BY f.parent_lot_id, f.child_lot_id)
  FROM (SELECT k.parent_lot_id, k.child_lot_id, a.base_unit, sum(k.quantity) AS quantity
    FROM lot_links k JOIN allocations a ON a.id = k.allocation_id
    WHERE k.event_id = lot_events.id {own}
    GROUP BY k.parent_lot_id, k.child_lot_id, a.base_unit) AS f)"""
_UNDONE_BY: ColumnElement[Any] = literal_column(
    "(SELECT u.id FROM lot_events u WHERE u.undoes = lot_events.id)"
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees all of its world, a seller what moved goods of its own, and its undoing."""
    of_it = LotLink.event_id.in_([LotEvent.id, LotEvent.undoes])
    mine = exists().where(
        of_it,
        LotLink.allocation_id == LotShare.allocation_id,
        LotShare.seller_id == actor.party_id,
    )
    return and_(LotEvent.livemode == actor.livemode, true() if actor.hub else mine)


async def event(tx: Tx, event_id: UUID) -> Row[Any] | None:
    """The event, if the caller may see it, with its ``flows`` and ``undone_by``."""
    return await tx.row(_shown(tx.actor).where(LotEvent.id == event_id))


async def events(tx: Tx, paging: Paging, lot_id: UUID) -> tuple[Sequence[Row[Any]], str | None]:
    """What was done to a lot that the caller may see, newest first."""
    ends = (LotLink.parent_lot_id == lot_id) | (LotLink.child_lot_id == lot_id)
    # A count that was corrected moves no goods.
    counted = select(LotMovement.event_id).where(
        LotMovement.lot_id == lot_id, LotMovement.event_id.is_not(None)
    )
    done = select(LotLink.event_id).where(ends).union(counted).cte()
    undone = select(EVENTS.c.id).where(EVENTS.c.undoes.in_(select(done.c.event_id)))
    of_it = LotEvent.id.in_(select(done.c.event_id).union(undone))
    return await page(tx, "lot-events", _shown(tx.actor).where(of_it), LotEvent.id, paging)


def _shown(actor: Actor) -> Any:
    own = "" if actor.hub else "AND a.seller_id = (SELECT btc_party())"
    flows = literal_column(_FLOWS.format(own=own), JSON)
    return select(*EVENTS.c, flows.label("flows"), _UNDONE_BY.label("undone_by")).where(
        visible_to(actor)
    )
