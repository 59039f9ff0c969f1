"""What a line holds: quota of its agreement, or stock of the listing it names.

Taken when the order is placed. Every path that ends the order or the line gives it back here; stock
is sold when the goods leave. Stock moves before quota: the service's order of locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.agreements import ledger as quota
from app.agreements.ledger import QuotaEntry
from app.agreements.models import QuotaMovementKind
from app.catalog.variants import stock
from app.catalog.variants.models import StockMovementKind
from app.db.ledger import Entry
from app.db.tx import Tx
from app.orders.rules import target

Line = Mapping[str, Any]
"""The row of an order line."""

Load = Mapping[str, Any]
"""Goods on a truck: ``order_line_id``, ``stock_pool_id``, ``seller_id`` and ``quantity``."""

Part = tuple[Line, Decimal]
"""So much of a line, in its base unit."""

_LOCK_STOCK = "SELECT id FROM stock_pools WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_LOCK_QUOTA = "SELECT id FROM quota_periods WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"


async def reserve(tx: Tx, parts: Sequence[Part]) -> None:
    """Keep so much for lines. Raises OutOfStock or QuotaExceeded, saying what is left.

    AgreementNotActive when the agreement was stopped meanwhile.
    """
    await _stock(tx, StockMovementKind.RESERVE, parts)
    await _quota(tx, QuotaMovementKind.RESERVE, parts)


async def release(tx: Tx, parts: Sequence[Part]) -> None:
    """Give back so much of what lines hold."""
    await _stock(tx, StockMovementKind.RELEASE, parts)
    await _quota(tx, QuotaMovementKind.RELEASE, parts)


async def change(tx: Tx, given_back: Sequence[Part], taken: Sequence[Part]) -> None:
    """Give back and keep in one go: lines that are amended. Raises as `reserve`.

    Lines in *taken* are as they will be; what is given back is free for what is taken.
    """
    lines = [line for line, _ in (*given_back, *taken)]
    await _lock_stock(tx, lines)
    await lock_quota(tx, lines)
    await release(tx, given_back)
    await reserve(tx, taken)


async def sell(tx: Tx, loads: Iterable[Load]) -> None:
    """Goods leave: of listings' goods that much is gone, however they are found on arrival."""
    await stock.move(tx, StockMovementKind.SELL, _stocked(loads))


async def unsell(tx: Tx, loads: Iterable[Load]) -> None:
    """Goods that had left came back: of listings' goods that much is kept for their lines again."""
    await stock.move(tx, StockMovementKind.UNSELL, _stocked(loads))


def _stocked(loads: Iterable[Load]) -> list[Entry]:
    return [
        Entry(load["stock_pool_id"], load["seller_id"], load["order_line_id"], load["quantity"])
        for load in loads
        if load["stock_pool_id"] is not None
    ]


async def settle(tx: Tx, done: Sequence[Line]) -> None:
    """Let go of what lines that are done hold: stock that never left, quota that was not used up.

    Quota is consumed for the goods that were kept.
    """
    left = [(line, target(line) - line["shipped"]) for line in done]
    await _stock(tx, StockMovementKind.RELEASE, left)
    await lock_quota(tx, done)
    kept = [(line, line["accepted"] + line["downgraded"]) for line in done]
    await _quota(tx, QuotaMovementKind.CONSUME, kept)
    rest = [(line, target(line) - used) for line, used in kept]
    await _quota(tx, QuotaMovementKind.RELEASE, rest)


async def lock_quota(tx: Tx, lines: Iterable[Line]) -> None:
    """Lock the quota periods of *lines* at once, before several statements move them.

    Two passes over different periods, each ascending, are a circle. One period needs none.
    """
    periods = {line["quota_period_id"] for line in lines} - {None}
    if len(periods) > 1:
        await tx.sql(_LOCK_QUOTA, list(periods))


async def _lock_stock(tx: Tx, lines: Iterable[Line]) -> None:
    pools = {line["stock_pool_id"] for line in lines} - {None}
    if len(pools) > 1:
        await tx.sql(_LOCK_STOCK, list(pools))


async def _stock(tx: Tx, kind: StockMovementKind, parts: Iterable[Part]) -> None:
    entries = [
        Entry(line["stock_pool_id"], line["seller_id"], line["id"], quantity)
        for line, quantity in parts
        if line["stock_pool_id"] is not None and quantity
    ]
    await stock.move(tx, kind, entries)


async def _quota(tx: Tx, kind: QuotaMovementKind, parts: Iterable[Part]) -> None:
    entries = [
        QuotaEntry(line["quota_period_id"], line["buyer_id"], line["id"], quantity)
        for line, quantity in parts
        if line["quota_period_id"] is not None and quantity
    ]
    await quota.move(tx, kind, entries)
