"""What allocations move in their sellers' offers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from app.catalog.offers.ledger import Entry


def entries(parts: Iterable[tuple[Row[Any], Decimal]]) -> list[Entry]:
    """So much of each allocation as movements of its offer.

    Goods of a listing come from no offer: their stock is held by the order's line.
    """
    return [
        Entry(row.offer_period_id, row.seller_id, row.id, quantity)
        for row, quantity in parts
        if row.offer_period_id is not None
    ]
