"""`/v1/shipments`: goods on one way."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import OrderId, ShipmentId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.shipments import commands, queries
from app.shipments.shipments.schemas import (
    ShipmentCancelIn,
    ShipmentDetail,
    ShipmentIn,
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
    status: Annotated[ShipmentStatus | None, Query()] = None,
) -> Page[ShipmentOut]:
    """Your shipments as buyer or carrier; all shipments for the hub. Newest first."""
    rows, cursor = await queries.shipments(tx, paging, order_id=order_id, status=status)
    return Page(data=[shipment_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/shipments/{shipment_id}")
async def shipment_read(
    shipment_id: ShipmentId, tx: Annotated[Tx, Opens(P.SHIPMENT_READ)]
) -> ShipmentDetail:
    """One shipment with the lots it carries."""
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/dispatch")
async def shipment_dispatch(
    shipment_id: ShipmentId, tx: Annotated[Tx, Commands(P.SHIPMENT_DISPATCH)]
) -> ShipmentDetail:
    """The truck leaves. From here on the goods count as shipped, and their orders have begun."""
    await commands.dispatch(tx, shipment_id)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/arrive")
async def shipment_arrive(
    shipment_id: ShipmentId, tx: Annotated[Tx, Commands(P.SHIPMENT_ARRIVE)]
) -> ShipmentDetail:
    """It is at the buyer's gate: receiving may begin."""
    await commands.arrive(tx, shipment_id)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/deliver")
async def shipment_deliver(
    shipment_id: ShipmentId, tx: Annotated[Tx, Commands(P.SHIPMENT_DELIVER)]
) -> ShipmentDetail:
    """It is handed over."""
    await commands.deliver(tx, shipment_id)
    return await answer(tx, shipment_id)


@router.post("/v1/shipments/{shipment_id}/cancel")
async def shipment_cancel(
    shipment_id: ShipmentId, asked: ShipmentCancelIn, tx: Annotated[Tx, Commands(P.SHIPMENT_CANCEL)]
) -> ShipmentDetail:
    """A planned shipment does not leave; its lots are available again."""
    await commands.cancel(tx, shipment_id, asked)
    return await answer(tx, shipment_id)
