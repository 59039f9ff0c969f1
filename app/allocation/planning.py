"""Planning: which offers a line may use, and what each line gets. Pure.

Lines are filled one after the other, in the order given; what an earlier line takes of an offer is
gone for the later ones. That an offer was not used has a reason, and the reasons are counted. Goods
of a listing come from nobody but its seller, who is asked for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, Inexact
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.allocation.rules import Division, Supply, fair_share
from app.catalog.states import SupplyOfferStatus
from app.core.quantity import quantum_of
from app.parties.states import PartyStatus

_EXACT = Context(prec=100, traps=[Inexact])


class Excluded(StrEnum):
    """Why an offer of the right goods brought nothing to a line."""

    NOT_AVAILABLE_THEN = "not_available_then"
    NOTHING_LEFT = "nothing_left"
    FLOOR_PRICE = "floor_price"
    LICENCE_MISSING = "licence_missing"
    SELLER_SUSPENDED = "seller_suspended"
    GAVE_BACK = "gave_back"
    TOO_LITTLE_LEFT = "too_little_left"
    PASSED_OVER = "passed_over"


@dataclass(frozen=True)
class Need:
    """What one order line still lacks, who may not be asked for it, which offer brings what."""

    line_id: UUID
    order_id: UUID
    commodity_id: UUID
    grade: str
    base_unit: str
    deliver_on: date
    price_amount: Decimal
    price_per: Decimal
    quantity: Decimal
    required_licences: tuple[str, ...] = ()
    gave_back: frozenset[UUID] = frozenset()
    had: Mapping[UUID, Decimal] = field(default_factory=dict)


@dataclass
class Outcome:
    """What one line got: its shares, and how many offers were looked at and left aside."""

    need: Need
    division: Division
    considered: list[Supply]
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def allocated(self) -> Decimal:
        """How much was found."""
        return sum((share.quantity for share in self.division.shares), Decimal(0))

    @property
    def level(self) -> Decimal | None:
        """The common level; None when everybody brings all they have."""
        return self.division.level


@dataclass(frozen=True)
class ListingNeed:
    """What one order line still lacks of a listing's goods; ``barred``: why not to ask for it."""

    line_id: UUID
    order_id: UUID
    seller_id: UUID
    deliver_on: date
    quantity: Decimal
    barred: Excluded | None
    gave_back: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Asking:
    """What the one seller of a line's goods is asked for: all that it lacks, or nothing."""

    need: ListingNeed
    considered: tuple[Supply, ...] = ()
    level: None = None

    @property
    def excluded(self) -> Counter[str]:
        """Why its seller is not asked, counted as the reasons of offers are."""
        return Counter([self.need.barred] if self.need.barred else [])

    @property
    def allocated(self) -> Decimal:
        """How much its seller is asked for."""
        return Decimal(0) if self.need.barred else self.need.quantity


def plan(
    needs: Sequence[Need], offers: Sequence[Any], licensed: Mapping[str, set[UUID]]
) -> list[Outcome]:
    """Fill *needs* one after the other from *offers* (rows as `queries.offers_held` gives them)."""
    left = {offer["id"]: offer["free"] for offer in offers}
    outcomes = []
    for need in needs:
        excluded: Counter[str] = Counter()
        supplies = []
        for offer in offers:
            if (offer["commodity_id"], offer["grade"]) != (need.commodity_id, need.grade):
                continue
            reason = exclusion(offer, left[offer["id"]], need, licensed)
            if reason is not None:
                excluded[reason] += 1
                continue
            supplies.append(
                Supply(
                    offer["id"],
                    left[offer["id"]],
                    offer["pack_size"],
                    offer["min_pickup"],
                    need.had.get(offer["id"], Decimal(0)),
                )
            )
        division = fair_share(need.quantity, supplies, quantum_of(need.base_unit))
        for share in division.shares:
            left[share.offer_id] -= share.quantity
        excluded[Excluded.TOO_LITTLE_LEFT] += division.unusable
        excluded[Excluded.PASSED_OVER] += division.passed_over
        outcomes.append(Outcome(need, division, supplies, excluded))
    return outcomes


def exclusion(
    offer: Any, free: Decimal, need: Need, licensed: Mapping[str, set[UUID]]
) -> Excluded | None:
    """Why *offer* may not be used for *need*; None when it may."""
    if offer["status"] != SupplyOfferStatus.OPEN or free <= 0:
        return Excluded.NOTHING_LEFT
    if not offer["available_from"] <= need.deliver_on <= offer["available_until"]:
        return Excluded.NOT_AVAILABLE_THEN
    if offer["floor_amount"] is not None and not _reaches(need, offer):
        return Excluded.FLOOR_PRICE
    return _barred(offer, need, licensed)


def _barred(offer: Any, need: Need, licensed: Mapping[str, set[UUID]]) -> Excluded | None:
    """Why the offer's seller may not be asked."""
    seller = offer["seller_id"]
    if offer["seller_status"] != PartyStatus.ACTIVE:
        return Excluded.SELLER_SUSPENDED
    if seller in need.gave_back:
        return Excluded.GAVE_BACK
    if any(seller not in licensed[kind] for kind in need.required_licences):
        return Excluded.LICENCE_MISSING
    return None


def _reaches(need: Need, offer: Any) -> bool:
    """Whether the line's price is at least the offer's floor, cross-multiplied: no rounding."""
    floor = _EXACT.multiply(offer["floor_amount"], need.price_per)
    price = _EXACT.multiply(need.price_amount, offer["floor_per"])
    return bool(floor <= price)
