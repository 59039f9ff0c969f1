"""Filling: one run decides over lines and offers that are locked, and writes what it decided.

The number of round trips is the same for one offer and for ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import queries
from app.allocation.commands.write import allocated, asked_by, given_by, offered, write
from app.allocation.entries import entries
from app.allocation.models import Policy
from app.allocation.planning import Asking, Excluded, ListingNeed, Need, Outcome, plan
from app.catalog.commodities.queries import goods
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.catalog.offers.ledger import Entry
from app.core.ids import new_id
from app.db.tx import Tx
from app.events.record import record
from app.orders import progress
from app.orders.states import OPEN


@dataclass
class GivenBack:
    """What sellers gave back just now: entries to release, and how much that is per line."""

    entries: list[Entry] = field(default_factory=list)
    lines: dict[UUID, Decimal] = field(default_factory=dict)

    def add(self, allocation: Row[Any], quantity: Decimal) -> None:
        """*quantity* of *allocation* is free again."""
        self.entries += entries([(allocation, quantity)])
        line = allocation.order_line_id
        self.lines[line] = self.lines.get(line, Decimal(0)) + quantity


async def fill(
    tx: Tx,
    orders: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    *,
    trigger: str,
    policy: Policy = Policy.FAIR_SHARE,
    given_back: GivenBack | None = None,
) -> tuple[dict[UUID, UUID], list[Outcome | Asking]]:
    """Allocate what *lines* still lack; the run's id per order, and what each line got.

    *orders* and *lines* are locked, and so is all that gave something back; that is released here.
    Lines of orders that are not open, and lines that are done, lack nothing. After something was
    given back, no seller of a listing is asked: it is the only one, and has just answered.
    """
    back = given_back or GivenBack()
    known = {order.id: order for order in orders}
    lacking = _lacking(known, lines, back)
    needs = await _needs(tx, known, [part for part in lacking if part[0].variant_id is None])
    listed = [part for part in lacking if part[0].variant_id is not None and given_back is None]
    asked = [Asking(need) for need in await _listing_needs(tx, known, listed)]
    offers = await _offers(tx, needs, back)
    await ledger.move(tx, OfferMovementKind.RELEASE, back.entries)
    kinds = {kind for need in needs for kind in need.required_licences}
    licensed = await queries.licensed(tx, kinds, {offer["seller_id"] for offer in offers})
    planned = plan(needs, offers, licensed)
    await _count_set_aside(tx, planned)
    outcomes: list[Outcome | Asking] = [*planned, *asked]
    runs = {order_id: new_id() for order_id in sorted({o.need.order_id for o in outcomes})}
    given = given_by(runs, planned, {offer["id"]: offer for offer in offers})
    given += asked_by(runs, asked)
    await write(tx, runs, outcomes, given, trigger, policy)
    deltas = {line: -quantity for line, quantity in back.lines.items()}
    for outcome in outcomes:
        if outcome.allocated:
            line_id = outcome.need.line_id
            deltas[line_id] = deltas.get(line_id, Decimal(0)) + outcome.allocated
    await progress.allocate(tx, deltas)
    await record(tx, [*offered(tx, given), *allocated(known, lines, outcomes, deltas)])
    return runs, outcomes


Lacking = tuple[Row[Any], Decimal]
"""A line, and how much of it nobody brings yet."""


def _lacking(
    orders: Mapping[UUID, Row[Any]], lines: Sequence[Row[Any]], back: GivenBack
) -> list[Lacking]:
    return [
        (line, quantity)
        for line in lines
        if orders[line.order_id].status in OPEN and (quantity := missing(line, back)) > 0
    ]


async def _needs(
    tx: Tx, orders: Mapping[UUID, Row[Any]], open_lines: Sequence[Lacking]
) -> list[Need]:
    if not open_lines:
        return []
    found = await goods(tx, [(line.commodity_id, line.grade) for line, _ in open_lines])
    before = await queries.asked_before(tx, [line.id for line, _ in open_lines])
    return [
        Need(
            line.id,
            line.order_id,
            line.commodity_id,
            line.grade,
            what.base_unit,
            orders[line.order_id].deliver_on,
            line.price_amount,
            line.price_per,
            quantity,
            what.required_licences,
            frozenset(before[line.id].gave_back),
            before[line.id].had,
        )
        for (line, quantity), what in zip(open_lines, found, strict=True)
    ]


async def _listing_needs(
    tx: Tx, orders: Mapping[UUID, Row[Any]], open_lines: Sequence[Lacking]
) -> list[ListingNeed]:
    if not open_lines:
        return []
    barred = await queries.barred(tx, {line.variant_id for line, _ in open_lines})
    return [
        ListingNeed(
            line.id,
            line.order_id,
            line.seller_id,
            orders[line.order_id].deliver_on,
            quantity,
            barred.get(line.variant_id),
        )
        for line, quantity in open_lines
    ]


def missing(line: Row[Any], back: GivenBack | None = None) -> Decimal:
    """What a line lacks: confirmed, not allocated (or given back just now), and not done."""
    if line.confirmed is None or line.done_at is not None:
        return Decimal(0)
    returned = back.lines.get(line.id, Decimal(0)) if back else Decimal(0)
    lacking: Decimal = line.confirmed - line.allocated + returned
    return lacking


async def _offers(tx: Tx, needs: Sequence[Need], back: GivenBack) -> list[Any]:
    """The offers to decide over, locked; what they take back just now is free already."""
    if not needs:
        return []
    returned: dict[UUID, Decimal] = {}
    for entry in back.entries:
        returned[entry.offer_id] = returned.get(entry.offer_id, Decimal(0)) + entry.quantity
    rows = await queries.offers_held(
        tx,
        [(need.commodity_id, need.grade) for need in needs],
        [need.deliver_on for need in needs],
        returned,
    )
    return [
        dict(row) | {"free": row["free"] + returned[row["id"]]} if row["id"] in returned else row
        for row in rows
    ]


async def _count_set_aside(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    needs = [outcome.need for outcome in outcomes]
    aside = await queries.set_aside(
        tx, [(n.line_id, n.commodity_id, n.grade, n.deliver_on) for n in needs]
    )
    for outcome in outcomes:
        counts = aside.get(outcome.need.line_id, {})
        # The statement saw every open offer; these two reasons are its own to count.
        outcome.excluded[Excluded.NOT_AVAILABLE_THEN] = counts.get("not_available_then", 0)
        outcome.excluded[Excluded.NOTHING_LEFT] += counts.get("nothing_left", 0)
