"""Fair share: how a need is divided over offers. Pure, exact, and the same for equal inputs.

The rule is max-min fair: every offer gets the smaller of what it can bring and a common level, so
that nobody can be given more without taking from somebody who has less (progressive
filling; Bertsekas and Gallager, Data Networks, section 6.5.2).

Whole packs and smallest pick-ups bend it, in this order:

1. *Who is served.* An offer whose smallest share (its pack or smallest pick-up) lies above the
   level is left out, the largest first, of equals the latest; the level of the others rises with
   each. But one without which the order would stay short is *raised* to its smallest share instead.
   So asking for a large pick-up never wins a larger share unless the order needs it.
2. *Rounding.* Shares are rounded down to whole packs (or to the smallest quantity told apart); what
   this leaves is given out a step at a time to who has least, which is also the largest remainder,
   then by what the offer already brings to the line (a run that fills up what others gave back
   starts with who has least), then by offer id. An offer whose step does not fit any more is out;
   the rest is levelled again.
3. *The last bit.* Who was left out comes back if its smallest share fits into what is left; then
   packs of different sizes are exchanged until as little as possible stays open (`packs.fit`).

Promises: nobody gets more than offered; the sum never exceeds the need. Without smallest pick-ups
above the pack, no division fills more; without packs either, the sum is exactly the smaller of
need and supply, and the division is max-min fair to the last thousandth. Choosing the best set of
sellers with large smallest pick-ups is a knapsack problem; what the rule above does not fill of it
stays visible as unallocated.

O(n log n) in the number of offers, times the number of different pack sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.allocation.levels import Part, common_level, pour
from app.allocation.packs import fit
from app.core.quantity import QUANTUM


@dataclass(frozen=True, slots=True)
class Supply:
    """What one offer can still bring, in the base unit, and in which portions.

    ``had`` is what it brings to the same line already, from earlier runs.
    """

    offer_id: UUID
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


@dataclass(frozen=True, slots=True)
class Share:
    """What one offer is asked to bring, and why so much."""

    offer_id: UUID
    quantity: Decimal
    limited_by: Limit


@dataclass(frozen=True, slots=True)
class Division:
    """Shares in the order of offer ids. ``level`` is None when everybody brings all they have.

    ``unusable`` counts offers that have less left than one pack or one smallest pick-up of theirs;
    ``passed_over`` those whose smallest share did not fit under the level.
    """

    shares: list[Share]
    level: Decimal | None
    unusable: int
    passed_over: int


def fair_share(need: Decimal, supplies: Sequence[Supply], quantum: Decimal = QUANTUM) -> Division:
    """Divide *need* over *supplies*; shares are multiples of the pack, or else of *quantum*."""
    grain = _thousandths(quantum)
    ordered = sorted(supplies, key=lambda supply: (supply.had, supply.offer_id.int))
    parts = [_part(rank, supply, grain) for rank, supply in enumerate(ordered)]
    usable = [part for part in parts if part.least <= part.most]
    wanted = _thousandths(need)
    served, waiting = _chosen(usable, wanted)
    left = wanted
    for part in served:
        part.given = part.least
        left -= part.least
    level = common_level(((part.least, part.most) for part in served), left)
    left = pour(served, left)
    served += _brought_back(waiting, left)
    left = pour(served, wanted - sum(part.given for part in served))
    fit(usable, left)
    given = [part for part in usable if part.given]
    given.sort(key=lambda part: ordered[part.rank].offer_id.int)
    return Division(
        [_share(ordered[part.rank].offer_id, part, grain, level) for part in given],
        None if level is None else _decimal(level),
        len(parts) - len(usable),
        len(usable) - len(given),
    )


def _part(rank: int, supply: Supply, grain: int) -> Part:
    step = _thousandths(supply.pack_size) if supply.pack_size is not None else grain
    least = step
    if supply.min_pickup is not None:
        least = max(step, -(-_thousandths(supply.min_pickup) // step) * step)
    return Part(rank, step, least, _thousandths(supply.free) // step * step)


def _chosen(parts: Sequence[Part], need: int) -> tuple[list[Part], list[Part]]:
    """Who is served and who has to wait, so that everybody served can have their smallest share.

    One pass from the largest smallest share down. ``low`` is what all others below the current
    one bring entirely, ``high`` how many could bring more than it: together they tell, without
    computing the level, whether the level lies beneath it. O(n log n) for the two sorts.
    """
    by_most = sorted(parts, key=lambda p: -p.most)
    low = capacity = sum(p.most for p in parts)
    high = at = 0
    unraised, kept, out = need, 0, set[int]()
    waiting: list[Part] = []
    for part in sorted(parts, key=lambda p: (-p.least, -p.rank)):
        least = part.least
        while at < len(by_most) and by_most[at].most > least:
            if by_most[at].rank not in out:
                low -= by_most[at].most
                high += 1
            at += 1
        if low + least * high <= unraised:
            break  # the level reaches this one's smallest share, and so everybody's after it
        if capacity - part.most < need and kept + least <= need:
            part.raised = True
            kept += least
            unraised -= least
        else:
            waiting.append(part)
            capacity -= part.most
        out.add(part.rank)
        if part.most > least:
            high -= 1
        else:
            low -= part.most
    gone = {part.rank for part in waiting}
    return [part for part in parts if part.rank not in gone], waiting


def _brought_back(waiting: Sequence[Part], left: int) -> list[Part]:
    """Those left out whose smallest share fits into what is left, the smallest first."""
    back = []
    for part in sorted(waiting, key=lambda p: (p.least, p.rank)):
        if part.least > left:
            break
        part.given = part.least
        part.raised = True
        left -= part.least
        back.append(part)
    return back


def _share(offer_id: UUID, part: Part, grain: int, level: int | None) -> Share:
    if part.given == part.most:
        limit = Limit.OFFERED
    elif part.raised and part.given == part.least > part.step:
        limit = Limit.MIN_PICKUP
    elif part.step != grain and part.given != level:
        limit = Limit.PACKS
    else:
        limit = Limit.LEVEL
    return Share(offer_id, _decimal(part.given), limit)


def _thousandths(quantity: Decimal) -> int:
    return int(quantity.scaleb(3))


def _decimal(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-3)
