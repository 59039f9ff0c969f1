"""The quota ledger: granted, carried over; free → reserved → consumed, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg

from app.agreements.models import QuotaMovementKind
from app.agreements.states import AgreementStatus
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.quantity import plain
from app.core.state_words import state_name
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
    limits=("quota", "carried_in", "overdraw"),
    kinds={
        K.GRANT: {"quota": 1},
        K.CUT: {"quota": -1},
        K.RESERVE: {"reserved": 1},
        K.RELEASE: {"reserved": -1, "released": 1},
        K.CONSUME: {"reserved": -1, "consumed": 1},
        K.CARRY_OUT: {"carried_out": 1},
        K.CARRY_IN: {"carried_in": 1},
    },
    notes=("released",),
    guarded={K.RESERVE: "r.drawable"},
)

_SHORT = """
SELECT p.id, p.line_id, p.period_start, p.period_end, p.drawable, a.status, a.ends_on,
  p.quota + p.carried_in + p.overdraw - p.reserved - p.consumed - p.carried_out AS left,
  c.base_unit, c.code, l.grade
FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
JOIN agreements a ON a.id = l.agreement_id
JOIN commodities c ON c.id = l.commodity_id WHERE p.id = ANY($1) ORDER BY l.position, p.id
"""


class AgreementNotActive(DomainError):
    """The agreement does not bind, or not any more, or not for now."""

    kind = Kind.CONFLICT
    code = "agreement_not_active"
    title = Text("Agreement not active", "Kontrak tidak aktif")
    advice = Text(
        "Only an active agreement can be drawn on. Order without agreement_id, or ask the hub.",
        "Hanya kontrak aktif yang bisa dipakai. Pesan tanpa agreement_id, atau hubungi BTC.",
    )

    @classmethod
    def now(cls, status: str) -> AgreementNotActive:
        """The refusal of an agreement that is *status*."""
        said = Text(f"This agreement is {status}.", f"Status kontrak ini: {state_name(status)}.")
        return cls(said, current_status=status)


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
    order_line_id: UUID | None
    quantity: Decimal


async def move(tx: Tx, kind: QuotaMovementKind, entries: Sequence[QuotaEntry]) -> None:
    """Move the periods' counters and write the movements; one round trip.

    Raises QuotaExceeded, saying what is left and what was asked, per period, and AgreementNotActive
    when a period is not there to be drawn on any more; then nothing may be kept of the transaction.
    """
    short = await LEDGER.move(tx, kind, [ledger.Entry(*entry) for entry in entries])
    if short:
        raise await _refused(tx, short, entries)


async def _refused(tx: Tx, short: list[UUID], entries: Sequence[QuotaEntry]) -> DomainError:
    asked: dict[UUID, Decimal] = {}
    for entry in entries:
        asked[entry.period_id] = asked.get(entry.period_id, Decimal(0)) + entry.quantity
    rows = await tx.sql(_SHORT, short)
    for row in rows:
        if not row["drawable"]:
            return _shut(row)
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


def _shut(row: asyncpg.Record) -> AgreementNotActive:
    """Why nothing may be drawn: the agreement was stopped, or made shorter, a moment ago."""
    if row["status"] != AgreementStatus.ACTIVE:
        return AgreementNotActive.now(row["status"])
    said = Text("The agreement runs until {day}.", "Kontrak berlaku sampai {day}.")
    return AgreementNotActive(said.filled(day=_day(row["ends_on"])), current_status=row["status"])


def _day(day: date) -> str:
    return day.isoformat()
