"""What people and Excel write into cells, and what is made of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.categories import tree
from app.catalog.imports.cells import ErrorCell, NotRight, Raw, quantity, rupiah, text, whole
from app.catalog.imports.codes import gtin, hs_code, region
from app.catalog.imports.columns import (
    BY_FIELD,
    COLUMNS,
    IGNORED,
    category_names,
    heading_key,
    known_headings,
)
from app.catalog.imports.products import as_cells
from app.catalog.imports.tiers import tiers, written
from app.core.quantity import plain


def refused(read: Any, raw: Raw, uncertain: bool = False) -> str:
    with pytest.raises(NotRight) as told:
        read(raw, uncertain)
    assert told.value.why.id
    assert told.value.why.en
    return told.value.code


@pytest.mark.parametrize(
    "raw",
    [
        *("15000", "15.000", "Rp 15.000", "Rp15.000,-", "rp. 15.000,00", "15,000", "15000.00"),
        *("IDR 15.000", " 15000 ", "15.000,-", "Rp\u00a015.000", 15000, Decimal(15000)),
    ],
)
@pytest.mark.parametrize("uncertain", [True, False])
def test_prices_as_people_write_them(raw: Raw, uncertain: bool) -> None:
    assert rupiah(raw, uncertain) == "15000"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("lima", "not_a_number"),
        ("15rb", "not_a_number"),
        ("-5", "not_a_number"),
        ("0", "out_of_range"),
        (0, "out_of_range"),
        ("15.5", "not_whole"),
        (Decimal("15.5"), "not_whole"),
        ("1.5000", "not_whole"),
        (True, "not_a_number"),
        ("9" * 18, "out_of_range"),
        (date(2026, 3, 1), "became_date"),
        (ErrorCell("#REF!"), "formula_error"),
        (ErrorCell("1.5", formula=False), "json_value"),
    ],
)
def test_what_is_no_price(raw: Raw, code: str) -> None:
    assert refused(rupiah, raw) == code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("10", "10"),
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("0.250", "0.25"),
        ("1.250", "1250"),
        ("1,250", "1.25"),
        ("1.250,5", "1250.5"),
        ("1,250.5", "1250.5"),
        ("1,250,000", "1250000"),
        (Decimal("1.125"), "1.125"),
    ],
)
def test_quantities_have_an_indonesian_comma(raw: Raw, value: str) -> None:
    assert quantity()(raw, False) == value


@pytest.mark.parametrize("raw", ["1.250", "1,250", "12,000"])
def test_between_commas_a_lone_group_is_not_guessed(raw: str) -> None:
    assert refused(quantity(), raw, uncertain=True) == "number_uncertain"


def test_quantities_have_limits() -> None:
    assert quantity(zero=True)("0", False) == "0"
    assert refused(quantity(), "0") == "out_of_range"
    assert refused(quantity(), "2,0001") == "too_fine"
    assert refused(quantity(), "100000001") == "out_of_range"
    assert refused(quantity(), Decimal("1e300")) == "out_of_range"
    assert refused(rupiah, Decimal("1e300")) == "out_of_range"
    assert whole(1, 10)("3,0", False) == 3
    assert refused(whole(1, 10), "3,5") == "not_whole"
    assert refused(whole(1, 10), "11") == "out_of_range"


@given(st.decimals(0, 10**8, places=3, allow_nan=False))
def test_any_quantity_survives_a_sheet(value: Decimal) -> None:
    cell = plain(value).replace(".", ",")
    assert Decimal(quantity(zero=True)(cell, False)) == value
    assert Decimal(quantity(zero=True)(value, True)) == value


@given(st.integers(1, 10**12))
def test_any_price_survives_its_dots(amount: int) -> None:
    dotted = f"{amount:,}".replace(",", ".")
    assert rupiah(dotted, False) == rupiah(f"Rp {dotted},-", True) == str(amount)


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.dates(),
    )
)
def test_no_cell_breaks_a_reader(raw: Raw) -> None:
    for column in COLUMNS:
        for uncertain in (True, False):
            with suppress(NotRight):
                column.read(raw, uncertain)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("8991234567891", "8991234567891"),
        (8991234567891, "8991234567891"),
        (Decimal(8991234567891), "8991234567891"),
        ("899 1234-567891", "8991234567891"),
        (12345670, "12345670"),
        (36000291452, "036000291452"),
    ],
)
def test_barcodes_also_as_numbers_without_their_zero(raw: Raw, value: str) -> None:
    assert gtin(raw, False) == value


def test_what_is_no_barcode() -> None:
    assert refused(gtin, "8,99123E+12") == "shortened"
    assert refused(gtin, "8.99123E+12") == "shortened"
    assert refused(gtin, "8991234567890") == "gtin"
    assert refused(gtin, "36000291452") == "gtin"  # typed as text it was never a number
    assert refused(gtin, 10**16) == "shortened"


def test_codes() -> None:
    assert region("35.72.02.1005", False) == "35.72.02.1005"
    assert region(3572021005, False) == "35.72.02.1005"
    assert region(Decimal("35.72"), False) == "35.72"
    assert region(3572, False) == "35.72"
    assert refused(region, "Blitar") == "not_a_code"
    assert hs_code(90121, False) == "090121"
    assert hs_code("2008.99", False) == "200899"
    assert refused(hs_code, "12") == "not_a_code"


def test_words() -> None:
    assert text(10)("  a\r\nb ", False) == "a\nb"
    assert text(10)(12, False) == "12"
    assert refused(text(3), "abcd") == "too_long"
    assert refused(text(10), "a\x00b") == "plain_text"
    assert refused(text(10), date(2026, 3, 1)) == "became_date"


def test_tiers() -> None:
    said = tiers("10=14.000; 50 = Rp 13.500", False)
    assert said == [{"from": "10", "amount": "14000"}, {"from": "50", "amount": "13500"}]
    assert tiers(written([{"from": "2.5", "amount": "9"}]), False) == [
        {"from": "2.5", "amount": "9"}
    ]
    assert refused(tiers, "10 14000") == "tiers"
    assert refused(tiers, "50=1; 10=2") == "tiers_order"
    assert refused(tiers, "; ".join(f"{n}=1" for n in range(1, 12))) == "tiers_order"


def test_choices_by_any_name() -> None:
    read = BY_FIELD["category"].read
    assert read("Keripik", False) == read("snacks.chips", False) == read(" CHIPS ", False)
    assert BY_FIELD["unit"].read("Kilo", False) == "kg"
    assert BY_FIELD["storage"].read("Suhu ruang", False) == "ambient"
    assert BY_FIELD["capacity_period"].read("per minggu", False) == "week"
    assert refused(BY_FIELD["unit"].read, "bungkus") == "not_known"


def test_every_category_is_understood_by_its_code() -> None:
    for code in tree():
        assert BY_FIELD["category"].read(code, False) == code
    assert len(set(category_names().values())) == len(tree())


def test_headings_are_told_apart() -> None:
    assert len(set(BY_FIELD)) == len(COLUMNS) >= 31
    for column in COLUMNS:
        for name in (column.field, *column.heading, f"{column.heading.id}*"):
            assert known_headings()[heading_key(name)] == column.field, name
    assert not IGNORED & set(known_headings())
    assert known_headings()[heading_key("Harga (Rp)")] == "price"


@pytest.mark.parametrize("column", COLUMNS, ids=[c.field for c in COLUMNS])
def test_examples_are_right(column: Any) -> None:
    assert column.read(column.example, False) is not None
    assert column.expected.id and column.expected.en


def test_cells_are_kept_so_that_they_read_the_same_again() -> None:
    raw: dict[str, Raw] = {"stock": Decimal("1.125"), "origin_region_code": Decimal("35.72")}
    assert as_cells(raw) == {"stock": "1,125", "origin_region_code": "35.72"}
    assert as_cells({"price": 5, "title": True}) == {"price": 5, "title": "TRUE"}
