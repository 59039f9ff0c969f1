"""`/v1/orders/…/amendments` and `/v1/order-amendments`: other terms of an order, by consent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import OrderAmendmentId, OrderId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands
from app.orders import queries as orders
from app.orders.amendments import commands, queries
from app.orders.amendments.schemas import (
    OrderAmendmentIn,
    OrderAmendmentOut,
    OrderAmendmentPreviewOut,
    OrderAmendmentRejectIn,
)
from app.orders.amendments.shown import amendment_out, preview_out

router = APIRouter(route_class=Route, tags=["orders"])


@router.post("/v1/orders/{order_id}/amendments/preview")
async def order_amendment_create_preview(
    order_id: OrderId,
    asked: OrderAmendmentIn,
    tx: Annotated[Tx, Opens(P.ORDER_AMENDMENT_CREATE)],
) -> OrderAmendmentPreviewOut:
    """What an amendment would do: terms, totals, quota, what sellers get back. Stores nothing.

    `possible` is false, with every reason, where the world stands against it: not enough quota,
    goods that are weighed already.
    """
    return preview_out(order_id, await commands.preview(tx, order_id, asked), tx.actor)


@router.post("/v1/orders/{order_id}/amendments", status_code=201)
async def order_amendment_create(
    order_id: OrderId,
    asked: OrderAmendmentIn,
    tx: Annotated[Tx, Commands(P.ORDER_AMENDMENT_CREATE)],
) -> OrderAmendmentOut:
    """Propose other quantities, days, sites or prices for lines of a confirmed order.

    By the buyer or the hub; the other side has two working days to confirm, or everything stays as
    it was. One at a time: 409 `already_exists` names the one that waits. 409
    `amendment_not_possible` where a preview says so.
    """
    row, plan = await commands.create(tx, order_id, asked)
    return amendment_out(row, tx.actor, plan)


@router.get("/v1/orders/{order_id}/amendments")
async def order_amendment_list(
    order_id: OrderId, tx: Annotated[Tx, Opens(P.ORDER_AMENDMENT_READ)], paging: Paged
) -> Page[OrderAmendmentOut]:
    """The order's amendments, newest first: what was wanted, by whom, and what came of it."""
    await authorized(tx, orders.order(tx, order_id))
    rows, cursor = await queries.amendments(tx, order_id, paging)
    return Page(data=[amendment_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/order-amendments/{order_amendment_id}")
async def order_amendment_read(
    order_amendment_id: OrderAmendmentId, tx: Annotated[Tx, Opens(P.ORDER_AMENDMENT_READ)]
) -> OrderAmendmentOut:
    """One amendment; while it waits, with what it would do as things are now."""
    row, plan = await commands.read(tx, order_amendment_id)
    return amendment_out(row, tx.actor, plan)


@router.post("/v1/order-amendments/{order_amendment_id}/confirm")
async def order_amendment_confirm(
    order_amendment_id: OrderAmendmentId,
    tx: Annotated[Tx, Commands(P.ORDER_AMENDMENT_CONFIRM)],
) -> OrderAmendmentOut:
    """The other side consents: lines, quota, stock and sellers' shares change with this answer.

    409 `amendment_not_possible` with the same reasons as a preview when the world has changed
    meanwhile; 409 `other_side_decides` for whoever proposed it.
    """
    row, plan = await commands.confirm(tx, order_amendment_id)
    return amendment_out(row, tx.actor, plan)


@router.post("/v1/order-amendments/{order_amendment_id}/reject")
async def order_amendment_reject(
    order_amendment_id: OrderAmendmentId,
    asked: OrderAmendmentRejectIn,
    tx: Annotated[Tx, Commands(P.ORDER_AMENDMENT_REJECT)],
) -> OrderAmendmentOut:
    """The other side will not; everything stays as it was."""
    return amendment_out(await commands.reject(tx, order_amendment_id, asked), tx.actor)


@router.post("/v1/order-amendments/{order_amendment_id}/withdraw")
async def order_amendment_withdraw(
    order_amendment_id: OrderAmendmentId,
    tx: Annotated[Tx, Commands(P.ORDER_AMENDMENT_WITHDRAW)],
    asked: NoteIn | None = None,
) -> OrderAmendmentOut:
    """Its proposer takes it back; everything stays as it was."""
    row = await commands.withdraw(tx, order_amendment_id, asked.note if asked else None)
    return amendment_out(row, tx.actor)
