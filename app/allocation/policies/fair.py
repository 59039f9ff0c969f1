"""Fair share: max-min fair over sellers.

Every seller gets the smaller of what it can bring and a common level, so that nobody can be given
more without taking from somebody who has less (progressive filling; Bertsekas and Gallager, Data
Networks, section 6.5.2). What a seller brings already counts: who fills up what others gave back
starts from there. A seller's offers are stacked, so two small offers win nothing over a large one.

Where not every offer may fill every line (days, floor prices, who gave back) there is a level for
each part of the market that is fair by itself: `lexicographic` finds them.

Whole packs and smallest pick-ups bend the rule, in this order:

1. *Who is served.* An offer whose smallest share (its pack or smallest pick-up) lies above the
   level is left out, the largest first, of equals the latest; the level of the others rises with
   each. But one without which the order would stay short is *raised* to its smallest share instead.
   So asking for a large pick-up never wins a larger share unless the order needs it.
2. *Rounding.* Shares are rounded down to whole packs (or to the smallest quantity told apart); what
   this leaves is given out a step at a time to the seller with least, which is also the largest
   remainder, then by id. An offer whose step does not fit any more is out; the rest is levelled
   again.
3. *The last bit.* Who was left out comes back if its smallest share fits into what is left; then
   packs of different sizes are exchanged until as little as possible stays open (`packs.fit`).

Promises: without packs and smallest pick-ups the sum is the most that any division fills, and the
division is max-min fair to the last thousandth. With packs but without smallest pick-ups above
them, no division fills more of a single line. Choosing the best set of sellers with large smallest
pick-ups is a knapsack problem, and so is filling many lines from packs; what the rule above does
not fill of them stays visible as unallocated.

O(n log n) in the number of offers, times the number of different pack sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.allocation.levels import Part, common_level, pour
from app.allocation.policies.market import ROUNDS, Decision, Market
from app.allocation.policies.placing import place, whole_packs
from app.allocation.policies.spread import spread


def decide(market: Market) -> Decision:
    """Fill the lines of *market*, max-min fair over sellers."""
    if len(market.kinds) == 1:
        level = share_out(market.usable(), market.need())
        place(market)
        return Decision(market, [level])
    parts = market.usable()
    for _ in range(ROUNDS):
        found = spread(market, [parts])
        gone = {
            part.rank
            for need, pool in found.pools
            for part in _unserved(pool, need)
            if part.given < part.least > market.grain
        }
        if not gone:
            break
        parts = [part for part in parts if part.rank not in gone]
    whole_packs(parts, found.quotas)
    place(market, found.quotas)
    return Decision(market, found.levels)


def _unserved(pool: Sequence[Part], need: int) -> list[Part]:
    served = {part.rank for part in served_of(pool, need)}
    return [part for part in pool if part.rank not in served]


def share_out(parts: Sequence[Part], need: int) -> int | None:
    """Give *need* to *parts*, which may all fill all of it; the level, None when all bring all."""
    served = served_of(parts, need)
    left = need
    for part in served:
        part.given = part.least
        left -= part.least
    level = common_level(((p.base + p.least, p.base + p.most) for p in served), left)
    pour(served, left)
    return level


def served_of(parts: Sequence[Part], need: int) -> list[Part]:
    """Who is served, so that everybody served can have their smallest share.

    One pass from the largest smallest share down. ``full`` is what all bring that lie beneath the
    current height entirely, ``rising`` how many lie across it and ``bases`` where those begin:
    together they tell, without computing the level, whether the level lies beneath it.
    O(n log n) for the sorts.
    """
    tops = sorted(parts, key=lambda p: -p.base - p.most)
    feet = sorted(parts, key=lambda p: -p.base)
    full = capacity = sum(p.most for p in parts)
    rising = bases = top = foot = kept = 0
    unraised, out, gone = need, set[int](), set[int]()
    for part in sorted(parts, key=lambda p: (-p.base - p.least, -p.rank)):
        at = part.base + part.least
        while top < len(tops) and (p := tops[top]).base + p.most > at:
            if p.rank not in out:
                full -= p.most
                rising += 1
                bases += p.base
            top += 1
        while foot < len(feet) and (p := feet[foot]).base >= at:
            if p.rank not in out:
                rising -= 1
                bases -= p.base
            foot += 1
        if full + rising * at - bases <= unraised:
            break  # the level reaches this one's smallest share, and so everybody's after it
        if capacity - part.most < need and kept + part.least <= need:
            part.raised = True
            kept += part.least
            unraised -= part.least
        else:
            gone.add(part.rank)
            capacity -= part.most
        out.add(part.rank)
        if part.most > part.least:
            rising -= 1
            bases -= part.base
        else:
            full -= part.most
    return [part for part in parts if part.rank not in gone]
