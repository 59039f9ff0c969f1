"""Every SELECT on evidence, and who may see which."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.shipments.evidence.models import Evidence

EVIDENCE: Table = Evidence.__table__  # type: ignore[assignment]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees all of its world; whoever uploaded a photo, and its audience, see it."""
    named = or_(Evidence.party_id == actor.party_id, Evidence.audience.any_() == actor.party_id)
    return and_(Evidence.livemode == actor.livemode, true() if actor.hub else named)


async def evidence(tx: Tx, evidence_id: UUID) -> Row[Any] | None:
    """The photo, if the caller may see it."""
    return await tx.row(select(EVIDENCE).where(Evidence.id == evidence_id, visible_to(tx.actor)))
