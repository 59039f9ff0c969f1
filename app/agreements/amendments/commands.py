"""Proposing an amendment of an agreement, and answering it.

Each locks the agreement, then the amendment; confirming goes on to the quota periods.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.agreements import queries as agreements
from app.agreements.amendments import queries, quota, terms
from app.agreements.amendments.ends import AMENDED
from app.agreements.amendments.queries import AMENDMENTS
from app.agreements.amendments.schemas import AgreementAmendmentIn, AmendmentRejectIn
from app.agreements.commands.turn import AgreementEnded
from app.agreements.queries import AGREEMENTS, TERMS
from app.agreements.states import AGREEMENT, AGREEMENT_AMENDMENT
from app.core import workdays
from app.core.clock import JAKARTA
from app.core.consent import AmendmentStatus, already_proposed
from app.core.errors import DomainError, Kind, invalid
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record

ANSWER_WITHIN = 5
"""Working days an amendment waits for its answer, and never past the day it would hold from."""


class AmendmentLate(DomainError):
    """The day it would hold from has come: what is past is not amended."""

    kind = Kind.CONFLICT
    code = "amendment_late"
    title = Text("Too late for this day", "Tanggal berlakunya sudah lewat")
    advice = Text(
        "The amendment would hold from a day that has begun. Propose it again from a later day on.",
        "Perubahan ini berlaku dari tanggal yang sudah dimulai. Usulkan lagi dengan tanggal yang "
        "lebih baru.",
    )


async def create(tx: Tx, agreement_id: UUID, asked: AgreementAmendmentIn) -> Row[Any]:
    """Propose other terms, or another last day; the proposal is its side's consent.

    Raises WrongState for an agreement that does not bind, AlreadyExists while another amendment
    waits, Invalid for days and terms that cannot be, QuotaInUse where more is used already than
    would be left.
    """
    agreement = await authorized(tx, agreements.agreement(tx, agreement_id, lock=True))
    _check_alive(tx, agreement)
    past = await queries.past(tx, agreement.id)
    open_one = queries.waiting(past)
    if open_one is not None:
        raise already_proposed(AGREEMENT_AMENDMENT, open_one)
    lines = await agreements.lines(tx, [agreement.id], latest=True)
    ends_on = None if asked.ends_on == agreement.ends_on else asked.ends_on
    terms.check_days(tx, agreement, lines, asked.effective_on, ends_on)
    amended = await terms.amended_lines(tx, lines, asked.lines)
    terms.check_differs(asked.lines, amended)
    changes = [change for line in amended for change in line.changes]
    if ends_on is not None:
        before, after = agreement.ends_on.isoformat(), ends_on.isoformat()
        changes.append({"line_id": None, "field": "ends_on", "before": before, "after": after})
    if not changes:
        raise invalid(
            "/lines",
            "no_change",
            "Say what becomes different: terms of a line, or ends_on.",
            "Sebutkan yang berubah: ketentuan suatu baris, atau ends_on.",
        )
    await quota.check(tx, agreement, terms.all_lines(lines, amended), asked.effective_on, ends_on)
    row = {
        "id": new_id(),
        "version": 1,
        "status": AmendmentStatus.PROPOSED,
        "agreement_id": agreement.id,
        "buyer_id": agreement.buyer_id,
        "livemode": agreement.livemode,
        "number": past[0].number + 1 if past else 1,
        "proposed_by": tx.actor.party_id,
        "effective_on": asked.effective_on,
        "ends_on": ends_on,
        "changes": changes,
        "respond_by": min(workdays.after(tx.now, ANSWER_WITHIN), _begins(asked.effective_on)),
        "note": asked.note,
    }
    made = await tx.rows(insert(AMENDMENTS).values(row).returning(*AMENDMENTS.c))
    await record(tx, [_proposed(made[0], asked.note)])
    return made[0]


async def confirm(tx: Tx, amendment_id: UUID) -> Row[Any]:
    """The other side consents: the terms have a new version, the periods their new quota.

    Raises QuotaInUse when more is used by now than would be left, AmendmentLate when its day has
    come; it then waits on, to be rejected or withdrawn.
    """
    agreement, row = await _held(tx, amendment_id, "confirm")
    _check_alive(tx, agreement)
    if row.effective_on <= tx.today:
        raise AmendmentLate
    await tx.as_hub()  # whoever confirms: the quota that changes is the hub's promise
    lines = await agreements.lines(tx, [agreement.id], latest=True)
    amended = await terms.amended_lines(tx, lines, terms.said(row.changes))
    every = terms.all_lines(lines, amended)
    await quota.change(tx, agreement, every, row.effective_on, row.ends_on)
    if amended:
        await tx.run(insert(TERMS).values([terms.version(row, line) for line in amended]))
    await move(
        tx,
        AGREEMENT,
        AGREEMENTS,
        agreement,
        "amend",
        agreement.status,
        audience=(agreement.buyer_id,),
        data={
            "number": agreement.number,
            "amendment_id": encode(AGREEMENT_AMENDMENT.prefix, row.id),
            "effective_on": row.effective_on.isoformat(),
        },
        ends_on=row.ends_on or agreement.ends_on,
    )
    return await AMENDED.turn(tx, row, "confirm", AmendmentStatus.CONFIRMED)


async def reject(tx: Tx, amendment_id: UUID, asked: AmendmentRejectIn) -> Row[Any]:
    """The other side does not consent; everything stays as it is."""
    _, row = await _held(tx, amendment_id, "reject")
    return await AMENDED.turn(tx, row, "reject", AmendmentStatus.REJECTED, asked.reason, asked.note)


async def withdraw(tx: Tx, amendment_id: UUID, note: str | None) -> Row[Any]:
    """Its proposer takes it back."""
    _, row = await _held(tx, amendment_id, "withdraw")
    return await AMENDED.turn(tx, row, "withdraw", AmendmentStatus.WITHDRAWN, note=note)


def _check_alive(tx: Tx, agreement: Row[Any]) -> None:
    AGREEMENT.check("amend", agreement.status)
    if agreement.ends_on < tx.today:
        raise AgreementEnded


async def _held(tx: Tx, amendment_id: UUID, action: str) -> tuple[Row[Any], Row[Any]]:
    """The agreement and its amendment, both locked, in this order; the step is the caller's."""
    seen = await authorized(tx, queries.amendment(tx, amendment_id))
    agreement = await agreements.agreement(tx, seen.agreement_id, lock=True)
    row = await queries.locked(tx, amendment_id)
    assert agreement is not None, "whoever may see the amendment may see its agreement"
    assert row is not None
    AMENDED.check(tx, row, action)
    return agreement, row


def _proposed(row: Row[Any], note: str | None) -> Change:
    return Change(
        AGREEMENT_AMENDMENT,
        "create",
        row.id,
        row.version,
        row.status,
        audience=(row.buyer_id,),
        data=AMENDED.told(row._mapping),
        note=note,
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), JAKARTA).astimezone(UTC)
