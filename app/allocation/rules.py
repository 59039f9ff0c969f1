"""The words of a decision: what can be brought, what is asked, and what decided how much. Pure.

How each policy divides, and what it promises, stands in `policies`; all of them keep this:

- Nobody is asked for more than offered, no line gets more than it needs, all parts are whole packs
  (or whole thousandths; whole pieces of what is counted) and add up exactly.
- A pick-up (one seller, one site, one day) comes to at least the smallest pick-up of every offer it
  takes from, over all lines of the same goods together.
- Equal inputs give equal results, in whatever order they come; ties are settled by ids.
- Needs of the same goods are decided at once. Goods of another sort, or of another grade, are
  another decision: kilograms of the one are no measure for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Supply:
    """What one offer's period can still bring, in the base unit, and in which portions.

    ``had`` is what its seller brings already to the lines that are decided on.
    """

    offer_id: UUID
    seller_id: UUID
    free: Decimal
    pack_size: Decimal | None = None
    min_pickup: Decimal | None = None
    had: Decimal = Decimal(0)


class Limit(StrEnum):
    """What decided the size of a share."""

    LEVEL = "level"
    OFFERED = "offered"
    PACKS = "packs"
    MIN_PICKUP = "min_pickup"
    PROPORTION = "proportion"
    PRICE = "price"
    PICKUPS = "pickups"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Share:
    """What one offer's period is asked to bring to one line, and why so much."""

    offer_id: UUID
    quantity: Decimal
    limited_by: Limit


def thousandths(quantity: Decimal) -> int:
    """*quantity* as a whole number; finer quantities are not told apart."""
    return int(quantity.scaleb(3))


def quantity(thousandths: int) -> Decimal:
    """The quantity of so many *thousandths*."""
    return Decimal(thousandths).scaleb(-3)
