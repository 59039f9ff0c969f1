"""What is asked for, and where a page of it ends."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any, Literal
from uuid import UUID

NEWEST = UUID(int=(1 << 128) - 1)
"""What every id comes after: where a list without a cursor begins."""

Sort = Literal["newest", "price", "-price"]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: words, filters (None: any), order. `licences` must all be there."""

    q: str | None = None
    category: str | None = None
    department: str | None = None
    region: str | None = None
    seller_id: UUID | None = None
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    licences: tuple[str, ...] = ()
    sellable: bool | None = None
    sort: Sort = "newest"

    @property
    def filters(self) -> tuple[Any, ...]:
        """The values of `FILTERS`, in its order."""
        return (
            self.category,
            self.department,
            self.region,
            self.seller_id,
            self.price_from,
            self.price_to,
            list(self.licences) or None,
            self.sellable,
        )


class Stage(IntEnum):
    """How well a listing answers: all words in the title; all anywhere; any word in the title.

    The last is asked for only when there is nothing else.
    """

    TITLE = 1
    ANYWHERE = 2
    ANY = 3


@dataclass(frozen=True)
class Place:
    """Where a page ended, and so where the next begins."""

    stage: Stage
    listing_id: UUID


@dataclass(frozen=True)
class Found:
    """One listing of a page and how it was found."""

    listing_id: UUID
    card: str
    title: str
    stage: Stage
