"""Everything that changes price series: adding one, and recording and correcting its readings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.access.authorize import authorized
from app.catalog.commodities.queries import unknown_goods
from app.core.errors import AlreadyExists
from app.core.ids import encode, new_id
from app.core.quantity import to_base
from app.db.tx import Tx
from app.prices import queries
from app.prices.files import Sheet
from app.prices.readings import Reading, refuse, revisions
from app.prices.schemas import PriceSeriesIn, RecordedOut, reading_out

_CREATE = """
INSERT INTO price_series (id, code, name, source, commodity_id, per_value, per_unit, per)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO NOTHING RETURNING true
"""
_CODED = "SELECT id FROM price_series WHERE code = $1"
_ADD = """
WITH added AS (
  INSERT INTO price_readings (id, series_id, read_on, revision, amount, note, recorded_at)
  SELECT r.id, $1, r.read_on, r.revision, r.amount, r.note, $2
  FROM unnest($3::uuid[], $4::date[], $5::integer[], $6::numeric[], $7::text[])
    AS r(id, read_on, revision, amount, note))
UPDATE price_series SET version = version + 1 WHERE id = $1
"""


async def create(tx: Tx, asked: PriceSeriesIn) -> UUID:
    """Add a series. Raises NotFound for its commodity, AlreadyExists for a used code, Invalid."""
    base_unit = await queries.base_unit(tx, asked.commodity_id)
    if base_unit is None:
        raise unknown_goods("", commodity_known=False)
    series_id = new_id()
    made = await tx.sql_value(
        _CREATE,
        series_id,
        asked.code,
        asked.name,
        asked.source,
        asked.commodity_id,
        asked.per.value,
        asked.per.unit,
        to_base(asked.per, base_unit, "/per"),
    )
    if not made:
        existing = await tx.sql_value(_CODED, asked.code)
        raise AlreadyExists(existing_id=encode("psr", existing))
    return series_id


async def record(tx: Tx, series_id: UUID, asked: Sequence[Reading]) -> RecordedOut:
    """Add the readings of *asked* that say something new; all of them, or none.

    Who records waits for who is recording: of two corrections of a day the second is the next
    revision. Raises Invalid; see `readings.revisions`.
    """
    await authorized(tx, queries.series(tx, series_id))
    return await _add(tx, series_id, asked)


async def import_sheet(tx: Tx, series_id: UUID, sheet: Sheet) -> RecordedOut:
    """Record what a file says, if nothing of it is wrong. Raises Invalid."""
    await authorized(tx, queries.series(tx, series_id))
    if sheet.wrong:
        refuse(sheet.wrong)
    return await _add(tx, series_id, sheet.readings)


async def _add(tx: Tx, series_id: UUID, asked: Sequence[Reading]) -> RecordedOut:
    await queries.lock(tx, series_id)
    known = await queries.known(tx, series_id, [reading.read_on for reading in asked])
    added = revisions(asked, known, tx.today)
    if added:
        await tx.sql(
            _ADD,
            series_id,
            tx.now,
            [new_id() for _ in added],
            [reading.read_on for reading, _ in added],
            [revision for _, revision in added],
            [reading.amount for reading, _ in added],
            [reading.note for reading, _ in added],
        )
    corrected = sum(revision > 1 for _, revision in added)
    row = await queries.series(tx, series_id)
    assert row is not None
    return RecordedOut(
        version=row["version"],
        recorded=len(added) - corrected,
        corrected=corrected,
        unchanged=len(asked) - len(added),
        newest=reading_out(row),
    )
