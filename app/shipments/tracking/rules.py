"""What a fact from the road changes. Pure: no session, no clock.

Facts come late, twice and in any order. What the shipment shows is the newest by the time it
happened; of two that happened at the same instant the one further along. That is a maximum, so
it is the same in whatever order the facts come in, and a repeat changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from app.core.clock import MOST_AHEAD
from app.core.errors import FieldError
from app.core.text import Text
from app.shipments.states import ShipmentStatus as S
from app.shipments.states import TrackingStatus as T

MOST_BEFORE = timedelta(days=30)
"""How long before its shipment was planned a fact may have happened; more is a typing error."""

ON_THE_ROAD = frozenset(T) - {T.PENDING, T.PICKED_UP, T.CANCELLED, T.UNKNOWN}
"""What is only heard of a shipment that has moved."""

AFTER_THE_END = frozenset({T.DELIVERED, T.RETURN_TO_SENDER})
"""What may still be heard when the road is over: that it was delivered, or that it comes back."""

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


class Fact(NamedTuple):
    """A fact from the road, as it is stored."""

    status: T
    occurred_at: datetime
    place: str | None = None
    reason: str | None = None
    external_id: str | None = None
    device: str | None = None
    carrier_status: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def same(self) -> tuple[Any, ...]:
        """What makes two reports of one shipment the same fact: their own id, or what they say."""
        if self.external_id is not None:
            return (self.external_id,)
        return (self.status, self.occurred_at, self.place or "")


def newest(known: Heard, heard: Heard) -> Heard:
    """What is shown after *heard* came in, when *known* was shown before."""
    return max(known, heard, key=_rank)


def _rank(heard: Heard) -> tuple[datetime, int]:
    return heard.at or _NEVER, _ALONG[T(heard.status)]


def wrong(shipment: Any, fact: Fact, now: datetime) -> FieldError | None:
    """Why *fact* cannot be true of *shipment*; None when it can.

    That depends on what people did with the shipment and never on what was heard of it before, so
    that the order in which facts come in does not matter.
    """
    if shipment.status == S.CANCELLED:
        return _CALLED_OFF
    if fact.occurred_at > now + MOST_AHEAD:
        return IN_FUTURE
    if fact.occurred_at < shipment.created_at - MOST_BEFORE:
        return _TOO_OLD
    if shipment.status in (S.PLANNED, S.LOADING) and fact.status != T.PENDING:
        return _NOT_LEFT
    if (
        shipment.ended_at is not None
        and fact.occurred_at > shipment.ended_at
        and fact.status not in AFTER_THE_END
    ):
        return _ENDED
    return None


IN_FUTURE = FieldError(
    "/occurred_at",
    "in_future",
    Text(
        "This is in the future; check the clock and the time zone.",
        "Waktu ini belum terjadi; periksa jam dan zona waktunya.",
    ),
)
_TOO_OLD = FieldError(
    "/occurred_at",
    "too_old",
    Text(
        "This is more than 30 days before the shipment was planned.",
        "Waktu ini lebih dari 30 hari sebelum pengiriman direncanakan.",
    ),
)
_NOT_LEFT = FieldError(
    "/status",
    "not_left",
    Text(
        "This shipment has not left: only pending can be said of it. Dispatch it first.",
        "Pengiriman ini belum berangkat: hanya pending yang bisa dicatat. Berangkatkan dulu.",
    ),
)
_CALLED_OFF = FieldError(
    "/status",
    "called_off",
    Text(
        "This shipment was called off; nothing can happen to it.",
        "Pengiriman ini dibatalkan; tidak ada yang bisa terjadi padanya.",
    ),
)
_ENDED = FieldError(
    "/occurred_at",
    "ended",
    Text(
        "The shipment had reached its end by then; only what happened before it can be added.",
        "Saat itu pengiriman sudah berakhir; hanya kejadian sebelumnya yang bisa ditambahkan.",
    ),
)
