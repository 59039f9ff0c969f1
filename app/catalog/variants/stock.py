"""The ledger of stock: what came in, what is kept for orders, what has gone.

Both sorts of availability are pools here: finished goods have one pool, a kitchen's capacity one
for each day or week, opened with that capacity when somebody first asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

import asyncpg
import orjson

from app.catalog.shelf import refresh
from app.catalog.variants.models import StockMovementKind
from app.catalog.variants.rules import period_of
from app.core.errors import DomainError, Kind
from app.core.ids import encode, new_id
from app.core.quantity import plain
from app.core.text import Text
from app.db import ledger
from app.db.tx import Tx

K = StockMovementKind

LEDGER = ledger.Ledger(
    table="stock_pools",
    movements="stock_movements",
    row="pool_id",
    owner="seller_id",
    cause="order_line_id",
    limits=("stock",),
    kinds={
        K.RECEIVE: {"stock": 1},
        K.ADD: {"stock": 1},
        K.REMOVE: {"stock": -1},
        K.RESERVE: {"reserved": 1},
        K.RELEASE: {"reserved": -1},
        K.SELL: {"reserved": -1, "stock": -1},
        K.UNSELL: {"reserved": 1, "stock": 1},
    },
)
_GIVES = {
    K.RECEIVE: 1,
    K.ADD: 1,
    K.REMOVE: -1,
    K.RESERVE: -1,
    K.RELEASE: 1,
    K.SELL: 0,
    K.UNSELL: 0,
}
"""What a movement does to what is free."""

_OPEN = """
WITH asked AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS a(id uuid, movement_id uuid, variant_id uuid,
    seller_id uuid, period_start date, period_end date, capacity numeric)
), opened AS (
  INSERT INTO stock_pools (id, variant_id, seller_id, period_start, period_end, stock, livemode)
  SELECT id, variant_id, seller_id, period_start, period_end, capacity, $2 FROM asked
  ORDER BY variant_id, period_start
  ON CONFLICT (variant_id, period_start) DO NOTHING
  RETURNING id, seller_id, stock
)
INSERT INTO stock_movements (id, pool_id, seller_id, kind, quantity, at, livemode)
SELECT a.movement_id, o.id, o.seller_id, 'receive', o.stock, $3, $2
FROM opened o JOIN asked a USING (id)
"""
SOLD = """(SELECT coalesce(sum(CASE m.kind WHEN 'sell' THEN m.quantity ELSE -m.quantity END), 0)
  FROM stock_movements m WHERE m.pool_id = stock_pools.id AND m.kind IN ('sell', 'unsell'))"""
"""SQL: what has left of a pool, and did not come back. It used a kitchen's capacity."""

_POOLS = f"""
SELECT stock_pools.id, stock, reserved, CASE WHEN a.capacity IS NULL THEN 0
  ELSE greatest(stock - greatest(a.capacity - {SOLD}, reserved), 0) END AS over
FROM unnest($1::uuid[], $2::date[], $3::numeric[])
  WITH ORDINALITY AS a(variant_id, period_start, capacity, n)
LEFT JOIN stock_pools ON stock_pools.variant_id = a.variant_id
  AND stock_pools.period_start IS NOT DISTINCT FROM a.period_start
ORDER BY a.n
"""
# A kitchen that can make less now than was promised: what its promises gave back is not free.
_TRIM = f"""
SELECT id, seller_id, stock - greatest(a.capacity - {SOLD}, reserved) AS over
FROM stock_pools JOIN unnest($1::uuid[], $2::numeric[]) AS a(pool_id, capacity) ON a.pool_id = id
ORDER BY id FOR NO KEY UPDATE OF stock_pools
"""


class OutOfStock(DomainError):
    """There is less left of a variant than was asked for."""

    kind = Kind.CONFLICT
    code = "out_of_stock"
    title = Text("Not enough left", "Stok tidak cukup")
    advice = Text(
        "The field left says how much of each variant is left; ask for less, or another day.",
        "Isian left menunjukkan sisa setiap varian; kurangi jumlahnya atau pilih hari lain.",
    )


