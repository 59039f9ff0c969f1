"""Silence: a seller that has not answered by `respond_by` has not taken the share."""

from __future__ import annotations

from app.allocation import queries
from app.allocation.commands.decide import GivenBack
from app.allocation.commands.fill import fill
from app.allocation.commands.release import end
from app.allocation.models import Trigger
from app.allocation.states import AllocationStatus
from app.db.tx import Tx
from app.events.record import NO_ANSWER
from app.orders import queries as orders


async def time_out(tx: Tx, most: int) -> int:
    """End at most *most* unanswered allocations and allocate their quantity again; how many.

    Run by the worker in the hub's scope. The orders are claimed first (one that somebody works on
    is left for the next turn), so that the locks come in the service's one order.
    """
    claimed = await queries.orders_waiting_in_vain(tx, most)
    if not claimed:
        return 0
    ids = [order.id for order in claimed]
    lines = await orders.lines_of(tx, ids, lock=True)
    rows = await queries.unanswered(tx, ids, most)
    if not rows:
        return 0
    await end(tx, rows, "time_out", AllocationStatus.TIMED_OUT, NO_ANSWER)
    back = GivenBack()
    for row in rows:
        back.add(row, row.quantity)
    lacking = [line for line in lines if line.id in back.lines]
    await fill(tx, claimed, lacking, trigger=Trigger.TIME_OUT, given_back=back)
    return len(rows)
