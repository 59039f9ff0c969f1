"""The ledger of lots: a balance moves only together with the movement that says why.

Lots move whole: into a shipment (`load`), out of it again (`unload`), or back to their seller for
good (`give_back`). Each is one statement for any number of lots: it locks them in ascending id,
moves those whose state allows it, writes the movements and says what it moved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg

from app.core.ids import encode
from app.core.quantity import plain
from app.db import ledger
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.models import LotMovementKind as Kind
from app.shipments.states import LOT, LotStatus

# `balance ± quantity` and not 0: should the state ever lie, the CHECK on the balance stops it.
_MOVE = """
WITH held AS ({held}), moved AS (
  UPDATE lots l SET status = $4, balance = l.balance {sign} l.quantity, version = l.version + 1
  FROM held h WHERE l.id = h.lot_id AND l.status = $5
  RETURNING l.id, l.version, l.status, l.number, l.seller_id, l.buyer_id, l.order_id,
    l.order_line_id, l.allocation_id, l.quantity, l.livemode, h.shipment_id
), written AS (
  INSERT INTO lot_movements (id, lot_id, seller_id, shipment_id, kind, quantity, at, livemode)
  SELECT uuidv7(), id, seller_id, shipment_id, $2, quantity, $3, livemode FROM moved
)
SELECT * FROM moved
"""
_LOAD = _MOVE.format(
    held="SELECT id AS lot_id, $6::uuid AS shipment_id FROM lots "
    "WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    sign="-",
)
_UNLOAD = _MOVE.format(
    held="SELECT i.id AS lot_id, c.shipment_id FROM shipment_lots c JOIN lots i ON i.id = c.lot_id "
    "WHERE c.shipment_id = ANY($1) ORDER BY i.id FOR NO KEY UPDATE OF i",
    sign="+",
)
_GIVE_BACK = _MOVE.format(
    held="SELECT id AS lot_id, NULL::uuid AS shipment_id FROM lots "
    "WHERE order_id = ANY($1) AND status = $5 ORDER BY id FOR NO KEY UPDATE",
    sign="-",
)
_GIVE_BACK_OF_LINES = _MOVE.format(
    held="SELECT id AS lot_id, NULL::uuid AS shipment_id FROM lots "
    "WHERE order_id IN (SELECT order_id FROM order_lines WHERE id = ANY($1)) "
    "AND order_line_id = ANY($1) AND status = $5 ORDER BY id FOR NO KEY UPDATE",
    sign="-",
)

LEDGER = ledger.Ledger(
    table="lots",
    movements="lot_movements",
    row="lot_id",
    owner="seller_id",
    cause="shipment_id",
    limits=("quantity",),
    kinds={
        Kind.CREATE: {"balance": 1},
        Kind.LOAD: {"balance": -1},
        Kind.UNLOAD: {"balance": 1},
        Kind.GIVE_BACK: {"balance": -1},
    },
)
"""What each movement does to a balance, for reconciling; lots move by the statements above."""

AVAILABLE, DEPLETED = LotStatus.AVAILABLE, LotStatus.DEPLETED


async def load(tx: Tx, lot_ids: Collection[UUID], shipment_id: UUID) -> list[asyncpg.Record]:
    """Put lots into a shipment; what was put in, which is less when a lot was not available."""
    rows = await tx.sql(_LOAD, list(lot_ids), Kind.LOAD, tx.now, DEPLETED, AVAILABLE, shipment_id)
    await _record(tx, "load", AVAILABLE, rows)
    return rows


async def unload(tx: Tx, shipment_ids: Collection[UUID]) -> list[asyncpg.Record]:
    """Take all lots out of shipments that do not leave; they are available again."""
    rows = await tx.sql(_UNLOAD, list(shipment_ids), Kind.UNLOAD, tx.now, AVAILABLE, DEPLETED)
    await _record(tx, "unload", DEPLETED, rows)
    return rows


async def give_back(tx: Tx, order_ids: Collection[UUID], reason: str) -> set[UUID]:
    """Leave all available lots of orders that are ending to their sellers; which had any."""
    rows = await tx.sql(_GIVE_BACK, list(order_ids), Kind.GIVE_BACK, tx.now, DEPLETED, AVAILABLE)
    await _record(tx, "give_back", AVAILABLE, rows, reason)
    return {row["order_id"] for row in rows}


async def give_back_of_lines(
    tx: Tx, line_ids: Collection[UUID], reason: str
) -> dict[UUID, Decimal]:
    """Leave all available lots of order lines to their sellers; the weight per allocation."""
    rows = await tx.sql(
        _GIVE_BACK_OF_LINES, list(line_ids), Kind.GIVE_BACK, tx.now, DEPLETED, AVAILABLE
    )
    await _record(tx, "give_back", AVAILABLE, rows, reason)
    weights: dict[UUID, Decimal] = {}
    for row in rows:
        allocation = row["allocation_id"]
        weights[allocation] = weights.get(allocation, Decimal(0)) + row["quantity"]
    return weights


async def _record(
    tx: Tx, action: str, before: str, rows: Sequence[asyncpg.Record], reason: str | None = None
) -> None:
    changes = [
        Change(
            LOT,
            action,
            row["id"],
            row["version"],
            row["status"],
            before=before,
            audience=(row["seller_id"],),
            data={
                "number": row["number"],
                "order_id": encode("ord", row["order_id"]),
                "quantity": plain(row["quantity"]),
            },
            reason=reason,
        )
        for row in rows
    ]
    await record(tx, changes)
