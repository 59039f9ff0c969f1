"""Filling: runs decide over lines and offers that are locked, and what they decided is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation.commands.decide import GivenBack, Run, decide
from app.allocation.commands.write import allocated, offered, write
from app.allocation.models import Policy, Trigger
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.db.tx import Tx
from app.events.record import record
from app.orders import progress


async def fill(
    tx: Tx,
    orders: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    *,
    trigger: Trigger,
    policy: Policy | None = None,
    given_back: GivenBack | None = None,
) -> list[Run]:
    """Allocate what *lines* still lack, by *policy* or each by its last one; the runs made.

    *orders* and *lines* are locked, and so is all that gave something back; that is released here.
    """
    back = given_back or GivenBack()
    runs = await decide(tx, orders, lines, policy=policy, back=back, lock=True)
    await carry_out(tx, orders, lines, runs, trigger=trigger, back=back)
    return runs


async def carry_out(
    tx: Tx,
    orders: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    runs: Sequence[Run],
    *,
    trigger: Trigger,
    back: GivenBack,
) -> None:
    """Write what *runs* decided over locked orders, lines, offers; what came back is released."""
    await ledger.move(tx, OfferMovementKind.RELEASE, back.entries)
    await write(tx, runs, trigger)
    deltas: dict[UUID, Decimal] = {line: -quantity for line, quantity in back.lines.items()}
    given = [share for run in runs for share in run.given]
    for share in given:
        deltas[share.line.id] = deltas.get(share.line.id, Decimal(0)) + share.quantity
    await progress.allocate(tx, deltas)
    changed = {line.order_id for line in lines if line.id in deltas}
    await record(tx, [*offered(tx, given), *allocated(orders, lines, changed, deltas)])
