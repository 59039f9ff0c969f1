"""Who gives way when a line needs less than sellers hold for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from app.orders.facts import Share


def leaving(shares: Sequence[Share], stay: Decimal) -> dict[UUID, Decimal]:
    """What stays of every share that gives way, so that all shares together are at most *stay*.

    First what no seller has promised yet, then what is promised, last what comes after goods that
    are weighed already; of equals the newest. The last one is made smaller, not ended. Nothing
    that is weighed leaves: that much stays even if it is more than *stay*.
    """
    excess = sum((share.quantity for share in shares), Decimal(0)) - stay
    kept: dict[UUID, Decimal] = {}
    for share in _newest_first(shares):
        if excess <= 0:
            break
        stays = _whole(share, share.quantity - excess)
        if stays < share.quantity:
            kept[share.id] = stays
            excess -= share.quantity - stays
    return kept


def _newest_first(shares: Iterable[Share]) -> list[Share]:
    """In the order in which they give way; ids sort by time."""
    newest = sorted(shares, key=lambda share: share.id, reverse=True)
    return sorted(newest, key=lambda share: (bool(share.weighed), share.promised))


def _whole(share: Share, rest: Decimal) -> Decimal:
    """What stays of *share* if at most *rest* may, never less than is weighed of it.

    Whole packs; and nothing at all if it is not worth the way, unless somebody drives there anyway.
    """
    if rest > 0 and share.pack:
        rest -= rest % share.pack
    if share.smallest and rest < share.smallest and not share.weighed:
        rest = Decimal(0)
    return max(rest, share.weighed)
