"""Whole packs that fit: exchanging packs of one size for packs of another until nothing is left.

Nine peti of 15 kg and one sack of 10 kg leave 5 kg of 150 open. One peti less and two sacks more
leave nothing. Which numbers of packs of each size make up the rest is a bounded knapsack over the
few sizes there are, not over the many offers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd

from app.allocation.levels import Part, drain, pour

_SIZES = 16
"""Packs of at most so many sizes are exchanged, the smallest: more than a trade ever has."""

_SPAN = 1 << 22
"""How far packs are exchanged at most, in units of the sizes' common divisor, over all sizes."""


@dataclass(slots=True)
class _Size:
    """All parts that take packs of one size: how many more they could take, how many give back."""

    step: int
    parts: list[Part] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    more: int = 0
    fewer: int = 0

    def add(self, part: Part) -> None:
        # Without a smallest pick-up above its pack, an offer may also come in or fall out here.
        loose = part.least == part.step
        if part.given == 0 and not loose:
            return
        floor = 0 if loose else part.least
        self.parts.append(part)
        self.floors.append(floor)
        self.more += (part.most - part.given) // part.step
        self.fewer += (part.given - floor) // part.step


def fit(parts: Sequence[Part], left: int) -> int:
    """Exchange packs so that as little as possible of *left* stays open; what does.

    When no offer's smallest pick-up is more than its pack (and neither `_SIZES` nor `_SPAN` is
    exceeded), no choice of packs leaves less. The exchange with fewest packs of the large sizes is
    taken: up where least was given, down where most was.
    """
    by_step: dict[int, _Size] = defaultdict(lambda: _Size(0))
    for part in parts:
        size = by_step[part.step]
        size.step = part.step
        size.add(part)
    sizes = sorted((s for s in by_step.values() if s.parts), key=lambda s: s.step)[:_SIZES]
    if not left or not any(size.more for size in sizes):
        return left
    for size, packs in zip(sizes, _exchange(sizes, left), strict=True):
        if packs > 0:
            pour(size.parts, packs * size.step)
        elif packs < 0:
            drain(size.parts, size.floors, -packs * size.step)
        left -= packs * size.step
    return left


def _exchange(sizes: Sequence[_Size], left: int) -> list[int]:
    """How many packs more (or fewer) of each size come closest to *left* without exceeding it.

    Bit n of ``reach`` says that n units can be made up, counted from "every size at its fewest".
    """
    unit = gcd(*(size.step for size in sizes))
    most = 2 * sizes[-1].step // unit + 1  # a shortest exchange never meets one sum twice
    steps = [size.step // unit for size in sizes]
    limits = [min(most, _SPAN // (len(sizes) * step)) for step in steps]
    fewer = [min(size.fewer, limit) for size, limit in zip(sizes, limits, strict=True)]
    more = [min(size.more, limit) for size, limit in zip(sizes, limits, strict=True)]
    reaches = [1]
    for n, step in enumerate(steps):
        reaches.append(_widened(reaches[-1], step, fewer[n] + more[n]))
    start = sum(f * step for f, step in zip(fewer, steps, strict=True))
    target = (reaches[-1] & ((1 << (start + left // unit + 1)) - 1)).bit_length() - 1
    chosen = [0] * len(sizes)
    for n in reversed(range(len(sizes))):
        bits = reaches[n].to_bytes(reaches[n].bit_length() // 8 + 1, "little")
        taken = _nearest(bits, target, steps[n], fewer[n], fewer[n] + more[n])
        chosen[n] = taken - fewer[n]
        target -= taken * steps[n]
    return chosen


def _widened(reach: int, step: int, times: int) -> int:
    """*reach* with up to *times* steps added: doubling, so O(log times) shifts."""
    chunk = 1
    while times > 0:
        chunk = min(chunk, times)
        reach |= reach << (chunk * step)
        times -= chunk
        chunk *= 2
    return reach


def _nearest(bits: bytes, target: int, step: int, now: int, most: int) -> int:
    """The number of packs nearest to *now* that leaves a sum that *bits* says can be made up."""
    for away in range(most + 1):
        for packs in (now + away, now - away):
            rest = target - packs * step
            within = 0 <= packs <= most and 0 <= rest < len(bits) * 8
            if within and bits[rest >> 3] >> (rest & 7) & 1:
                return packs
    raise AssertionError("the target was reached by some number of packs")
