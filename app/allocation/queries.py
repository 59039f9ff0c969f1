"""Every SELECT on allocations, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Table,
    Uuid,
    and_,
    any_,
    literal,
    or_,
    select,
    true,
)

from app.allocation.models import Allocation
from app.allocation.states import ALLOCATION, AllocationStatus
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.models import Order
from app.orders.queries import ORDERS

ALLOCATIONS: Table = Allocation.__table__  # type: ignore[assignment]

_LOCK_OFFERS = """
SELECT o.id FROM supply_offers o
WHERE o.id IN (SELECT offer_id FROM offer_periods WHERE id = ANY($1))
ORDER BY o.id FOR NO KEY UPDATE
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every allocation of its world, a seller its own; a buyer none."""
    mine = true() if actor.hub else Allocation.seller_id == actor.party_id
    return and_(Allocation.livemode == actor.livemode, mine)


async def allocation(tx: Tx, allocation_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The allocation, if the caller may see it."""
    found = select(ALLOCATIONS).where(Allocation.id == allocation_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def allocations(
    tx: Tx, paging: Paging, *, status: str | None = None, order_id: UUID | None = None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The allocations the caller may see, newest first."""
    found = select(ALLOCATIONS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Allocation.status == status)
    if order_id is not None:
        found = found.where(Allocation.order_id == order_id)
    return await page(tx, "allocations", found, Allocation.id, paging)


async def held(tx: Tx, allocation_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These allocations, locked in ascending id. For commands that were authorized elsewhere."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(Allocation.id == any_(literal(list(allocation_ids), ARRAY(Uuid))))
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def of_orders(
    tx: Tx, order_ids: Collection[UUID], statuses: Iterable[str]
) -> Sequence[Row[Any]]:
    """The orders' allocations in one of *statuses*, locked in ascending id."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(Allocation.order_id.in_(order_ids), Allocation.status.in_(sorted(statuses)))
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def unneeded(
    tx: Tx, line_ids: Collection[UUID], given_back: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The lines' allocations of which something is not weighed, and those in *given_back*.

    Locked in ascending id.
    """
    statuses = ALLOCATION.transitions["release"].sources | ALLOCATION.transitions["shorten"].sources
    return await tx.rows(
        select(ALLOCATIONS)
        .where(
            Allocation.order_line_id.in_(line_ids),
            Allocation.status.in_(sorted(statuses)),
            or_(
                Allocation.weighed < Allocation.quantity,
                Allocation.id == any_(literal(list(given_back), ARRAY(Uuid))),
            ),
        )
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def orders_held(tx: Tx, order_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These orders, locked in ascending id. Only in the hub's scope."""
    return await tx.rows(
        select(ORDERS)
        .where(Order.id.in_(order_ids))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )


def _overdue(tx: Tx) -> ColumnElement[bool]:
    return and_(
        Allocation.status == AllocationStatus.OFFERED,
        Allocation.respond_by <= tx.now,
        Allocation.livemode == tx.actor.livemode,
    )


async def orders_waiting_in_vain(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """Orders with allocations whose sellers did not answer in time, longest waiting first; locked.

    Orders somebody else is busy with are skipped. *most* counts allocations.
    """
    longest = (
        select(Allocation.order_id).where(_overdue(tx)).order_by(Allocation.respond_by).limit(most)
    )
    return await tx.rows(
        select(ORDERS)
        .where(Order.id.in_(longest))
        .order_by(Order.id)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def unanswered(tx: Tx, order_ids: Collection[UUID], most: int) -> Sequence[Row[Any]]:
    """At most *most* overdue allocations of these orders, locked; those being answered skipped."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(_overdue(tx), Allocation.order_id.in_(order_ids))
        .order_by(Allocation.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def offers_locked(tx: Tx, period_ids: Collection[UUID]) -> None:
    """Lock the offers of these periods in ascending id, in one statement, before several move."""
    await tx.sql(_LOCK_OFFERS, list(period_ids))
