"""Weighing goods of an allocation into a lot."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import progress
from app.allocation import queries as allocations
from app.core.errors import invalid, missing
from app.core.ids import encode, new_id
from app.core.quantity import plain, to_base
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments import chain
from app.shipments.lots import queries
from app.shipments.lots.schemas import LotIn
from app.shipments.models import LotMovementKind
from app.shipments.states import LOT, LotStatus

OLDEST = timedelta(days=366)
"""Goods made longer ago than this are a typing error (dry corn is sold within a season)."""

_INSERT = f"""
WITH lot AS (
  INSERT INTO lots (id, status, number, allocation_id, order_id, order_line_id, offer_id, seller_id,
    buyer_id, site_id, commodity_id, grade, variant_id, title, base_unit, quantity, balance, count,
    produced_on, livemode, created_at)
  SELECT $1, $2, {number_sql("lot")}, a.id, a.order_id, a.order_line_id, a.offer_id, a.seller_id,
    o.buyer_id, a.site_id, a.commodity_id, a.grade, a.variant_id, a.title, a.base_unit, $4, $4, $5,
    $6, a.livemode, $7
  FROM allocations a JOIN orders o ON o.id = a.order_id WHERE a.id = $3
  RETURNING *
)
INSERT INTO lot_movements (id, lot_id, seller_id, kind, quantity, at, livemode)
SELECT uuidv7(), id, seller_id, $8, quantity, $7, livemode FROM lot
"""


async def create(tx: Tx, asked: LotIn) -> Row[Any]:
    """Weigh goods of an allocation into a fresh lot.

    It may be more than was allocated where its order line has a tolerance for that. Raises NotFound
    for an allocation the caller may not see, OverAllocation for more than that or than the buyer's
    quota gives, OfferExhausted when the seller's offer does not give it, QuotaExceeded when
    somebody else took the quota a moment ago, WrongState when the seller has not confirmed it or
    its order takes no goods.
    """
    allocation = await allocations.allocation(tx, asked.allocation_id)
    if allocation is None:
        raise missing("/allocation_id", "You have no such allocation.", "Alokasi ini tidak ada.")
    _check_day(asked.produced_on, tx.today)
    quantity = to_base(asked.net_weight, allocation.base_unit, "/net_weight")
    await tx.as_hub()  # the order is the buyer's, its line too
    if await chain.takes_more(tx, allocation.order_line_id):
        await chain.hold_open(tx, allocation.order_id)
    else:
        await chain.open_orders(tx, [allocation.order_id])
    await progress.weigh(tx, allocation, quantity)
    return await _insert(tx, asked, quantity)


async def _insert(tx: Tx, asked: LotIn, quantity: Any) -> Row[Any]:
    lot_id: UUID = new_id()
    await tx.sql(
        _INSERT,
        lot_id,
        LotStatus.AVAILABLE,
        asked.allocation_id,
        quantity,
        asked.count,
        asked.produced_on,
        tx.now,
        LotMovementKind.CREATE,
    )
    row = await queries.lot(tx, lot_id)
    assert row is not None
    data = {
        "number": row.number,
        "allocation_id": encode("alc", row.allocation_id),
        "order_id": encode("ord", row.order_id),
        "quantity": plain(row.quantity),
    }
    change = Change(
        LOT, "create", row.id, row.version, row.status, audience=(row.seller_id,), data=data
    )
    await record(tx, [change])
    return row


def _check_day(produced_on: date, today: date) -> None:
    if not today - OLDEST <= produced_on <= today:
        raise invalid(
            "/produced_on",
            "produced_on",
            f"Expected a day from {today - OLDEST} to {today}.",
            f"Harus tanggal antara {today - OLDEST} dan {today}.",
        )
