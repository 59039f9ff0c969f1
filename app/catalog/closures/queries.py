"""Every SELECT on closures, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, func, select, true

from app.catalog.closures.models import Closure
from app.catalog.states import ClosureStatus
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page

CLOSURES: Table = Closure.__table__  # type: ignore[assignment]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A seller's own; all of its world for the hub. Others see that goods are not sellable."""
    mine = true() if actor.hub else Closure.seller_id == actor.party_id
    return and_(Closure.livemode == actor.livemode, mine)


async def closure(tx: Tx, closure_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The closure, if the caller may see it."""
    found = select(CLOSURES).where(Closure.id == closure_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def closures(
    tx: Tx, paging: Paging, seller_id: UUID | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the closures that the caller may see, newest first."""
    found = select(CLOSURES).where(visible_to(tx.actor))
    if seller_id is not None:
        found = found.where(Closure.seller_id == seller_id)
    return await page(tx, "closures", found, Closure.id, paging)


async def standing(tx: Tx, seller_id: UUID) -> int:
    """How many closures of the seller have not ended and were not cancelled."""
    found: int = await tx.value(
        select(func.count()).where(
            Closure.seller_id == seller_id,
            Closure.livemode == tx.actor.livemode,
            Closure.status == ClosureStatus.ANNOUNCED,
            Closure.ends_on >= tx.today,
        )
    )
    return found
