"""What sellers hold of order lines, as the orders ask: whose it is, and how far it has come."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.allocation.states import AllocationStatus
from app.db.tx import Tx
from app.orders.facts import Share

A = AllocationStatus

# Locked in ascending id, as by everybody who locks several.
_STANDING = """
SELECT a.id, a.order_line_id AS line_id, a.seller_id, p.name AS seller, a.status, a.quantity,
  a.weighed, a.why->>'pack_size' AS pack, a.why->>'min_pickup' AS smallest
FROM allocations a JOIN parties p ON p.id = a.seller_id
WHERE a.order_line_id = ANY($1) AND a.status = ANY($2)
ORDER BY a.id {lock}
"""
_HELD = _STANDING.format(lock="FOR NO KEY UPDATE OF a")
_SEEN = _STANDING.format(lock="")
_LIVE = [str(status) for status in (A.OFFERED, A.CONFIRMED, A.PICKED, A.SHIPPED)]


async def standing(tx: Tx, line_ids: Collection[UUID], *, lock: bool) -> list[Share]:
    """Every live share of these lines, oldest first; with *lock* they stay as they are."""
    rows = await tx.sql(_HELD if lock else _SEEN, list(line_ids), _LIVE)
    return [
        Share(
            row["id"],
            row["line_id"],
            row["seller_id"],
            row["seller"],
            row["status"] != A.OFFERED,
            row["quantity"],
            row["weighed"],
            _number(row["pack"]),
            _number(row["smallest"]),
        )
        for row in rows
    ]


def _number(said: Any) -> Decimal | None:
    return None if said is None else Decimal(said)
