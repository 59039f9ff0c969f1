"""What a fact from the road changes. Pure: no session, no clock.

Facts come late, twice and in any order. What the shipment shows is the newest by the time it
happened; of two that happened at the same instant the one further along. That is a maximum, so
it is the same in whatever order the facts come in, and a repeat changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.shipments.states import TrackingStatus as T

MOST_AHEAD = timedelta(minutes=5)
"""How far a reporter's clock may be ahead of ours."""

MOST_BEFORE = timedelta(days=365)
"""How long before its shipment was planned a fact may have happened; more is a typing error."""

ON_THE_ROAD = frozenset(T) - {T.PENDING, T.PICKED_UP, T.CANCELLED, T.UNKNOWN}
"""What is only heard of a shipment that has moved."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_ALONG = {
    status: n
    for n, status in enumerate(
        [
            T.UNKNOWN,
            T.PENDING,
            T.PICKED_UP,
            T.IN_TRANSIT,
            T.ON_HOLD,
            T.DELIVERY_DELAYED,
            T.OUT_FOR_DELIVERY,
            T.READY_FOR_PICKUP,
            T.DELIVERY_FAILED,
            T.DELIVERED,
            T.RETURN_TO_SENDER,
            T.CANCELLED,
        ]
    )
}


class Heard(NamedTuple):
    """A tracking status and when it came to be; ``at`` is None before anything was heard."""

    status: str
    at: datetime | None


def newest(known: Heard, heard: Heard) -> Heard:
    """What is shown after *heard* came in, when *known* was shown before."""
    return max(known, heard, key=_rank)


def _rank(heard: Heard) -> tuple[datetime, int]:
    return heard.at or _NEVER, _ALONG[T(heard.status)]
