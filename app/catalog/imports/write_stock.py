"""Setting stock to what was counted, last of all: orders wait for these rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from app.catalog.imports.batches import batches, flush
from app.catalog.imports.judge import Changed
from app.catalog.states import VARIANT, VariantStatus
from app.catalog.variants.models import StockMovementKind as K
from app.catalog.variants.schemas import AdjustReason
from app.catalog.variants.stock import LEDGER, SOLD
from app.core.ids import encode
from app.core.quantity import plain
from app.db.ledger import Entry
from app.db.tx import Tx
from app.events.record import Change, record

# In the order in which orders lock them.
_LOCK = f"""
SELECT id, variant_id, period_start, stock, reserved, seller_id, {SOLD} AS sold FROM stock_pools
WHERE id = ANY ($1) OR (variant_id = ANY ($2) AND period_end >= $3)
ORDER BY id FOR NO KEY UPDATE
"""


class Stock(NamedTuple):
    """What shall be of a variant: so much in its pool, or (`pool_id` None) so much capacity.

    Plain values only: there may be one for each row of the file until all else is written.
    """

    row: int
    pool_id: str | None
    quantity: str
    variant_id: str
    version: int
    listing_id: str
    sku: str | None
    unit: str


class TooFew(Exception):
    """Less was counted than is kept for orders by now: by row what is kept."""

    def __init__(self, kept: dict[int, str]) -> None:
        super().__init__(len(kept))
        self.kept = kept


def stocks_of(changed: Changed) -> Iterator[Stock]:
    """What *changed* says of stock and of the capacity of days to come."""
    fitted = [way for way in changed.edited if "capacity" in way.changed]
    for way in (*changed.counted, *fitted):
        assert way.before is not None
        made = way.made_to_order
        yield Stock(
            way.line.row,
            None if made else way.before["pool_id"],
            way.after["capacity"] if made else way.line.said["stock"],
            way.before["id"],
            way.before["version"] + bool(way.changed),
            str(changed.standing.id),
            way.after["sku"],
            changed.unit,
        )


async def write_stock(tx: Tx, wanted: Sequence[Stock]) -> None:
    """Bring pools to what was counted, and a kitchen's days to come to its new capacity.

    What is promised stays promised. Raises TooFew; then nothing may be kept of the transaction.
    """
    counted = {UUID(said.pool_id): said for said in wanted if said.pool_id is not None}
    fitted = {UUID(said.variant_id): said for said in wanted if said.pool_id is None}
    if not wanted:
        return
    pools = await tx.sql(_LOCK, list(counted), list(fitted), tx.today)
    few: dict[int, str] = {}
    for part in batches(pools):
        entries: dict[K, list[Entry]] = {K.ADD: [], K.REMOVE: []}
        for pool in part:
            said = counted.get(pool["id"])
            if said is not None and Decimal(said.quantity) < pool["reserved"]:
                few[said.row] = plain(pool["reserved"])
                continue
            quantity = await _quantity(tx, said or fitted[pool["variant_id"]], pool)
            if difference := quantity - pool["stock"]:
                kind = K.ADD if difference > 0 else K.REMOVE
                entries[kind].append(Entry(pool["id"], pool["seller_id"], None, abs(difference)))
        for kind, moved in entries.items():
            short = await LEDGER.move(tx, kind, moved)
            assert not short, "the pools are locked, and have as much"
        await flush(tx)
    if few:
        raise TooFew(few)


async def _quantity(tx: Tx, said: Stock, pool: asyncpg.Record) -> Decimal:
    """What *pool* shall hold; another count than that of the books is told."""
    quantity = Decimal(said.quantity)
    if said.pool_id is None:
        return max(quantity - Decimal(pool["sold"]), Decimal(pool["reserved"]))
    if quantity != pool["stock"]:
        await record(tx, [_adjusted(said, pool)])
    return quantity


def _adjusted(said: Stock, pool: asyncpg.Record) -> Change:
    data: dict[str, Any] = {
        "listing_id": encode("lst", UUID(said.listing_id)),
        "sku": said.sku,
        "counted": {"value": said.quantity, "unit": said.unit},
        "before": {"value": plain(pool["stock"]), "unit": said.unit},
    }
    return Change(
        VARIANT,
        "adjust",
        UUID(said.variant_id),
        said.version,
        VariantStatus.ACTIVE,
        before=VariantStatus.ACTIVE,
        audience=(pool["seller_id"],),
        data=data,
        reason=AdjustReason.COUNTED,
    )
