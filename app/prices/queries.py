"""Every SELECT on price series and their readings. Whoever has a key may read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import invalid, missing
from app.db.tx import Tx
from app.http.lists import BadCursor, Paging, after, seal, unseal

_SERIES = """
SELECT s.id, s.version, s.code, s.name, s.source, s.commodity_id, s.currency, s.per_value,
  s.per_unit, s.created_at, r.read_on, r.revision, r.amount, r.note, r.recorded_at
FROM price_series s LEFT JOIN LATERAL (
  SELECT read_on, revision, amount, note, recorded_at FROM price_readings
  WHERE series_id = s.id ORDER BY read_on DESC, revision DESC LIMIT 1) r ON true
"""
_ONE = f"{_SERIES} WHERE s.id = $1"
_LIST = f"""{_SERIES}
WHERE ($1::uuid IS NULL OR s.commodity_id = $1) AND ($2::uuid IS NULL OR s.id < $2)
ORDER BY s.id DESC LIMIT $3
"""
_LOCK = "SELECT version FROM price_series WHERE id = $1 FOR NO KEY UPDATE"
_KNOWN = """
SELECT DISTINCT ON (read_on) read_on, revision, amount FROM price_readings
WHERE series_id = $1 AND read_on = ANY($2) ORDER BY read_on, revision DESC
"""
_READINGS = """
SELECT r.read_on, r.revision, r.amount, r.note, r.recorded_at FROM price_readings r
WHERE r.series_id = $1 AND r.read_on BETWEEN $2 AND $3 AND (r.read_on, r.revision) < ($4, $5)
  AND (NOT $6 OR NOT EXISTS (SELECT FROM price_readings n WHERE n.series_id = r.series_id
    AND n.read_on = r.read_on AND n.revision > r.revision))
ORDER BY r.read_on DESC, r.revision DESC LIMIT $7
"""
_UNIT = "SELECT base_unit FROM commodities WHERE id = $1"
_NAMED = "SELECT id, commodity_id FROM price_series WHERE id = ANY($1)"
_END = (date.max, 2**31 - 1)
"""Behind every reading there can be."""

READING = """
LEFT JOIN LATERAL (
  SELECT s.code AS series_code, s.per AS series_per, r.read_on, r.amount AS reading_amount,
    r.revision AS reading_revision
  FROM price_series s LEFT JOIN LATERAL (
    SELECT read_on, amount, revision FROM price_readings
    WHERE series_id = s.id
      AND read_on <= {priced_on}::date - ({terms}.price_index ->> 'lag_days')::integer
    ORDER BY read_on DESC, revision DESC LIMIT 1) r ON true
  WHERE s.id = {terms}.series_id) reading ON true
"""
"""A join that brings with agreement terms the reading their indexed price is made of.

``READING.format(terms="t", priced_on="$3")`` stands after ``agreement_terms t`` in FROM and gives
``reading.series_code, series_per, read_on, reading_amount, reading_revision``: the newest revision
of the newest reading at or before the day the lag leads to, however old; `rules.priced` decides
whether it is fresh enough. All of them are null for other rules.
"""


async def series(tx: Tx, series_id: UUID) -> asyncpg.Record | None:
    """The series with its newest reading."""
    return await tx.sql_row(_ONE, series_id)


async def series_list(
    tx: Tx, paging: Paging, commodity_id: UUID | None
) -> tuple[Sequence[asyncpg.Record], str | None]:
    """Series with their newest readings, newest series first."""
    last = after("price_series", paging.cursor)
    rows = await tx.sql(_LIST, commodity_id, last, paging.limit + 1)
    page = rows[: paging.limit]
    more = len(rows) > paging.limit
    return page, seal("price_series", page[-1]["id"].hex) if more else None


async def lock(tx: Tx, series_id: UUID) -> int:
    """Hold the series until the transaction ends; its version. Readings are added one at a time."""
    version: int = await tx.sql_value(_LOCK, series_id)
    return version


async def known(tx: Tx, series_id: UUID, days: list[date]) -> dict[date, asyncpg.Record]:
    """The newest revisions of those of *days* that have a reading."""
    return {row["read_on"]: row for row in await tx.sql(_KNOWN, series_id, days)}


async def readings(
    tx: Tx, series_id: UUID, paging: Paging, *, since: date | None, until: date | None, newest: bool
) -> tuple[Sequence[asyncpg.Record], str | None]:
    """Readings of the days *since* to *until*, newest day first; *newest*: no corrected ones."""
    day, revision = _position(paging.cursor)
    rows = await tx.sql(
        _READINGS,
        series_id,
        since or date.min,
        until or date.max,
        day,
        revision,
        newest,
        paging.limit + 1,
    )
    page = rows[: paging.limit]
    if len(rows) <= paging.limit:
        return page, None
    return page, seal("price_readings", page[-1]["read_on"].isoformat(), page[-1]["revision"])


def _position(cursor: str | None) -> tuple[date, int]:
    """The day and revision a list of readings continues after. Raises BadCursor."""
    if cursor is None:
        return _END
    day, revision = unseal("price_readings", cursor, 2)
    try:
        return date.fromisoformat(day), min(int(revision), _END[1])
    except ValueError:
        raise BadCursor from None


async def base_unit(tx: Tx, commodity_id: UUID) -> str | None:
    """The unit in which quantities of a commodity are kept; None where there is no such one."""
    unit: str | None = await tx.sql_value(_UNIT, commodity_id)
    return unit


async def check_series(tx: Tx, named: Sequence[tuple[UUID, UUID, str]]) -> None:
    """See that the series that lines name exist and are prices of the lines' goods.

    *named* are (series, commodity, pointer to the price index), of any number of lines; one round
    trip. Raises NotFound or Invalid for the first that is not right.
    """
    rows: list[Any] = await tx.sql(_NAMED, [series_id for series_id, _, _ in named])
    goods = {row["id"]: row["commodity_id"] for row in rows}
    for series_id, commodity_id, pointer in named:
        if series_id not in goods:
            raise missing(
                f"{pointer}/series_id",
                "There is no such price series; see GET /v1/price-series.",
                "Harga acuan ini tidak ada; lihat GET /v1/price-series.",
            )
        if goods[series_id] != commodity_id:
            raise invalid(
                f"{pointer}/series_id",
                "series_commodity",
                "This series is the price of another commodity; see GET /v1/price-series.",
                "Harga acuan ini untuk komoditas lain; lihat GET /v1/price-series.",
            )
