"""`/v1/shipments`: goods on one way."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import LegId, OrderId, PartyId, ShipmentId, SiteId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.shipments import commands, queries
from app.shipments.shipments.queries import ShipmentFilter
from app.shipments.shipments.schemas import (
    HappenedIn,
    ShipmentCancelIn,
    ShipmentIn,
    ShipmentLoseIn,
    ShipmentPlanIn,
    ShipmentRefuseIn,
    ShipmentReturnIn,
)
from app.shipments.shipments.shown import (
    ShipmentDetail,
    ShipmentOut,
    shipment_detail,
    shipment_out,
)
from app.shipments.states import ShipmentStatus

router = APIRouter(route_class=Route, tags=["shipments"])


async def answer(tx: Tx, shipment_id: UUID) -> ShipmentDetail:
    """The whole shipment, as the caller may see it."""
    return shipment_detail(await authorized(tx, queries.detail(tx, shipment_id)), tx.actor)


@router.post("/v1/shipments", status_code=201)
async def shipment_create(
    asked: ShipmentIn, tx: Annotated[Tx, Commands(P.SHIPMENT_CREATE)]
) -> ShipmentDetail:
    """Plan a shipment of whole lots to one site of their buyer. A lot is in one shipment only."""
    return await answer(tx, await commands.create(tx, asked))


@router.get("/v1/shipments")
async def shipment_list(
    tx: Annotated[Tx, Opens(P.SHIPMENT_READ)],
    paging: Paged,
    order_id: Annotated[OrderId | None, Query()] = None,
    leg_id: Annotated[LegId | None, Query()] = None,
    carrier_id: Annotated[PartyId | None, Query()] = None,
    to_site_id: Annotated[SiteId | None, Query()] = None,
    status: Annotated[ShipmentStatus | None, Query()] = None,
    delayed: Annotated[bool | None, Query(description="By a rule; see delay_rule.")] = None,
) -> Page[ShipmentOut]:
    """Your shipments as buyer or carrier; all shipments for the hub. Newest first."""
    wanted = ShipmentFilter(order_id, leg_id, carrier_id, to_site_id, status, delayed)
    rows, cursor = await queries.shipments(tx, paging, wanted)
    return Page(data=[shipment_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/shipments/{shipment_id}")
async def shipment_read(
    shipment_id: ShipmentId, tx: Annotated[Tx, Opens(P.SHIPMENT_READ)]
) -> ShipmentDetail:
    """One shipment with the lots it carries."""
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/replan")
async def shipment_replan(
    shipment_id: ShipmentId,
    asked: ShipmentPlanIn,
    tx: Annotated[Tx, Commands(P.SHIPMENT_REPLAN)],
) -> ShipmentDetail:
    """Change the lots, the carrier or the way of a shipment that is only planned.

    Lots that are taken out are available again. What is not said stays; the buyer does too.
    """
    await commands.replan(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/load")
async def shipment_load(
    shipment_id: ShipmentId, tx: Annotated[Tx, Commands(P.SHIPMENT_LOAD)]
) -> ShipmentDetail:
    """The goods are being put on the truck. What rides does not change any more."""
    await commands.load(tx, shipment_id)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/dispatch")
async def shipment_dispatch(
    shipment_id: ShipmentId, tx: Annotated[Tx, Commands(P.SHIPMENT_DISPATCH)]
) -> ShipmentDetail:
    """The truck leaves. From here on the goods count as shipped, and their orders have begun.

    Goods that are recalled, or past their best-before day, do not leave (`goods_unfit`).
    """
    await commands.dispatch(tx, shipment_id)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/arrive")
async def shipment_arrive(
    shipment_id: ShipmentId,
    tx: Annotated[Tx, Commands(P.SHIPMENT_ARRIVE)],
    asked: HappenedIn | None = None,
) -> ShipmentDetail:
    """It is at the buyer's gate: receiving may begin."""
    await commands.arrive(tx, shipment_id, asked.occurred_at if asked else None)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/deliver")
async def shipment_deliver(
    shipment_id: ShipmentId,
    tx: Annotated[Tx, Commands(P.SHIPMENT_DELIVER)],
    asked: HappenedIn | None = None,
) -> ShipmentDetail:
    """It is handed over; a driver without a connection says later when that was."""
    await commands.deliver(tx, shipment_id, asked.occurred_at if asked else None)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/cancel")
async def shipment_cancel(
    shipment_id: ShipmentId, asked: ShipmentCancelIn, tx: Annotated[Tx, Commands(P.SHIPMENT_CANCEL)]
) -> ShipmentDetail:
    """A shipment that has not left does not leave; its lots are available again."""
    await commands.cancel(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/refuse")
async def shipment_refuse(
    shipment_id: ShipmentId, asked: ShipmentRefuseIn, tx: Annotated[Tx, Commands(P.SHIPMENT_REFUSE)]
) -> ShipmentDetail:
    """The goods are not taken: said by their buyer, the carrier or the hub.

    They ride on until the hub says that they are back (`return`) or lost (`lose`).
    """
    await commands.refuse(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/return")
async def shipment_return(
    shipment_id: ShipmentId, asked: ShipmentReturnIn, tx: Annotated[Tx, Commands(P.SHIPMENT_RETURN)]
) -> ShipmentDetail:
    """The goods are at the hub again: they count as not shipped, and can ride once more.

    Their lots are quarantined until somebody looked at them.
    """
    await commands.return_(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/lose")
async def shipment_lose(
    shipment_id: ShipmentId, asked: ShipmentLoseIn, tx: Annotated[Tx, Commands(P.SHIPMENT_LOSE)]
) -> ShipmentDetail:
    """The goods will not arrive: all of them count as short, as if a receipt said so."""
    await commands.lose(tx, shipment_id, asked)
    return await answer(tx, shipment_id)
