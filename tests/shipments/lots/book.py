"""What lots, and all that hangs on them, come to: read behind the API, for comparing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import asyncpg

from app.core.ids import decode
from app.shipments.sums import SUMS

_STATE = {
    "lots": "SELECT id, status, quantity, balance, count, count_balance FROM lots "
    "WHERE order_id = $1 AND NOT (status = 'depleted' AND EXISTS (SELECT FROM lot_movements m "
    "WHERE m.lot_id = lots.id AND m.kind = 'make') AND balance = 0 AND NOT EXISTS "
    "(SELECT FROM lot_shares h WHERE h.lot_id = lots.id AND h.balance > 0))",
    "shares": "SELECT h.lot_id, h.allocation_id, h.quantity, h.balance FROM lot_shares h "
    "JOIN lots l ON l.id = h.lot_id WHERE l.order_id = $1 AND h.balance > 0",
    "allocations": "SELECT id, status, quantity, proposed, weighed, reason FROM allocations "
    "WHERE order_id = $1",
    "line": "SELECT id, confirmed, allocated, over, shipped FROM order_lines WHERE order_id = $1",
    "offers": "SELECT p.id, p.offered, p.reserved, p.committed, p.delivered FROM offer_periods p "
    "WHERE p.id IN (SELECT offer_period_id FROM allocations WHERE order_id = $1)",
    "stock": "SELECT p.id, p.stock, p.reserved FROM stock_pools p "
    "WHERE p.id IN (SELECT stock_pool_id FROM order_lines WHERE order_id = $1)",
}


async def state(owner: asyncpg.Connection, order_id: str) -> dict[str, list[dict[str, Any]]]:
    """All that lots of an order come to; lots that were made and are no more are left out."""
    return {
        name: sorted(
            (dict(row) for row in await owner.fetch(query, decode("ord", order_id))),
            key=lambda row: str(list(row.values())),
        )
        for name, query in _STATE.items()
    }


async def weighed(owner: asyncpg.Connection, order_id: str) -> dict[str, Decimal]:
    """What of each allocation stands in lots, by its seller."""
    rows = await owner.fetch(
        "SELECT seller_id, weighed FROM allocations WHERE order_id = $1", decode("ord", order_id)
    )
    return {str(row["seller_id"]): row["weighed"] for row in rows}


async def unequal(owner: asyncpg.Connection) -> dict[str, list[Any]]:
    """Every sum along the chain that is wrong."""
    found = {name: [row["id"] for row in await owner.fetch(query)] for name, query in SUMS.items()}
    return {name: rows for name, rows in found.items() if rows}
