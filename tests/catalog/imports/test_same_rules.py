"""Sheets obey the rules of the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.catalog.imports.judge import New, judge
from app.catalog.imports.products import Line, Product
from app.catalog.imports.rows import listing_row, variant_row
from app.catalog.imports.standing import Facts
from app.catalog.listings.commands.write import stock_of
from app.catalog.listings.schemas import ListingIn
from app.catalog.variants.terms import variant_columns
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.quantity import to_base

_TEXTS = st.sampled_from(["a", "Batik", "x" * 60])
_SAID = st.fixed_dictionaries(
    {"price": st.sampled_from(["1", "15000"])},
    optional={
        "price_per": st.sampled_from(["1", "2.5"]),
        "sku": _TEXTS,
        "size": _TEXTS,
        "flavour": st.sampled_from(["a", "pedas", "WA 081234567890"]),
        "net_weight_g": st.sampled_from(["200", "0.5"]),
        "gross_weight_g": st.sampled_from(["199", "200"]),
        "stock": st.sampled_from(["0", "2", "2.5"]),
        "low_stock_at": st.sampled_from(["1", "1.5"]),
        "capacity": st.sampled_from(["4", "0.5"]),
        "capacity_period": st.sampled_from(["day", "week"]),
        "lead_days": st.sampled_from([0, 14]),
        "price_tiers": st.just([{"from": "10", "amount": "5"}]),
    },
)


@given(
    st.sampled_from(["pcs", "kg"]),
    st.lists(_SAID, min_size=1, max_size=3),
    st.sampled_from([None, "2", "2.5"]),
)
def test_a_sheet_takes_what_the_api_takes_and_makes_the_same_of_it(
    unit: str, said: list[dict[str, Any]], least: str | None
) -> None:
    listing = {"title": "Batik", "category": "clothing", "unit": unit, "min_order": least}
    listing["origin_region_code"] = "35.72"
    lines = [Line(n, dict(one)) for n, one in enumerate(said, 2)]
    verdict = judge(Product("A", listing, lines), Facts(regions={"35.72"}))
    try:
        asked = ListingIn.model_validate(_wire(listing, said))
        wanted = [variant_columns(v, unit, asked.price.amount, "") for v in asked.variants]
        for v in asked.variants:
            _stock(v, unit)
        options = [(v["size"], v["flavour"]) for v in wanted]
        taken = len(set(options)) == len(options)
        if asked.min_order is not None:
            to_base(asked.min_order, unit, "")
    except (ValueError, DomainError):
        taken = False
    if not taken:
        assert verdict is None
        return
    assert isinstance(verdict, New)
    made = [variant_row(way, unit, new_id()) for way in verdict.ways]
    for mine, theirs in zip(made, wanted, strict=True):
        for name, value in theirs.items():
            if name != "id" and not name.startswith("price_") and name != "price_tiers":
                assert _same(mine[name], value), name
    assert listing_row(verdict, new_id(), "x")["price_amount"] == said[0]["price"]


def _wire(listing: dict[str, Any], said: list[dict[str, Any]]) -> dict[str, Any]:
    unit = listing["unit"]

    def price(one: dict[str, Any]) -> dict[str, Any]:
        per = {"value": one.get("price_per", "1"), "unit": unit}
        return {"amount": one["price"], "currency": "IDR", "per": per}

    variants = []
    for one in said:
        variant = {n: one[n] for n in ("sku", "size", "flavour", "price_tiers") if n in one}
        for name, short in (("net_weight_g", "net_weight"), ("gross_weight_g", "gross_weight")):
            if name in one:
                variant[short] = {"value": one[name], "unit": "g"}
        for name in ("stock", "low_stock_at", "capacity"):
            if name in one:
                variant[name] = {"value": one[name], "unit": unit}
        made = {n: one[n] for n in ("capacity_period", "lead_days") if n in one}
        if "capacity" in one or made:
            variant |= made | {"availability": "made_to_order"}
        variants.append(variant | {"price": price(one)})
    least = listing["min_order"]
    rest = {"min_order": {"value": least, "unit": unit}} if least else {}
    return (
        {n: v for n, v in listing.items() if n != "min_order"}
        | rest
        | {
            "price": price(said[0]),
            "variants": variants,
        }
    )


def _stock(variant: Any, unit: str) -> None:
    if variant.stock is not None and variant.stock.value == 0:
        return
    stock_of(variant, unit, "")


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(theirs, Decimal):
        return Decimal(mine) == theirs
    return bool(mine == theirs)
