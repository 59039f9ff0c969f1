"""`/v1/shipments/{id}/events` and `/v1/tracking`: facts from the road, told and read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from app.access.doors import OpensToAnybody
from app.access.permissions import Permission as P
from app.core.errors import NotFound
from app.core.ids import ShipmentId
from app.db.tx import Tx
from app.http.routes import Route
from app.idempotency.doors import Commands
from app.shipments.shipments import codes
from app.shipments.shipments.router import answer
from app.shipments.shipments.schemas import ShipmentDetail
from app.shipments.tracking import commands, queries
from app.shipments.tracking.schemas import TrackingEventIn, TrackingOut

router = APIRouter(route_class=Route, tags=["shipments"])

Code = Annotated[
    str,
    Path(
        description="As on the waybill; case and dashes do not matter.",
        max_length=40,
        examples=["BTC-7K3M9QX2PT"],
    ),
]


@router.get("/v1/tracking/{code}")
async def tracking_read(code: Code, tx: Annotated[Tx, OpensToAnybody()]) -> TrackingOut:
    """Where the goods are, for anybody who has the tracking code."""
    meant = codes.read_code(code)
    found = await queries.by_code(tx, meant) if meant else None
    if found is None:
        raise NotFound
    return TrackingOut.model_validate(found)


@router.post("/v1/shipments/{shipment_id}/events", status_code=201)
async def shipment_track(
    shipment_id: ShipmentId,
    asked: TrackingEventIn,
    tx: Annotated[Tx, Commands(P.SHIPMENT_TRACK)],
) -> ShipmentDetail:
    """Report a fact from the road, by the carrier or the hub: what `allowed_actions` call `track`.

    `tracking_status` is the newest by `occurred_at`: late facts are kept and never move it
    backwards, repeats change nothing. Of `status` only dispatched becomes in_transit.
    """
    await commands.track(tx, shipment_id, asked)
    return await answer(tx, shipment_id)
