"""What a list of orders can be narrowed to. All that is said must hold together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, not_, select, union

from app.core.clock import JAKARTA
from app.core.ids import AgreementId, CommodityId, PartyId, SiteId, VariantId
from app.db.tx import Tx
from app.http.wire import Day, Reference
from app.orders.models import Order, OrderLine
from app.orders.states import OPEN, OrderStatus
from app.parties.models import Site

_SLACK = timedelta(hours=1)
"""An id is made a moment before or after the instant its order is placed at."""

_FIRST, _LAST = date(1970, 1, 2), date(9999, 12, 30)
"""No order is placed on days beyond these, and the calendar ends soon after them."""


@dataclass(frozen=True)
class OrderFilters:
    """What is asked for; None where nothing is."""

    status: Sequence[OrderStatus] | None = None
    buyer_id: UUID | None = None
    agreement_id: UUID | None = None
    number: str | None = None
    external_reference: str | None = None
    placed_from: date | None = None
    placed_until: date | None = None
    commodity_id: UUID | None = None
    variant_id: UUID | None = None
    ship_to_site_id: UUID | None = None
    deliver_from: date | None = None
    deliver_until: date | None = None
    unallocated: bool | None = None
    overdue: bool | None = None


async def _filters(
    status: Annotated[
        list[OrderStatus] | None, Query(description="Repeat it for several.", max_length=8)
    ] = None,
    buyer_id: Annotated[PartyId | None, Query()] = None,
    agreement_id: Annotated[AgreementId | None, Query()] = None,
    number: Annotated[Reference | None, Query(examples=["ORD-2026-000123"])] = None,
    external_reference: Annotated[Reference | None, Query()] = None,
    placed_from: Annotated[Day | None, Query(description="A day in Jakarta.")] = None,
    placed_until: Annotated[Day | None, Query(description="The last such day.")] = None,
    commodity_id: Annotated[CommodityId | None, Query(description="Of some line.")] = None,
    variant_id: Annotated[VariantId | None, Query(description="Of some line.")] = None,
    ship_to_site_id: Annotated[SiteId | None, Query(description="Of some line.")] = None,
    deliver_from: Annotated[Day | None, Query(description="The day of some line.")] = None,
    deliver_until: Annotated[Day | None, Query(description="The last such day.")] = None,
    unallocated: Annotated[
        bool | None, Query(description="Open orders with lines that lack sellers.")
    ] = None,
    overdue: Annotated[
        bool | None,
        Query(
            description="Orders nobody answered by respond_by, and open ones with lines whose day "
            "is over and of which more is to come."
        ),
    ] = None,
) -> OrderFilters:
    return OrderFilters(**locals())


Filtered = Annotated[OrderFilters, Depends(_filters)]
"""The query of the list of orders. One line must be what all filters on lines say."""


def conditions(tx: Tx, asked: OrderFilters) -> Iterator[ColumnElement[bool]]:
    """What has to be true of the orders asked for."""
    if asked.status is not None:
        yield Order.status.in_(asked.status)
    for column in (
        Order.buyer_id,
        Order.agreement_id,
        Order.number,
        Order.external_reference,
    ):
        said = getattr(asked, column.key)
        if said is not None:
            yield column == said
    yield from _placed(asked)
    yield from _lines(tx, asked)
    if asked.unallocated is not None:
        yield _among(_unallocated(tx), "lacking", asked.unallocated)
    if asked.overdue is not None:
        yield _among(_overdue(tx), "late", asked.overdue)


def _placed(asked: OrderFilters) -> Iterator[ColumnElement[bool]]:
    """Ids sort by time: bounds on them find the part of the index that days are in."""
    if asked.placed_from is not None:
        start = _midnight(asked.placed_from)
        yield and_(Order.placed_at >= start, Order.id >= _first_id(start - _SLACK))
    if asked.placed_until is not None:
        end = _next_midnight(asked.placed_until)
        yield and_(Order.placed_at < end, Order.id < _first_id(end + _SLACK))


def _midnight(day: date) -> datetime:
    return datetime.combine(min(max(day, _FIRST), _LAST), time(), JAKARTA)


def _next_midnight(day: date) -> datetime:
    return _midnight(min(day, _LAST) + timedelta(days=1))


def _first_id(instant: datetime) -> UUID:
    milliseconds = max(int(instant.timestamp() * 1000), 0)
    return UUID(int=milliseconds << 80)


def _lines(tx: Tx, asked: OrderFilters) -> Iterator[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = [
        column == getattr(asked, column.key)
        for column in (OrderLine.commodity_id, OrderLine.variant_id, OrderLine.ship_to_site_id)
        if getattr(asked, column.key) is not None
    ]
    if asked.deliver_from is not None:
        said.append(OrderLine.deliver_on >= asked.deliver_from)
    if asked.deliver_until is not None:
        said.append(OrderLine.deliver_on <= asked.deliver_until)
        # Nothing is ordered for a day that is over: later ids need not be looked at.
        end = _first_id(_next_midnight(asked.deliver_until) + _SLACK)
        said.append(OrderLine.order_id < end)
        yield Order.id < end
    if said:
        world = OrderLine.livemode == tx.actor.livemode
        yield Order.id.in_(select(OrderLine.order_id).where(world, *said))
    if asked.ship_to_site_id is not None:  # its owner's orders are found by their index
        owner = select(Site.party_id).where(Site.id == asked.ship_to_site_id)
        yield Order.buyer_id == owner.scalar_subquery()


def _unallocated(tx: Tx) -> Select[Any]:
    lacks = OrderLine.confirmed + OrderLine.over - OrderLine.short_closed > OrderLine.allocated
    return _with_open_line(tx, lacks)


def _overdue(tx: Tx) -> CompoundSelect[Any]:
    unanswered = select(Order.id).where(
        Order.livemode == tx.actor.livemode,
        Order.status == OrderStatus.PLACED,
        Order.respond_by < tx.now,
    )
    late = and_(OrderLine.confirmed > 0, OrderLine.deliver_on < tx.today)
    return union(unanswered, _with_open_line(tx, late))


def _with_open_line(tx: Tx, condition: ColumnElement[bool]) -> Select[Any]:
    """The ids of open orders some line of which is not done, and is as said."""
    return (
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.livemode == tx.actor.livemode,
            Order.status.in_(sorted(OPEN)),
            OrderLine.done_at.is_(None),
            condition,
        )
        .distinct()
    )


def _among(found: Select[Any] | CompoundSelect[Any], name: str, said: bool) -> ColumnElement[bool]:
    """Whether an order is among *found*. Those are found first, through the few that are open.

    Otherwise the planner hopes to meet them soon on a walk through all orders there ever were.
    """
    first = select(found.cte(name).prefix_with("MATERIALIZED", dialect="postgresql"))
    return Order.id.in_(first) if said else not_(Order.id.in_(first))
