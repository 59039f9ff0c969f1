"""`/v1/orders`: bulk orders of buyer markets."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import OrderId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.orders import commands, queries
from app.orders.filters import Filtered
from app.orders.schemas import CancelIn, ConfirmIn, DeclineIn, OrderIn, ShortCloseIn
from app.orders.shown import OrderOut, order_out

router = APIRouter(route_class=Route, tags=["orders"])


async def _answer(tx: Tx, order_id: UUID) -> OrderOut:
    return order_out(*await authorized(tx, queries.whole(tx, order_id)), tx.actor)


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
    filters: Filtered,
) -> Page[OrderOut]:
    """Your orders; all of them for the hub. Newest first.

    `overdue=true` is what the desk begins its day with, `unallocated=true` what it allocates next.
    """
    rows, cursor = await queries.orders(tx, paging, filters)
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
    return await _answer(tx, order_id)


@router.post("/v1/orders/{order_id}/confirm")
async def order_confirm(
    order_id: OrderId,
    tx: Annotated[Tx, Commands(P.ORDER_CONFIRM)],
    asked: ConfirmIn | None = None,
) -> OrderOut:
    """Promise the order: all as asked, or line by line; accepts the prices.

    Quota that is not promised goes back to the buyer's period, stock to its listing.
    """
    await commands.confirm(tx, order_id, asked or ConfirmIn(lines=[]))
    return await _answer(tx, order_id)


@router.post("/v1/orders/{order_id}/decline")
async def order_decline(
    order_id: OrderId, asked: DeclineIn, tx: Annotated[Tx, Commands(P.ORDER_DECLINE)]
) -> OrderOut:
    """Refuse the order. All that was reserved goes back."""
    await commands.decline(tx, order_id, asked)
    return await _answer(tx, order_id)


@router.post("/v1/orders/{order_id}/cancel")
async def order_cancel(
    order_id: OrderId, asked: CancelIn, tx: Annotated[Tx, Commands(P.ORDER_CANCEL)]
) -> OrderOut:
    """Call the order off before its first dispatch. Everything held for it is given back.

    Nobody needs to consent, however far it has come; the event `order.cancelled` says in `stage`
    what that undid: `placed`, `confirmed`, `allocated` to sellers, or `weighed` by them. Later the
    hub closes short what will not come.
    """
    await commands.cancel(tx, order_id, asked)
    return await _answer(tx, order_id)


@router.post("/v1/orders/{order_id}/short-close")
async def order_short_close(
    order_id: OrderId, asked: ShortCloseIn, tx: Annotated[Tx, Commands(P.ORDER_SHORT_CLOSE)]
) -> OrderOut:
    """Give up, with a reason, what will not come any more of some lines.

    What is on the road is still awaited and received. What has not left is its sellers' again,
    quota and stock it held are free. A line is done once all that was sent of it is signed for,
    whatever the verdict; the last one completes the order. Of an order of which nothing was ever
    sent something has to stay open, else cancel it (409 `cancel_instead`).
    """
    await commands.short_close(tx, order_id, asked)
    return await _answer(tx, order_id)
