"""Reading the shelf: cards, finished when they were written."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.catalog.categories import tree
from app.catalog.listings.filters import Filters
from app.db.tx import Tx
from app.http.lists import after, seal

KIND = "listings"
DEPARTMENTS = frozenset(code for code, node in tree().items() if node.parent is None)

_NEWEST = UUID(int=(1 << 128) - 1)
"""What every id comes after: where a list without a cursor begins."""

# The world is a literal, not a parameter: the plan is made once for all callers.
_CARD = {
    live: f"SELECT version, seq, card FROM shelf WHERE listing_id = $1 AND livemode = {live} "
    "AND card IS NOT NULL"
    for live in (True, False)
}


async def card(tx: Tx, listing_id: UUID) -> asyncpg.Record | None:
    """``version``, ``seq`` and ``card`` of a listing on the shelf of the caller's world."""
    return await tx.sql_row(_CARD[tx.actor.livemode], listing_id)


async def unit(tx: Tx, listing_id: UUID) -> str | None:
    """The unit in which a listing on the shelf is sold."""
    found = await card(tx, listing_id)
    return None if found is None else orjson.loads(found["card"])["unit"]


async def cards(tx: Tx, filters: Filters) -> tuple[bytes, str | None]:
    """The JSON of one page of the shelf, newest first, and the cursor of the next one."""
    last = after(KIND, filters.cursor) or _NEWEST
    asked: dict[str, Any] = {}
    if filters.seller_id is not None:
        asked["seller_id"] = filters.seller_id
    if filters.category is not None:
        asked["department" if filters.category in DEPARTMENTS else "category"] = filters.category
    query = cards_sql(tx.actor.livemode, tuple(asked))
    rows = await tx.sql(query, filters.limit + 1, last, *asked.values())
    cursor = None
    if len(rows) > filters.limit:
        rows.pop()
        cursor = seal(KIND, rows[-1]["listing_id"].hex)
    return page_of([row["card"] for row in rows], cursor), cursor


@cache
def cards_sql(livemode: bool, columns: tuple[str, ...]) -> str:
    """A page of the shelf on which *columns* equal ``$3`` and on: at most ``$1`` before ``$2``.

    The first column is said as a row comparison and an order of two, so that only the index on the
    two answers: a plan that walked the shelf for a rare category would be the slower the more
    stands there.
    """
    stands = f"SELECT listing_id, card FROM shelf WHERE livemode = {livemode} AND card IS NOT NULL"
    if not columns:
        return f"{stands} AND listing_id < $2 ORDER BY listing_id DESC LIMIT $1"
    first = columns[0]
    others = "".join(f" AND {column} = ${n}" for n, column in enumerate(columns[1:], 4))
    return (
        f"{stands} AND ({first}, listing_id) < ($3, $2) AND {first} >= $3{others} "
        f"ORDER BY {first} DESC, listing_id DESC LIMIT $1"
    )


def page_of(items: list[str], cursor: str | None) -> bytes:
    """A page of finished JSON texts."""
    quoted = "null" if cursor is None else f'"{cursor}"'
    return f'{{"data":[{",".join(items)}],"next_cursor":{quoted}}}'.encode()
