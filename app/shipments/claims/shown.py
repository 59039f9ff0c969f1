"""Claims and deductions on the wire, as their readers may know them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.money import Money
from app.core.quantity import Quantity, QuantityOrNone
from app.shipments.claims import words
from app.shipments.claims.schemas import (
    ClaimDetail,
    ClaimGrantOut,
    ClaimLineOut,
    ClaimOut,
    DeductionOut,
    DeductionShareOut,
    DeductionWhyOut,
)
from app.shipments.claims.states import CLAIM


def claim_out(row: Any, actor: Actor) -> ClaimOut:
    """A claim's row on the wire."""
    return ClaimOut(**row._asdict(), allowed_actions=_allowed(row, actor))


def claim_detail(row: Any, actor: Actor) -> ClaimDetail:
    """A claim's row with its ``lines`` on the wire."""
    fields = row._asdict()
    fields["lines"] = [_line(line, actor) for line in fields["lines"]]
    return ClaimDetail(**fields, allowed_actions=_allowed(row, actor))


def _allowed(row: Any, actor: Actor) -> list[str]:
    # Only who complains takes it back, even where the hub's own party may buy too.
    actions = actor.allowed(CLAIM, row.status)
    return actions if row.buyer_id == actor.party_id else [a for a in actions if a != "withdraw"]


def _line(said: dict[str, Any], actor: Actor) -> ClaimLineOut:
    answered = said["granted_quantity"] is not None
    return ClaimLineOut(
        **{name: UUID(said[name]) for name in ("id", "lot_id", "order_line_id")},
        **{name: said[name] for name in ("number", "about", "remedy", "reason", "note")},
        quantity=_quantity(said["quantity"], said["unit"]),
        amount=_rupiah(said["amount"]),
        photo_ids=[UUID(photo_id) for photo_id in said["photo_ids"]],
        granted=_granted(said, actor) if answered else None,
    )


def _granted(said: dict[str, Any], actor: Actor) -> ClaimGrantOut:
    order_id = said["replacement_order_id"]
    return ClaimGrantOut(
        quantity=QuantityOrNone.model_construct(
            value=Decimal(said["granted_quantity"]), unit=said["unit"]
        ),
        amount=_rupiah(said["granted_amount"]),
        remedy=said["granted_remedy"],
        borne_by=said["borne_by"] if actor.hub else None,
        note=said["answer_note"],
        replacement_order_id=UUID(order_id) if order_id else None,
    )


def deduction_out(row: Any) -> DeductionOut:
    """A deduction's row on the wire, in the words for its party."""
    fields = row._asdict()
    unit = fields.pop("base_unit")
    said = words.why(row)
    quantity = QuantityOrNone.model_construct(value=row.quantity, unit=unit)
    share = row.share and DeductionShareOut(
        quantity=_quantity(row.share, unit), whole=_quantity(row.whole, unit)
    )
    fields |= {
        "quantity": quantity,
        "amount": _rupiah(row.amount),
        "granted_quantity": _quantity(row.granted_quantity, unit),
        "granted_amount": _rupiah(row.granted_amount),
        "share": share,
        "why": DeductionWhyOut(en=said.en, id=said.id),
    }
    return DeductionOut(**fields)


def _rupiah(amount: Decimal | str) -> Money:
    return Money.model_construct(amount=Decimal(amount), currency="IDR")


def _quantity(value: Decimal | str, unit: str) -> Quantity:
    return Quantity.model_construct(value=Decimal(value), unit=unit)
