"""The one amendment of an order that waits for an answer: it ends with its time, or its order."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Table

from app.db.tx import Tx
from app.events.amendments import Amendments
from app.orders.models import OrderAmendment
from app.orders.states import ORDER, ORDER_AMENDMENT

AMENDMENTS: Table = OrderAmendment.__table__  # type: ignore[assignment]

AMENDED = Amendments(ORDER_AMENDMENT, AMENDMENTS, ORDER)


async def lapse(tx: Tx, order_ids: Collection[UUID]) -> None:
    """What waits for orders (locked) that have ended is not to be answered any more."""
    await AMENDED.expire_of(tx, order_ids, "order_ended")


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* amendments that the other side did not answer in time; how many."""
    return await AMENDED.expire_late(tx, most)
