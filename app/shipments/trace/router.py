"""`/v1/lots/{id}/trace`: where goods came from, and where they went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import LotId
from app.db.tx import Tx
from app.http.routes import Answer, Route
from app.shipments.trace import queries
from app.shipments.trace.schemas import Direction, TraceOut
from app.shipments.trace.shown import View, body

router = APIRouter(route_class=Route, tags=["lots"])


@router.get("/v1/lots/{lot_id}/trace", response_model=TraceOut)
async def lot_trace(
    lot_id: LotId,
    tx: Annotated[Tx, Opens(P.LOT_TRACE)],
    direction: Annotated[
        Direction, Query(description="`up`: what it came of; `down`: where it went.")
    ] = Direction.UP,
) -> Response:
    """Everything that a lot came of, or that came of it: lots, steps, sources, shipments.

    For the hub every lot; for a seller its own goods, not who bought them; for a buyer the lots it
    was sent, by region and day and not by seller. What was undone is not part of it.
    """
    found = await authorized(tx, queries.lot(tx, lot_id))
    seller_id = tx.actor.party_id if found.sold and not tx.actor.hub else None
    await tx.as_hub()  # the way leads through lots of other sellers
    row = await queries.trace(tx, lot_id, direction, seller_id)
    return Answer(
        body(lot_id, direction, View(tx.actor.hub, seller_id), row),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
