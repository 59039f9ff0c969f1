"""Amendments that nobody answered: too late, or their agreement is over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Table

from app.agreements.models import AgreementAmendment
from app.agreements.states import AGREEMENT, AGREEMENT_AMENDMENT
from app.db.tx import Tx
from app.events.amendments import Amendments

_TABLE: Table = AgreementAmendment.__table__  # type: ignore[assignment]

AMENDED = Amendments(
    AGREEMENT_AMENDMENT,
    _TABLE,
    AGREEMENT,
    lambda row: {"effective_on": row["effective_on"].isoformat()},
)


async def lapse_amendments(tx: Tx, most: int) -> int:
    """Expire at most *most* amendments without an answer; everything stays as it was."""
    return await AMENDED.expire_late(tx, most)


async def expire_with(tx: Tx, agreement_ids: Sequence[UUID]) -> None:
    """Expire what is open of agreements (locked) that end: there is nothing left to amend."""
    await AMENDED.expire_of(tx, agreement_ids, "agreement_ended")
