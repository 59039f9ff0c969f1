"""Pro rata: everybody brings the same proportion of what they can bring.

Where not every offer may fill every line, the proportion is the same wherever it can be, and as
high as it can be for those with the lowest (`lexicographic`). Shares are rounded down to whole
packs; what this leaves goes a step at a time to who is furthest below its exact proportion: for
equal packs, the largest remainders (Hare's quota, Hamilton's method).

A seller whose proportion is less than its smallest pick-up is left out, the one first that would
need the largest proportion, unless the lines would stay short.
What a seller brings already does not count: the proportion is of what it can bring now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.allocation.levels import Part
from app.allocation.policies.market import ROUNDS, Decision, Market
from app.allocation.policies.placing import place, whole_packs
from app.allocation.policies.spread import spread


def decide(market: Market) -> Decision:
    """Fill the lines of *market*, in proportion to what sellers can bring."""
    parts = market.usable()
    for _ in range(ROUNDS):
        found = spread(market, [parts], proportional=True)
        gone = {
            part.rank
            for need, pool in found.pools
            for part in _unserved(market, pool, need)
            if part.given < part.least > part.step
        }
        if not gone:
            break
        parts = [part for part in parts if part.rank not in gone]
    for part in market.parts:
        part.base = -part.given
    whole_packs(parts, found.quotas)
    place(market, found.quotas)
    return Decision(market, found.levels)


def _unserved(market: Market, parts: Sequence[Part], need: int) -> list[Part]:
    """Whose smallest share is more than the proportion, the largest first; see `fair.served_of`."""
    most: dict[int, int] = defaultdict(int)
    for part in parts:
        most[part.seller] += part.most
    capacity = among = sum(part.most for part in parts)
    left, gone = need, []

    def wants(part: Part) -> tuple[float, int]:
        beneath = part.base - market.had[part.seller]
        return -(beneath + part.least) / most[part.seller], -part.rank

    for part in sorted((part for part in parts if part.least > part.step), key=wants):
        beneath = part.base - market.had[part.seller]
        if left * most[part.seller] >= (beneath + part.least) * among:
            break
        if capacity - part.most < need and part.least <= left:
            part.raised = True
            left -= part.least
        else:
            capacity -= part.most
            gone.append(part)
        among -= part.most
    return gone
