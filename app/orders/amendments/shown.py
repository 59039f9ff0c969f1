"""Amendments on the wire: rows and plans as their readers see them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.core.actor import Actor
from app.core.consent import Obstacle, allowed_for
from app.core.money import Money, Price
from app.core.quantity import Quantity, QuantityOrNone
from app.orders.amendments.rules import Effect, Plan, Warning
from app.orders.amendments.schemas import (
    AmendedLineOut,
    AmendmentEffectOut,
    AmendmentRemarkOut,
    DifferenceOut,
    LineTermsOut,
    OrderAmendmentOut,
    OrderAmendmentPreviewOut,
    QuotaEffectOut,
    RemarkTextOut,
    SupplyEffectOut,
)
from app.orders.amendments.terms import Change, Terms
from app.orders.states import ORDER_AMENDMENT


def preview_out(order_id: UUID, plan: Plan, actor: Actor) -> OrderAmendmentPreviewOut:
    """A plan that nobody has proposed yet."""
    return OrderAmendmentPreviewOut(
        order_id=order_id, lines=lines_out(plan), effect=effect_out(plan, actor)
    )


def amendment_out(row: Row[Any], actor: Actor, plan: Plan | None = None) -> OrderAmendmentOut:
    """An amendment's row, and what it does where that is told."""
    return OrderAmendmentOut(
        **row._asdict()
        | {
            "lines": [AmendedLineOut.model_validate(line) for line in row.changes],
            "reason": row.proposed_reason,
            "note": row.proposed_note,
            "answer_reason": row.reason,
            "answer_note": row.note,
            "effect": None if plan is None else effect_out(plan, actor),
            "allowed_actions": allowed_for(
                ORDER_AMENDMENT,
                row.status,
                actor,
                proposed_by=row.proposed_by,
                buyer_id=row.buyer_id,
            ),
        }
    )


def lines_out(plan: Plan) -> list[AmendedLineOut]:
    """Every line that changes, before and after."""
    return [
        AmendedLineOut(
            line_id=change.line["id"], before=_terms(change.before), after=_terms(change.after)
        )
        for change in plan.changes
    ]


def _terms(terms: Terms) -> LineTermsOut:
    price = terms.price
    return LineTermsOut.model_construct(
        quantity=QuantityOrNone.model_construct(value=terms.said.value, unit=terms.said.unit),
        deliver_on=terms.deliver_on,
        ship_to_site_id=terms.ship_to_site_id,
        price=Price.model_construct(
            amount=price["price_amount"],
            currency=price["price_currency"],
            per=Quantity.model_construct(
                value=price["price_per_value"], unit=price["price_per_unit"]
            ),
        ),
        amount=Money(amount=terms.amount),
    )


def effect_out(plan: Plan, actor: Actor) -> AmendmentEffectOut:
    """What a plan does, as *actor* may know it."""
    return AmendmentEffectOut(
        possible=not plan.obstacles,
        reasons=_remarks(plan.obstacles),
        warnings=_remarks(w for w in plan.warnings if actor.hub or not w.hub_only),
        total_before=Money(amount=plan.total_before),
        total_after=Money(amount=plan.total_after),
        difference=DifferenceOut(amount=plan.total_after - plan.total_before),
        quota=[_quota(effect) for effect in plan.effects if effect.line["agreement_line_id"]],
        supply=[_supply(change, actor) for change in plan.changes],
    )


def _remarks(found: Iterable[Obstacle | Warning]) -> list[AmendmentRemarkOut]:
    return [
        AmendmentRemarkOut(
            pointer=one.pointer, code=one.code, said=RemarkTextOut(**one.detail._asdict())
        )
        for one in found
    ]


def _quota(effect: Effect) -> QuotaEffectOut:
    unit, bucket = effect.line["base_unit"], effect.bucket
    assert bucket.starts_on is not None
    assert bucket.ends_on is not None
    return QuotaEffectOut(
        agreement_line_id=effect.line["agreement_line_id"],
        period_start=bucket.starts_on,
        period_end=bucket.ends_on,
        reserved=_quantity(effect.taken, unit),
        released=_quantity(effect.given, unit),
        left=_quantity(max(effect.left, Decimal(0)), unit),
    )


def _supply(change: Change, actor: Actor) -> SupplyEffectOut:
    unit = change.line["base_unit"]
    sellers = {share.seller_id: share.seller for share, _ in change.gone}
    return SupplyEffectOut(
        line_id=change.line["id"],
        released=_quantity(change.freed, unit),
        sellers=len(sellers),
        seller_names=sorted(sellers.values()) if actor.hub else None,
        allocated=_quantity(change.allocated, unit),
        unallocated=_quantity(max(change.target - change.allocated, Decimal(0)), unit),
    )


def _quantity(value: Decimal, unit: str) -> QuantityOrNone:
    return QuantityOrNone.model_construct(value=value, unit=unit)
