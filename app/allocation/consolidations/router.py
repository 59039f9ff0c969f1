"""`/v1/consolidations`: one decision over many orders; and every decision there was."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.allocation.consolidations import commands, queries
from app.allocation.consolidations.schemas import (
    ConsolidateIn,
    ConsolidationOut,
    ConsolidationPreviewOut,
    ConsolidationSummaryOut,
)
from app.allocation.consolidations.shown import consolidation_out, preview_out, summary_out
from app.allocation.models import Trigger
from app.core.ids import AllocationRunId, OrderId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["allocations"])


@router.post("/v1/consolidations", status_code=201)
async def consolidation_create(
    asked: ConsolidateIn, tx: Annotated[Tx, Commands(P.CONSOLIDATION_CREATE)]
) -> ConsolidationOut:
    """Fill the lines of many orders in one decision, for a truck or a day.

    Every seller gets one supply request with its totals. At most 200 orders and 2 000 lines; what
    nobody can bring stays visible as `unallocated`. 409 `nothing_lacking` when there is nothing to
    do.
    """
    run_id = await commands.consolidate(tx, asked)
    return await consolidation_out(tx, await authorized(tx, queries.run(tx, run_id)))


@router.post("/v1/consolidations/preview")
async def consolidation_create_preview(
    asked: ConsolidateIn, tx: Annotated[Tx, Opens(P.CONSOLIDATION_CREATE)]
) -> ConsolidationPreviewOut:
    """What this consolidation would come to now. Nothing is stored, nobody is asked."""
    return preview_out(tx, await commands.preview(tx, asked))


@router.get("/v1/consolidations")
async def consolidation_list(
    tx: Annotated[Tx, Opens(P.CONSOLIDATION_READ)],
    paging: Paged,
    trigger: Annotated[Trigger | None, Query()] = None,
    order_id: Annotated[OrderId | None, Query()] = None,
) -> Page[ConsolidationSummaryOut]:
    """Every decision, newest first; `trigger=consolidate` for those over many orders."""
    rows, cursor = await queries.runs(tx, paging, trigger=trigger, order_id=order_id)
    counts = await queries.counts(tx, [row.id for row in rows])
    return Page(data=[summary_out(row, counts) for row in rows], next_cursor=cursor)


@router.get("/v1/consolidations/{run_id}")
async def consolidation_read(
    run_id: AllocationRunId, tx: Annotated[Tx, Opens(P.CONSOLIDATION_READ)]
) -> ConsolidationOut:
    """One decision as it was made, also one over a single order or after a seller's answer."""
    return await consolidation_out(tx, await authorized(tx, queries.run(tx, run_id)))
