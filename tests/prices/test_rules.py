"""How a price comes about: checked against a formulation of its own, over all there can be."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.core.money import MOST
from app.prices.rules import PriceMissing, following, limited, priced
from app.prices.schemas import Fallback, PriceIndex, RuledPrice
from app.prices.terms import price_columns

SERIES = UUID("01990000-0000-7000-8000-000000000000")
TODAY = date(2026, 11, 22)

whole = st.integers(1, 10**9).map(Decimal)
readings = st.decimals(Decimal("0.01"), Decimal(10**6), places=2)
quantities = st.decimals(Decimal("0.001"), Decimal(10**5), places=3)


@st.composite
def indexes(draw: st.DrawFn, *, limits: bool = True) -> PriceIndex:
    """Any index that `check_rule` lets through."""
    some = st.none() | whole
    floor, ceiling = (draw(some), draw(some)) if limits else (None, None)
    step = draw(st.sampled_from([1, 5, 50, 100, 1000]))
    if ceiling is not None:
        ceiling = max(ceiling, floor or Decimal(step))
    return PriceIndex(
        series_id=SERIES,
        spread_pct=draw(st.decimals(Decimal("-99.99"), Decimal(300), places=2)),
        spread_amount=draw(st.integers(-(10**6), 10**6).map(Decimal)),
        floor_amount=floor,
        ceiling_amount=ceiling,
        round_to=Decimal(step),
    )


def term(index: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Indexed terms per kg, as they are joined with a reading of yesterday."""
    said = {"series_id": str(SERIES)} | (index or {})
    joined = {
        "price_rule": "indexed",
        "price_amount": Decimal(27500),
        "price_per": Decimal(1),
        "price_tiers": None,
        "price_index": said,
        "series_id": SERIES,
        "series_code": "hap-telur",
        "series_per": Decimal(1),
        "read_on": TODAY - timedelta(days=1),
        "reading_amount": Decimal(26500),
        "reading_revision": 1,
        "priced_on": TODAY,
    }
    return joined | over


def price_of(index: PriceIndex, reading: Decimal, series_per: Decimal, per: Decimal) -> Decimal:
    return limited(index, following(index, reading, series_per, per))[0]


@given(indexes(), readings, quantities, quantities)
@example(PriceIndex(series_id=SERIES, round_to=Decimal(5)), Decimal("2.5"), Decimal(1), Decimal(1))
def test_it_is_the_formula_with_one_rounding(
    index: PriceIndex, reading: Decimal, series_per: Decimal, per: Decimal
) -> None:
    """The same in one division, cross-multiplied in whole numbers of Decimal arithmetic."""
    with localcontext(prec=120):
        over = reading * per * (100 + index.spread_pct) + index.spread_amount * 100 * series_per
        under = 100 * series_per
        steps, rest = divmod(over, under * index.round_to)
        if rest < 0:  # Decimal's divmod goes towards zero
            steps, rest = steps - 1, rest + under * index.round_to
        expected = (steps + (2 * rest >= under * index.round_to)) * index.round_to
        least = index.round_to if index.floor_amount is None else index.floor_amount
        most = MOST if index.ceiling_amount is None else index.ceiling_amount
        expected = sorted([least, expected, most])[1]
    assert price_of(index, reading, series_per, per) == expected


def test_half_a_rupiah_goes_up_and_rounding_happens_once() -> None:
    index = PriceIndex(series_id=SERIES, spread_pct=Decimal("0.01"))
    # 26500.49 + 0.01 % is 26503.14…; rounding the reading first would not change that, but here:
    assert following(index, Decimal(15000), Decimal(1), Decimal(1)) == 15002  # 15001.5
    assert following(index, Decimal("14999.50"), Decimal(1), Decimal(1)) == 15001  # 15000.99995


@given(indexes(), readings, readings, quantities, quantities)
def test_a_higher_reading_never_makes_a_lower_price(
    index: PriceIndex, one: Decimal, other: Decimal, series_per: Decimal, per: Decimal
) -> None:
    low, high = sorted([one, other])
    assert price_of(index, low, series_per, per) <= price_of(index, high, series_per, per)


@given(indexes(), readings, quantities, quantities)
def test_it_lies_between_the_limits_and_on_a_step_unless_a_limit_holds(
    index: PriceIndex, reading: Decimal, series_per: Decimal, per: Decimal
) -> None:
    rounded = following(index, reading, series_per, per)
    amount, by = limited(index, rounded)
    assert amount >= (index.floor_amount or index.round_to) > 0
    assert amount <= (index.ceiling_amount or MOST)
    assert rounded % index.round_to == 0
    assert by == ("floor" if amount > rounded else "ceiling" if amount < rounded else None)
    if by is None:
        assert amount == rounded
    elif by == "floor" and index.floor_amount is not None:
        assert amount == index.floor_amount
    elif index.ceiling_amount is not None and by == "ceiling":
        assert amount == index.ceiling_amount


@given(readings, st.decimals(Decimal(-50), Decimal(50), places=2), st.integers(-500, 500))
def test_the_unit_it_is_said_in_makes_no_difference(
    reading: Decimal, pct: Decimal, rupiah: int
) -> None:
    """Rp x per kg and Rp 100 x per 100 kg are one reading; agreed per 100 kg it is 100 times."""
    index = PriceIndex(series_id=SERIES, spread_pct=pct, spread_amount=Decimal(rupiah))
    one, hundred = Decimal(1), Decimal(100)
    by_kg = following(index, reading, one, one)
    assert following(index, reading * 100, hundred, one) == by_kg
    bulk = index.model_copy(update={"spread_amount": Decimal(rupiah * 100)})
    by_hundred = following(bulk, reading, one, hundred)
    exact = Fraction(reading) * (1 + Fraction(pct) / 100) + rupiah
    assert abs(Fraction(by_hundred) / 100 - exact) <= Fraction(1, 200)
    assert abs(Fraction(by_kg) - exact) <= Fraction(1, 2)


