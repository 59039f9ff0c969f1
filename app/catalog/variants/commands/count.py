"""Goods that come in, goods that are counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.catalog.states import VARIANT
from app.catalog.variants import queries, stock
from app.catalog.variants.commands.common import again, change, entry, own, received
from app.catalog.variants.models import Availability, StockMovementKind
from app.catalog.variants.schemas import AdjustIn, ReceiveIn
from app.catalog.variants.stock import StockReserved
from app.core.errors import invalid
from app.core.quantity import plain, to_base
from app.db.tx import Tx
from app.events.record import record

K = StockMovementKind


async def receive(tx: Tx, variant_id: UUID, asked: ReceiveIn) -> tuple[Row[Any], Row[Any]]:
    """Goods came in: there is so much more of the variant."""
    listing, row = await own(tx, variant_id)
    _check_counted(row, "receive")
    quantity = to_base(asked.quantity, listing.unit, "/quantity")
    await received(tx, row, quantity)
    said = {"quantity": {"value": plain(quantity), "unit": listing.unit}}
    await record(tx, [change(row, "receive", row.status, data=said, note=asked.note)])
    return await again(tx, row.id), listing


async def adjust(tx: Tx, variant_id: UUID, asked: AdjustIn) -> tuple[Row[Any], Row[Any]]:
    """Somebody counted: the books say from now on what is there.

    Raises StockReserved when fewer were counted than are kept for orders. Counting the same again
    changes nothing.
    """
    listing, row = await own(tx, variant_id)
    _check_counted(row, "adjust")
    counted = to_base(asked.counted, listing.unit, "/counted")
    pool = await queries.pool_for_update(tx, row.pool_id)
    if counted < pool["reserved"]:
        raise StockReserved(reserved=_said(pool["reserved"], listing.unit))
    difference = counted - pool["stock"]
    if difference:
        kind = K.ADD if difference > 0 else K.REMOVE
        await stock.move(tx, kind, [entry(row, abs(difference))])
        said = {
            "counted": _said(counted, listing.unit),
            "before": _said(pool["stock"], listing.unit),
        }
        counting = change(
            row, "adjust", row.status, data=said, reason=asked.reason, note=asked.note
        )
        await record(tx, [counting])
    return await again(tx, row.id), listing


def _check_counted(row: Row[Any], action: str) -> None:
    VARIANT.check(action, row.status)
    if row.availability != Availability.STOCK:
        raise invalid(
            "",
            "made_to_order",
            "This variant is made to order: it has a capacity and no stock.",
            "Varian ini dibuat sesuai pesanan: ada kapasitas, tidak ada stok.",
        )


def _said(quantity: Decimal, unit: str) -> dict[str, str]:
    return {"value": plain(quantity), "unit": unit}
