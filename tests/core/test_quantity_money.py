"""Quantities and money: exact, as text, converted once and only where it can be known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.errors import Invalid
from app.core.money import Price, line_amount, per_base
from app.core.quantity import MOST, Quantity, QuantityOrNone, plain, to_base

amounts = st.decimals(min_value=Decimal("0.001"), max_value=MOST, places=3)


def kg(value: str, unit: str = "kg") -> Quantity:
    return Quantity.model_validate({"value": value, "unit": unit})


@pytest.mark.parametrize(
    ("value", "unit", "base"),
    [
        ("1", "ton", "1000"),
        ("2.5", "kuintal", "250"),
        ("1500", "g", "1.5"),
        ("1", "TNE", "1000"),
        ("0.001", "kg", "0.001"),
    ],
)
def test_mass_converts_exactly(value: str, unit: str, base: str) -> None:
    assert to_base(kg(value, unit), "kg", "/q") == Decimal(base)


def test_packages_convert_only_through_their_own_pack_size() -> None:
    assert to_base(kg("20", "peti"), "kg", "/q", pack=Decimal(15)) == 300
    for unit in ("peti", "tray", "butir", "ekor"):
        with pytest.raises(Invalid) as refused:
            to_base(kg("20", unit), "kg", "/q")
        assert refused.value.errors[0].pointer == "/q/unit"


@pytest.mark.parametrize(
    "value",
    ["", "-1", "+1", "1e3", "NaN", "Infinity", "1,5", " 1", "1.", ".5", "0x1", "0", "0.0", "1.0001",
     "100000000.001", "9" * 40, "１", 1, 1.5, None, True, [], {}],
)  # fmt: skip
def test_what_is_not_a_plain_decimal_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Quantity.model_validate({"value": value, "unit": "kg"})


def test_finer_than_a_gram_is_refused_and_not_rounded() -> None:
    with pytest.raises(Invalid):
        to_base(kg("0.5", "g"), "kg", "/q")


@pytest.mark.parametrize(
    ("value", "unit", "base", "said"),
    [
        ("1.5", "pcs", "pcs", "Satuan pcs hanya bisa bilangan bulat."),
        ("0.5", "g", "kg", "Paling halus 0,001 kg."),
        ("100000000", "ton", "kg", "Paling banyak 100000000 kg."),
        ("1", "kg", "pcs", "kg tidak bisa diubah ke pcs; pakai pcs."),
    ],
)
def test_what_a_quantity_cannot_be_is_said_plainly(
    value: str, unit: str, base: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        to_base(kg(value, unit), base, "/q")
    assert refused.value.detail.id == said


def test_a_pack_size_is_asked_for_only_where_there_is_one() -> None:
    with pytest.raises(Invalid) as refused:
        to_base(kg("2", "peti"), "kg", "/q", packs=True)
    assert refused.value.detail.id.endswith("pakai kg atau isi pack_size.")


@given(amounts)
def test_a_quantity_survives_the_wire(value: Decimal) -> None:
    sent = QuantityOrNone(value=value, unit="kg").model_dump_json()
    assert QuantityOrNone.model_validate_json(sent).value == value
    assert "e" not in plain(value).lower()


def test_h87_is_pieces() -> None:
    assert kg("1", "H87").unit == "pcs"


def test_a_price_per_hundred_kilograms_is_a_price() -> None:
    price = Price.model_validate(
        {"amount": "2850000", "currency": "IDR", "per": {"value": "100", "unit": "kg"}}
    )
    per = per_base(price, "kg", "/price")
    assert line_amount(Decimal(1000), price.amount, per) == 28_500_000


@given(amounts, st.integers(1, 10**9), amounts)
def test_a_line_is_rounded_once_half_up_to_whole_rupiah(
    quantity: Decimal, amount: int, per: Decimal
) -> None:
    exact = quantity * amount / per
    rounded = line_amount(quantity, Decimal(amount), per)
    assert rounded == rounded.to_integral_value()
    assert abs(rounded - exact) <= Decimal("0.5")


def test_half_a_rupiah_goes_up() -> None:
    assert line_amount(Decimal("0.5"), Decimal(1), Decimal(1)) == 1
    assert line_amount(Decimal("2.5"), Decimal(1), Decimal(1)) == 3


@pytest.mark.parametrize("amount", ["0", "0.5", "100.00", "-5", "1000000000001"])
def test_rupiah_are_whole_and_more_than_nothing(amount: str) -> None:
    with pytest.raises(ValidationError):
        Price.model_validate(
            {"amount": amount, "currency": "IDR", "per": {"value": "1", "unit": "kg"}}
        )
