"""Mirroring the shelf: what changed since a time, and everything that can be sold, as streams.

The change feed is in the order of (`xid`, `seq`), as that of events is (ADR 3): only rows below the
oldest transaction still running are shown, so a reader that keeps its cursor never misses what
commits late. A listing stands in it once, where it was changed last.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.catalog.shelf.queries import page_of
from app.core.ids import encode
from app.db.tx import Tx
from app.http.lists import position, seal

KIND = "listing_changes_since"

LONGEST_TRANSACTION = timedelta(minutes=15)
"""No transaction lives longer (the server ends it after ten): what began before has ended."""

# Ordered by the column itself, not by the text of the same name: as texts 1000 comes before 999.
SINCE = """
SELECT listing_id, card, changed_at, xid::text, seq FROM shelf s
WHERE livemode = $4 AND (xid, seq) > ($1::text::xid8, $2::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY s.xid, s.seq LIMIT $3
"""
# Rows stand in the order of their transactions, times are when those began: among all that began
# within the longest transaction after the first one, the lowest number is where to start.
_START = """
SELECT s.xid::text FROM shelf s, (
  SELECT min(changed_at) AS at FROM shelf WHERE livemode = $1 AND changed_at >= $2) AS first
WHERE s.livemode = $1 AND s.changed_at BETWEEN first.at AND first.at + $3::interval
ORDER BY s.xid LIMIT 1
"""
# Where a reader stands when nothing has changed since: at what has not ended yet.
_NOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

_ALL = """
SELECT listing_id, card FROM shelf
WHERE livemode = $1 AND card IS NOT NULL AND sellable AND listing_id > $2 {where}
ORDER BY listing_id LIMIT {chunk}
"""
_CHUNK = 500
# Quotes inside a text are escaped: only a field of the card itself begins so.
_PHOTO = re.compile(r'"(large|medium|thumb)":"/v1/photos/')


async def changes(tx: Tx, since: datetime, cursor: str | None, limit: int) -> tuple[bytes, str]:
    """The next *limit* listings that changed: finished JSON of a page, and its cursor.

    A listing that has left the shelf is ``{"id", "deleted": true, "updated_at"}``. Without a
    *cursor* it begins a little before *since*: what had begun then may have ended after.
    """
    at = position(KIND, cursor) if cursor is not None else await _start(tx, since)
    rows = await tx.sql(SINCE, *at, limit, tx.actor.livemode)
    last = (rows[-1]["xid"], rows[-1]["seq"]) if rows else at
    sealed = seal(KIND, *last)
    return page_of([row["card"] or _tombstone(row) for row in rows], sealed), sealed


async def _start(tx: Tx, since: datetime) -> tuple[str, int]:
    live = tx.actor.livemode
    found = await tx.sql_value(_START, live, since - LONGEST_TRANSACTION, LONGEST_TRANSACTION)
    return found if found is not None else await tx.sql_value(_NOW), 0


def _tombstone(row: asyncpg.Record) -> str:
    said = {
        "id": encode("lst", row["listing_id"]),
        "deleted": True,
        "updated_at": row["changed_at"],
    }
    return orjson.dumps(said, option=orjson.OPT_UTC_Z).decode()


Read = Callable[[str, list[Any]], Awaitable[list[asyncpg.Record]]]
"""Runs a statement with its parameters in a short transaction of its own."""


async def everything(
    read: Read, *, livemode: bool, base: str, category: str | None, seller_id: UUID | None
) -> AsyncIterator[bytes]:
    """Everything that can be ordered today, as lines of JSON in chunks; photos by full address.

    Each chunk is a read of its own, so that nothing is held while a slow reader takes its time.
    """
    where, given = _narrowed(category, seller_id)
    statement = _ALL.format(where=where, chunk=_CHUNK)
    last = UUID(int=0)
    while rows := await read(statement, [livemode, last, *given]):
        last = rows[-1]["listing_id"]
        yield "".join(
            _PHOTO.sub(lambda found: f'"{found[1]}":"{base}/v1/photos/', row["card"]) + "\n"
            for row in rows
        ).encode()


def _narrowed(category: str | None, seller_id: UUID | None) -> tuple[str, list[Any]]:
    where = ""
    given: list[Any] = []
    if category is not None:
        given.append(category)
        where += f"AND {'category' if '.' in category else 'department'} = ${len(given) + 2} "
    if seller_id is not None:
        given.append(seller_id)
        where += f"AND seller_id = ${len(given) + 2} "
    return where, given
