"""A price and its rule as columns of a table, and back: what agreement lines keep of it."""

from __future__ import annotations

from typing import Any

from app.core.money import per_base
from app.core.quantity import Quantity, plain
from app.http.wire import price_of
from app.prices.models import PriceRule
from app.prices.rules import check_rule, index_of, tier_from
from app.prices.schemas import PriceIndex, QuantityTier, RuledPrice


def price_columns(rule: RuledPrice, base_unit: str, pointer: str) -> dict[str, Any]:
    """The columns of *rule*, entered at *pointer*, for goods in *base_unit*. Raises Invalid.

    They are the price columns, ``price_rule, price_tiers, price_index`` and ``series_id``.
    Whether that series exists is asked by `queries.check_series`.
    """
    price, index = rule.price, rule.price_index
    per = per_base(price, base_unit, f"{pointer}/price")
    check_rule(rule, base_unit, pointer)
    return {
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per,
        "price_rule": str(rule.price_rule),
        "price_tiers": _stored_tiers(rule.price_tiers, base_unit, pointer),
        "price_index": None if index is None else _stored_index(index),
        "series_id": None if index is None else index.series_id,
    }


def shown_price(row: Any) -> RuledPrice:
    """The price in a row with those columns and ``base_unit``, as it is on the wire."""
    tiers = [
        QuantityTier(
            from_quantity=Quantity(value=tier["from"], unit=row.base_unit), amount=tier["amount"]
        )
        for tier in row.price_tiers or ()
    ]
    price = price_of(row)
    assert price is not None
    return RuledPrice(
        price=price,
        price_rule=PriceRule(row.price_rule),
        price_tiers=tiers or None,
        price_index=None if row.price_index is None else index_of(row.price_index),
    )


def _stored_tiers(
    tiers: list[QuantityTier] | None, base_unit: str, pointer: str
) -> list[dict[str, str]] | None:
    if tiers is None:
        return None
    return [
        {
            "from": plain(tier_from(tier, base_unit, f"{pointer}/price_tiers/{n}")),
            "amount": plain(tier.amount),
        }
        for n, tier in enumerate(tiers)
    ]


def _stored_index(index: PriceIndex) -> dict[str, Any]:
    # In the column ids are plain, as in all columns; the typed form is the wire's.
    return index.model_dump(mode="json") | {"series_id": str(index.series_id)}
