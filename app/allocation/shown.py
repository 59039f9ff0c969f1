"""From rows to the wire: an allocation, with the reason for its size in words."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.allocation.rules import Limit
from app.allocation.schemas import AllocationOut, Rule, Said, WhyOut
from app.allocation.states import ALLOCATION, WEIGHABLE, AllocationStatus
from app.core.actor import Actor
from app.core.money import Money, Price, line_amount
from app.core.quantity import Quantity, QuantityOrNone
from app.core.text import Text

_SAID = {
    Limit.LEVEL: Text(
        "Your fair share: everybody who can bring that much was asked for {level}.",
        "Bagian Anda yang adil: semua yang sanggup diminta {level}.",
    ),
    Limit.OFFERED: Text(
        "You were asked for all that your offer had left.",
        "Anda diminta semua sisa penawaran Anda.",
    ),
    Limit.PACKS: Text(
        "Your fair share, in whole packs of {pack_size}.",
        "Bagian Anda yang adil, dalam kemasan utuh {pack_size}.",
    ),
    Limit.MIN_PICKUP: Text(
        "Raised to your smallest pick-up of {min_pickup}; the order needed it.",
        "Dinaikkan ke jemputan terkecil Anda, {min_pickup}, karena pesanan membutuhkannya.",
    ),
}


_ORDERED = Text(
    "These are goods of your own listing: you were asked for all that was ordered.",
    "Ini produk tayang Anda sendiri: Anda diminta semua yang dipesan.",
)


def allocation_out(row: Any, actor: Actor) -> AllocationOut:
    """An allocation's row (a mapping) on the wire."""
    unit = row["base_unit"]
    status = AllocationStatus(row["status"])
    open_ = status in WEIGHABLE or status == AllocationStatus.OFFERED
    left = row["quantity"] - row["weighed"] if open_ else Decimal(0)
    amount = line_amount(row["quantity"], row["price_amount"], row["price_per"])
    why = row["why"]
    return AllocationOut.model_construct(
        **{name: row[name] for name in _SHOWN},
        status=status,
        allowed_actions=actor.allowed(ALLOCATION, status),
        proposed=_quantity(row["proposed"], unit),
        quantity=_quantity(row["quantity"], unit),
        weighed=quantity_or_none(row["weighed"], unit),
        left_to_weigh=quantity_or_none(left, unit),
        price=_price(
            row["price_amount"],
            row["price_currency"],
            row["price_per_value"],
            row["price_per_unit"],
        ),
        amount=Money.model_construct(amount=amount, currency="IDR"),
        why=_why_out(
            why["rule"],
            why["limited_by"],
            why["level"],
            why.get("pack_size"),
            why.get("min_pickup"),
            unit,
        ),
    )


_SHOWN = (
    "id",
    "version",
    "order_id",
    "order_line_id",
    "offer_id",
    "seller_id",
    "site_id",
    "commodity_id",
    "grade",
    "variant_id",
    "title",
    "deliver_on",
    "respond_by",
    "reason",
    "note",
    "created_at",
)


# One run makes thousands of shares at the same price and level: what is equal is made once.
@lru_cache(maxsize=4096)
def quantity_or_none(value: Decimal, unit: str) -> QuantityOrNone:
    """*value* in *unit* on the wire."""
    return QuantityOrNone.model_construct(value=value, unit=unit)


@lru_cache(maxsize=4096)
def _quantity(value: Decimal, unit: str) -> Quantity:
    return Quantity.model_construct(value=value, unit=unit)


@lru_cache(maxsize=256)
def _price(amount: Decimal, currency: Any, per_value: Decimal, per_unit: str) -> Price:
    return Price.model_construct(
        amount=amount, currency=currency, per=_quantity(per_value, per_unit)
    )


@lru_cache(maxsize=1024)
def _why_out(
    rule: str,
    limited_by: str | None,
    level: str | None,
    pack_size: str | None,
    min_pickup: str | None,
    unit: str,
) -> WhyOut:
    limit = None if limited_by is None else Limit(limited_by)
    text = _ORDERED if limit is None else _SAID[limit]
    said = text.filled(
        level=f"{level} {unit}", pack_size=f"{pack_size} {unit}", min_pickup=f"{min_pickup} {unit}"
    )
    return WhyOut.model_construct(
        rule=Rule(rule),
        limited_by=limit,
        level=None if level is None else quantity_or_none(Decimal(level), unit),
        said=Said.model_construct(en=said.en, id=said.id),
    )
