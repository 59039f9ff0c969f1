"""Numbers in Indonesian sentences have a decimal comma; what is no number stays as it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.core.errors import Invalid
from app.core.money import rupiah
from app.core.quantity import Quantity, to_base
from app.core.text import Text


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("masih 31.818 kg.", "masih 31,818 kg."),
        ("31.818 kg", "31,818 kg"),
        ("sisa 7580.5, dari 8000", "sisa 7580,5, dari 8000"),
        ("(0.5 ton)", "(0,5 ton)"),
        ("paling halus 0.001.", "paling halus 0,001."),
        ("1.5 dan 2.5", "1,5 dan 2,5"),
    ],
)
def test_a_decimal_has_a_comma(said: str, wanted: str) -> None:
    assert Text(said, said) == (said, wanted)
    assert Text("{x}", "{x}").filled(x=said) == (said, wanted)


@pytest.mark.parametrize(
    "said",
    [
        "wilayah 35.72.02 atau 35.72.02.1005",
        "tanggal 2026-11-21T08:00:00.123+07:00",
        'misalnya "12.5"',
        "Rp 27.500",
        "http://127.0.0.1:8000/v1.2/x",
        "versi v1.2 dan q=0.9a",
        "15,000.5",
        "GET /v1/regions.",
    ],
)
def test_what_is_no_number_stays(said: str) -> None:
    assert Text(said, said).id == said


def test_rupiah_are_written_as_the_language_groups_them() -> None:
    assert rupiah(Decimal("1250000.00")) == ("Rp 1,250,000", "Rp 1.250.000")
    assert rupiah(Decimal(500)) == ("Rp 500", "Rp 500")
    told = Text("{money} for {kilos} kg.", "{money} untuk {kilos} kg.")
    assert told.filled(money=rupiah(Decimal(50000)), kilos="12.5") == (
        "Rp 50,000 for 12.5 kg.",
        "Rp 50.000 untuk 12,5 kg.",
    )


def test_a_refusal_says_it_in_either_way_of_writing() -> None:
    with pytest.raises(Invalid) as fine:
        to_base(Quantity(value=Decimal("0.001"), unit="g"), "kg", "/quantity")
    detail = fine.value.errors[0].detail
    assert "0.001 kg" in detail.en
    assert "0,001 kg" in detail.id
