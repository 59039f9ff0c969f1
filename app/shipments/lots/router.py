"""`/v1/lots`: goods as weighed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import AllocationId, LegId, LotId, OrderId, SiteId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.lots import commands, queries
from app.shipments.lots.queries import LotFilter
from app.shipments.lots.schemas import LotIn, LotOut, lot_out
from app.shipments.lots.states import LotStatus

router = APIRouter(route_class=Route, tags=["lots"])


@router.post("/v1/lots", status_code=201)
async def lot_create(asked: LotIn, tx: Annotated[Tx, Commands(P.LOT_CREATE)]) -> LotOut:
    """Weigh goods of a confirmed allocation into a lot, by its seller or by the hub.

    Several lots may fill one allocation; together they never weigh more than it and what its order
    takes over that (`over_allocation` says what is left). With a `leg_id` the hub still expects it.
    """
    return lot_out(await commands.create(tx, asked), tx.actor)


@router.get("/v1/lots")
async def lot_list(
    tx: Annotated[Tx, Opens(P.LOT_READ)],
    paging: Paged,
    order_id: Annotated[OrderId | None, Query()] = None,
    allocation_id: Annotated[AllocationId | None, Query()] = None,
    leg_id: Annotated[LegId | None, Query()] = None,
    site_id: Annotated[SiteId | None, Query()] = None,
    status: Annotated[LotStatus | None, Query()] = None,
    best_before_until: Annotated[date | None, Query()] = None,
    number: Annotated[
        str | None,
        Query(
            max_length=40,
            pattern="^[A-Za-z0-9-]+$",
            description="As its label says, in capitals or not.",
        ),
    ] = None,
) -> Page[LotOut]:
    """Lots with goods of yours; all lots for the hub. Newest first."""
    wanted = LotFilter(order_id, allocation_id, leg_id, site_id, status, best_before_until, number)
    rows, cursor = await queries.lots(tx, paging, wanted)
    return Page(data=[lot_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/lots/{lot_id}")
async def lot_read(lot_id: LotId, tx: Annotated[Tx, Opens(P.LOT_READ)]) -> LotOut:
    """One lot, for its sellers and the hub. Buyers read lots in their shipments."""
    return lot_out(await authorized(tx, queries.lot(tx, lot_id)), tx.actor)
