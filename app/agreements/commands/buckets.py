"""The buckets of an agreement: made when it binds, shut and opened with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Row

from app.agreements import ledger, queries
from app.agreements.models import CarryOver, QuotaMovementKind
from app.agreements.rules import share
from app.agreements.states import AgreementStatus
from app.core.ids import new_id
from app.core.periods import periods
from app.db.tx import Tx

_OPEN = """
INSERT INTO quota_periods (id, line_id, buyer_id, livemode, drawable, period_start, period_end,
  overdraw, carrying)
SELECT b.id, b.line_id, $2, $3, $4, b.period_start, b.period_end, b.overdraw, b.carrying
FROM jsonb_to_recordset($1::jsonb) AS b(id uuid, line_id uuid, period_start date, period_end date,
  overdraw numeric, carrying boolean)
"""
# Days that an amendment took away again stay shut.
_DRAW = """
WITH held AS (
  SELECT p.id, a.ends_on FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
  JOIN agreements a ON a.id = l.agreement_id
  WHERE l.agreement_id = $1 ORDER BY p.id FOR NO KEY UPDATE OF p)
UPDATE quota_periods p SET drawable = $2 AND p.period_start <= h.ends_on
FROM held h WHERE p.id = h.id
"""
_SHUT = """
WITH held AS (
  SELECT p.id, l.agreement_id, l.id AS line_id, c.base_unit
  FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
  JOIN commodities c ON c.id = l.commodity_id
  WHERE l.agreement_id = ANY($1) ORDER BY p.id FOR NO KEY UPDATE OF p
), shut AS (
  UPDATE quota_periods p SET drawable = false, carrying = false
  FROM held h WHERE p.id = h.id
  RETURNING h.agreement_id, p.line_id, p.period_start, p.period_end, p.reserved, h.base_unit)
SELECT * FROM shut WHERE reserved > 0 ORDER BY period_start, line_id
"""


class Bucket(NamedTuple):
    """A period to be made: of which line, from when to when, how much, and what beyond that."""

    id: UUID
    line_id: UUID
    period_start: date
    period_end: date
    quota: Decimal
    overdraw: Decimal
    carrying: bool


async def open_all(tx: Tx, row: Row[Any]) -> None:
    """Make the buckets of every line of an agreement that has just begun to bind."""
    found: list[Bucket] = []
    for line in await queries.lines(tx, [row.id]):
        days = periods(line.period, row.starts_on, row.ends_on)
        found += buckets(line, days)
    await insert_buckets(tx, row, found)
    grants = [ledger.QuotaEntry(b.id, row.buyer_id, None, b.quota) for b in found]
    await ledger.move(tx, QuotaMovementKind.GRANT, grants)


def buckets(line: Any, days: Sequence[tuple[date, date]]) -> list[Bucket]:
    """The buckets of the *line* (with its terms) for *days*, of which the last has no next one."""
    overdraw = share(line.quota, line.overdraw_pct, line.base_unit)
    carries = line.carry_over != CarryOver.NONE
    followed = [True for _ in pairwise(days)] + [False]
    return [
        Bucket(new_id(), line.id, first, last, line.quota, overdraw, carries and next_one)
        for (first, last), next_one in zip(days, followed, strict=True)
    ]


async def insert_buckets(tx: Tx, row: Row[Any], found: Sequence[Bucket]) -> None:
    """Insert buckets of the agreement *row*, still without quota; one round trip.

    They can be drawn on if it is active: what a suspended one grows waits until it is resumed.
    """
    if found:
        rows = orjson.dumps([b._asdict() for b in found], default=str).decode()
        drawable = row.status == AgreementStatus.ACTIVE
        await tx.sql(_OPEN, rows, row.buyer_id, row.livemode, drawable)


async def draw(tx: Tx, agreement_id: UUID, *, possible: bool) -> None:
    """Let orders draw on the agreement's periods, or not: from this row's COMMIT on, none can."""
    await tx.sql(_DRAW, agreement_id, possible)


async def shut(tx: Tx, agreement_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Nothing is drawn or carried over any more; the periods of which something is reserved still.

    They have ``agreement_id, line_id, period_start, period_end, reserved, base_unit``. What orders
    hold they go on to consume or release, as ever.
    """
    return await tx.sql(_SHUT, list(agreement_ids))
