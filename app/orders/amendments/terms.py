"""What of a line can be amended, and what one side wants of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.money import line_amount
from app.core.quantity import Quantity, factor
from app.orders.facts import Share

Line = Mapping[str, Any]
"""The row of an order line."""


@dataclass(frozen=True)
class Terms:
    """What is promised of a line: how much (base unit; as it was said beside it), when, where, at
    which price."""

    quantity: Decimal
    said: Quantity
    deliver_on: date
    ship_to_site_id: UUID
    price: Mapping[str, Any]

    @property
    def amount(self) -> Decimal:
        """What it costs, whole rupiah."""
        return line_amount(self.quantity, self.price["price_amount"], self.price["price_per"])


PRICE = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")
"""The columns of a price."""


def terms_of(line: Line) -> Terms:
    """What is promised of *line* (confirmed) as it stands."""
    quantity = line["confirmed"]
    return Terms(
        quantity,
        Quantity.model_construct(value=quantity, unit=line["base_unit"]),
        line["deliver_on"],
        line["ship_to_site_id"],
        {name: line[name] for name in PRICE},
    )


@dataclass(frozen=True)
class Wish:
    """What one side wants of a line; None is as it stands. ``pointer`` is where it said so."""

    pointer: str
    line_id: UUID
    quantity: Decimal | None = None
    said: Quantity | None = None
    deliver_on: date | None = None
    ship_to_site_id: UUID | None = None
    price: Mapping[str, Any] | None = None

    def applied(self, before: Terms) -> Terms:
        """*before* with what is wanted instead."""
        after = before
        if self.quantity is not None and self.said is not None:
            after = replace(after, quantity=self.quantity, said=self.said)
        if self.deliver_on is not None:
            after = replace(after, deliver_on=self.deliver_on)
        if self.ship_to_site_id is not None:
            after = replace(after, ship_to_site_id=self.ship_to_site_id)
        if self.price is not None:
            after = replace(after, price=self.price)
        return after


@dataclass(frozen=True)
class Bucket:
    """A quota period or a pool of stock that a line takes from, and what is left in it.

    A kitchen's pool that nobody has asked for yet has no ``id``; it is opened with all it can make.
    """

    key: Any
    id: UUID | None
    left: Decimal
    open: bool = True
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Ground:
    """What the plan for one line stands on besides the line itself.

    ``bucket`` is what it takes from now and ``next_bucket`` on the day wanted (None: none);
    ``agreement`` the row of its agreement at that day's terms, ``variant`` that of what it names.
    """

    shares: Sequence[Share] = ()
    loaded: bool = False
    bucket: Bucket | None = None
    next_bucket: Bucket | None = None
    agreement: Mapping[str, Any] | None = None
    variant: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Change:
    """One line: before, after, what sellers keep of it, and what it takes from which bucket."""

    wish: Wish
    line: Line
    ground: Ground
    before: Terms
    after: Terms
    kept: Mapping[UUID, Decimal]

    @property
    def moved(self) -> bool:
        """Whether it is for another day."""
        return self.after.deliver_on != self.before.deliver_on

    @property
    def gone(self) -> list[tuple[Share, Decimal]]:
        """What sellers get back, per share."""
        shares = {share.id: share for share in self.ground.shares}
        return [(shares[key], shares[key].quantity - rest) for key, rest in self.kept.items()]

    @property
    def freed(self) -> Decimal:
        """What sellers get back of it, together."""
        return sum((quantity for _, quantity in self.gone), Decimal(0))

    @property
    def target(self) -> Decimal:
        """How much the line will be about: see `orders.rules.target`."""
        over = Decimal(self.line["over"]) - Decimal(self.line["short_closed"])
        return self.after.quantity + over

    @property
    def allocated(self) -> Decimal:
        """What sellers will still hold for it."""
        return Decimal(self.line["allocated"]) - self.freed

    @property
    def weighed(self) -> Decimal:
        """How much of it stands in lots, or has left."""
        return sum((share.weighed for share in self.ground.shares), Decimal(0))

    def moves(self) -> tuple[Decimal, Decimal]:
        """What it gives back to its bucket, and what it takes from the next one."""
        held = self.before.quantity - self.after.quantity + self.target
        here, there = self.ground.bucket, self.ground.next_bucket
        if here is not None and there is not None and here.key == there.key:
            more = self.target - held
            return max(-more, Decimal(0)), max(more, Decimal(0))
        return held, self.target

    def columns(self) -> dict[str, Any]:
        """The columns of the line's row as they will be."""
        after = self.after
        row: dict[str, Any] = {
            "deliver_on": after.deliver_on,
            "ship_to_site_id": after.ship_to_site_id,
            **after.price,
        }
        if self.wish.quantity is not None:
            row |= {
                "requested": after.quantity,
                "confirmed": after.quantity,
                "entered_value": after.said.value,
                "entered_unit": after.said.unit,
                "unit_factor": factor(after.said.unit, self.line["base_unit"]),
                "reason": None,  # nothing less is promised than asked for any more
                "note": None,
            }
        if self.wish.price is not None:
            row["price_inputs"] = None  # no rule has made it
        there = self.ground.next_bucket
        if self.moved and there is not None and there.id is not None:
            name = "quota_period_id" if self.line["agreement_line_id"] else "stock_pool_id"
            row[name] = there.id
        return {**self.line, **row}


def together(changes: Iterable[Change], name: str) -> dict[Any, list[Change]]:
    """*changes* by what stands in column *name* of their lines."""
    found: dict[Any, list[Change]] = {}
    for change in changes:
        found.setdefault(change.line[name], []).append(change)
    return found
