"""Every SELECT on lots, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.models import Lot
from app.shipments.states import LotStatus

LOTS: Table = Lot.__table__  # type: ignore[assignment]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every lot of its world, a seller its own.

    Buyers and carriers see lots inside their shipments only, and never whose they are.
    """
    own = true() if actor.hub else Lot.seller_id == actor.party_id
    return and_(Lot.livemode == actor.livemode, own)


def _seen(actor: Actor) -> Select[Any]:
    return select(LOTS).where(visible_to(actor))


async def lot(tx: Tx, lot_id: UUID) -> Row[Any] | None:
    """The lot, if the caller may see it."""
    return await tx.row(_seen(tx.actor).where(Lot.id == lot_id))


async def lots(
    tx: Tx,
    paging: Paging,
    *,
    order_id: UUID | None,
    allocation_id: UUID | None,
    status: LotStatus | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The lots the caller may see, newest first."""
    found = _seen(tx.actor)
    if order_id is not None:
        found = found.where(Lot.order_id == order_id)
    if allocation_id is not None:
        found = found.where(Lot.allocation_id == allocation_id)
    if status is not None:
        found = found.where(Lot.status == status)
    return await page(tx, "lots", found, Lot.id, paging)
