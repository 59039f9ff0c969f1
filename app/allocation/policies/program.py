"""A market as a program for the solver: how many steps of which parts go to which kind of line.

Parts without a smallest pick-up that cost the same and may fill the same are one *lot*: it only
matters how many of their packs are taken. Lines of one kind are one need; what whole packs leave
open of single lines shows when they are placed. So the program stays small, and its bound holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from app.allocation.levels import Part, pour
from app.allocation.policies.market import Market
from app.allocation.policies.solver import Answer, Program

UNIT = 1000
"""The solver counts in the base unit: numbers near one are what it is good at."""


@dataclass
class Lot:
    """Parts of the same step, group and price, and the column for each kind they may go to."""

    parts: list[Part]
    columns: dict[int, int] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """What they are given a whole number of."""
        return self.parts[0].step

    @property
    def most(self) -> int:
        """What they can bring together."""
        return sum(part.most for part in self.parts)


class MarketProgram:
    """The program of *market*; *per_pickup* counts every pick-up in a column of its own."""

    def __init__(self, market: Market, *, per_pickup: bool) -> None:
        self.market = market
        self.program = Program()
        self.day_of = {line.kind: line.day for line in market.lines}
        self.lots = [Lot(parts) for parts in _lots(market, per_pickup=per_pickup)]
        self.pickups: dict[tuple[int, int], int] = {}
        filling: dict[int, list[tuple[int, float]]] = defaultdict(list)
        coming: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
        for lot in self.lots:
            self._add(lot)
            for kind, column in lot.columns.items():
                term = column, self._worth(lot)
                filling[kind].append(term)
                coming[lot.parts[0].pickup, self.day_of[kind]].append(term)
        for kind, terms in sorted(filling.items()):
            self.program.row(0, market.need([kind]) / UNIT, terms)
        self._everything = [term for terms in filling.values() for term in terms]
        for lot in self.lots:
            self._ask(lot, coming)
        if per_pickup:
            self._count(coming)

    def _worth(self, lot: Lot) -> float:
        """How much one in the lot's columns is, in the base unit."""
        return 1.0 if lot.step == self.market.grain else lot.step / UNIT

    def _add(self, lot: Lot) -> None:
        loose = lot.step == self.market.grain
        whole = not loose or self.market.grain == UNIT
        most = lot.most / UNIT if loose else lot.most // lot.step
        kinds = self.market.groups[lot.parts[0].group]
        for kind in kinds:
            lot.columns[kind] = self.program.column(most, whole=whole)
        if len(kinds) > 1:
            self.program.row(0, most, [(column, 1.0) for column in lot.columns.values()])

    def _ask(self, lot: Lot, coming: dict[tuple[int, int], list[tuple[int, float]]]) -> None:
        """Whatever is taken on a day, its pick-up comes to what the part asks for."""
        part = lot.parts[0]
        if part.asks <= part.step:
            return
        by_day: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for kind, column in lot.columns.items():
            by_day[self.day_of[kind]].append((column, self._worth(lot)))
        for day, terms in by_day.items():
            taken = self.program.column(1, whole=True)
            self.program.row(-inf, 0, [*terms, (taken, -part.most / UNIT)])
            asked = [*coming[part.pickup, day], (taken, -part.asks / UNIT)]
            self.program.row(0, inf, asked)

    def _count(self, coming: dict[tuple[int, int], list[tuple[int, float]]]) -> None:
        most: dict[tuple[int, int], int] = defaultdict(int)
        for lot in self.lots:
            for day in {self.day_of[kind] for kind in lot.columns}:
                most[lot.parts[0].pickup, day] += lot.most
        for at, terms in coming.items():
            needed = self.market.need(k for k, day in self.day_of.items() if day == at[1])
            self.pickups[at] = self.program.column(1, whole=True)
            limit = min(most[at], needed) / UNIT
            self.program.row(-inf, 0, [*terms, (self.pickups[at], -limit)])

    def reach(self, filled: int, most: int) -> tuple[int, int]:
        """How much can be filled at most, and how much surely, where *filled* is known to be."""
        if filled >= most:
            return most, filled
        found = self.program.least({column: -factor for column, factor in self._everything})
        if found is None:
            return most, filled
        grain = self.market.grain
        bound, reached = (round(-x * UNIT / grain) * grain for x in (found.bound, found.reached))
        most = min(most, max(filled, bound))
        return most, min(most, max(filled, reached))

    def fill(self, least: int) -> None:
        """From now on at least so many thousandths are filled."""
        self.program.row((least - 0.5) / UNIT, inf, self._everything)

    def costs(self, cost: Callable[[Part], float]) -> dict[int, float]:
        """What one in each column costs, where *cost* is that of one base unit of a part."""
        return {
            column: cost(lot.parts[0]) * self._worth(lot)
            for lot in self.lots
            for column in lot.columns.values()
        }

    def amounts(self, answer: Answer) -> dict[int, dict[int, int]]:
        """What each part brings to each kind in *answer*; within a lot by who has least."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        grain = self.market.grain
        for lot in self.lots:
            quotas: dict[int, int] = {}
            for kind, column in lot.columns.items():
                taken = answer.values[column]
                if lot.step == grain:
                    quotas[kind] = round(taken * UNIT / grain) * grain
                else:
                    quotas[kind] = round(taken) * lot.step
            pour(lot.parts, sum(quotas.values()))
            queue = [(part, part.given) for part in lot.parts if part.given][::-1]
            for kind, quota in quotas.items():
                left = quota
                while left and queue:
                    part, more = queue.pop()
                    piece = min(more, left)
                    found[kind][part.rank] = found[kind].get(part.rank, 0) + piece
                    left -= piece
                    if more > piece:
                        queue.append((part, more - piece))
        return found


def _lots(market: Market, *, per_pickup: bool) -> Iterable[list[Part]]:
    asking = {part.pickup for part in market.usable() if part.asks > part.step}
    lots: dict[object, list[Part]] = defaultdict(list)
    for part in market.usable():
        alone = per_pickup or part.pickup in asking
        lots[part.rank if alone else (part.group, part.price, part.step)].append(part)
    return lots.values()
