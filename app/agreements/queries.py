"""Every SELECT on agreements, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, Table, and_, select, true

from app.agreements.models import Agreement, AgreementLine
from app.agreements.states import AgreementStatus
from app.catalog.models import Commodity
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page

AGREEMENTS: Table = Agreement.__table__  # type: ignore[assignment]
LINES: Table = AgreementLine.__table__  # type: ignore[assignment]

_QUOTA = """
SELECT p.line_id, l.commodity_id, l.grade, c.base_unit, p.period_start, p.period_end,
  p.quota, p.reserved, p.consumed, p.quota - p.reserved - p.consumed AS left
FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id
JOIN commodities c ON c.id = l.commodity_id
WHERE l.agreement_id = $1 ORDER BY p.period_start, l.position
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every agreement of its world; a buyer its own, once it is proposed."""
    mine = (
        true()
        if actor.hub
        else and_(Agreement.buyer_id == actor.party_id, Agreement.status != AgreementStatus.DRAFT)
    )
    return and_(Agreement.livemode == actor.livemode, mine)


async def agreement(tx: Tx, agreement_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The agreement, if the caller may see it."""
    found = select(AGREEMENTS).where(Agreement.id == agreement_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def agreements(
    tx: Tx, paging: Paging, status: str | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The agreements the caller may see, newest first."""
    found: Select[Any] = select(AGREEMENTS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Agreement.status == status)
    return await page(tx, "agreements", found, Agreement.id, paging)


async def lines(tx: Tx, agreement_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The lines of agreements, with their commodity's base unit, in order."""
    return await tx.rows(
        select(*LINES.c, Commodity.base_unit)
        .join(Commodity, Commodity.id == AgreementLine.commodity_id)
        .where(AgreementLine.agreement_id.in_(agreement_ids))
        .order_by(AgreementLine.agreement_id, AgreementLine.position)
    )


async def quota(tx: Tx, agreement_id: UUID) -> list[asyncpg.Record]:
    """Every period of every line of one agreement, earliest first."""
    return await tx.sql(_QUOTA, agreement_id)
