"""Writing a decision down: the run, its allocations, what they reserve, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from app.allocation.models import Policy
from app.allocation.planning import Asking, Outcome
from app.allocation.states import ALLOCATION, AllocationStatus
from app.catalog.models import OfferMovementKind
from app.catalog.offers import ledger
from app.catalog.offers.ledger import Entry
from app.core.ids import encode, new_id
from app.core.quantity import plain
from app.db.tx import Tx
from app.events.record import Change
from app.orders.states import ORDER

RESPOND_WITHIN = timedelta(hours=24)
"""How long a seller has to answer; silence gives the share to others."""

_RUNS = """
INSERT INTO allocation_runs (id, order_id, policy, trigger, inputs, result, at, livemode)
SELECT r.id, r.order_id, $2, $3, r.inputs, r.result, $4, $5
FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, order_id uuid, inputs jsonb, result jsonb)
"""
# What a seller has to know of the line is copied here: the order itself is the buyer's.
_ALLOCATIONS = """
INSERT INTO allocations (id, status, run_id, order_id, order_line_id, offer_id, seller_id, site_id,
  commodity_id, grade, variant_id, title, base_unit, deliver_on, proposed, quantity, why,
  respond_by, price_amount, price_currency, price_per_value, price_per_unit, price_per, livemode,
  created_at)
SELECT s.id, 'offered', s.run_id, l.order_id, l.id, f.id, coalesce(f.seller_id, l.seller_id),
  f.site_id, l.commodity_id, l.grade, l.variant_id, l.title, l.base_unit, o.deliver_on, s.quantity,
  s.quantity, s.why::jsonb, $7, l.price_amount, l.price_currency, l.price_per_value,
  l.price_per_unit, l.price_per, l.livemode, $8
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::numeric[], $6::text[])
  AS s(id, run_id, line_id, offer_id, quantity, why)
JOIN order_lines l ON l.id = s.line_id
JOIN orders o ON o.id = l.order_id
LEFT JOIN supply_offers f ON f.id = s.offer_id
"""


@dataclass(frozen=True)
class Given:
    """One share on its way to a row: a new allocation; of a listing's goods without an offer."""

    id: UUID
    run_id: UUID
    outcome: Outcome | Asking
    offer_id: UUID | None
    seller_id: UUID
    quantity: Decimal
    why: dict[str, Any]


def given_by(
    runs: Mapping[UUID, UUID], outcomes: Sequence[Outcome], offers: Mapping[UUID, Any]
) -> list[Given]:
    """The shares of all *outcomes* as allocations to be, each with its reason."""
    given = []
    for outcome in outcomes:
        level = outcome.division.level
        for share in outcome.division.shares:
            offer = offers[share.offer_id]
            why: dict[str, Any] = {
                "limited_by": share.limited_by,
                "level": None if level is None else plain(level),
            }
            for name in ("pack_size", "min_pickup"):
                if offer[name] is not None:
                    why[name] = plain(offer[name])
            run_id = runs[outcome.need.order_id]
            seller_id = offer["seller_id"]
            given.append(
                Given(new_id(), run_id, outcome, share.offer_id, seller_id, share.quantity, why)
            )
    return given


def asked_by(runs: Mapping[UUID, UUID], asked: Sequence[Asking]) -> list[Given]:
    """What the sellers of listings are asked for as allocations to be."""
    why = {"rule": "listing", "limited_by": None, "level": None}
    return [
        Given(new_id(), runs[one.need.order_id], one, None, one.need.seller_id, one.allocated, why)
        for one in asked
        if one.allocated
    ]


async def write(
    tx: Tx,
    runs: Mapping[UUID, UUID],
    outcomes: Sequence[Outcome | Asking],
    given: Sequence[Given],
    trigger: str,
    policy: Policy,
) -> None:
    """Store runs and allocations and reserve what they take of the offers: three statements."""
    if not runs:
        return
    rows = [_run(run_id, order_id, outcomes) for order_id, run_id in runs.items()]
    document = orjson.dumps(rows, default=str).decode()
    await tx.sql(_RUNS, document, policy, trigger, tx.now, tx.actor.livemode)
    if not given:
        return
    await tx.sql(
        _ALLOCATIONS,
        [share.id for share in given],
        [share.run_id for share in given],
        [share.outcome.need.line_id for share in given],
        [share.offer_id for share in given],
        [share.quantity for share in given],
        [orjson.dumps({"rule": policy, **share.why}).decode() for share in given],
        tx.now + RESPOND_WITHIN,
        tx.now,
    )
    taken = [Entry(s.offer_id, s.seller_id, s.id, s.quantity) for s in given if s.offer_id]
    await ledger.move(tx, OfferMovementKind.RESERVE, taken)


def _run(run_id: UUID, order_id: UUID, outcomes: Sequence[Outcome | Asking]) -> dict[str, Any]:
    """The decision as it is kept: with these inputs the rule gives these shares again."""
    own = [outcome for outcome in outcomes if outcome.need.order_id == order_id]
    inputs = [
        {
            "line_id": encode("oln", outcome.need.line_id),
            "needed": plain(outcome.need.quantity),
            "gave_back": [encode("pty", seller) for seller in sorted(outcome.need.gave_back)],
            # offer, free, pack, smallest pick-up, what it brings already
            "offers": [
                [supply.offer_id, supply.free, supply.pack_size, supply.min_pickup, supply.had]
                for supply in outcome.considered
            ],
        }
        for outcome in own
    ]
    result = [
        {
            "line_id": encode("oln", outcome.need.line_id),
            "allocated": plain(outcome.allocated),
            "level": outcome.level,
            "excluded": {str(reason): n for reason, n in outcome.excluded.items() if n},
        }
        for outcome in own
    ]
    return {
        "id": run_id,
        "order_id": order_id,
        "inputs": {"lines": inputs},
        "result": {"lines": result},
    }


def offered(tx: Tx, given: Sequence[Given]) -> list[Change]:
    """What the sellers hear: each of its own share only."""
    respond_by = (tx.now + RESPOND_WITHIN).isoformat()
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
                "deliver_on": share.outcome.need.deliver_on.isoformat(),
                "respond_by": respond_by,
            },
        )
        for share in given
    ]


def allocated(
    orders: Mapping[UUID, Row[Any]],
    lines: Sequence[Row[Any]],
    outcomes: Sequence[Outcome | Asking],
    deltas: Mapping[UUID, Decimal],
) -> list[Change]:
    """What the buyers hear: one change per order that something was allocated to.

    *deltas* have been added to the lines since they were loaded.
    """
    filled = {outcome.need.order_id for outcome in outcomes if outcome.allocated}
    changes = []
    for order_id in sorted(filled):
        order = orders[order_id]
        data = [
            {
                "line_id": encode("oln", line.id),
                "allocated": plain(line.allocated + deltas.get(line.id, Decimal(0))),
                "confirmed": plain(line.confirmed),
            }
            for line in lines
            if line.order_id == order_id
        ]
        changes.append(
            Change(
                ORDER,
                "allocate",
                order_id,
                order.version + 1,
                order.status,
                before=order.status,
                audience=(order.buyer_id,),
                data={"number": order.number, "lines": data},
            )
        )
    return changes
