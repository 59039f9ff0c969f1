"""What the order package announces to those above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class OrderEnding:
    """Orders are about to be cancelled: whoever holds something for them gives it back now.

    Announced inside the transaction, under the orders' locks, in the hub's scope, before the orders
    themselves move. A handler that cannot give back raises; then nothing is cancelled. It notes in
    ``weighed`` the orders of which goods stood ready already.
    """

    order_ids: tuple[UUID, ...]
    reason: str
    weighed: set[UUID] = field(default_factory=set, compare=False)


@dataclass(frozen=True)
class LinesShortClosing:
    """What has not left of these lines of one order is about to be given up.

    Announced inside the transaction, under the order's lock, in the hub's scope, before the lines
    themselves move: whoever holds goods for them that have not left lets go of them now.
    """

    order_id: UUID
    line_ids: tuple[UUID, ...]
    reason: str


@dataclass(frozen=True)
class LinesShortClosed:
    """Nothing will leave for these lines any more; what they held for it is free.

    Announced right after that, under the same locks: whoever knows what is on the road settles
    those of which nothing is.
    """

    line_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class LinesDone:
    """Enough of these lines was received: whoever still holds goods for them lets go now.

    Announced inside the transaction, under the orders' locks, in the hub's scope, and before the
    lines' quota is settled.
    """

    line_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Share:
    """What one seller holds of a line, in its base unit; ``weighed`` of it stands in lots.

    ``promised``: the seller has confirmed it. It comes in whole ``pack``s, and for less than
    ``smallest`` nobody drives there; None where that is not so.
    """

    id: UUID
    line_id: UUID
    seller_id: UUID
    seller: str
    promised: bool
    quantity: Decimal
    weighed: Decimal
    pack: Decimal | None
    smallest: Decimal | None


@dataclass(frozen=True)
class SharesAsked:
    """A question: who holds goods of these lines of one order? Whoever knows adds to the answer.

    Asked in the hub's scope. With *lock* the order is locked, and the answer stays true until the
    transaction ends. ``loaded`` are lines with goods on a truck that is planned and has not left.
    """

    order_id: UUID
    line_ids: tuple[UUID, ...]
    lock: bool
    shares: list[Share] = field(default_factory=list)
    loaded: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class SharesLeaving:
    """Of each of these shares only so much stays; of which nothing stays, it ends.

    Announced inside the transaction, under the order's lock, in the hub's scope, before its lines
    are amended. The shares were asked for with a lock; nothing that is weighed leaves.
    """

    kept: Mapping[UUID, Decimal]
    reason: str
