"""What may be agreed as a price, and that it comes back from the table as it was entered."""

from __future__ import annotations

from collections import namedtuple
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from app.core.errors import Invalid
from app.core.ids import encode
from app.prices.schemas import PriceIndex, RuledPrice
from app.prices.terms import price_columns, shown_price
from tests.prices.test_rules import SERIES

INDEX = {
    "series_id": encode("psr", SERIES),
    "lag_days": 7,
    "spread_pct": "-1.25",
    "spread_amount": "-300",
    "floor_amount": "25000",
    "ceiling_amount": "31000",
    "round_to": "50",
    "max_age_days": 30,
    "fallback": "refuse",
}
TIERS = [
    {"from_quantity": {"value": "1", "unit": "ton"}, "amount": "27000"},
    {"from_quantity": {"value": "5000", "unit": "kg"}, "amount": "26250"},
]
PRICE = {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}


def ruled(**said: Any) -> RuledPrice:
    return RuledPrice.model_validate({"price": PRICE, **said})


def refusal(**said: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        price_columns(ruled(**said), "kg", "/lines/3")
    (error,) = refused.value.errors
    return error.pointer, error.code


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"price_rule": "tiered", "price_tiers": TIERS},
        {"price_rule": "indexed", "price_index": INDEX},
        {"price_rule": "indexed", "price_index": {"series_id": INDEX["series_id"]}},
    ],
    ids=["fixed", "tiered", "indexed", "indexed_plainly"],
)
def test_what_was_entered_comes_back(said: dict[str, Any]) -> None:
    columns = price_columns(ruled(**said), "kg", "/lines/0")
    columns |= {"price_tiers": _kept(columns["price_tiers"]), "base_unit": "kg"}
    columns["price_index"] = _kept(columns["price_index"])
    row = namedtuple("Row", columns)(**columns)
    shown = shown_price(row).model_dump(mode="json")
    expected = ruled(**said).model_dump(mode="json")
    for tier in expected["price_tiers"] or ():
        if tier["from_quantity"]["unit"] == "ton":
            tier["from_quantity"] = {"value": "1000", "unit": "kg"}
    assert shown == expected


def _kept(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_it_is_kept_in_base_units_and_plain_ids() -> None:
    tiers = price_columns(ruled(price_rule="tiered", price_tiers=TIERS), "kg", "")["price_tiers"]
    assert tiers == [{"from": "1000", "amount": "27000"}, {"from": "5000", "amount": "26250"}]
    columns = price_columns(ruled(price_rule="indexed", price_index=INDEX), "kg", "")
    assert columns["series_id"] == SERIES
    assert columns["price_index"] == INDEX | {"series_id": str(SERIES)}


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"price_rule": "tiered"}, "/price_tiers", "missing"),
        ({"price_rule": "indexed"}, "/price_index", "missing"),
        ({"price_tiers": TIERS}, "/price_tiers", "price_rule"),
        ({"price_index": INDEX}, "/price_index", "price_rule"),
        (
            {"price_rule": "indexed", "price_index": INDEX, "price_tiers": TIERS},
            "/price_tiers",
            "price_rule",
        ),
        (
            {"price_rule": "tiered", "price_tiers": TIERS[::-1]},
            "/price_tiers/1/from_quantity",
            "tiers_order",
        ),
        (
            {"price_rule": "tiered", "price_tiers": [TIERS[0], TIERS[0]]},
            "/price_tiers/1/from_quantity",
            "tiers_order",
        ),
        (
            {"price_rule": "tiered", "price_tiers": [TIERS[0], TIERS[1] | {"amount": "27000"}]},
            "/price_tiers/1/amount",
            "tiers_order",
        ),
        (
            {"price_rule": "tiered", "price_tiers": [TIERS[0] | {"amount": "27500"}]},
            "/price_tiers/0/amount",
            "tiers_order",
        ),
        (
            {
                "price_rule": "tiered",
                "price_tiers": [{"from_quantity": {"value": "3", "unit": "peti"}, "amount": "1"}],
            },
            "/price_tiers/0/from_quantity/unit",
            "unit_mismatch",
        ),
        (
            {"price_rule": "indexed", "price_index": INDEX | {"spread_pct": "-100"}},
            "/price_index/spread_pct",
            "spread_range",
        ),
        (
            {"price_rule": "indexed", "price_index": INDEX | {"ceiling_amount": "24999"}},
            "/price_index/ceiling_amount",
            "limits_order",
        ),
        (
            {
                "price_rule": "indexed",
                "price_index": INDEX | {"floor_amount": None, "ceiling_amount": "49"},
            },
            "/price_index/ceiling_amount",
            "limits_order",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(
    said: dict[str, Any], pointer: str, code: str
) -> None:
    assert refusal(**said) == (f"/lines/3{pointer}", code)


def test_a_price_per_a_unit_of_another_kind_is_refused() -> None:
    assert refusal(price=PRICE | {"per": {"value": "1", "unit": "ekor"}}) == (
        "/lines/3/price/per/unit",
        "unit_mismatch",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"spread_pct": "1.234"},
        {"spread_pct": "--1"},
        {"spread_pct": "-"},
        {"spread_pct": "1000.01"},
        {"spread_amount": 300},
        {"spread_amount": "-0.5"},
        {"spread_amount": "1e3"},
        {"round_to": "0"},
        {"lag_days": -1},
        {"lag_days": 367},
        {"fallback": "guess"},
        {"floor_amount": "-1"},
        {"series_id": str(SERIES)},
        {"factor": "2"},
    ],
    ids=str,
)
def test_numbers_are_exact_text_within_reason(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PriceIndex.model_validate(INDEX | wrong)


def test_what_is_below_zero_is_written_with_a_minus() -> None:
    index = PriceIndex.model_validate(INDEX | {"spread_pct": "-0.50", "spread_amount": "-0"})
    assert (index.spread_pct, index.spread_amount) == (Decimal("-0.5"), Decimal(0))
    shown = index.model_dump(mode="json")
    assert (shown["spread_pct"], shown["spread_amount"]) == ("-0.5", "0")
    pattern = PriceIndex.model_json_schema()["properties"]["spread_pct"]["pattern"]
    assert pattern == "^-?[0-9]{1,18}(\\.[0-9]{1,2})?$"
