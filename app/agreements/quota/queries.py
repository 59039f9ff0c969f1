"""The periods of an agreement, and what sellers promise within them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg

from app.catalog.offers.queries import promised
from app.db.tx import Tx
from app.http.lists import BadCursor, seal, unseal

# Days that an amendment took away again have a row, but are no part of the agreement.
_PERIODS = """
SELECT p.id, p.line_id, l.commodity_id, l.grade, l.position, c.base_unit,
  p.period_start, p.period_end, p.quota, p.overdraw, p.carried_in, p.carried_out,
  p.reserved, p.consumed, p.released,
  p.quota + p.carried_in + p.overdraw - p.reserved - p.consumed - p.carried_out AS left
FROM agreements a JOIN agreement_lines l ON l.agreement_id = a.id
JOIN commodities c ON c.id = l.commodity_id JOIN quota_periods p ON p.line_id = l.id
WHERE a.id = $1 AND p.period_start <= a.ends_on
  AND p.period_end >= coalesce($2, p.period_end) AND p.period_start <= coalesce($3, p.period_start)
  AND l.id = coalesce($4, l.id) AND (p.period_start, l.position) > ($5, $6)
ORDER BY p.period_start, l.position LIMIT $7
"""
_KIND = "quota"
_BEGINNING = (date.min, 0)


@dataclass(frozen=True)
class Wanted:
    """Which periods: that touch these days, of this line; None does not matter."""

    start: date | None
    end: date | None
    line_id: UUID | None


async def periods(
    tx: Tx, agreement_id: UUID, wanted: Wanted, limit: int, cursor: str | None
) -> tuple[list[asyncpg.Record], str | None]:
    """One page of an agreement's periods, earliest first. Raises BadCursor."""
    rows = await tx.sql(
        _PERIODS,
        agreement_id,
        wanted.start,
        wanted.end,
        wanted.line_id,
        *_position(cursor),
        limit + 1,
    )
    page = rows[:limit]
    more = len(rows) > limit
    last = (page[-1]["period_start"].isoformat(), page[-1]["position"]) if more else ()
    return page, seal(_KIND, *last) if more else None


def _position(cursor: str | None) -> tuple[date, int]:
    if cursor is None:
        return _BEGINNING
    day, position = unseal(_KIND, cursor, 2)
    try:
        return date.fromisoformat(day), min(int(position), 2**31 - 1)
    except ValueError:
        raise BadCursor from None


async def forecast(tx: Tx, rows: Sequence[asyncpg.Record]) -> dict[UUID, Decimal]:
    """What sellers still promise of each period's goods within its days; by the period's id.

    What can come in two periods counts for each of them: it can be brought in either.
    """
    if not rows:
        return {}
    goods = {(row["commodity_id"], row["grade"]) for row in rows}
    start = min(row["period_start"] for row in rows)
    end = max(row["period_end"] for row in rows)
    of_goods = defaultdict(list)
    for offered in await promised(tx, goods, start, end):
        of_goods[offered["commodity_id"], offered["grade"]].append(offered)
    return {
        row["id"]: sum(
            (
                offered["free"]
                for offered in of_goods[row["commodity_id"], row["grade"]]
                if offered["starts_on"] <= row["period_end"]
                and offered["ends_on"] >= row["period_start"]
            ),
            Decimal(0),
        )
        for row in rows
    }
