"""The ledger of lots: a balance moves only together with the movement that says why.

Lots move whole: into a shipment (`load`), out of it again (`unload`), or back to their sellers for
good (`give_back`). Each is one statement for any number of lots: it locks them in ascending id,
moves those whose state allows it, writes the movements and says what it moved. Goods that go from
lot to lot move by `graph`.
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
from app.shipments.lots.models import LotMovementKind as Kind
from app.shipments.lots.states import LOT, STANDING, LotStatus

# All that is there goes, and comes back as it went: what a shipment carries says how much.
_MOVE = """
WITH held AS ({held}), moved AS (
  UPDATE lots l SET status = {status}, balance = l.balance {sign} h.quantity,
    count_balance = l.count_balance {sign} h.count, version = l.version + 1
  FROM held h WHERE l.id = h.lot_id AND l.status = $5
  RETURNING l.id, l.version, l.status, l.number, l.seller_id, l.buyer_id, l.order_id,
    l.order_line_id, h.quantity, h.count, l.livemode, h.shipment_id, $5::text AS before,
    (SELECT array_agg(DISTINCT s.seller_id) FROM lot_shares s WHERE s.lot_id = l.id) AS sellers
), written AS (
  INSERT INTO lot_movements
    (id, lot_id, seller_id, shipment_id, kind, quantity, count, at, livemode)
  SELECT uuidv7(), id, seller_id, shipment_id, $2, quantity, count, $3, livemode FROM moved
)
SELECT * FROM moved
"""
# What must not be eaten is known as that when it comes off a truck.
_OFF_THE_TRUCK = """CASE WHEN EXISTS (SELECT FROM recall_lots r
    JOIN recalls k ON k.id = r.recall_id AND k.status <> 'lifted' WHERE r.lot_id = l.id)
    THEN 'recalled' WHEN l.best_before_on < $6 THEN 'expired' ELSE $4 END"""
_ALL = "SELECT id AS lot_id, {shipment}::uuid AS shipment_id, balance AS quantity, "
_ALL += "count_balance AS count FROM lots "
_LOAD = _MOVE.format(
    held=_ALL.format(shipment="$6") + "WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    sign="-",
    status="$4",
)
_UNLOAD = _MOVE.format(
    held="SELECT i.id AS lot_id, c.shipment_id, c.quantity, c.count "
    "FROM shipment_lots c JOIN lots i ON i.id = c.lot_id "
    "WHERE c.shipment_id = ANY($1) AND ($7::uuid[] IS NULL OR c.lot_id = ANY($7)) "
    "ORDER BY i.id FOR NO KEY UPDATE OF i",
    sign="+",
    status=_OFF_THE_TRUCK,
)
# The callers hold the orders, and nobody moves goods of one without: shares are as they were.
_GIVE_BACK = """
WITH held AS (
  SELECT id, status, balance, count_balance FROM lots WHERE {which} AND status = ANY($4)
  ORDER BY id FOR NO KEY UPDATE
), shared AS (
  UPDATE lot_shares s SET balance = 0 FROM held h WHERE s.lot_id = h.id AND s.balance > 0
  RETURNING s.lot_id, s.allocation_id, s.seller_id, old.balance AS quantity
), moved AS (
  UPDATE lots l SET status = $5, balance = 0, count_balance = l.count_balance - h.count_balance,
    version = l.version + 1
  FROM held h WHERE l.id = h.id
  RETURNING l.id, l.version, l.status, l.number, l.seller_id, l.order_id, h.status AS before,
    h.balance AS quantity, h.count_balance AS count, l.livemode
), written AS (
  INSERT INTO lot_movements (id, lot_id, seller_id, kind, quantity, count, at, livemode)
  SELECT uuidv7(), id, seller_id, $2, quantity, count, $3, livemode FROM moved
)
SELECT m.*, s.* FROM moved m JOIN (
  SELECT lot_id, array_agg(allocation_id) AS allocations, array_agg(quantity) AS quantities,
    array_agg(DISTINCT seller_id) AS sellers FROM shared GROUP BY lot_id) s ON s.lot_id = m.id
"""
_OF_ORDERS = _GIVE_BACK.format(which="order_id = ANY($1)")
_OF_LINES = _GIVE_BACK.format(
    which="order_id IN (SELECT order_id FROM order_lines WHERE id = ANY($1)) "
    "AND order_line_id = ANY($1)"
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
        Kind.TAKE: {"balance": -1},
        Kind.MAKE: {"balance": 1},
        Kind.LOSE: {"balance": -1},
        Kind.FIND: {"balance": 1},
    },
)
"""What each movement does to a balance, for reconciling; lots move by the statements above."""

AVAILABLE, DEPLETED = LotStatus.AVAILABLE, LotStatus.DEPLETED


async def load(tx: Tx, lot_ids: Collection[UUID], shipment_id: UUID) -> list[asyncpg.Record]:
    """Put lots into a shipment; what was put in, which is less when a lot was not available."""
    rows = await tx.sql(_LOAD, list(lot_ids), Kind.LOAD, tx.now, DEPLETED, AVAILABLE, shipment_id)
    await _record(tx, "load", rows)
    return rows


async def unload(
    tx: Tx,
    shipment_ids: Collection[UUID],
    to: LotStatus = AVAILABLE,
    *,
    only: Collection[UUID] | None = None,
) -> list[asyncpg.Record]:
    """Take lots out of shipments that do not leave, or came back: all of them, or *only* these.

    They are available again, or what else *to* says, unless they are past their day or recalled.
    """
    chosen = None if only is None else list(only)
    rows = await tx.sql(
        _UNLOAD, list(shipment_ids), Kind.UNLOAD, tx.now, to, DEPLETED, tx.today, chosen
    )
    await _record(tx, "unload", rows)
    return rows


async def give_back(tx: Tx, order_ids: Collection[UUID], reason: str) -> set[UUID]:
    """Leave all that stands in lots of orders that are ending to its sellers; which had any."""
    return {row["order_id"] for row in await _give_back(tx, _OF_ORDERS, order_ids, reason)}


async def give_back_of_lines(
    tx: Tx, line_ids: Collection[UUID], reason: str
) -> dict[UUID, Decimal]:
    """Leave all that stands in lots of order lines to its sellers; the weight per allocation."""
    weights: dict[UUID, Decimal] = {}
    for row in await _give_back(tx, _OF_LINES, line_ids, reason):
        for allocation, quantity in zip(row["allocations"], row["quantities"], strict=True):
            weights[allocation] = weights.get(allocation, Decimal(0)) + quantity
    return weights


async def _give_back(
    tx: Tx, statement: str, ids: Collection[UUID], reason: str
) -> list[asyncpg.Record]:
    standing = sorted(str(status) for status in STANDING)
    rows = await tx.sql(statement, list(ids), Kind.GIVE_BACK, tx.now, standing, DEPLETED)
    await _record(tx, "give_back", rows, reason)
    return rows


async def _record(
    tx: Tx, action: str, rows: Sequence[asyncpg.Record], reason: str | None = None
) -> None:
    changes = [
        Change(
            LOT,
            action,
            row["id"],
            row["version"],
            row["status"],
            before=row["before"],
            audience=tuple(row["sellers"]),
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
