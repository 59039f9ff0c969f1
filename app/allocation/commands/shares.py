"""Shares on their way to rows: what a run gives each seller, with the reason for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation.planning import Asking, Outcome
from app.allocation.rules import Supply
from app.allocation.states import AllocationStatus
from app.core.ids import new_id
from app.core.quantity import plain
from app.db.tx import Tx
from app.orders.rules import before_the_day

RESPOND_WITHIN = timedelta(hours=24)
"""How long a seller has to answer, at most; silence gives the share to others."""


def respond_by(tx: Tx, deliver_on: date) -> datetime:
    """Until when what is asked now for *deliver_on* can be answered."""
    return before_the_day(tx.now, tx.now + RESPOND_WITHIN, deliver_on)


@dataclass(frozen=True, slots=True)
class Given:
    """One share: of a period of an offer, or asked of the seller of a listing (``offer`` None)."""

    id: UUID
    line: Row[Any]
    offer: Mapping[str, Any] | None
    seller_id: UUID
    quantity: Decimal
    why: dict[str, Any]

    @property
    def offer_id(self) -> UUID | None:
        """The offer it is taken from."""
        return self.offer["offer_id"] if self.offer else None

    @property
    def period_id(self) -> UUID | None:
        """The day, week or lot of the offer that it is taken from."""
        return self.offer["id"] if self.offer else None

    @property
    def site_id(self) -> UUID | None:
        """Where it is picked up."""
        return self.offer["site_id"] if self.offer else None


def given_by(
    outcomes: Sequence[Outcome],
    lines: Mapping[UUID, Row[Any]],
    offers: Mapping[UUID, Any],
    rule: str,
) -> list[Given]:
    """The shares of all *outcomes* as allocations to be, each with its reason."""
    decided = _decided_together(outcomes)
    given = []
    for outcome in outcomes:
        together = decided[outcome.need.commodity_id, outcome.need.grade]
        common = {
            "rule": rule,
            "level": None if outcome.level is None else plain(outcome.level),
            "sellers": outcome.sellers,
            "supply": plain(outcome.supply),
            "needed": plain(together.needed),
        }
        line = lines[outcome.need.line_id]
        for share in outcome.shares:
            supply = together.supplies[share.offer_id]
            why = common | _own(supply) | {"limited_by": share.limited_by}
            why["total"] = plain(supply.had + together.given[supply.seller_id])
            offer = offers[share.offer_id]
            given.append(Given(new_id(), line, offer, supply.seller_id, share.quantity, why))
    return given


@dataclass
class _Together:
    """All lines of the same goods in a decision: what they lacked, who could and does bring it."""

    needed: Decimal = Decimal(0)
    supplies: dict[UUID, Supply] = field(default_factory=dict)
    given: dict[UUID, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def _decided_together(outcomes: Sequence[Outcome]) -> dict[tuple[UUID, str], _Together]:
    decided: dict[tuple[UUID, str], _Together] = defaultdict(_Together)
    seen: set[int] = set()
    for outcome in outcomes:
        together = decided[outcome.need.commodity_id, outcome.need.grade]
        together.needed += outcome.need.quantity
        if id(outcome.considered) not in seen:  # one list for all lines that may use the same
            seen.add(id(outcome.considered))
            together.supplies |= {supply.offer_id: supply for supply in outcome.considered}
        for share in outcome.shares:
            together.given[together.supplies[share.offer_id].seller_id] += share.quantity
    return decided


def _own(supply: Supply) -> dict[str, str]:
    """What of a decision is one seller's own business."""
    own = {"free": plain(supply.free)}
    if supply.had:
        own["had"] = plain(supply.had)
    if supply.pack_size is not None:
        own["pack_size"] = plain(supply.pack_size)
    if supply.min_pickup is not None:
        own["min_pickup"] = plain(supply.min_pickup)
    return own


def asked_by(asked: Sequence[Asking], lines: Mapping[UUID, Row[Any]]) -> list[Given]:
    """What the sellers of listings are asked for as allocations to be."""
    why = {"rule": "listing", "limited_by": None, "level": None}
    return [
        Given(new_id(), lines[one.need.line_id], None, one.need.seller_id, one.allocated, why)
        for one in asked
        if one.allocated
    ]


_OF_LINE = (
    "order_id",
    "commodity_id",
    "grade",
    "variant_id",
    "title",
    "base_unit",
    "deliver_on",
    "price_amount",
    "price_currency",
    "price_per_value",
    "price_per_unit",
    "price_per",
)


def rows_of(tx: Tx, given: Sequence[Given]) -> list[dict[str, Any]]:
    """*given* as the rows of allocations that they become, or would: nothing is read for it."""
    common = {
        "version": 1,
        "status": AllocationStatus.OFFERED,
        "weighed": Decimal(0),
        "reason": None,
        "note": None,
        "created_at": tx.now,
    }
    of_line: dict[UUID, dict[str, Any]] = {}
    rows = []
    for share in given:
        line = share.line
        shared = of_line.get(line.id)
        if shared is None:
            shared = common | {name: line._mapping[name] for name in _OF_LINE}
            shared["order_line_id"] = line.id
            shared["respond_by"] = respond_by(tx, line.deliver_on)
            of_line[line.id] = shared
        rows.append(
            shared
            | {
                "id": share.id,
                "offer_id": share.offer_id,
                "seller_id": share.seller_id,
                "site_id": share.site_id,
                "proposed": share.quantity,
                "quantity": share.quantity,
                "why": share.why,
            }
        )
    return rows
