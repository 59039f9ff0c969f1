"""A verdict over all that is in a lot: accepted, downgraded, rejected, held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.core.errors import invalid
from app.core.quantity import plain
from app.db.tx import Tx
from app.shipments.lots.graph import rules
from app.shipments.lots.graph.commands import check_grade, keep_back, lower, refuse
from app.shipments.lots.graph.following import finish
from app.shipments.lots.graph.held import Held, hold
from app.shipments.lots.graph.work import ZERO, Out, Work
from app.shipments.lots.models import LotEventKind
from app.shipments.lots.states import LotStatus


class Outcome(StrEnum):
    """What was found of goods that were looked at."""

    ACCEPT = "accept"
    DOWNGRADE = "downgrade"
    REJECT = "reject"
    HOLD = "hold"


_KINDS = {
    Outcome.DOWNGRADE: LotEventKind.DOWNGRADE,
    Outcome.REJECT: LotEventKind.REJECT,
    Outcome.HOLD: LotEventKind.HOLD,
}


@dataclass(frozen=True)
class Part:
    """So much of a lot (base units) was found to be that; *grade* is for what is downgraded."""

    outcome: Outcome
    quantity: Decimal
    count: int | None = None
    grade: str | None = None
    reason: str | None = None


async def judge(
    tx: Tx,
    lot_id: UUID,
    parts: Sequence[Part],
    *,
    inspection_id: UUID | None,
    note: str | None = None,
    pointer: str = "/verdict",
) -> list[UUID]:
    """Divide a lot by the verdict over it; the ids of the lots that were made of it.

    What is accepted stays in it and may go on; if nothing is, the last part that is rejected or
    held does, and shows its verdict. Each part else is one event. Raises NotFound, LotAboard,
    WrongState, and Invalid at *pointer* when the parts are not all of it.
    """
    (lot,) = await hold(tx, [lot_id], "inspect", alone=True)
    _check(lot, parts, pointer)
    if len(parts) == 1:
        parts = [replace(parts[0], count=parts[0].count or lot.count_balance)]
    work = Work(tx, [lot])
    work.tell(lot, "inspect", lot.status, lot.balance, note=note)
    for n, part in enumerate(parts):
        if part.outcome == Outcome.DOWNGRADE:
            await check_grade(tx, lot, part.grade or "", f"{pointer}/{n}/grade")
        if part.outcome != Outcome.ACCEPT:
            _apply(work, lot, part, inspection_id, note)
    if lot.status == LotStatus.QUARANTINED and any(p.outcome == Outcome.ACCEPT for p in parts):
        work.tell(lot, "clear", LotStatus.AVAILABLE, lot.balance, note=note)
    return await finish(tx, work)


def _apply(work: Work, lot: Held, part: Part, inspection_id: UUID | None, note: str | None) -> None:
    out = Out(part.quantity, part.count)
    if part.outcome == Outcome.HOLD and out.quantity == lot.balance:
        work.tell(lot, "hold", LotStatus.QUARANTINED, out.quantity, reason=part.reason, note=note)
        return
    kind = _KINDS[part.outcome]
    event = work.begin(kind, reason=part.reason, note=note, inspection_id=inspection_id)
    if part.outcome == Outcome.DOWNGRADE:
        lower(work, event, lot, out, part.grade or "")
    elif part.outcome == Outcome.REJECT:
        refuse(work, event, lot, out)
    else:
        keep_back(work, event, lot, out)


def _check(lot: Held, parts: Sequence[Part], pointer: str) -> None:
    """Raises Invalid unless the parts are exactly what is in the lot, pieces too."""
    judged = sum((part.quantity for part in parts), ZERO)
    if judged != lot.balance:
        raise invalid(
            pointer,
            "not_the_whole",
            f"The verdict is over {plain(judged)} {lot.unit}; the lot holds "
            f"{plain(lot.balance)} {lot.unit}.",
            f"Hasil pemeriksaan mencakup {plain(judged)} {lot.unit}; isi lot "
            f"{plain(lot.balance)} {lot.unit}.",
        )
    if lot.count_balance is None or (len(parts) == 1 and parts[0].count is None):
        return
    for n, part in enumerate(parts):
        if part.count is None:
            raise rules.count_needed(f"{pointer}/{n}")
    counted = sum(part.count or 0 for part in parts)
    if counted != lot.count_balance:
        raise invalid(
            pointer,
            "count_range",
            f"Pieces of the parts together: {counted}; of the lot: {lot.count_balance}.",
            f"Semua bagian berisi {counted} butir/buah; isi lot {lot.count_balance}.",
        )
