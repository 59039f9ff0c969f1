"""`/v1/supply-requests`: everything one run asks of one seller, as one message."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.allocation.supply_requests import commands, queries
from app.allocation.supply_requests.schemas import (
    SupplyRequestAnswerIn,
    SupplyRequestOut,
    SupplyRequestSummaryOut,
)
from app.allocation.supply_requests.shown import request_out, summary_out
from app.core.ids import PartyId, SupplyRequestId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["allocations"])


@router.get("/v1/supply-requests")
async def supply_request_list(
    tx: Annotated[Tx, Opens(P.SUPPLY_REQUEST_READ)],
    paging: Paged,
    waiting: Annotated[bool | None, Query()] = None,
    seller_id: Annotated[PartyId | None, Query()] = None,
) -> Page[SupplyRequestSummaryOut]:
    """What you are asked for, by message; everybody's for the hub. Newest first.

    `waiting=true`: those of which something still waits for your answer.
    """
    rows, cursor = await queries.requests(tx, paging, waiting=waiting, seller_id=seller_id)
    totals: dict[UUID, list[Any]] = defaultdict(list)
    for total in await queries.totals(tx, [row.id for row in rows]):
        totals[total["supply_request_id"]].append(total)
    data = [summary_out(row, totals[row.id], tx.actor) for row in rows]
    return Page(data=data, next_cursor=cursor)


@router.get("/v1/supply-requests/{supply_request_id}")
async def supply_request_read(
    supply_request_id: SupplyRequestId, tx: Annotated[Tx, Opens(P.SUPPLY_REQUEST_READ)]
) -> SupplyRequestOut:
    """One message: totals per goods, day and place, and its parts with their reasons."""
    return await _read(tx, supply_request_id)


@router.post("/v1/supply-requests/{supply_request_id}/answer")
async def supply_request_answer(
    supply_request_id: SupplyRequestId,
    asked: SupplyRequestAnswerIn,
    tx: Annotated[Tx, Commands(P.SUPPLY_REQUEST_ANSWER)],
) -> SupplyRequestOut:
    """Answer all of it, or part by part, at once. The hub may answer for a seller.

    What you give back is allocated to others before the answer comes, never to you; what you
    confirm is promised.
    """
    await commands.answer(tx, supply_request_id, asked)
    return await _read(tx, supply_request_id)


async def _read(tx: Tx, request_id: UUID) -> SupplyRequestOut:
    row = await authorized(tx, queries.request(tx, request_id))
    totals = await queries.totals(tx, [row.id])
    return request_out(row, totals, await queries.parts(tx, row.id), tx.actor)
