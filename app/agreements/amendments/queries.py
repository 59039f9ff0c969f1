"""Every SELECT on an agreement's amendments, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, select, true

from app.agreements.models import AgreementAmendment, AgreementLine, QuotaPeriod
from app.core.actor import Actor
from app.core.consent import AmendmentStatus
from app.db.tx import Tx
from app.http.lists import Paging, page

AMENDMENTS: Table = AgreementAmendment.__table__  # type: ignore[assignment]
PERIODS: Table = QuotaPeriod.__table__  # type: ignore[assignment]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees those of its world; a buyer those of its agreements, whoever proposed them."""
    mine = true() if actor.hub else AgreementAmendment.buyer_id == actor.party_id
    return and_(AgreementAmendment.livemode == actor.livemode, mine)


async def amendment(tx: Tx, amendment_id: UUID) -> Row[Any] | None:
    """The amendment, if the caller may see it."""
    return await tx.row(
        select(AMENDMENTS).where(AgreementAmendment.id == amendment_id, visible_to(tx.actor))
    )


async def locked(tx: Tx, amendment_id: UUID) -> Row[Any] | None:
    """The same, locked. Its agreement must be locked before it."""
    return await tx.row(
        select(AMENDMENTS)
        .where(AgreementAmendment.id == amendment_id, visible_to(tx.actor))
        .with_for_update(key_share=True)
    )


async def amendments(
    tx: Tx, agreement_id: UUID, paging: Paging
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of an agreement's amendments, newest first."""
    found = select(AMENDMENTS).where(
        AgreementAmendment.agreement_id == agreement_id, visible_to(tx.actor)
    )
    return await page(tx, "agreement_amendments", found, AgreementAmendment.id, paging)


async def past(tx: Tx, agreement_id: UUID) -> Sequence[Row[Any]]:
    """Id, number and status of all the agreement's amendments, the newest first."""
    return await tx.rows(
        select(AgreementAmendment.id, AgreementAmendment.number, AgreementAmendment.status)
        .where(AgreementAmendment.agreement_id == agreement_id)
        .order_by(AgreementAmendment.number.desc())
    )


def waiting(rows: Sequence[Row[Any]]) -> UUID | None:
    """Which of *rows* waits for an answer; at most one does."""
    return next((row.id for row in rows if row.status == AmendmentStatus.PROPOSED), None)


async def periods(
    tx: Tx, agreement_id: UUID, since: date, *, lock: bool = False
) -> Sequence[Row[Any]]:
    """The agreement's quota periods that are not over on *since*; locked in ascending id."""
    found = (
        select(PERIODS)
        .join(AgreementLine, AgreementLine.id == QuotaPeriod.line_id)
        .where(AgreementLine.agreement_id == agreement_id, QuotaPeriod.period_end >= since)
        .order_by(QuotaPeriod.id)
    )
    return await tx.rows(found.with_for_update(key_share=True, of=QuotaPeriod) if lock else found)