@given(indexes(), readings, st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_reading_counts_as_long_as_it_is_fresh(
    index: PriceIndex, reading: Decimal, lag: int, age: int, most: int
) -> None:
    said = index.model_copy(
        update={"lag_days": min(lag, 366), "max_age_days": most, "fallback": Fallback.PRICE}
    )
    stored = price_columns(rule(price_rule="indexed", price_index=said), "kg", "")["price_index"]
    read_on = TODAY - timedelta(days=said.lag_days + age)
    found = priced(term(stored, read_on=read_on, reading_amount=reading), Decimal(1))
    assert found.inputs is not None
    assert found.inputs["fallback"] == (None if age <= most else "price")


def rule(**over: Any) -> RuledPrice:
    price = {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}
    return RuledPrice.model_validate({"price": price, **over})


def test_a_fixed_price_is_itself() -> None:
    found = priced(term(price_rule="fixed"), Decimal(5))
    assert (found.amount, found.inputs) == (Decimal(27500), None)


def test_everything_the_price_was_made_of_is_kept_as_plain_text() -> None:
    index = {
        "lag_days": 1,
        "spread_amount": "250",
        "spread_pct": "-1.5",
        "floor_amount": "26400",
        "ceiling_amount": "30000",
        "round_to": "50",
    }
    found = priced(term(index, reading_amount=Decimal("26500.00"), reading_revision=2), Decimal(1))
    expected = {
        "rule": "indexed",
        "series": "hap-telur",
        "series_id": str(SERIES),
        "read_on": "2026-11-21",
        "reading": "26500",
        "revision": 2,
        "lag_days": 1,
        "spread_pct": "-1.5",
        "spread_amount": "250",
        "before_limits": "26350",  # 26500 - 397.5 + 250 = 26352.5
        "limited_by": "floor",
        "round_to": "50",
        "fallback": None,
        "amount": "26400",
    }
    assert found.inputs == expected
    assert orjson.loads(orjson.dumps(found.inputs)) == expected
    assert found.amount == Decimal(26400)


OLD = TODAY - timedelta(days=400)


def test_without_a_fresh_reading_the_last_one_holds() -> None:
    found = priced(term({"fallback": "last_reading"}, read_on=OLD), Decimal(1))
    assert found.amount == 26500
    assert found.inputs is not None
    assert (found.inputs["fallback"], found.inputs["read_on"]) == ("last_reading", OLD.isoformat())


@pytest.mark.parametrize(
    ("fallback", "read_on"), [("price", OLD), ("price", None), ("last_reading", None)]
)
def test_or_the_lines_own_price_holds(fallback: str, read_on: date | None) -> None:
    """As it was agreed: no spread, no limits, no rounding."""
    index = {"fallback": fallback, "ceiling_amount": "20000", "round_to": "1000"}
    found = priced(term(index, read_on=read_on), Decimal(1))
    assert found.amount == 27500
    assert found.inputs is not None
    assert found.inputs["fallback"] == "price"
    names = ("read_on", "reading", "revision", "before_limits", "limited_by")
    assert {found.inputs[name] for name in names} == {None}


@pytest.mark.parametrize("read_on", [OLD, None], ids=["old", "none"])
def test_or_nothing_is_ordered_and_the_refusal_says_what_was_looked_for(
    read_on: date | None,
) -> None:
    with pytest.raises(PriceMissing) as refused:
        priced(term({"fallback": "refuse", "lag_days": 2}, read_on=read_on), Decimal(1))
    assert refused.value.extra == {
        "series": "hap-telur",
        "looked_for": {"from": "2026-11-06", "to": "2026-11-20"},
    }
    assert "hap-telur" in refused.value.detail.id
    assert "2026-11-06" in refused.value.detail.en


TIERS = [{"from": "1000", "amount": "27000"}, {"from": "5000", "amount": "26250"}]


@pytest.mark.parametrize(
    ("quantity", "tier", "amount"),
    [
        ("999.999", None, 27500),
        ("1000", TIERS[0], 27000),
        ("4999.999", TIERS[0], 27000),
        ("5000", TIERS[1], 26250),
        ("90000", TIERS[1], 26250),
    ],
)
def test_a_tier_holds_from_its_quantity_on(quantity: str, tier: Any, amount: int) -> None:
    found = priced(term(price_rule="tiered", price_tiers=TIERS), Decimal(quantity))
    assert found.amount == amount
    assert found.inputs == {"rule": "tiered", "tier": tier, "amount": str(amount)}


@given(st.lists(st.tuples(quantities, whole), max_size=8), quantities, quantities)
def test_more_never_costs_more_for_each(
    said: list[tuple[Decimal, Decimal]], one: Decimal, other: Decimal
) -> None:
    tiers = [
        {"from": str(quantity), "amount": str(amount)}
        for quantity, amount in zip(
            sorted({quantity for quantity, _ in said}),
            sorted({amount for _, amount in said}, reverse=True),
            strict=False,
        )
    ]
    assume(all(Decimal(tier["amount"]) < 10**9 for tier in tiers))
    terms = term(price_rule="tiered", price_tiers=tiers, price_amount=Decimal(10**9))
    low, high = sorted([one, other])
    assert priced(terms, high).amount <= priced(terms, low).amount
