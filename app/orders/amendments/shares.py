"""Who gives way when a line needs less than sellers hold for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from app.orders.facts import Share


def leaving(shares: Sequence[Share], stay: Decimal, grain: Decimal) -> dict[UUID, Decimal]:
    """What stays of every share that gives way, so that all shares together are at most *stay*.

    First what no seller has promised yet, then what is promised. Within each of the two the tallest
    give way first, down to one level for all, as fair shares are filled up to one; of equals the
    newest. Nothing that is weighed leaves: that much stays even if it is more than *stay*. Exact in
    *grain*s of the unit, but for whole packs and smallest pick-ups, which may free a little more.
    """
    excess = sum((share.quantity for share in shares), Decimal(0)) - stay
    kept: dict[UUID, Decimal] = {}
    for promised in (False, True):
        if excess > 0:
            group = [share for share in shares if share.promised is promised]
            lowered = _lowered(group, excess, grain)
            excess -= sum((s.quantity - lowered.get(s.id, s.quantity) for s in group), Decimal(0))
            kept |= lowered
    return kept


def _lowered(group: Sequence[Share], excess: Decimal, grain: Decimal) -> dict[UUID, Decimal]:
    """What stays of those in *group* that are lowered to free at least *excess*, or all they can.

    What packs and rounding free beyond it goes back a pack each, lowest and oldest first, so that
    nobody is lowered while another keeps more than him by more than a pack.
    """
    level = _level(group, excess, grain)
    stays = {s.id: _whole(s, level) for s in group if s.quantity > level}
    touched = [s for s in group if s.id in stays]
    spare = sum((s.quantity - stays[s.id] for s in touched), Decimal(0)) - excess
    for share in sorted(touched, key=lambda s: (stays[s.id], s.id)):
        more = _next(share, level, grain) - stays[share.id]
        if more <= spare:
            stays[share.id] += max(more, Decimal(0))
            spare -= max(more, Decimal(0))
        elif stays[share.id] or not share.smallest:
            break  # a smaller pack of somebody higher would put him more than that above this one
    return {s.id: stays[s.id] for s in touched if stays[s.id] < s.quantity}


def _level(group: Sequence[Share], excess: Decimal, grain: Decimal) -> Decimal:
    """The greatest whole number of grains to which lowering all above it frees *excess*; or 0.

    A share is free between what is weighed of it and its height: going down from the top, it
    begins to give at its height and stops at what is weighed.
    """
    turns = sorted(
        [(s.quantity, 1) for s in group] + [(s.weighed, -1) for s in group], reverse=True
    )
    giving, below = 0, Decimal(0)
    for at, change in turns:
        if giving and (below - at) * giving >= excess:
            level = below - excess / giving
            return level - level % grain
        excess -= (below - at) * giving
        giving, below = giving + change, at
    return Decimal(0)


def _whole(share: Share, rest: Decimal) -> Decimal:
    """What stays of *share* if at most *rest* may, never less than is weighed of it.

    Whole packs; and nothing at all if it is not worth the way, unless somebody drives there anyway.
    """
    if rest > 0 and share.pack:
        rest -= rest % share.pack
    if share.smallest and rest < share.smallest and not share.weighed:
        rest = Decimal(0)
    return max(rest, share.weighed)


def _next(share: Share, level: Decimal, grain: Decimal) -> Decimal:
    """The least that may stay of *share* above *level*."""
    pack = share.pack or grain
    over = level - level % pack + pack
    if share.smallest and over < share.smallest and not share.weighed:
        over = -(-share.smallest // pack) * pack
    return min(over, share.quantity)
