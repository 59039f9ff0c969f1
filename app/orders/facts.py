"""What the order package announces to those above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class OrderEnding:
    """The order is about to be cancelled: whoever holds something for it gives it back now.

    Announced inside the transaction, under the order's lock, in the hub's scope, before the order
    itself moves. A handler that cannot give back raises; then nothing is cancelled.
    """

    order_id: UUID
    reason: str


@dataclass(frozen=True)
class LinesDone:
    """Enough of these lines was received: whoever still holds goods for them lets go now.

    Announced inside the transaction, under the orders' locks, in the hub's scope, and before the
    lines' quota is settled.
    """

    line_ids: tuple[UUID, ...]
