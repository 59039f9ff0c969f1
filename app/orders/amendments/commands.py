"""Proposing, answering and taking back an amendment of an order.

Every command locks the order first, then its amendment. Consent locks what the service locks after
an order, in its order: allocations, offers, stock, quota.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.core import clock, workdays
from app.core.consent import (
    RESPOND_WITHIN,
    AmendmentStatus,
    already_proposed,
    check_possible,
)
from app.core.errors import WrongState
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import Change as Recorded
from app.events.record import record
from app.orders import queries as orders
from app.orders.amendments import queries, rules, wishes
from app.orders.amendments.carry_out import carry_out
from app.orders.amendments.ground import survey
from app.orders.amendments.rules import Plan
from app.orders.amendments.schemas import (
    AmendLineIn,
    OrderAmendmentIn,
    OrderAmendmentRejectIn,
)
from app.orders.amendments.shown import lines_out
from app.orders.amendments.waiting import AMENDED, AMENDMENTS
from app.orders.states import ORDER, ORDER_AMENDMENT, OrderStatus

_STILL_PLACED = Text(
    "This order is not confirmed yet: cancel it and order anew, or let the hub confirm less of it.",
    "Pesanan ini belum disanggupi: batalkan lalu pesan lagi, atau minta BTC menyanggupi sebagian.",
)


async def preview(tx: Tx, order_id: UUID, asked: OrderAmendmentIn) -> Plan:
    """What the amendment would do now. Nothing is locked, and nothing stored."""
    order = await authorized(tx, orders.order(tx, order_id))
    _check_open(order)
    plan = await _planned(tx, order, asked.lines, workdays.after(tx.now, RESPOND_WITHIN))
    wishes.check_changes(plan.changes)
    return plan


async def create(tx: Tx, order_id: UUID, asked: OrderAmendmentIn) -> tuple[Row[Any], Plan]:
    """Propose an amendment: the proposer's consent to it.

    Raises WrongState unless the order is open, AlreadyExists while another one waits, and
    AmendmentNotPossible where a preview says so; Invalid and NotFound for what cannot be asked.
    """
    order = await authorized(tx, orders.order(tx, order_id, lock=True))
    _check_open(order)
    number, waiting = await queries.last(tx, order_id)
    if waiting is not None:
        raise already_proposed(ORDER_AMENDMENT, waiting)
    respond_by = workdays.after(tx.now, RESPOND_WITHIN)
    plan = await _planned(tx, order, asked.lines, respond_by)
    wishes.check_changes(plan.changes)
    check_possible(plan.obstacles)
    made = await tx.rows(
        insert(AMENDMENTS)
        .values(
            id=new_id(),
            status=AmendmentStatus.PROPOSED,
            order_id=order_id,
            buyer_id=order.buyer_id,
            livemode=order.livemode,
            number=number + 1,
            proposed_by=tx.actor.party_id,
            changes=[line.model_dump(mode="json") for line in lines_out(plan)],
            proposed_reason=asked.reason,
            proposed_note=asked.note,
            respond_by=respond_by,
            created_at=tx.now,
        )
        .returning(*AMENDMENTS.c)
    )
    row = made[0]
    change = Recorded(
        ORDER_AMENDMENT,
        "create",
        row.id,
        row.version,
        row.status,
        audience=(row.buyer_id,),
        data=AMENDED.told(row._mapping) | {"respond_by": row.respond_by.isoformat()},
        reason=asked.reason,
        note=asked.note,
    )
    await record(tx, [change])
    return row, plan


async def confirm(tx: Tx, amendment_id: UUID) -> tuple[Row[Any], Plan]:
    """The other side consents: the order's lines change, with everything that they hold.

    Decided anew as the world is now; raises AmendmentNotPossible with what stands against it.
    """
    order, row = await _held(tx, amendment_id, "confirm")
    ORDER.check("amend", order.status)
    plan = await _planned(tx, order, wishes.proposed(row), row.respond_by, lock=True)
    check_possible(plan.obstacles)
    await carry_out(tx, order, row, plan)
    return await AMENDED.turn(tx, row, "confirm", AmendmentStatus.CONFIRMED), plan


async def reject(tx: Tx, amendment_id: UUID, asked: OrderAmendmentRejectIn) -> Row[Any]:
    """The other side will not; everything stays as it was."""
    _, row = await _held(tx, amendment_id, "reject")
    return await AMENDED.turn(tx, row, "reject", AmendmentStatus.REJECTED, asked.reason, asked.note)


async def withdraw(tx: Tx, amendment_id: UUID, note: str | None) -> Row[Any]:
    """Its proposer thinks better of it; everything stays as it was."""
    _, row = await _held(tx, amendment_id, "withdraw")
    return await AMENDED.turn(tx, row, "withdraw", AmendmentStatus.WITHDRAWN, note=note)


async def read(tx: Tx, amendment_id: UUID) -> tuple[Row[Any], Plan | None]:
    """One amendment, and what it would do now while it waits for an answer."""
    row = await authorized(tx, queries.amendment(tx, amendment_id))
    if row.status != AmendmentStatus.PROPOSED:
        return row, None
    order = await orders.order(tx, row.order_id)
    assert order is not None, "whoever may see the amendment may see its order"
    plan = await _planned(tx, order, wishes.proposed(row), row.respond_by)
    now = await queries.amendment(tx, amendment_id)
    assert now is not None, "nobody deletes one"
    # Answered while it was planned: what it would have done is not told of what it has done.
    return now, plan if now.status == AmendmentStatus.PROPOSED else None


def _check_open(order: Row[Any]) -> None:
    if order.status == OrderStatus.PLACED:
        raise WrongState(
            _STILL_PLACED,
            machine=ORDER.name,
            current_status=order.status,
            allowed_actions=ORDER.allowed_actions(order.status),
        )
    ORDER.check("amend", order.status)


async def _planned(
    tx: Tx,
    order: Row[Any],
    asked: Sequence[AmendLineIn],
    respond_by: datetime,
    *,
    lock: bool = False,
) -> Plan:
    """The plan for what is *asked* of an order; with *lock* what sellers hold stays as it is."""
    lines = [line._asdict() for line in await orders.lines(tx, order.id)]
    named = {said.ship_to_site_id for said in asked if said.ship_to_site_id is not None}
    sites = await queries.sites(tx, order.buyer_id, named) if named else set()
    wanted = wishes.asked(asked, lines, sites)
    await tx.as_hub()  # what sellers hold, and their listings, are theirs
    grounds = await survey(tx, lines, wanted, lock=lock)
    return rules.plan(lines, wanted, grounds, tx.today, clock.day(respond_by))


async def _held(tx: Tx, amendment_id: UUID, action: str) -> tuple[Row[Any], Row[Any]]:
    """The order and its amendment, both locked, in this order. Raises WrongState.

    OtherSideDecides and NotYourProposal for who has no say in it.
    """
    seen = await authorized(tx, queries.amendment(tx, amendment_id))
    order = await orders.order(tx, seen.order_id, lock=True)
    row = await queries.amendment(tx, amendment_id, lock=True)
    assert order is not None, "whoever may see the amendment may see its order"
    assert row is not None
    AMENDED.check(tx, row, action)
    return order, row
