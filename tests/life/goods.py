"""What the book knows of goods: lots and what was done to them, trucks, receipts, claims, recalls.

And the one sum that is promised to the gram: whose goods are where when a lot of several sellers is
divided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

D = Decimal
ZERO = D(0)
ON_HAND = {"available", "quarantined"}


@dataclass
class Part:
    """What of a lot is one share's: all that ever was, and what is in it now."""

    made: Decimal
    balance: Decimal


@dataclass
class Lot:
    """Weighed goods of one order line; ``pieces`` are in it wherever it is, ``counted`` ever were."""

    id: str
    line: str
    grade: str | None
    best_before: date | None
    parts: dict[str, Part]
    pieces: int | None = None
    counted: int | None = None
    status: str = "available"

    @property
    def balance(self) -> Decimal:
        """What is in it, on hand or on a truck."""
        return sum((part.balance for part in self.parts.values()), ZERO)

    @property
    def quantity(self) -> Decimal:
        """All that was ever in it."""
        return sum((part.made for part in self.parts.values()), ZERO)


Links = dict[tuple[str | None, str | None, str], Decimal]
"""From which lot into which lot went how much of which share; found where no first, gone where no
second."""


@dataclass
class Event:
    """Something that was done to goods in lots, and what undoing it has to know."""

    id: str
    kind: str
    line: str
    links: Links = field(default_factory=dict)
    undone: bool = False
    made: set[str] = field(default_factory=set, compare=False)
    before: dict[str, str] = field(default_factory=dict, compare=False)
    after: dict[str, str] = field(default_factory=dict, compare=False)
    pieces: dict[str, int] = field(default_factory=dict, compare=False)
    found_pieces: dict[str, int] = field(default_factory=dict, compare=False)
    over: dict[str, Decimal] = field(default_factory=dict, compare=False)

    def link(self, parent: str | None, child: str | None, share: str, quantity: Decimal) -> None:
        """Note that so much went so."""
        key = (parent, child, share)
        self.links[key] = self.links.get(key, ZERO) + quantity


@dataclass
class Truck:
    """A shipment and the lots that were chosen for it."""

    id: str
    buyer: str
    lots: list[str]
    status: str = "planned"
    way: tuple[str, str] = field(default=("", ""), compare=False)
    delivered_at: Any = field(default=None, compare=False)
    reversed_at: Any = field(default=None, compare=False)


@dataclass
class Leg:
    """A vehicle's round: what rides on it, and how many of its stops were made."""

    id: str
    kind: str
    rides: list[str]
    status: str = "planned"
    way: tuple[str, ...] = field(default=(), compare=False)


@dataclass
class Receipt:
    """The live goods receipt of a truck; of each lot what was accepted, downgraded, rejected.

    One that silence wrote is not known by its id.
    """

    truck: str
    status: str = "posted"
    lines: dict[str, tuple[Decimal, ...]] = field(default_factory=dict)
    id: str = field(default="", compare=False)
    sign_by: Any = field(default=None, compare=False)
    claim_by: Any = field(default=None, compare=False)


@dataclass
class Claim:
    """A complaint of a receipt: by line its lot, what it is about, what is asked and granted."""

    id: str
    truck: str
    status: str
    lines: dict[str, tuple[Any, ...]]
    granted: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    answer_by: Any = field(default=None, compare=False)
    ended_at: Any = field(default=None, compare=False)


@dataclass
class Recall:
    """Goods that must not be eaten, and in which state each lot was found."""

    id: str
    status: str
    lots: dict[str, str | None]


def divide(total: Decimal, weights: Mapping[Any, Decimal], quantum: Decimal) -> dict[Any, Decimal]:
    """By largest remainder; of equal ones the first by key. What gets nothing is left out."""
    whole = Fraction(sum(weights.values(), ZERO))
    exact = {key: Fraction(total) * Fraction(w) / whole for key, w in weights.items()}
    units = {key: value // Fraction(quantum) for key, value in exact.items()}
    left = int(total / quantum) - sum(units.values())
    order = sorted(exact, key=lambda key: (units[key] * Fraction(quantum) - exact[key], key))
    for key in order[:left]:
        units[key] += 1
    return {key: n * quantum for key, n in units.items() if n}
