"""`/v1/recalls`: goods that must not be eaten, and everybody who has some."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import RecallId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.recalls import commands, queries
from app.shipments.recalls.schemas import (
    RecallCloseIn,
    RecallDetail,
    RecallIn,
    RecallLiftIn,
    RecallOut,
)
from app.shipments.recalls.shown import read, recall_out
from app.shipments.recalls.states import RecallStatus

router = APIRouter(route_class=Route, tags=["lots"])


@router.post("/v1/recalls", status_code=201)
async def recall_create(
    asked: RecallIn, tx: Annotated[Tx, Commands(P.RECALL_CREATE)]
) -> RecallDetail:
    """Recall lots, or what a seller made in some days, and all that came of it.

    The answer lists everybody who has some. Lots that are at the hub, or on their way there, are
    `recalled`; shipments that were planned with them cannot leave; buyers and carriers concerned
    hear of it (`recall.created`). Named by its seller and days, it holds what is brought later
    too: while it is open, weighing such goods is refused (`goods_recalled`).
    """
    return await read(tx, await commands.create(tx, asked))


@router.get("/v1/recalls")
async def recall_list(
    tx: Annotated[Tx, Opens(P.RECALL_READ)],
    paging: Paged,
    status: Annotated[RecallStatus | None, Query()] = None,
) -> Page[RecallOut]:
    """Recalls of goods that were sent to you; all of them for the hub. Newest first."""
    rows, cursor = await queries.recalls(tx, paging, status=status)
    return Page(data=[recall_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/recalls/{recall_id}")
async def recall_read(recall_id: RecallId, tx: Annotated[Tx, Opens(P.RECALL_READ)]) -> RecallDetail:
    """A recall with the lots, shipments and places concerned, as they stand now.

    A buyer reads its own part: the goods in its shipments, and not who sold them.
    """
    return await read(tx, recall_id)


@router.post("/v1/recalls/{recall_id}/close")
async def recall_close(
    recall_id: RecallId, asked: RecallCloseIn, tx: Annotated[Tx, Commands(P.RECALL_CLOSE)]
) -> RecallDetail:
    """Everybody concerned has answered. What is left at the hub stays `recalled`: reject it."""
    await commands.close(tx, recall_id, asked)
    return await read(tx, recall_id)


@router.post("/v1/recalls/{recall_id}/lift")
async def recall_lift(
    recall_id: RecallId, asked: RecallLiftIn, tx: Annotated[Tx, Commands(P.RECALL_LIFT)]
) -> RecallDetail:
    """It was a mistake: lots at the hub are again what they were, and shipments may leave.

    What another recall holds stays `recalled`.
    """
    await commands.lift(tx, recall_id, asked)
    return await read(tx, recall_id)
