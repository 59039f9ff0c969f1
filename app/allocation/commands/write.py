"""Writing decisions down: runs, their lines and allocations, what they reserve, who hears of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from app.allocation.commands.decide import Aside, Run
from app.allocation.commands.shares import Given, respond_by
from app.allocation.models import Trigger
from app.allocation.planning import Asking, Excluded, Outcome
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.catalog.offers.ledger import Entry
from app.core.ids import encode, new_id
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.record import Change
from app.orders.states import ORDER

# Runs and their lines; one run, but for what was given back of lines that other rules had filled.
_RUNS = """
WITH run AS (
  INSERT INTO allocation_runs (id, policy, trigger, gap, at, livemode)
  SELECT r.id, r.policy, $1, r.gap, $2, $3
  FROM unnest($4::uuid[], $5::text[], $6::numeric[]) AS r(id, policy, gap)
)
INSERT INTO allocation_run_lines (id, run_id, order_id, order_line_id, commodity_id, grade,
  variant_id, title, base_unit, deliver_on, needed, allocated, level, offers, excluded, livemode)
SELECT r.id, r.run_id, l.order_id, l.id, l.commodity_id, l.grade, l.variant_id, l.title,
  l.base_unit, l.deliver_on, r.needed, r.allocated, r.level, r.offers::jsonb, r.excluded::jsonb,
  l.livemode
FROM unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::numeric[], $11::numeric[], $12::numeric[],
  $13::text[], $14::text[])
  AS r(id, run_id, line_id, needed, allocated, level, offers, excluded)
JOIN order_lines l ON l.id = r.line_id
"""
# One message per run and seller; what it has to know of each line is copied: the order is the
# buyer's.
_ALLOCATIONS = """
WITH request AS (
  INSERT INTO supply_requests (id, run_id, seller_id, respond_by, livemode, created_at)
  SELECT r.id, r.run_id, r.seller_id, r.respond_by, $3, $2
  FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $17::timestamptz[])
    AS r(id, run_id, seller_id, respond_by)
)
INSERT INTO allocations (id, status, run_id, order_id, order_line_id, supply_request_id, offer_id,
  offer_period_id, seller_id, site_id, commodity_id, grade, variant_id, title, base_unit,
  deliver_on, proposed, quantity, why, respond_by, price_amount, price_currency, price_per_value,
  price_per_unit, price_per, livemode, created_at)
SELECT s.id, 'offered', s.run_id, l.order_id, l.id, s.request_id, s.offer_id, s.period_id,
  s.seller_id, s.site_id, l.commodity_id, l.grade, l.variant_id, l.title, l.base_unit,
  l.deliver_on, s.quantity, s.quantity, s.why::jsonb, s.respond_by, l.price_amount,
  l.price_currency, l.price_per_value, l.price_per_unit, l.price_per, l.livemode, $2
FROM unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[],
  $13::uuid[], $14::uuid[], $15::numeric[], $16::text[], $1::timestamptz[])
  AS s(id, run_id, line_id, request_id, offer_id, period_id, seller_id, site_id, quantity, why,
    respond_by)
