"""A slow, plain book of lots: who has how much in which lot, kept with fractions and by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

Key = tuple[str, ...]
GRAM = Fraction(1, 1000)
NOTHING = Fraction(0)


def portions(
    total: Fraction, parts: Mapping[str, Fraction], quantum: Fraction
) -> dict[str, Fraction]:
    """*total* over *parts*: rounded down, and the largest remainders get a quantum more."""
    whole = sum(parts.values(), NOTHING)
    exact = {key: total * part / whole for key, part in parts.items()}
    given = {key: value - value % quantum for key, value in exact.items()}
    left = int((total - sum(given.values(), NOTHING)) / quantum)
    for key in sorted(parts, key=lambda key: (given[key] - exact[key], key))[:left]:
        given[key] += quantum
    return given


class Book:
    """Numbers by key: ``share, lot, allocation`` · ``count, lot`` · ``allocated``, ``weighed`` and
    ``gone`` of an allocation; and the state of each lot.
    """

    def __init__(self) -> None:
        self.numbers: dict[Key, Fraction] = defaultdict(Fraction)
        self.status: dict[str, str] = {}
        self.counted: set[str] = set()
        self.grade: dict[str, str] = {}

    def copy(self) -> Book:
        """The book as it is now."""
        made = Book()
        made.numbers.update(self.numbers)
        made.status, made.counted = dict(self.status), set(self.counted)
        made.grade = dict(self.grade)
        return made

    def shares(self, lot: str) -> dict[str, Fraction]:
        """What of a lot came from which allocation."""
        return {key[2]: n for key, n in self.numbers.items() if key[:2] == ("share", lot) and n}

    def weight(self, lot: str) -> Fraction:
        """What is in a lot."""
        return sum(self.shares(lot).values(), NOTHING)

    def count(self, lot: str) -> int:
        """How many pieces are in a counted lot."""
        return int(self.numbers["count", lot])

    def new(self, lot: str, status: str, count: int | None, grade: str) -> None:
        """A lot of which nothing is known yet."""
        self.status[lot], self.grade[lot] = status, grade
        if count is not None:
            self.counted.add(lot)
            self.numbers["count", lot] += count

    def flow(self, lots: list[str], quantity: Fraction, to: str | None) -> dict[str, Fraction]:
        """*quantity* of *lots* goes to another lot, or is no more; per allocation."""
        pool = {f"{lot} {key}": n for lot in sorted(lots) for key, n in self.shares(lot).items()}
        went: dict[str, Fraction] = defaultdict(Fraction)
        for key, part in portions(quantity, pool, GRAM).items():
            lot, allocation = key.split()
            self.numbers["share", lot, allocation] -= part
            if to is not None:
                self.numbers["share", to, allocation] += part
            went[allocation] += part
        return went

    def free(self, went: Mapping[str, Fraction]) -> None:
        """So much of allocations was lost or rejected: the line lacks it."""
        for allocation, part in went.items():
            self.numbers["allocated", allocation] -= part
            self.numbers["weighed", allocation] -= part
            self.numbers["gone", allocation] += part

    def turn_back(self, before: Book, after: Book) -> None:
        """Take back what happened between *before* and *after*."""
        for key in {*before.numbers, *after.numbers}:
            self.numbers[key] += before.numbers[key] - after.numbers[key]

    def seen(self) -> dict[Key, Decimal]:
        """The numbers to be compared, without those that are nothing."""
        return {
            key: Decimal(n.numerator) / Decimal(n.denominator)
            for key, n in self.numbers.items()
            if n and key[0] != "gone"
        }


async def stored(owner: Any, order: Any) -> dict[Key, Decimal]:
    """The same numbers, as the tables say."""
    rows = await owner.fetch(
        """
SELECT ARRAY['share', l.id::text, h.allocation_id::text] AS key, h.balance AS n
FROM lot_shares h JOIN lots l ON l.id = h.lot_id WHERE l.order_id = $1 AND h.balance > 0
UNION ALL SELECT ARRAY['count', l.id::text], coalesce(c.count, l.count_balance)
FROM lots l LEFT JOIN (shipment_lots c JOIN shipments s ON s.id = c.shipment_id
  AND s.status <> 'cancelled') ON c.lot_id = l.id
WHERE l.order_id = $1 AND coalesce(c.count, l.count_balance) > 0
UNION ALL SELECT ARRAY['allocated', id::text], quantity FROM allocations
WHERE order_id = $1 AND status <> 'released'
UNION ALL SELECT ARRAY['weighed', id::text], weighed FROM allocations
WHERE order_id = $1 AND weighed > 0""",
        order,
    )
    return {tuple(row["key"]): Decimal(row["n"]) for row in rows}
