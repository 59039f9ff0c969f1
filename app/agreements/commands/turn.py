"""The life of an agreement, step by step, as the two sides take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from app.access.authorize import authorized
from app.agreements import queries
from app.agreements.amendments.ends import expire_with
from app.agreements.commands.buckets import draw, open_all, shut
from app.agreements.facts import AgreementEnding
from app.agreements.queries import AGREEMENTS
from app.agreements.schemas import AgreementRejectIn, OpenOrders, ReasonIn, TerminateIn
from app.agreements.states import AGREEMENT, BINDING, AgreementStatus
from app.core import workdays
from app.core.clock import JAKARTA
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx
from app.events.facts import announce
from app.events.move import move

ANSWER_WITHIN = 10
"""Working days a proposal waits for the buyer's answer, and never past the agreement's last day."""


class AgreementEnded(DomainError):
    """Its last day has passed: nobody can consent to it any more."""

    kind = Kind.CONFLICT
    code = "agreement_ended"
    title = Text("Agreement over", "Kontrak sudah berakhir")
    advice = Text(
        "The last day of this agreement has passed. The hub can write a new one.",
        "Hari terakhir kontrak ini sudah lewat. BTC dapat membuat yang baru.",
    )


class AgreementInUse(DomainError):
    """Orders still hold quota of it: not everything that was called off is settled."""

    kind = Kind.CONFLICT
    code = "agreement_in_use"
    title = Text("Orders are still open", "Masih ada pesanan terbuka")
    advice = Text(
        "Complete the agreement when its orders are settled, or terminate it; periods says what is "
        "still reserved.",
        "Selesaikan kontrak setelah semua pesanannya tuntas, atau akhiri kontrak; lihat periods "
        "untuk jumlah yang masih dicadangkan.",
    )


async def propose(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """The hub consents; the buyer may now see it, and confirm or reject it by ``respond_by``."""
    row = await _held(tx, agreement_id, "propose")
    _still_time(tx, row)
    over = datetime.combine(row.ends_on + timedelta(days=1), time(), JAKARTA).astimezone(UTC)
    respond_by = min(workdays.after(tx.now, ANSWER_WITHIN), over)
    return await _turn(tx, row, "propose", AgreementStatus.PROPOSED, respond_by=respond_by)


async def confirm(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """The buyer consents: the agreement binds and every period's bucket is made."""
    row = await _held(tx, agreement_id, "confirm")
    _still_time(tx, row)
    row = await _turn(tx, row, "confirm", AgreementStatus.ACTIVE)
    await tx.as_hub()  # a buyer does not make its own quota: the hub's promise does
    await open_all(tx, row)
    return row


async def reject(tx: Tx, agreement_id: UUID, asked: AgreementRejectIn) -> Row[Any]:
    """The buyer does not consent. The hub may write another."""
    row = await _held(tx, agreement_id, "reject")
    return await _turn(tx, row, "reject", AgreementStatus.REJECTED, asked.reason, asked.note)


async def withdraw(tx: Tx, agreement_id: UUID, note: str | None) -> Row[Any]:
    """The hub takes its proposal back."""
    row = await _held(tx, agreement_id, "withdraw")
    return await _turn(tx, row, "withdraw", AgreementStatus.WITHDRAWN, note=note)


async def suspend(tx: Tx, agreement_id: UUID, asked: ReasonIn) -> Row[Any]:
    """No new call-offs for now; orders already placed go on."""
    row = await _held(tx, agreement_id, "suspend")
    row = await _turn(tx, row, "suspend", AgreementStatus.SUSPENDED, asked.reason, asked.note)
    await draw(tx, row.id, possible=False)
    return row


async def resume(tx: Tx, agreement_id: UUID) -> Row[Any]:
    """Call-offs are possible again."""
    row = await _held(tx, agreement_id, "resume")
    _still_time(tx, row)
    row = await _turn(tx, row, "resume", AgreementStatus.ACTIVE)
    await draw(tx, row.id, possible=True)
    return row


async def complete(tx: Tx, agreement_id: UUID, note: str | None) -> Row[Any]:
    """Everything called off is settled. Raises AgreementInUse while orders hold quota of it."""
    row = await _held(tx, agreement_id, "complete")
    row = await _turn(tx, row, "complete", AgreementStatus.COMPLETED, note=note)
    await expire_with(tx, [row.id])
    in_use = await shut(tx, [row.id])
    if in_use:
        raise _in_use(in_use)
    return row


async def terminate(tx: Tx, agreement_id: UUID, asked: TerminateIn) -> Row[Any]:
    """No new call-offs ever.

    Open orders go on and settle their quota as agreed, or are called off with it as far as that is
    possible still.
    """
    row = await _held(tx, agreement_id, "terminate", alone=asked.open_orders == OpenOrders.CANCEL)
    binding = row.status in BINDING
    if binding:
        await expire_with(tx, [row.id])
        if asked.open_orders == OpenOrders.CANCEL:
            await announce(tx, AgreementEnding(row.id, asked.reason, asked.note))
    row = await _turn(tx, row, "terminate", AgreementStatus.TERMINATED, asked.reason, asked.note)
    if binding:
        await shut(tx, [row.id])
    return row


async def _held(tx: Tx, agreement_id: UUID, action: str, *, alone: bool = False) -> Row[Any]:
    row = await authorized(tx, queries.agreement(tx, agreement_id, lock=True, alone=alone))
    AGREEMENT.check(action, row.status)
    return row


def _still_time(tx: Tx, row: Row[Any]) -> None:
    if row.ends_on < tx.today:
        raise AgreementEnded


async def _turn(
    tx: Tx,
    row: Row[Any],
    action: str,
    to: AgreementStatus,
    reason: str | None = None,
    note: str | None = None,
    **values: Any,
) -> Row[Any]:
    # A draft is the hub's own paper: the buyer hears of it from its proposal on.
    never_shown = row.status == AgreementStatus.DRAFT and action == "terminate"
    return await move(
        tx,
        AGREEMENT,
        AGREEMENTS,
        row,
        action,
        to,
        audience=() if never_shown else (row.buyer_id,),
        data={"number": row.number},
        reason=reason,
        note=note,
        **values,
    )


def _in_use(rows: Sequence[asyncpg.Record]) -> AgreementInUse:
    return AgreementInUse(
        periods=[
            {
                "line_id": encode("agl", row["line_id"]),
                "period_start": row["period_start"].isoformat(),
                "period_end": row["period_end"].isoformat(),
                "reserved": {"value": plain(row["reserved"]), "unit": row["base_unit"]},
            }
            for row in rows[:_SHOWN]
        ]
    )


_SHOWN = 50
"""Periods that a refusal names; more help nobody."""