JOIN order_lines l ON l.id = s.line_id
"""


async def write(tx: Tx, runs: Sequence[Run], trigger: Trigger) -> None:
    """Store the runs, their lines and allocations, and reserve what they take of offers' periods.

    Three statements for any number of lines and sellers.
    """
    if not runs:
        return
    await _write_runs(tx, runs, trigger)
    if any(run.given for run in runs):
        await _write_allocations(tx, runs)
    taken = [
        Entry(share.period_id, share.seller_id, share.id, share.quantity)
        for run in runs
        for share in run.given
        if share.period_id is not None
    ]
    await ledger.move(tx, OfferMovementKind.RESERVE, taken)


async def _write_runs(tx: Tx, runs: Sequence[Run], trigger: Trigger) -> None:
    lines = [(run, outcome) for run in runs for outcome in run.outcomes]
    inputs = _Inputs()
    kept = [inputs.of(outcome, run.excluded[outcome.need.line_id]) for run, outcome in lines]
    await tx.sql(
        _RUNS,
        trigger,
        tx.now,
        tx.actor.livemode,
        [run.id for run in runs],
        [run.policy for run in runs],
        [run.gap for run in runs],
        [new_id() for _ in lines],
        [run.id for run, _ in lines],
        [outcome.need.line_id for _, outcome in lines],
        [outcome.need.quantity for _, outcome in lines],
        [outcome.allocated for _, outcome in lines],
        [outcome.level for _, outcome in lines],
        [offers for offers, _ in kept],
        [excluded for _, excluded in kept],
    )


class _Inputs:
    """What decisions had before them, as JSON: with this the rule gives these shares again.

    Lines that looked at the same offers say which line holds them: `like`. Of offers that bring
    something to other lines of the run, that is told by their allocations.
    """

    def __init__(self) -> None:
        self._offers: dict[int, UUID] = {}
        self._periods: dict[tuple[int, Excluded], tuple[UUID, list[UUID]]] = {}

    def of(self, outcome: Outcome | Asking, excluded: Mapping[Excluded, Aside]) -> tuple[str, str]:
        """The offers (period, free, pack, smallest pick-up, had) and those excluded, by reason."""
        line_id, looked_at = outcome.need.line_id, id(outcome.considered)
        first = self._offers.setdefault(looked_at, line_id)
        offers: Any = {"like": first}
        if first == line_id:
            offers = [
                [s.offer_id, plain(s.free), _plain(s.pack_size), _plain(s.min_pickup), plain(s.had)]
                for s in outcome.considered
            ]
        aside = {
            str(reason): {"count": found.number} | self._named(looked_at, line_id, reason, found)
            for reason, found in excluded.items()
        }
        return _json(offers), _json(aside)

    def _named(
        self, looked_at: int, line_id: UUID, reason: Excluded, found: Aside
    ) -> dict[str, Any]:
        if reason is Excluded.FOR_OTHER_LINES:
            return {}
        first, periods = self._periods.setdefault((looked_at, reason), (line_id, found.periods))
        if first != line_id and periods == found.periods:
            return {"like": first}
        return {"offers": found.periods}


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()  # the driver's own UUIDs are strange to it


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


async def _write_allocations(tx: Tx, runs: Sequence[Run]) -> None:
    shares = [(run, share) for run in runs for share in run.given]
    requests = {key: new_id() for key in {(run.id, share.seller_id) for run, share in shares}}
    until = _until(tx, [share for _, share in shares])
    soonest: dict[tuple[UUID, UUID], datetime] = {}
    for run, share in shares:
        key, by = (run.id, share.seller_id), until[share.line.deliver_on]
        soonest[key] = min(soonest.get(key, by), by)
    await tx.sql(
        _ALLOCATIONS,
        [until[share.line.deliver_on] for _, share in shares],
        tx.now,
        tx.actor.livemode,
        list(requests.values()),
        [run_id for run_id, _ in requests],
        [seller_id for _, seller_id in requests],
        [share.id for _, share in shares],
        [run.id for run, _ in shares],
        [share.line.id for _, share in shares],
        [requests[run.id, share.seller_id] for run, share in shares],
        [share.offer_id for _, share in shares],
        [share.period_id for _, share in shares],
        [share.seller_id for _, share in shares],
        [share.site_id for _, share in shares],
        [share.quantity for _, share in shares],
        [orjson.dumps(share.why).decode() for _, share in shares],
        [soonest[key] for key in requests],
    )


def _until(tx: Tx, given: Sequence[Given]) -> dict[date, datetime]:
    """Until when each day's goods can be answered."""
    return {day: respond_by(tx, day) for day in {share.line.deliver_on for share in given}}


def offered(tx: Tx, given: Sequence[Given]) -> list[Change]:
    """What the sellers hear: each of its own share only."""
    until = {day: by.isoformat() for day, by in _until(tx, given).items()}
    return [
        Change(
            ALLOCATION,
            "offer",
            share.id,
            1,
            AllocationStatus.OFFERED,
            audience=(share.seller_id,),
            data={
                "offer_id": share.offer_id and encode("off", share.offer_id),
                "quantity": plain(share.quantity),
                "deliver_on": share.line.deliver_on.isoformat(),
                "respond_by": until[share.line.deliver_on],
            },
        )
        for share in given
    ]


def allocated(
    orders: Sequence[Row[Any]],
    lines: Sequence[Row[Any]],
    changed: Collection[UUID],
    deltas: Mapping[UUID, Decimal],
) -> list[Change]:
    """What the buyers hear: one change per order in *changed*, also when there is less now.

    *deltas* have been added to the lines since they were loaded.
    """
    of_order: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    for line in lines:
        now = {
            "line_id": encode("oln", line.id),
            "allocated": plain(line.allocated + deltas.get(line.id, Decimal(0))),
            "confirmed": plain(line.confirmed or Decimal(0)),
        }
        of_order[line.order_id].append(now)
    return [
        Change(
            ORDER,
            "allocate",
            order.id,
            order.version + 1,
            order.status,
            before=order.status,
            audience=(order.buyer_id,),
            data={"number": order.number, "lines": of_order[order.id]},
        )
        for order in sorted(orders, key=lambda order: order.id)
        if order.id in changed
    ]
