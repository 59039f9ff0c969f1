"""`/v1/lots/{id}/inspect` and `/v1/inspections`: what was found, and the verdict."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import InspectionId, LotId
from app.db.tx import Tx
from app.http.routes import Route
from app.http.wire import Listed
from app.idempotency.doors import Commands
from app.shipments.inspections import commands, queries
from app.shipments.inspections.schemas import InspectionOut, LotInspectIn
from app.shipments.inspections.shown import shown
from app.shipments.trace.queries import lot

router = APIRouter(route_class=Route, tags=["lots"])


@router.post("/v1/lots/{lot_id}/inspect", status_code=201)
async def lot_inspect(
    lot_id: LotId, asked: LotInspectIn, tx: Annotated[Tx, Commands(P.LOT_INSPECT)]
) -> InspectionOut:
    """Give a verdict on a lot that is on hand, after looking at a sample of it.

    The verdict may split the lot: what is accepted stays in it, what is downgraded, rejected or
    held becomes a lot of its own. Its parts are together exactly what is on hand.
    """
    inspection_id = await commands.inspect(tx, lot_id, asked)
    row = await queries.inspection(tx, inspection_id)
    assert row is not None
    (made,) = await shown(tx, [row])
    return made


@router.get("/v1/lots/{lot_id}/inspections")
async def inspection_list(
    lot_id: LotId, tx: Annotated[Tx, Opens(P.INSPECTION_READ)]
) -> Listed[InspectionOut]:
    """All inspections of a lot, newest first: for the hub, its sellers, and who it was sent to."""
    found = await authorized(tx, lot(tx, lot_id))
    return Listed(data=await shown(tx, await queries.inspections(tx, found.id)))


@router.get("/v1/inspections/{inspection_id}")
async def inspection_read(
    inspection_id: InspectionId, tx: Annotated[Tx, Opens(P.INSPECTION_READ)]
) -> InspectionOut:
    """One inspection: sample, readings, verdict and photos."""
    row = await authorized(tx, queries.inspection(tx, inspection_id))
    (found,) = await shown(tx, [row])
    return found
