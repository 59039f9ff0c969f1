"""One page by price: few hits are gathered and sorted, for many the index of prices is walked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from app.catalog.search import walks
from app.catalog.search.understanding import Understood
from app.catalog.search.wanted import NEWEST, Found, Stage, Wanted
from app.db.tx import Tx

REACH = 20_000
"""Listings that one walk down the index of prices looks at."""


@dataclass(frozen=True)
class PricePlace:
    """Where a page by price ended, and so where the next begins."""

    cents: int
    listing_id: UUID


_CHEAPEST = PricePlace(-1, UUID(int=0))
_DEAREST = PricePlace((1 << 63) - 1, NEWEST)
_COLUMNS = "s.listing_id, s.card, s.title, s.price_cents"


async def page(
    tx: Tx,
    understood: Understood,
    wanted: Wanted,
    *,
    livemode: bool,
    limit: int,
    after: PricePlace | None = None,
) -> tuple[list[Found], PricePlace | None]:
    """At most *limit* listings with all words anywhere, by price, and where the next page begins.

    A page may be short and have a next one; None says that nothing comes any more.
    """
    down = wanted.sort == "-price"
    place = after or (_DEAREST if down else _CHEAPEST)
    source = walks.source_of(understood, wanted, None)
    whole = source.column == "listing_id"
    many = whole or await walks.reached(tx, source, livemode, NEWEST, walks.REACH + 1) is not None
    asked = (understood.query, *wanted.filters)
    at: tuple[Any, ...]
    if many:
        statement = _walked(down)
        at = (livemode, place.cents, REACH, *asked, place.listing_id, limit + 1)
    else:
        statement = _gathered(source.branches, source.column, down)
        values = (*source.values, place.cents, place.listing_id, limit + 1)
        at = (livemode, NEWEST, walks.REACH, *asked, *values)
    rows = await tx.sql(statement, *at)
    found = [Found(r["listing_id"], r["card"], r["title"], Stage.ANYWHERE) for r in rows]
    if len(rows) > limit:
        last = rows[limit - 1]
        return found[:limit], PricePlace(last["price_cents"], last["listing_id"])
    return found, await _reached(tx, livemode, place, down) if many else None


@cache
def _gathered(branches: int, column: str | None, down: bool) -> str:
    hits = walks.hits(branches, column, walks.ANYWHERE, _COLUMNS)
    n = 13 + (2 if column is None else 1)
    way, order = ("<", "DESC") if down else (">", "ASC")
    return (
        f"SELECT * FROM ({hits}) g WHERE (price_cents, listing_id) {way} (${n}, ${n + 1}) "
        f"ORDER BY price_cents {order}, listing_id {order} LIMIT ${n + 2}"
    )


@cache
def _prices(down: bool, last: int) -> str:
    way, order = ("<", "DESC") if down else (">", "ASC")
    return (
        "SELECT price_cents, listing_id FROM shelf WHERE card IS NOT NULL AND livemode = $1 "
        f"AND (price_cents, listing_id) {way} ($2, ${last}) "
        f"ORDER BY price_cents {order}, listing_id {order} LIMIT $3"
    )


@cache
def _walked(down: bool) -> str:
    order = "DESC" if down else "ASC"
    return (
        f"SELECT h.* FROM ({_prices(down, 13)}) near, LATERAL (SELECT {_COLUMNS} FROM shelf s "
        f"WHERE s.listing_id = near.listing_id AND {walks.ANYWHERE} AND {walks.FILTERS} "
        f"OFFSET 0) h "
        f"ORDER BY near.price_cents {order}, near.listing_id {order} LIMIT $14"
    )


async def _reached(tx: Tx, livemode: bool, place: PricePlace, down: bool) -> PricePlace | None:
    statement = f"SELECT price_cents, listing_id FROM ({_prices(down, 4)}) near OFFSET $3 - 1"
    row = await tx.sql_row(statement, livemode, place.cents, REACH, place.listing_id)
    return PricePlace(row["price_cents"], row["listing_id"]) if row else None
