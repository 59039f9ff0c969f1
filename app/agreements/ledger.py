"""The quota ledger: free → reserved → consumed, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.agreements.models import QuotaMovementKind
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.quantity import plain
from app.core.text import Text
from app.db import ledger
from app.db.tx import Tx

K = QuotaMovementKind

LEDGER = ledger.Ledger(
    table="quota_periods",
    movements="quota_movements",
    row="period_id",
    owner="buyer_id",
    cause="order_line_id",
    limit="quota",
    kinds={
        K.RESERVE: {"reserved": 1},
        K.RELEASE: {"reserved": -1},
        K.CONSUME: {"reserved": -1, "consumed": 1},
    },
)

_SHORT = """
SELECT p.id, p.line_id, p.period_start, p.period_end, p.quota - p.reserved - p.consumed AS left,
  c.base_unit, c.code, l.grade
FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
JOIN commodities c ON c.id = l.commodity_id WHERE p.id = ANY($1) ORDER BY l.position
"""


class QuotaExceeded(DomainError):
    """The period's quota has less left than the order asks for."""

    kind = Kind.CONFLICT
    code = "quota_exceeded"
    title = Text("Quota used up", "Kuota tidak mencukupi")
    advice = Text(
        "Order what is left, choose a delivery day in another period, or ask the hub for more.",
        "Pesan sebanyak sisanya, pilih tanggal di periode lain, atau minta tambahan kepada BTC.",
    )


class QuotaEntry(NamedTuple):
    """One movement of one quota period for one order line, in base units."""

    period_id: UUID
    buyer_id: UUID
    order_line_id: UUID
    quantity: Decimal


async def move(tx: Tx, kind: QuotaMovementKind, entries: Sequence[QuotaEntry]) -> None:
    """Move the periods' counters and write the movements; one round trip.

    Raises QuotaExceeded, saying what is left and what was asked, per period; then nothing may be
    kept of the transaction.
    """
    short = await LEDGER.move(tx, kind, [ledger.Entry(*entry) for entry in entries])
    if short:
        raise await _exceeded(tx, short, entries)


async def _exceeded(tx: Tx, short: list[UUID], entries: Sequence[QuotaEntry]) -> QuotaExceeded:
    asked: dict[UUID, Decimal] = {}
    for entry in entries:
        asked[entry.period_id] = asked.get(entry.period_id, Decimal(0)) + entry.quantity
    rows = await tx.sql(_SHORT, short)
    first = rows[0]
    values = {
        "goods": f"{first['code']} {first['grade']}",
        "start": _day(first["period_start"]),
        "end": _day(first["period_end"]),
        "left": f"{plain(first['left'])} {first['base_unit']}",
        "asked": f"{plain(asked[first['id']])} {first['base_unit']}",
    }
    detail = Text(
        "The quota of {goods} from {start} to {end} has {left} left; {asked} were asked for.",
        "Sisa kuota {goods} dari {start} sampai {end} adalah {left}; yang diminta {asked}.",
    ).filled(**values)
    left = [
        {
            "line_id": encode("agl", row["line_id"]),
            "period_start": _day(row["period_start"]),
            "period_end": _day(row["period_end"]),
            "left": {"value": plain(row["left"]), "unit": row["base_unit"]},
            "asked": {"value": plain(asked[row["id"]]), "unit": row["base_unit"]},
        }
        for row in rows
    ]
    return QuotaExceeded(detail, left=left)


def _day(day: date) -> str:
    return day.isoformat()
