"""Every SELECT on agreements, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select, true

from app.agreements.models import Agreement, AgreementLine, AgreementTerms
from app.agreements.states import AgreementStatus
from app.catalog.models import Commodity
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page

AGREEMENTS: Table = Agreement.__table__  # type: ignore[assignment]
LINES: Table = AgreementLine.__table__  # type: ignore[assignment]
TERMS: Table = AgreementTerms.__table__  # type: ignore[assignment]

_TERMS = [c.name for c in TERMS.c if c.name not in LINES.c and c.name != "amendment_id"]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every agreement of its world; a buyer its own, once it is proposed."""
    mine = (
        true()
        if actor.hub
        else and_(Agreement.buyer_id == actor.party_id, Agreement.status != AgreementStatus.DRAFT)
    )
    return and_(Agreement.livemode == actor.livemode, mine)


async def agreement(
    tx: Tx, agreement_id: UUID, *, lock: bool = False, alone: bool = False
) -> Row[Any] | None:
    """The agreement, if the caller may see it.

    *alone*: with a lock that also keeps out who inserts an order, an amendment of it.
    """
    found = select(AGREEMENTS).where(Agreement.id == agreement_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=not alone) if lock else found)


async def locked(tx: Tx, agreement_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Those of the agreements that the caller may see, locked in ascending id."""
    found = select(AGREEMENTS).where(Agreement.id.in_(agreement_ids), visible_to(tx.actor))
    rows = await tx.rows(found.order_by(Agreement.id).with_for_update(key_share=True))
    return {row.id: row for row in rows}


async def agreements(
    tx: Tx, paging: Paging, status: str | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The agreements the caller may see, newest first."""
    found: Select[Any] = select(AGREEMENTS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Agreement.status == status)
    return await page(tx, "agreements", found, Agreement.id, paging)


async def lines(
    tx: Tx, agreement_ids: Sequence[UUID], *, latest: bool = False
) -> Sequence[Row[Any]]:
    """The lines of agreements, with their base unit, in order, at the terms that hold today.

    *latest*: at the terms that were agreed last, though they may hold from a later day on.
    """
    # Before its first day, an agreement shows the terms it will begin with.
    first_or_held = or_(AgreementTerms.valid_from <= tx.today, AgreementTerms.version == 1)
    held = (
        select(*(TERMS.c[name] for name in _TERMS))
        .where(AgreementTerms.line_id == AgreementLine.id, true() if latest else first_or_held)
        .order_by(AgreementTerms.version.desc())
        .limit(1)
        .lateral("held")
    )
    return await tx.rows(
        select(*LINES.c, Commodity.base_unit, *held.c)
        .join(Commodity, Commodity.id == AgreementLine.commodity_id)
        .join(held, true())
        .where(AgreementLine.agreement_id.in_(agreement_ids))
        .order_by(AgreementLine.agreement_id, AgreementLine.position)
    )
