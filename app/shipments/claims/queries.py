"""Every SELECT on claims and deductions, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Table,
    and_,
    func,
    literal_column,
    or_,
    select,
    true,
)

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.models import Order
from app.shipments.claims.models import Claim, ClaimAbout, ClaimLine, Deduction
from app.shipments.claims.rules import CLOSED_AFTER, Received
from app.shipments.claims.states import ClaimStatus
from app.shipments.lots.models import Lot

CLAIMS: Table = Claim.__table__  # type: ignore[assignment]
LINES: Table = ClaimLine.__table__  # type: ignore[assignment]
DEDUCTIONS: Table = Deduction.__table__  # type: ignore[assignment]

C = ClaimStatus

ENDED_FOR_NOTHING = (C.REJECTED, C.WITHDRAWN)

_DETAIL = literal_column(
    """(SELECT json_agg(json_build_object(
      'id', k.id, 'lot_id', k.lot_id, 'number', l.number, 'order_line_id', k.order_line_id,
      'about', k.about, 'quantity', k.quantity::text, 'unit', l.base_unit,
      'amount', k.amount::text, 'remedy', k.remedy, 'reason', k.reason, 'note', k.note,
      'photo_ids', k.photo_ids, 'granted_quantity', k.granted_quantity::text,
      'granted_amount', k.granted_amount::text, 'granted_remedy', k.granted_remedy,
      'borne_by', k.borne_by, 'answer_note', k.answer_note,
      'replacement_order_id', k.replacement_order_id) ORDER BY k.id)
    FROM claim_lines k JOIN lots l ON l.id = k.lot_id WHERE k.claim_id = claims.id)""",
    JSON,
)
# Of goods in a claim, what was refused may be claimed anew; what a withdrawn one held is free.
_RECEIVED = """
SELECT i.lot_id, i.order_line_id, i.accepted, i.downgraded, i.rejected, i.short,
  o.base_unit, o.price_amount, o.price_per, k.claimed
FROM goods_receipt_lines i JOIN order_lines o ON o.id = i.order_line_id
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(about, quantity) AS claimed FROM (
    SELECT k.about, sum(coalesce(k.granted_quantity, k.quantity))::text AS quantity
    FROM claim_lines k JOIN claims c ON c.id = k.claim_id
    WHERE k.lot_id = i.lot_id AND c.receipt_id = i.receipt_id AND c.status <> 'withdrawn'
    GROUP BY k.about) k) k ON true
WHERE i.receipt_id = $1
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every claim of its world, a buyer its own. Sellers see their deductions."""
    own = true() if actor.hub else Claim.buyer_id == actor.party_id
    return and_(Claim.livemode == actor.livemode, own)


def borne_by(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every deduction of its world, whoever bears one that one."""
    own = true() if actor.hub else Deduction.party_id == actor.party_id
    return and_(Deduction.livemode == actor.livemode, own)


async def claim(tx: Tx, claim_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The claim, if the caller may see it."""
    found = select(CLAIMS).where(Claim.id == claim_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def detail(tx: Tx, claim_id: UUID) -> Row[Any] | None:
    """The claim with its ``lines``, if the caller may see it."""
    found = select(*CLAIMS.c, _DETAIL.label("lines"))
    return await tx.row(found.where(Claim.id == claim_id, visible_to(tx.actor)))


async def claims(
    tx: Tx, paging: Paging, *, receipt_id: UUID | None, status: ClaimStatus | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The claims the caller may see, newest first."""
    found = select(CLAIMS).where(visible_to(tx.actor))
    if receipt_id is not None:
        found = found.where(Claim.receipt_id == receipt_id)
    if status is not None:
        found = found.where(Claim.status == status)
    return await page(tx, "claims", found, Claim.id, paging)


async def deductions(
    tx: Tx, paging: Paging, *, claim_id: UUID | None, lot_id: UUID | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The deductions the caller may see, newest first."""
    found = select(DEDUCTIONS).where(borne_by(tx.actor))
    if claim_id is not None:
        found = found.where(Deduction.claim_id == claim_id)
    if lot_id is not None:
        found = found.where(Deduction.lot_id == lot_id)
    return await page(tx, "deductions", found, Deduction.id, paging)


async def lines(tx: Tx, claim_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """The lines of claims, with the number and the unit of their lots."""
    return await tx.rows(
        select(*LINES.c, Lot.base_unit, Lot.number.label("lot_number"))
        .join(Lot, Lot.id == ClaimLine.lot_id)
        .where(ClaimLine.claim_id.in_(claim_ids))
        .order_by(ClaimLine.id)
    )


async def received(tx: Tx, receipt_id: UUID) -> dict[UUID, Received]:
    """What can be complained of in a receipt, lot by lot; the receipt is locked."""
    return {
        row["lot_id"]: Received(
            row["order_line_id"],
            row["base_unit"],
            row["price_amount"],
            row["price_per"],
            {about: row[about] for about in ClaimAbout},
            _claimed(row["claimed"] or {}),
        )
        for row in await tx.sql(_RECEIVED, receipt_id)
    }


def _claimed(said: dict[str, str]) -> dict[str, Decimal]:
    return {about: Decimal(said.get(about, "0")) for about in ClaimAbout}


async def standing(tx: Tx, receipt_id: UUID) -> list[UUID]:
    """The claims about a receipt that did not end for nothing; the receipt is locked."""
    rows = await tx.rows(
        select(Claim.id)
        .where(
            Claim.receipt_id == receipt_id,
            Claim.status.not_in(ENDED_FOR_NOTHING),
            or_(Claim.status != C.CLOSED, Claim.resolved_at.is_not(None)),
        )
        .order_by(Claim.id)
    )
    return [row.id for row in rows]


async def unanswered(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """At most *most* claims past their answer_by, locked; those being answered are skipped."""
    return await tx.rows(
        select(CLAIMS)
        .where(
            Claim.status.in_((C.OPENED, C.UNDER_REVIEW)),
            Claim.answer_by <= tx.now,
            Claim.livemode == tx.actor.livemode,
        )
        .order_by(Claim.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def done_with(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """At most *most* claims that ended long enough ago, locked."""
    return await tx.rows(
        select(CLAIMS)
        .where(
            Claim.status.in_((C.RESOLVED, C.REJECTED)),
            func.coalesce(Claim.resolved_at, Claim.answered_at) <= tx.now - CLOSED_AFTER,
            Claim.livemode == tx.actor.livemode,
        )
        .order_by(Claim.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def replacements(tx: Tx, order_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Orders that may replace claimed goods: whose they are, how they stand, since when."""
    rows = await tx.rows(
        select(Order.id, Order.buyer_id, Order.status, Order.placed_at).where(
            Order.id.in_(order_ids), Order.livemode == tx.actor.livemode
        )
    )
    return {row.id: row for row in rows}
