"""Every SELECT on supply requests, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, exists, select, true

from app.allocation.models import Allocation, SupplyRequest
from app.allocation.queries import ALLOCATIONS
from app.allocation.states import AllocationStatus
from app.catalog.models import SupplyOffer
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page

REQUESTS: Table = SupplyRequest.__table__  # type: ignore[assignment]

_TOTALS = """
SELECT supply_request_id, commodity_id, grade, variant_id, title, base_unit, deliver_on, site_id,
  count(*)::int AS parts, (count(*) FILTER (WHERE status = 'offered'))::int AS unanswered,
  sum(proposed) AS asked,
  coalesce(sum(quantity) FILTER (WHERE status = 'offered'), 0) AS waiting,
  coalesce(sum(quantity) FILTER (WHERE status IN ('confirmed', 'picked', 'shipped')), 0) AS promised
FROM allocations WHERE supply_request_id = ANY($1)
GROUP BY supply_request_id, commodity_id, grade, variant_id, title, base_unit, deliver_on, site_id
ORDER BY supply_request_id, deliver_on, commodity_id, grade, variant_id, site_id
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every request of its world, a seller its own; a buyer none."""
    mine = true() if actor.hub else SupplyRequest.seller_id == actor.party_id
    return and_(SupplyRequest.livemode == actor.livemode, mine)


async def request(tx: Tx, request_id: UUID) -> Row[Any] | None:
    """The request, if the caller may see it."""
    found = select(REQUESTS).where(SupplyRequest.id == request_id, visible_to(tx.actor))
    return await tx.row(found)


async def requests(
    tx: Tx, paging: Paging, *, waiting: bool | None, seller_id: UUID | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The requests the caller may see, newest first; *waiting*: something of it is unanswered."""
    found = select(REQUESTS).where(visible_to(tx.actor))
    if waiting is not None:
        unanswered = exists().where(
            Allocation.supply_request_id == SupplyRequest.id,
            Allocation.status == AllocationStatus.OFFERED,
        )
        found = found.where(unanswered if waiting else ~unanswered)
    if seller_id is not None:
        found = found.where(SupplyRequest.seller_id == seller_id)
    return await page(tx, "supply_requests", found, SupplyRequest.id, paging)


async def totals(tx: Tx, request_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """What these (visible) requests ask, per goods, day and place."""
    return await tx.sql(_TOTALS, list(request_ids))


async def parts(tx: Tx, request_id: UUID) -> Sequence[Row[Any]]:
    """The parts of a (visible) request, with the pack that their offer counts by."""
    return await tx.rows(
        select(*ALLOCATIONS.c, SupplyOffer.pack_size)
        .join(SupplyOffer, SupplyOffer.id == Allocation.offer_id, isouter=True)
        .where(Allocation.supply_request_id == request_id)
        .order_by(Allocation.deliver_on, Allocation.id)
    )
