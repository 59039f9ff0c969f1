"""The book: what a trade holds, kept in plain Python beside the service and without its code.

It knows things (orders, shares, lots, trucks …) and what was said about them. Every sum that the
service stores is counted here from the things, so that the two only agree if both are right.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.life.goods import Claim, Event, Leg, Lot, Recall, Receipt, Truck

D = Decimal
ZERO = D(0)
ENDED = {"declined", "expired", "cancelled"}
OPEN = {"confirmed", "partly_confirmed", "in_progress"}
LIVE = {"offered", "confirmed", "picked", "shipped"}
OFF = {"cancelled", "returned"}
"""Trucks that carry nothing (any more)."""
LEFT = {"dispatched", "in_transit", "arrived", "delivered", "closed", "refused", "lost"}
"""Trucks whose goods have left for good, as far as is known."""
STANDING = {"expected", "available", "quarantined", "expired", "recalled"}
STOOD_BY = {"signed", "deemed_signed"}
BINDING = {"active", "suspended"}

Sums = dict[Any, tuple[Decimal, ...]]


@dataclass
class Period:
    """A quota period."""

    start: date
    end: date
    quota: Decimal
    overdraw: Decimal
    carrying: bool
    drawable: bool = True
    carried_in: Decimal = ZERO
    carried_out: Decimal = ZERO


@dataclass
class AgreedLine:
    """A line of an agreement at its latest terms."""

    id: str
    goods: str
    kind: str
    carry: str
    carry_pct: Decimal
    quota: Decimal
    overdraw_pct: Decimal
    periods: dict[date, Period] = field(default_factory=dict)

    def at(self, day: date) -> Period | None:
        """The period in which *day* lies."""
        return next((p for p in self.periods.values() if p.start <= day <= p.end), None)


@dataclass
class Agreement:
    """An agreement that binds, or once did."""

    id: str
    buyer: str
    status: str
    starts: date
    ends: date
    lines: dict[str, AgreedLine]


@dataclass
class Line:
    """A line of an order; ``agreed`` and ``period`` say what quota it draws on."""

    id: str
    order: str
    goods: str | None
    variant: str | None
    agreed: str | None
    period: date | None
    deliver_on: date
    under: Decimal
    over_pct: Decimal
    requested: Decimal
    confirmed: Decimal | None = None
    over: Decimal = ZERO
    short_closed: Decimal = ZERO
    closed: bool = False
    shipped: Decimal = ZERO
    accepted: Decimal = ZERO
    downgraded: Decimal = ZERO
    rejected: Decimal = ZERO
    short: Decimal = ZERO
    done: bool = False

    @property
    def about(self) -> Decimal:
        """How much it is about: promised or asked for, brought over, not given up."""
        said = self.requested if self.confirmed is None else self.confirmed
        return said + self.over - self.short_closed

    @property
    def kept(self) -> Decimal:
        """What the buyer kept of it."""
        return self.accepted + self.downgraded


@dataclass
class Order:
    """An order."""

    id: str
    buyer: str
    agreement: str | None
    status: str
    respond_by: Any = field(default=None, compare=False)


@dataclass
class Share:
    """An allocation; of one that has ended there is nothing left."""

    id: str
    line: str
    seller: str
    offer: str | None
    start: date | None
    status: str
    quantity: Decimal
    weighed: Decimal = ZERO
    respond_by: Any = field(default=None, compare=False)
    asked: Decimal = field(default=ZERO, compare=False)
    gave_back: bool = field(default=False, compare=False)
    lost: Decimal = field(default=ZERO, compare=False)


@dataclass
class Offer:
    """A supply offer: of each period its last day, and what is offered."""

    id: str
    seller: str
    goods: str
    kind: str
    status: str
    until: date
    pack: Decimal | None
    periods: dict[date, tuple[date, Decimal]]


@dataclass
class Amendment:
    """What one side wants changed of an order or an agreement."""

    id: str
    of: str
    by: str
    status: str = "proposed"
    respond_by: Any = field(default=None, compare=False)
    wants: Any = field(default=None, compare=False)


@dataclass
class Book:
    """Everything, by id."""

    agreements: dict[str, Agreement] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    trucks: dict[str, Truck] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    reversed: dict[str, int] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    deductions: Sums = field(default_factory=dict)
    recalls: dict[str, Recall] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    amendments: dict[str, Amendment] = field(default_factory=dict)
    stock: dict[str, Decimal] = field(default_factory=dict)
    today: date = date.min
    hub: str = ""

    def lines_of(self, order: str) -> list[Line]:
        """The lines of an order."""
        return [line for line in self.lines.values() if line.order == order]

    def shares_of(self, line: str) -> list[Share]:
        """What sellers hold for a line, as far as they still do."""
        return [s for s in self.shares.values() if s.line == line and s.status in LIVE]

    def lots_of(self, line: str) -> list[Lot]:
        """All that was ever weighed for a line."""
        return [lot for lot in self.lots.values() if lot.line == line]

    def aboard(self) -> set[str]:
        """The lots that are on trucks, or were handed over by one."""
        return {lot for t in self.trucks.values() if t.status not in OFF for lot in t.lots}

    def out(self) -> dict[str, Decimal]:
        """What has left of each share."""
        left: dict[str, Decimal] = defaultdict(Decimal)
        for truck in self.trucks.values():
            for lot in truck.lots if truck.status in LEFT else ():
                for share, part in self.lots[lot].parts.items():
                    left[share] += part.balance
        return left

    def agreed_line(self, line: str) -> AgreedLine:
        """The line of an agreement with this id."""
        return next(a.lines[line] for a in self.agreements.values() if line in a.lines)

    def holds(self, line: Line) -> bool:
        """Whether a line still holds what it is about."""
        return not line.done and self.orders[line.order].status not in ENDED

    def quota(self) -> Sums:
        """Per period of a line: what is reserved and consumed."""
        found: Any = {
            (line.id, start): [ZERO, ZERO]
            for agreement in self.agreements.values()
            for line in agreement.lines.values()
            for start in line.periods
        }
        for line in self.lines.values():
            if line.agreed is not None:
                counts = found[line.agreed, line.period]
                counts[0] += line.about if self.holds(line) else 0
                counts[1] += line.kept if line.done else 0
        return {key: tuple(counts) for key, counts in found.items()}

    def left(self, line: AgreedLine, period: Period) -> Decimal:
        """What can still be drawn on a period."""
        reserved, consumed = self.quota()[line.id, period.start]
        given = period.quota + period.overdraw + period.carried_in
        return given - reserved - consumed - period.carried_out

    def taken(self) -> Sums:
        """Per period of an offer: what is reserved, committed, delivered."""
        found: Any = {
            (o.id, start): [ZERO] * 3 for o in self.offers.values() for start in o.periods
        }
        for share in self.shares.values():
            if share.offer is not None and share.status in LIVE:
                counts = found[share.offer, share.start]
                counts[0 if share.status == "offered" else 1] += share.quantity
        for name, left in self.out().items():
            share = self.shares[name]
            if share.offer is not None:
                found[share.offer, share.start][1] -= left
                found[share.offer, share.start][2] += left
        for share in self.shares.values():
            if share.offer is not None:
                found[share.offer, share.start][2] += share.lost
        return {key: tuple(counts) for key, counts in found.items()}

    def sums(self) -> Sums:
        """Every counter that the service stores, counted from the things."""
        found: Sums = {("quota", *key): counts for key, counts in self.quota().items()}
        found |= {("offer", *key): counts for key, counts in self.taken().items()}
        allocated: dict[str, Decimal] = defaultdict(Decimal)
        for share in self.shares.values():
            allocated[share.line] += share.quantity if share.status in LIVE else 0
        reserved: dict[str, Decimal] = defaultdict(Decimal)
        sold: dict[str, Decimal] = defaultdict(Decimal)
        for line in self.lines.values():
            received = line.kept + line.rejected
            found["line", line.id] = (allocated[line.id], received)
            if line.variant is not None:
                sold[line.variant] += line.shipped
                reserved[line.variant] += line.about - line.shipped if self.holds(line) else 0
        for variant, had in self.stock.items():
            found["stock", variant] = (had - sold[variant], reserved[variant])
        aboard = self.aboard()
        for lot in self.lots.values():
            found["lot", lot.id] = (ZERO if lot.id in aboard else lot.balance, lot.quantity)
        return found


def periods(kind: str, first: date, last: date) -> list[tuple[date, date]]:
    """The calendar's weeks or months from *first* to *last*, cut at both; `once` is all of it."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    names: dict[Any, list[date]] = defaultdict(list)
    for day in days:
        key = {"week": day.isocalendar()[:2], "month": (day.year, day.month), "once": 0}[kind]
        names[key].append(day)
    return [(group[0], group[-1]) for group in names.values()]


def percent(quantity: Decimal, pct: Decimal) -> Decimal:
    """So much of a hundred, in whole grams, never more."""
    return (quantity * pct / 100).quantize(D("0.001"), "ROUND_DOWN")
