"""`/v1/orders`: bulk orders of buyer markets."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import Row

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import OrderId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page, Reference
from app.idempotency.doors import Commands
from app.orders import commands, queries
from app.orders.schemas import (
    CancelIn,
    ConfirmIn,
    DeclineIn,
    OrderIn,
    OrderOut,
    order_out,
)
from app.orders.states import OrderStatus

router = APIRouter(route_class=Route, tags=["orders"])


async def _whole(tx: Tx, order: Row[Any]) -> OrderOut:
    lines = await queries.lines(tx, order.id)
    return order_out(order._asdict(), [line._asdict() for line in lines], tx.actor)


@router.post("/v1/orders", status_code=201)
async def order_place(asked: OrderIn, tx: Annotated[Tx, Commands(P.ORDER_PLACE)]) -> OrderOut:
    """Place a bulk order: 1 000 kg of medium eggs to Kramat Jati on the third of December.

    Under an agreement its prices hold and its quota is reserved at once; when not enough is left
    the answer is 409 `quota_exceeded` with what is. Without one, every line carries your price and
    the hub accepts it by confirming. A line may also name a variant of a listing, at the price that
    stands there: its stock is reserved at once, or the answer is 409 `out_of_stock`.
    """
    return await commands.place(tx, asked)


@router.get("/v1/orders")
async def order_list(
    tx: Annotated[Tx, Opens(P.ORDER_READ)],
    paging: Paged,
    status: Annotated[OrderStatus | None, Query()] = None,
    external_reference: Annotated[Reference | None, Query()] = None,
) -> Page[OrderOut]:
    """Your orders; all of them for the hub. Newest first."""
    rows, cursor = await queries.orders(
        tx, paging, status=status, external_reference=external_reference
    )
    found = await queries.lines_of(tx, [row.id for row in rows])
    lines: dict[UUID, list[Any]] = {
        key: [line._asdict() for line in group]
        for key, group in groupby(found, lambda line: line.order_id)
    }
    data = [order_out(row._asdict(), lines[row.id], tx.actor) for row in rows]
    return Page(data=data, next_cursor=cursor)


@router.get("/v1/orders/{order_id}")
async def order_read(order_id: OrderId, tx: Annotated[Tx, Opens(P.ORDER_READ)]) -> OrderOut:
    """One order with all quantities of its lines, from what was asked to what was accepted."""
    return order_out(*await authorized(tx, queries.whole(tx, order_id)), tx.actor)


@router.post("/v1/orders/{order_id}/confirm")
async def order_confirm(
    order_id: OrderId,
    tx: Annotated[Tx, Commands(P.ORDER_CONFIRM)],
    asked: ConfirmIn | None = None,
) -> OrderOut:
    """Promise the order: all as asked, or line by line; accepts the prices.

    Quota that is not promised goes back to the buyer's period, stock to its listing.
    """
    return await _whole(tx, await commands.confirm(tx, order_id, asked or ConfirmIn(lines=[])))


@router.post("/v1/orders/{order_id}/decline")
async def order_decline(
    order_id: OrderId, asked: DeclineIn, tx: Annotated[Tx, Commands(P.ORDER_DECLINE)]
) -> OrderOut:
    """Refuse the order. All that was reserved goes back."""
    return await _whole(tx, await commands.decline(tx, order_id, asked))


@router.post("/v1/orders/{order_id}/cancel")
async def order_cancel(
    order_id: OrderId, asked: CancelIn, tx: Annotated[Tx, Commands(P.ORDER_CANCEL)]
) -> OrderOut:
    """Call the order off before its first dispatch. Everything held for it is given back."""
    return await _whole(tx, await commands.cancel(tx, order_id, asked))
