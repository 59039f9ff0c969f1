"""What an amendment does to the quota periods: more, less, longer, shorter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Row

from app.agreements import ledger
from app.agreements.amendments import queries
from app.agreements.amendments.rules import Held, Line, Plan, plan
from app.agreements.commands.buckets import insert_buckets
from app.agreements.models import QuotaMovementKind
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx

_SET = """
UPDATE quota_periods p SET overdraw = k.overdraw, period_end = k.period_end,
  drawable = k.drawable, carrying = k.carrying
FROM jsonb_to_recordset($1::jsonb) AS k(id uuid, overdraw numeric, period_end date,
  drawable boolean, carrying boolean)
WHERE p.id = k.id
"""
_SHOWN = 50


class QuotaInUse(DomainError):
    """More is reserved or consumed of periods than they would have left."""

    kind = Kind.CONFLICT
    code = "quota_in_use"
    title = Text("Quota is in use", "Kuota sudah terpakai")
    advice = Text(
        "periods names those of which more is reserved or consumed than would be left. Amend less, "
        "from a later day on, or cancel orders first.",
        "Isian periods menyebut periode yang sudah terpakai lebih banyak daripada sisanya. Ubah "
        "lebih sedikit, dari tanggal yang lebih baru, atau batalkan pesanan dulu.",
    )


async def check(
    tx: Tx, agreement: Row[Any], lines: Sequence[Line], effective_on: date, ends_on: date | None
) -> None:
    """Raises QuotaInUse if the amendment could not hold as things are."""
    there = await queries.periods(tx, agreement.id, tx.today)
    _check(plan(agreement, lines, there, effective_on, ends_on or agreement.ends_on), _units(lines))


async def change(
    tx: Tx, agreement: Row[Any], lines: Sequence[Line], effective_on: date, ends_on: date | None
) -> None:
    """Make the periods as the amendment says. Raises QuotaInUse.

    The quota moves through the ledger: first what grows, last what shrinks, so that the balance
    holds after each of the statements, which are as many for one period as for thousands.
    """
    there = await queries.periods(tx, agreement.id, tx.today, lock=True)
    found = plan(agreement, lines, there, effective_on, ends_on or agreement.ends_on)
    _check(found, _units(lines))
    await insert_buckets(tx, agreement, found.made)
    grants = [ledger.QuotaEntry(b.id, agreement.buyer_id, None, b.quota) for b in found.made]
    grants += [_entry(kept, 1) for kept in found.kept if kept.grown > 0]
    await ledger.move(tx, QuotaMovementKind.GRANT, grants)
    if found.kept:
        await tx.sql(_SET, orjson.dumps([_row(k) for k in found.kept], default=str).decode())
    cuts = [_entry(kept, -1) for kept in found.kept if kept.grown < 0]
    await ledger.move(tx, QuotaMovementKind.CUT, cuts)


def _entry(kept: Held, sign: int) -> ledger.QuotaEntry:
    return ledger.QuotaEntry(kept.period.id, kept.period.buyer_id, None, sign * kept.grown)


def _row(kept: Held) -> dict[str, Any]:
    return {
        "id": kept.period.id,
        "overdraw": kept.overdraw,
        "period_end": kept.period_end,
        "drawable": kept.drawable,
        "carrying": kept.carrying,
    }


def _units(lines: Sequence[Line]) -> dict[Any, str]:
    return {line.row.id: line.row.base_unit for line in lines}


def _check(found: Plan, units: dict[Any, str]) -> None:
    lacking = [kept for kept in found.kept if kept.lacks]
    if lacking:
        lacking.sort(key=lambda kept: (kept.period.period_start, kept.period.line_id))
        raise QuotaInUse(
            periods=[_told(kept, units[kept.period.line_id]) for kept in lacking[:_SHOWN]]
        )


def _told(kept: Held, unit: str) -> dict[str, Any]:
    p = kept.period
    numbers = {
        "quota": kept.quota,
        "overdraw": kept.overdraw,
        "reserved": p.reserved,
        "consumed": p.consumed,
    }
    return {
        "line_id": encode("agl", p.line_id),
        "period_start": p.period_start.isoformat(),
        "period_end": p.period_end.isoformat(),
        **{name: {"value": plain(n), "unit": unit} for name, n in numbers.items()},
    }
