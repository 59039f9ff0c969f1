"""`/v1/legs`: rounds of vehicles, planned and driven."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import LegId, ShipmentId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.legs import driving, planning, queries, shown
from app.shipments.legs.models import LegKind
from app.shipments.legs.schemas import MOST_STOPS, LegCancelIn, LegIn
from app.shipments.legs.shown import LegDetail, LegOut, leg_out
from app.shipments.legs.states import LegStatus
from app.shipments.shipments.schemas import HappenedIn

router = APIRouter(route_class=Route, tags=["legs"])

Position = Annotated[
    int, Path(ge=1, le=MOST_STOPS, description="Of the stop, from 1.", examples=[2])
]


@router.post("/v1/legs", status_code=201)
async def leg_create(asked: LegIn, tx: Annotated[Tx, Commands(P.LEG_CREATE)]) -> LegDetail:
    """Plan a vehicle's round.

    Collection legs visit farms with confirmed allocations and end at the hub; line-haul and
    last-mile legs carry shipments, of as many buyers as fit. A shipment may ride on several legs
    one after the other. Nowhere is more aboard than the vehicle carries (`over_capacity`).
    """
    return await shown.read(tx, await planning.create(tx, asked))


@router.get("/v1/legs")
async def leg_list(
    tx: Annotated[Tx, Opens(P.LEG_READ)],
    paging: Paged,
    status: Annotated[LegStatus | None, Query()] = None,
    kind: Annotated[LegKind | None, Query()] = None,
    shipment_id: Annotated[ShipmentId | None, Query(description="That carry this one.")] = None,
) -> Page[LegOut]:
    """The legs you drive, or that come to your farms; all legs for the hub. Newest first."""
    rows, cursor = await queries.legs(tx, paging, status=status, kind=kind, shipment_id=shipment_id)
    return Page(data=[leg_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/legs/{leg_id}")
async def leg_read(leg_id: LegId, tx: Annotated[Tx, Opens(P.LEG_READ)]) -> LegDetail:
    """One leg with its load lists: at each stop what is put on, taken off, and aboard after it."""
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/replan")
async def leg_replan(
    leg_id: LegId, asked: LegIn, tx: Annotated[Tx, Commands(P.LEG_REPLAN)]
) -> LegDetail:
    """A whole new plan for a leg that has not left."""
    await planning.replan(tx, leg_id, asked)
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/start")
async def leg_start(
    leg_id: LegId, asked: HappenedIn, tx: Annotated[Tx, Commands(P.LEG_START)]
) -> LegDetail:
    """The vehicle has left its first stop: the shipments loaded there are dispatched."""
    await driving.start(tx, leg_id, asked)
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/stops/{position}/reach")
async def leg_reach(
    leg_id: LegId,
    position: Position,
    asked: HappenedIn,
    tx: Annotated[Tx, Commands(P.LEG_REACH)],
) -> LegDetail:
    """The vehicle has come to a stop: shipments that go there have arrived.

    Once the leg has started it may be told late, again, and in any order; who is at a stop has
    left those before it. The first time that was told stays.
    """
    await driving.reach(tx, leg_id, position, asked)
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/stops/{position}/leave")
async def leg_leave(
    leg_id: LegId,
    position: Position,
    asked: HappenedIn,
    tx: Annotated[Tx, Commands(P.LEG_LEAVE)],
) -> LegDetail:
    """The vehicle has left a stop: the shipments loaded there are dispatched."""
    await driving.leave(tx, leg_id, position, asked)
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/complete")
async def leg_complete(
    leg_id: LegId, asked: HappenedIn, tx: Annotated[Tx, Commands(P.LEG_COMPLETE)]
) -> LegDetail:
    """The round is over; stops that nobody spoke of were made."""
    await driving.complete(tx, leg_id, asked)
    return await shown.read(tx, leg_id)


@router.post("/v1/legs/{leg_id}/cancel")
async def leg_cancel(
    leg_id: LegId, asked: LegCancelIn, tx: Annotated[Tx, Commands(P.LEG_CANCEL)]
) -> LegDetail:
    """It does not leave: what rode on it can be planned anew."""
    await planning.cancel(tx, leg_id, asked)
    return await shown.read(tx, leg_id)
