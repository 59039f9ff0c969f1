"""Filling an order from sellers' offers, or seeing how it would be filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.allocation.commands.decide import GivenBack, Run, decide
from app.allocation.commands.fill import carry_out
from app.allocation.commands.manual import by_hand
from app.allocation.models import Policy, Trigger
from app.allocation.schemas import AllocateIn
from app.db.tx import Tx
from app.orders import queries as orders
from app.orders.states import ORDER


@dataclass(frozen=True)
class Allocated:
    """What a run came to (None when nothing was missing), and the lines as they were before."""

    policy: Policy
    run: Run | None
    lines: Sequence[Row[Any]]


async def allocate(tx: Tx, order_id: UUID, asked: AllocateIn) -> Allocated:
    """Offer what the order's lines still lack to sellers by a policy; a listing's to its seller.

    Succeeds also when there is not enough: what nobody can bring stays visible as unallocated. Only
    the hub may; its key already sees every seller's offers. Raises WrongState, and Invalid for
    shares named by hand that cannot be.
    """
    order, lines, run = await _decided(tx, order_id, asked, lock=True)
    if run:
        back = GivenBack()
        await carry_out(tx, [order], lines, [run], trigger=Trigger.ALLOCATE, back=back)
    return Allocated(asked.policy, run, lines)


async def preview(tx: Tx, order_id: UUID, asked: AllocateIn) -> Allocated:
    """What `allocate` would do now. Nothing is stored and nobody waits for it."""
    _, lines, run = await _decided(tx, order_id, asked, lock=False)
    return Allocated(asked.policy, run, lines)


async def _decided(
    tx: Tx, order_id: UUID, asked: AllocateIn, *, lock: bool
) -> tuple[Row[Any], Sequence[Row[Any]], Run | None]:
    order = await authorized(tx, orders.order(tx, order_id, lock=lock))
    ORDER.check("allocate", order.status)
    lines = await orders.lines(tx, order_id, lock=lock)
    if asked.policy is Policy.MANUAL or asked.shares is not None:
        return order, lines, await by_hand(tx, order, lines, asked, lock=lock)
    runs = await decide(tx, [order], lines, policy=asked.policy, back=GivenBack(), lock=lock)
    return order, lines, runs[0] if runs else None
