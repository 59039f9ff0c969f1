"""One decision over the lines of many orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation.commands.decide import GivenBack, Run, decide
from app.allocation.commands.fill import carry_out
from app.allocation.consolidations import queries
from app.allocation.consolidations.schemas import MOST_LINES, MOST_ORDERS, ConsolidateIn
from app.allocation.models import Policy, Trigger
from app.core.errors import DomainError, FieldError, Kind, NotFound, WrongState, invalid
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.orders import queries as orders
from app.orders.states import OPEN


class NothingLacking(DomainError):
    """No line that was asked for lacks anything: there is nothing to decide."""

    kind = Kind.CONFLICT
    code = "nothing_lacking"
    title = Text("Nothing is lacking", "Tidak ada yang kurang")
    advice = Text(
        "No open order's line of these lacks anything. Confirm orders first, or choose other days.",
        "Tidak ada baris pesanan terbuka yang masih kurang di sini. Sanggupi pesanannya dulu, atau "
        "pilih hari lain.",
    )


@dataclass(frozen=True)
class Consolidated:
    """One decision, and the orders and lines (as they were before) that it is about."""

    run: Run
    orders: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]


async def consolidate(tx: Tx, asked: ConsolidateIn) -> UUID:
    """Fill all that is lacking in one decision; the run's id.

    Orders that somebody works on are waited for. Only the hub may: its key sees all of this.
    Raises NotFound for unknown orders, WrongState for orders that are not open, Invalid for too
    many, NothingLacking.
    """
    found = await _decided(tx, asked, lock=True)
    await carry_out(
        tx,
        found.orders,
        found.lines,
        [found.run],
        trigger=Trigger.CONSOLIDATE,
        back=GivenBack(),
    )
    return found.run.id


async def preview(tx: Tx, asked: ConsolidateIn) -> Consolidated:
    """What `consolidate` would decide now. Nothing is stored and nobody waits for it."""
    return await _decided(tx, asked, lock=False)


async def _decided(tx: Tx, asked: ConsolidateIn, *, lock: bool) -> Consolidated:
    _check(asked)
    wanted = await queries.wanted_lines(tx, asked)
    order_ids = set(asked.order_ids or ()) | {line.order_id for line in wanted}
    if len(wanted) > MOST_LINES or len(order_ids) > MOST_ORDERS:
        raise invalid("", "too_many", _TOO_MANY.en, _TOO_MANY.id)
    held = await queries.orders_named(tx, order_ids, lock=lock)
    _check_named(asked, held)
    ids = {line.id for line in wanted}
    lines = await orders.lines_of(tx, [order.id for order in held], lock=lock)
    lacking = [line for line in lines if line.id in ids]
    runs = await decide(tx, held, lacking, policy=asked.policy, back=GivenBack(), lock=lock)
    if not runs:
        raise NothingLacking
    return Consolidated(runs[0], held, lines)


def _check(asked: ConsolidateIn) -> None:
    days = (asked.deliver_on, asked.deliver_from, asked.deliver_until)
    if asked.policy is Policy.MANUAL:
        raise invalid("/policy", "manual_shares", _NOT_BY_HAND.en, _NOT_BY_HAND.id)
    if asked.order_ids is None and not any(days):
        raise invalid("/order_ids", "one_of", _WHICH.en, _WHICH.id)
    if asked.deliver_from and asked.deliver_until and asked.deliver_until < asked.deliver_from:
        raise invalid("/deliver_until", "window", _WINDOW.en, _WINDOW.id)


def _check_named(asked: ConsolidateIn, held: Sequence[Row[Any]]) -> None:
    """Raises NotFound or WrongState for orders that were named and cannot be filled."""
    known = {order.id: order for order in held}
    unknown = [
        FieldError(f"/order_ids/{n}", "not_found", NotFound.advice)
        for n, order_id in enumerate(asked.order_ids or ())
        if order_id not in known
    ]
    if unknown:
        raise NotFound(errors=unknown)
    closed = [known[id] for id in asked.order_ids or () if known[id].status not in OPEN]
    if closed:
        raise WrongState(
            _NOT_OPEN.filled(numbers=", ".join(order.number for order in closed)),
            current_status=closed[0].status,
            allowed_actions=[],
            order_ids=[encode("ord", order.id) for order in closed],
        )


_WHICH = Text(
    "Name order_ids, or a day: deliver_on, or deliver_from and deliver_until.",
    "Isi order_ids, atau hari: deliver_on, atau deliver_from dan deliver_until.",
)
_WINDOW = Text(
    "deliver_until lies before deliver_from.", "deliver_until lebih awal dari deliver_from."
)
_NOT_BY_HAND = Text(
    "By hand one order at a time is filled: POST /v1/orders/…/allocate with shares.",
    "Pembagian manual dilakukan per pesanan: POST /v1/orders/…/allocate dengan shares.",
)
_TOO_MANY = Text(
    f"More than {MOST_LINES} lines or {MOST_ORDERS} orders at once; narrow by day, goods or place.",
    f"Lebih dari {MOST_LINES} baris atau {MOST_ORDERS} pesanan sekaligus; persempit menurut hari, "
    "barang, atau tujuan.",
)
_NOT_OPEN = Text(
    "These orders are not open for filling: {numbers}. Leave them out, or confirm them first.",
    "Pesanan ini tidak sedang bisa dipenuhi: {numbers}. Keluarkan dari daftar, atau sanggupi dulu.",
)
