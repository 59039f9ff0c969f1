"""Planning: which offers each line may use, and how a policy divides all lines over them. Pure.

All lines of the same goods are decided on at once. That an offer brings nothing to a line has a
reason, and reasons are kept with the offers. Goods of a listing come from nobody but its seller,
who is asked for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any
from uuid import UUID

from app.allocation.eligibility import Excluded, Need, exclusion
from app.allocation.markets import Stall
from app.allocation.models import Policy
from app.allocation.policies import decide
from app.allocation.rules import Share, Supply, quantity

__all__ = ["Asking", "Excluded", "ListingNeed", "Need", "Outcome", "Plan", "exclusion", "plan"]


@dataclass
class Outcome:
    """What one line got, what it could have had, and why the rest brings nothing.

    ``considered`` are the offers' periods that it may use, ``excluded`` those of the same goods
    that bring nothing, by reason. ``sellers`` could bring something of these goods to any line of
    the decision, ``supply`` together. *level* is what nobody who could bring more stays below, or
    at most by a pack; None where there is none.
    """

    need: Need
    shares: list[Share]
    considered: list[Supply]
    excluded: dict[Excluded, list[UUID]]
    level: Decimal | None
    sellers: int
    supply: Decimal

    @property
    def allocated(self) -> Decimal:
        """How much was found."""
        return sum((share.quantity for share in self.shares), Decimal(0))


@dataclass(frozen=True)
class Plan:
    """One decision: an outcome per need, in their order.

    ``gap`` is by how much, relatively, the best there is may at most be better; 0: this is it.
    """

    outcomes: list[Outcome]
    gap: Decimal


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
    def allocated(self) -> Decimal:
        """How much its seller is asked for."""
        return Decimal(0) if self.need.barred else self.need.quantity


def plan(
    needs: Sequence[Need],
    offers: Sequence[Any],
    licensed: Mapping[str, set[UUID]],
    policy: Policy,
) -> Plan:
    """Fill *needs* from *offers* (rows as `queries.offers_held` gives them) by *policy*.

    What is decided by hand is not planned: `exclusion` says which offers a line may use.
    """
    wanted: dict[tuple[UUID, str], list[int]] = defaultdict(list)
    for index, need in enumerate(needs):
        wanted[need.commodity_id, need.grade].append(index)
    supplied: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for offer in offers:
        supplied[offer["commodity_id"], offer["grade"]].append(offer)
    outcomes: dict[int, Outcome] = {}
    gap = Decimal(0)
    for goods, indexes in wanted.items():
        stall = Stall([needs[index] for index in indexes], supplied[goods], licensed)
        sellers, supply = stall.could()
        decision = decide(stall.market, policy)
        gap = max(gap, Decimal(decision.gap.numerator) / Decimal(decision.gap.denominator))
        for index, line in zip(indexes, decision.market.lines, strict=True):
            level = decision.levels[line.kind]
            outcomes[index] = Outcome(
                needs[index],
                stall.shares(line, decision, policy),
                stall.considered(line.kind),
                stall.excluded(line, decision, policy),
                None if level is None else quantity(level),
                sellers,
                supply,
            )
    gap = gap.quantize(_GAP, rounding=ROUND_UP)
    return Plan([outcomes[index] for index in range(len(needs))], gap)


_GAP = Decimal("0.000001")
