"""Deciding: what lines lack, what offers could bring, and what the rule makes of it.

Reads, and locks the offers it decides over if told to; writes nothing. A preview decides and shows,
`fill` decides and writes. The number of round trips is the same for one offer and for ten thousand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from app.allocation import inputs
from app.allocation.commands.shares import Given, asked_by, given_by
from app.allocation.entries import entries
from app.allocation.models import Policy
from app.allocation.planning import Asking, Excluded, ListingNeed, Need, Outcome, plan
from app.catalog.commodities.queries import goods
from app.catalog.offers.ledger import Entry
from app.core.ids import new_id
from app.db.tx import Tx
from app.orders.rules import target
from app.orders.states import OPEN


@dataclass
class GivenBack:
    """What sellers gave back just now: entries to release, and how much that is per line.

    ``touched`` are all periods that move in the same transaction: they are locked in one pass.
    """

    entries: list[Entry] = field(default_factory=list)
    lines: dict[UUID, Decimal] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)

    def add(self, allocation: Row[Any], quantity: Decimal) -> None:
        """*quantity* of *allocation* is free again."""
        self.entries += entries([(allocation, quantity)])
        self.touch(allocation)
        line = allocation.order_line_id
        self.lines[line] = self.lines.get(line, Decimal(0)) + quantity

    def touch(self, allocation: Row[Any]) -> None:
        """What *allocation* takes of its offer moves, whether or not something comes back."""
        if allocation.offer_period_id is not None:
            self.touched.add(allocation.offer_period_id)

    def by_period(self) -> dict[UUID, Decimal]:
        """How much is free again, per period."""
        returned: dict[UUID, Decimal] = {}
        for entry in self.entries:
            returned[entry.period_id] = returned.get(entry.period_id, Decimal(0)) + entry.quantity
        return returned


class Aside(NamedTuple):
    """Offers that bring nothing for one reason: how many, and which of their periods."""

    number: int
    periods: list[UUID]


@dataclass
class Run:
    """One decision by one rule: what each line got, from whom, and how far from the best at most.

    ``excluded`` is per line: every open offer of its goods that brings nothing, by reason.
    """

    policy: Policy
    gap: Decimal = Decimal(0)
    outcomes: list[Outcome | Asking] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    excluded: dict[UUID, dict[Excluded, Aside]] = field(default_factory=dict)
    id: UUID = field(default_factory=new_id)


Lacking = tuple[Row[Any], Decimal]
"""A line, and how much of it nobody brings yet."""


async def decide(
    tx: Tx,
    orders: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    *,
    policy: Policy | None,
    back: GivenBack,
    lock: bool,
) -> list[Run]:
    """Who brings what *lines* still lack; one run for each rule, none when nothing is missing.

    Without a *policy* every line is filled by its last one. Lines of orders that are not open, and
    lines that are done, lack nothing. After something was given back, no seller of a listing is
    asked: it is the only one, and has just answered.
    """
    statuses = {order.id: order.status for order in orders}
    lacking = lacking_of(statuses, lines, back)
    needs = await needs_of(tx, [part for part in lacking if part[0].variant_id is None])
    listed = [part for part in lacking if part[0].variant_id is not None and not back.lines]
    asked = [Asking(need) for need in await _listing_needs(tx, listed)]
    offers = await _offers(tx, needs, back, lock=lock)
    licensed = await inputs.licensed(
        tx,
        {kind for need in needs for kind in need.required_licences},
        {offer["seller_id"] for offer in offers},
    )
    known = {line.id: line for line, _ in lacking}
    aside = await inputs.set_aside(tx, [wanted_by(need) for need in needs]) if needs else {}
    runs = []
    for rule, some in (await _by_policy(tx, needs, policy)).items():
        # Thousands of offers take a second or more: in a thread, others are served meanwhile.
        planned = await asyncio.to_thread(plan, some, offers, licensed, rule)
        run = Run(rule, planned.gap)
        add(run, planned.outcomes, known, offers, aside, back)
        runs.append(run)
        offers = _without(offers, run.given)
    if asked:
        runs = runs or [Run(policy or Policy.FAIR_SHARE)]
        _ask(runs[0], asked, known)
    return runs


def add(
    run: Run,
    outcomes: Sequence[Outcome],
    lines: Mapping[UUID, Row[Any]],
    offers: Sequence[Any],
    aside: Mapping[inputs.Wanted, tuple[int, list[UUID]]],
    back: GivenBack,
) -> None:
    """Add to *run* what a rule made of *offers*, and the offers that never were before it."""
    run.outcomes.extend(outcomes)
    given = given_by(outcomes, lines, {offer["id"]: offer for offer in offers}, run.policy)
    run.given.extend(given)
    for outcome in outcomes:
        never, used_up = aside.get(wanted_by(outcome.need), (0, []))
        excluded: dict[Excluded, Aside] = {
            reason: Aside(len(periods), periods)
            for reason, periods in outcome.excluded.items()
            if periods and reason is not Excluded.NOT_AVAILABLE_THEN
        }
        # Every open offer was counted for these two: the rule saw those of other days, too.
        if never:
            excluded[Excluded.NOT_AVAILABLE_THEN] = Aside(never, [])
        gone = [period for period in used_up if period not in back.touched]
        if gone:
            gone = [*outcome.excluded.get(Excluded.NOTHING_LEFT, ()), *gone]
            excluded[Excluded.NOTHING_LEFT] = Aside(len(gone), gone)
        run.excluded[outcome.need.line_id] = excluded


def _ask(run: Run, asked: Sequence[Asking], lines: Mapping[UUID, Row[Any]]) -> None:
    """Add to *run* what the sellers of listings are asked for."""
    run.outcomes.extend(asked)
    run.given.extend(asked_by(asked, lines))
    for one in asked:
        barred = one.need.barred
        run.excluded[one.need.line_id] = {barred: Aside(1, [])} if barred else {}


def wanted_by(need: Need) -> inputs.Wanted:
    """The goods and the day that *need* is about."""
    return need.commodity_id, need.grade, need.deliver_on


def lacking_of(
    statuses: Mapping[UUID, str], lines: Sequence[Row[Any]], back: GivenBack
) -> list[Lacking]:
    """The *lines* that lack something, of orders whose status allows to fill them."""
    return [
        (line, quantity)
        for line in lines
        if statuses[line.order_id] in OPEN and (quantity := missing(line, back)) > 0
    ]


def missing(line: Row[Any], back: GivenBack | None = None) -> Decimal:
    """What a line lacks: promised, not allocated (or given back just now), and not done."""
    if line.confirmed is None or line.done_at is not None or line.short_closed_at is not None:
        return Decimal(0)
    returned = back.lines.get(line.id, Decimal(0)) if back else Decimal(0)
    lacking: Decimal = target(line._mapping) - line.allocated + returned
    return lacking


async def needs_of(tx: Tx, lacking: Sequence[Lacking]) -> list[Need]:
    """What lines of a commodity lack, and what their earlier runs came to.

    What sellers bring to lines of the same decisions that lack nothing counts as had by the first
    line of those goods: a decision adds up what is had of all its lines.
    """
    if not lacking:
        return []
    ids = [line.id for line, _ in lacking]
    found = await goods(tx, [(line.commodity_id, line.grade) for line, _ in lacking])
    days = [(line.commodity_id, line.grade, line.deliver_on) for line, _ in lacking]
    closed = await inputs.closed(tx, days)
    before = await inputs.asked_before(tx, ids)
    besides = await inputs.had_besides(tx, {line.order_id for line, _ in lacking}, ids)
    return [
        Need(
            line_id=line.id,
            order_id=line.order_id,
            commodity_id=line.commodity_id,
            grade=line.grade,
            base_unit=what.base_unit,
            deliver_on=line.deliver_on,
            price_amount=line.price_amount,
            price_per=line.price_per,
            quantity=quantity,
            required_licences=what.required_licences,
            closed=closed.get(day, frozenset()),
            gave_back=frozenset(before[line.id].gave_back),
            had=_added(before[line.id].had, besides.pop((line.commodity_id, line.grade), {})),
        )
        for (line, quantity), what, day in zip(lacking, found, days, strict=True)
    ]


def _added(one: Mapping[UUID, Decimal], other: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    return {key: one.get(key, Decimal(0)) + other.get(key, Decimal(0)) for key in {*one, *other}}


async def _listing_needs(tx: Tx, lacking: Sequence[Lacking]) -> list[ListingNeed]:
    if not lacking:
        return []
    barred = await inputs.barred(tx, {line.variant_id for line, _ in lacking})
    return [
        ListingNeed(
            line.id,
            line.order_id,
            line.seller_id,
            line.deliver_on,
            quantity,
            barred.get(line.variant_id),
        )
        for line, quantity in lacking
    ]


async def _offers(tx: Tx, needs: Sequence[Need], back: GivenBack, *, lock: bool) -> list[Any]:
    """The offers to decide over; what they take back just now is free already."""
    if not needs and not back.touched:
        return []
    ids = await inputs.candidates(tx, map(wanted_by, needs), back.touched, lock=lock)
    rows = await inputs.offers(tx, ids, {need.deliver_on for need in needs}, back.touched)
    returned = back.by_period()
    return [
        dict(row) | {"free": row["free"] + returned[row["id"]]} if row["id"] in returned else row
        for row in rows
    ]


async def _by_policy(
    tx: Tx, needs: Sequence[Need], policy: Policy | None
) -> dict[Policy, list[Need]]:
    """*needs* by the rule that fills them; what was filled by hand last is filled fairly now."""
    if policy is not None or not needs:
        return {policy or Policy.FAIR_SHARE: list(needs)} if needs else {}
    last = await inputs.last_policies(
        tx, {need.order_id for need in needs}, [need.line_id for need in needs]
    )
    found: dict[Policy, list[Need]] = {}
    for need in needs:
        rule = last.get(need.line_id, Policy.FAIR_SHARE)
        found.setdefault(Policy.FAIR_SHARE if rule is Policy.MANUAL else rule, []).append(need)
    return found


def _without(offers: Sequence[Any], given: Sequence[Given]) -> list[Any]:
    """What is left of *offers* after *given*."""
    taken: dict[UUID | None, Decimal] = {}
    for share in given:
        taken[share.period_id] = taken.get(share.period_id, Decimal(0)) + share.quantity
    return [
        dict(row) | {"free": row["free"] - taken[row["id"]]} if row["id"] in taken else row
        for row in offers
    ]