class StockReserved(DomainError):
    """Goods that are kept for orders cannot be taken out of the books."""

    kind = Kind.CONFLICT
    code = "stock_reserved"
    title = Text("Kept for orders", "Sudah dipesan")
    advice = Text(
        "Some of it is kept for orders (reserved). Count again, or have the orders cancelled.",
        "Sebagian sudah dipesan (isian reserved). Hitung ulang, atau batalkan pesanannya dulu.",
    )


@dataclass(frozen=True)
class Want:
    """A variant that is wanted for a day, and what can be made of it if it is made to order."""

    variant_id: UUID
    seller_id: UUID
    deliver_on: date
    capacity: Decimal | None
    capacity_period: str | None

    @property
    def period(self) -> tuple[date, date] | None:
        """The time of whose capacity it takes; None for goods in stock."""
        return period_of(self.capacity_period, self.deliver_on) if self.capacity_period else None


async def pools(tx: Tx, wants: Sequence[Want]) -> list[UUID]:
    """The pool that each of *wants* takes from, opened where nobody has asked for it before.

    One round trip, three when one is opened; whoever opens the same one just now is waited for.
    """
    found = await _pools(tx, wants)
    both = list(zip(found, wants, strict=True))
    if over := [(row["id"], want.capacity) for row, want in both if row["over"]]:
        await _trim(tx, over)
    new = [want for row, want in both if row["id"] is None]
    if not new:
        return [row["id"] for row in found]
    openings = [
        {
            "id": new_id(),
            "movement_id": new_id(),
            "variant_id": want.variant_id,
            "seller_id": want.seller_id,
            "period_start": want.period[0],
            "period_end": want.period[1],
            "capacity": str(want.capacity),
        }
        for want in new
        if want.period is not None
    ]
    rows = orjson.dumps(openings, default=str).decode()
    await tx.sql(_OPEN, rows, tx.actor.livemode, tx.now)
    return [row["id"] for row in await _pools(tx, wants)]


async def _pools(tx: Tx, wants: Sequence[Want]) -> list[asyncpg.Record]:
    starts = [want.period[0] if want.period else None for want in wants]
    capacities = [want.capacity for want in wants]
    return await tx.sql(_POOLS, [want.variant_id for want in wants], starts, capacities)


async def _trim(tx: Tx, pools: Sequence[tuple[UUID, Decimal | None]]) -> None:
    """Take out of pools what their kitchen can make no more."""
    rows = await tx.sql(_TRIM, [pool for pool, _ in pools], [capacity for _, capacity in pools])
    await move(
        tx,
        K.REMOVE,
        [ledger.Entry(r["id"], r["seller_id"], None, r["over"]) for r in rows if r["over"] > 0],
    )


async def move(tx: Tx, kind: StockMovementKind, entries: Sequence[ledger.Entry]) -> None:
    """Move the pools' counters and write the movements; listings that turn are made anew last.

    Raises OutOfStock, naming what is left of each variant, when a pool has less free than that;
    then nothing may be kept of the transaction.
    """
    if not entries:
        return
    short = await LEDGER.move(tx, kind, entries)
    if short:
        left = await LEDGER.left(tx, short)
        raise OutOfStock(left={encode("var", v): plain(q) for v, q in await _by_variant(tx, left)})
    if sign := _GIVES[kind]:
        given: dict[UUID, Decimal] = {}
        for entry in entries:
            given[entry.row_id] = given.get(entry.row_id, Decimal(0)) + sign * entry.quantity
        # After quota, and whatever else a transaction takes last: nobody holds a row of the shelf
        # and waits for another row.
        tx.last.append(partial(refresh.turned, tx, given))


async def _by_variant(tx: Tx, left: dict[UUID, Decimal]) -> list[tuple[UUID, Decimal]]:
    query = "SELECT id, variant_id FROM stock_pools WHERE id = ANY ($1)"
    return [(row["variant_id"], left[row["id"]]) for row in await tx.sql(query, list(left))]
