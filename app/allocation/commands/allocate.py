"""Filling an order from sellers' offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation.commands.fill import fill
from app.allocation.models import Policy
from app.allocation.planning import Asking, Outcome
from app.db.tx import Tx
from app.orders import queries as orders
from app.orders.states import ORDER


@dataclass(frozen=True)
class Allocated:
    """What a run came to: its id (None when nothing was missing), the lines, what each got."""

    run_id: UUID | None
    lines: list[Row[Any]]
    outcomes: dict[UUID, Outcome | Asking]


async def allocate(tx: Tx, order_id: UUID, policy: Policy) -> Allocated:
    """Offer what the order's lines still lack to sellers, by *policy*; a listing's to its seller.

    Succeeds also when there is not enough: what nobody can bring stays visible as unallocated. Only
    the hub may; its key already sees every seller's offers. Raises WrongState.
    """
    order = await authorized(tx, orders.order(tx, order_id, lock=True))
    ORDER.check("allocate", order.status)
    lines = await orders.lines(tx, order_id, lock=True)
    runs, outcomes = await fill(tx, [order], lines, trigger="allocate", policy=policy)
    return Allocated(
        runs.get(order_id), list(lines), {outcome.need.line_id: outcome for outcome in outcomes}
    )
