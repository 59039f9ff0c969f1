"""Every SELECT on runs: they are the hub's alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, exists, literal, select

from app.allocation.consolidations.schemas import MOST_LINES, ConsolidateIn
from app.allocation.models import AllocationRun, AllocationRunLine
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.models import Order, OrderLine
from app.orders.queries import ORDERS
from app.orders.states import OPEN

RUNS: Table = AllocationRun.__table__  # type: ignore[assignment]

_LINES = """
SELECT r.order_id, r.order_line_id, o.number, r.commodity_id, r.grade, r.variant_id, r.title,
  r.base_unit, r.deliver_on, l.ship_to_site_id, r.needed, r.allocated, r.level,
  (SELECT jsonb_object_agg(key, value->'count') FROM jsonb_each(r.excluded)) AS excluded
FROM allocation_run_lines r JOIN orders o ON o.id = r.order_id
JOIN order_lines l ON l.id = r.order_line_id
WHERE r.run_id = $1 ORDER BY r.order_id, l.position
"""
_SELLERS = """
SELECT a.supply_request_id, a.seller_id, a.commodity_id, a.grade, a.variant_id, a.title,
  a.base_unit, a.deliver_on, a.site_id, count(*)::int AS parts, sum(a.proposed) AS quantity
FROM allocations a JOIN supply_requests q ON q.id = a.supply_request_id
WHERE q.run_id = $1
GROUP BY a.supply_request_id, a.seller_id, a.commodity_id, a.grade, a.variant_id, a.title,
  a.base_unit, a.deliver_on, a.site_id
ORDER BY a.seller_id, a.deliver_on, a.commodity_id, a.grade, a.variant_id, a.site_id
"""
_COUNTS = """
SELECT run_id, count(DISTINCT order_id)::int AS orders, count(*)::int AS lines,
  (count(*) FILTER (WHERE allocated < needed))::int AS short_lines,
  (SELECT count(*)::int FROM supply_requests q WHERE q.run_id = r.run_id) AS sellers
FROM allocation_run_lines r WHERE run_id = ANY($1) GROUP BY run_id
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every run of its world; nobody else sees any."""
    return and_(AllocationRun.livemode == actor.livemode, literal(actor.hub))


async def run(tx: Tx, run_id: UUID) -> Row[Any] | None:
    """The run, if the caller may see it."""
    return await tx.row(select(RUNS).where(AllocationRun.id == run_id, visible_to(tx.actor)))


async def runs(
    tx: Tx, paging: Paging, *, trigger: str | None, order_id: UUID | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The runs the caller may see, newest first; those that looked at the order."""
    found = select(RUNS).where(visible_to(tx.actor))
    if trigger is not None:
        found = found.where(AllocationRun.trigger == trigger)
    if order_id is not None:
        of_order = exists().where(
            AllocationRunLine.run_id == AllocationRun.id, AllocationRunLine.order_id == order_id
        )
        found = found.where(of_order)
    return await page(tx, "consolidations", found, AllocationRun.id, paging)


async def run_lines(tx: Tx, run_id: UUID) -> list[asyncpg.Record]:
    """What a (visible) run did for each line."""
    return await tx.sql(_LINES, run_id)


async def asked_sellers(tx: Tx, run_id: UUID) -> list[asyncpg.Record]:
    """Whom a (visible) run asked for what, per goods, day and place."""
    return await tx.sql(_SELLERS, run_id)


async def counts(tx: Tx, run_ids: Collection[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """How many orders, lines and sellers these (visible) runs were about."""
    return {row["run_id"]: row for row in await tx.sql(_COUNTS, list(run_ids))}


async def wanted_lines(tx: Tx, asked: ConsolidateIn) -> Sequence[Row[Any]]:
    """Lines of open orders that lack something: their ``id`` and ``order_id``.

    At most one more than can be decided together. Only in the hub's scope.
    """
    lacks = OrderLine.confirmed + OrderLine.over - OrderLine.short_closed > OrderLine.allocated
    found = (
        select(OrderLine.id, OrderLine.order_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.livemode == tx.actor.livemode,
            Order.status.in_(sorted(OPEN)),
            OrderLine.done_at.is_(None),
            OrderLine.short_closed_at.is_(None),
            lacks,
        )
    )
    if asked.order_ids is not None:
        found = found.where(OrderLine.order_id.in_(asked.order_ids))
    if asked.deliver_on is not None:
        found = found.where(OrderLine.deliver_on == asked.deliver_on)
    if asked.deliver_from is not None:
        found = found.where(OrderLine.deliver_on >= asked.deliver_from)
    if asked.deliver_until is not None:
        found = found.where(OrderLine.deliver_on <= asked.deliver_until)
    if asked.commodity_id is not None:
        found = found.where(OrderLine.commodity_id == asked.commodity_id)
    if asked.ship_to_site_id is not None:
        found = found.where(OrderLine.ship_to_site_id == asked.ship_to_site_id)
    return await tx.rows(found.order_by(OrderLine.deliver_on, OrderLine.id).limit(MOST_LINES + 1))


async def orders_named(tx: Tx, order_ids: Collection[UUID], *, lock: bool) -> Sequence[Row[Any]]:
    """These orders of the caller's world, by id; with *lock* they are locked in that order."""
    found = (
        select(ORDERS)
        .where(Order.id.in_(order_ids), Order.livemode == tx.actor.livemode)
        .order_by(Order.id)
    )
    return await tx.rows(found.with_for_update(key_share=True) if lock else found)
