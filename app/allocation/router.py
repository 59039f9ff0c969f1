"""`/v1/allocations`, and filling an order: who brings which part of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.allocation import commands, queries
from app.allocation.schemas import (
    AllocateIn,
    AllocateOut,
    AllocatePreviewOut,
    AllocationDeclineIn,
    AllocationOut,
    ReduceIn,
)
from app.allocation.shown import allocate_out, allocation_out, preview_out
from app.allocation.states import AllocationStatus
from app.core.ids import AllocationId, OrderId
from app.db.tx import Tx
from app.http.lists import Paged, Paging
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.orders import queries as orders

router = APIRouter(route_class=Route, tags=["allocations"])


@router.post("/v1/orders/{order_id}/allocate")
async def order_allocate(
    order_id: OrderId,
    tx: Annotated[Tx, Commands(P.ORDER_ALLOCATE)],
    asked: AllocateIn | None = None,
) -> AllocateOut:
    """Divide what the order still lacks over sellers' offers, by a policy or by hand.

    Fairly unless said otherwise: every seller is asked for the smaller of what it can bring and a
    common level. Whole packs, smallest pick-ups, days, floor prices and licences are kept by every
    policy. The answer is 200 also when there is not enough: `unallocated` says what is missing and
    `excluded` why offers were not used. A repeat fills only what is missing.
    """
    allocated = await commands.allocate(tx, order_id, asked or AllocateIn())
    return allocate_out(tx, allocated)


@router.post("/v1/orders/{order_id}/allocate/preview")
async def order_allocate_preview(
    order_id: OrderId,
    tx: Annotated[Tx, Opens(P.ORDER_ALLOCATE)],
    asked: AllocateIn | None = None,
) -> AllocatePreviewOut:
    """What allocating would come to now: the same answer, and nothing of it is stored."""
    return preview_out(tx, await commands.preview(tx, order_id, asked or AllocateIn()))


@router.get("/v1/orders/{order_id}/allocations")
async def order_allocations(
    order_id: OrderId,
    tx: Annotated[Tx, Opens(P.ALLOCATION_READ)],
    paging: Paged,
    status: Annotated[AllocationStatus | None, Query()] = None,
) -> Page[AllocationOut]:
    """Who fills the order. For the hub: a buyer sees how full its lines are, not from whom."""
    await authorized(tx, orders.order(tx, order_id))
    return await _page(tx, paging, status, order_id)


@router.get("/v1/allocations")
async def allocation_list(
    tx: Annotated[Tx, Opens(P.ALLOCATION_READ)],
    paging: Paged,
    status: Annotated[AllocationStatus | None, Query()] = None,
    order_id: Annotated[OrderId | None, Query()] = None,
) -> Page[AllocationOut]:
    """What you are asked to bring; everybody's for the hub. Newest first."""
    return await _page(tx, paging, status, order_id)


async def _page(
    tx: Tx, paging: Paging, status: AllocationStatus | None, order_id: UUID | None
) -> Page[AllocationOut]:
    rows, cursor = await queries.allocations(tx, paging, status=status, order_id=order_id)
    return Page(data=[allocation_out(row._mapping, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/allocations/{allocation_id}")
async def allocation_read(
    allocation_id: AllocationId, tx: Annotated[Tx, Opens(P.ALLOCATION_READ)]
) -> AllocationOut:
    """One share of an order, with the reason for its size."""
    row = await authorized(tx, queries.allocation(tx, allocation_id))
    return allocation_out(row._mapping, tx.actor)


@router.post("/v1/allocations/{allocation_id}/confirm")
async def allocation_confirm(
    allocation_id: AllocationId,
    tx: Annotated[Tx, Commands(P.ALLOCATION_CONFIRM)],
) -> AllocationOut:
    """Promise to bring all of it. The hub may answer for a seller."""
    row = await commands.confirm(tx, allocation_id)
    return allocation_out(row._mapping, tx.actor)


@router.post("/v1/allocations/{allocation_id}/reduce")
async def allocation_reduce(
    allocation_id: AllocationId,
    asked: ReduceIn,
    tx: Annotated[Tx, Commands(P.ALLOCATION_REDUCE)],
) -> AllocationOut:
    """Promise less than was asked for; the rest is allocated to others before the answer comes."""
    row = await commands.reduce(tx, allocation_id, asked)
    return allocation_out(row._mapping, tx.actor)


@router.post("/v1/allocations/{allocation_id}/decline")
async def allocation_decline(
    allocation_id: AllocationId,
    asked: AllocationDeclineIn,
    tx: Annotated[Tx, Commands(P.ALLOCATION_DECLINE)],
) -> AllocationOut:
    """Bring nothing of it; it is allocated to others before the answer comes, never to you."""
    row = await commands.decline(tx, allocation_id, asked)
    return allocation_out(row._mapping, tx.actor)
