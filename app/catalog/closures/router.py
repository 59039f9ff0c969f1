"""`/v1/closures`: days on which a seller sells nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.closures import commands, queries
from app.catalog.closures.schemas import ClosureIn, ClosureOut, closure_out
from app.core.ids import ClosureId, PartyId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])


@router.post("/v1/closures", status_code=201)
async def closure_create(
    asked: ClosureIn, tx: Annotated[Tx, Commands(P.CLOSURE_CREATE)]
) -> ClosureOut:
    """Say when nothing is made or handed over: Lebaran, a wedding, a harvest.

    Goods stay on the shelf and say `sellable: false` while it lasts; closures may overlap.
    """
    return closure_out(await commands.create(tx, asked), tx.actor)


@router.get("/v1/closures")
async def closure_list(
    tx: Annotated[Tx, Opens(P.CLOSURE_READ)],
    paging: Paged,
    seller_id: Annotated[PartyId | None, Query()] = None,
) -> Page[ClosureOut]:
    """Your own closures; everybody's for the hub. Newest first."""
    rows, cursor = await queries.closures(tx, paging, seller_id)
    return Page(data=[closure_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/closures/{closure_id}")
async def closure_read(
    closure_id: ClosureId, tx: Annotated[Tx, Opens(P.CLOSURE_READ)]
) -> ClosureOut:
    """One closure."""
    return closure_out(await authorized(tx, queries.closure(tx, closure_id)), tx.actor)


@router.post("/v1/closures/{closure_id}/cancel")
async def closure_cancel(
    closure_id: ClosureId,
    tx: Annotated[Tx, Commands(P.CLOSURE_CANCEL)],
    asked: NoteIn | None = None,
) -> ClosureOut:
    """Open after all: what there is can be ordered again at once."""
    row = await commands.cancel(tx, closure_id, asked.note if asked else None)
    return closure_out(row, tx.actor)
