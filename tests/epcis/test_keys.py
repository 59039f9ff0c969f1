"""GS1 keys, their Digital Links, and the one way to write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.epcis import keys
from app.epcis.canonical import canonical

PREFIX = "9520123"


def test_published_keys_close() -> None:
    assert keys.closes("4006381333931")
    assert keys.closes("106141412345678908")
    assert not keys.closes("4006381333932")
    assert not keys.closes("400638133393x")


@given(st.integers(0, 99_999))
def test_every_reference_has_keys_that_close(reference: int) -> None:
    for key, length in (
        (keys.gtin(PREFIX, reference), 14),
        (keys.gln(PREFIX, reference), 13),
        (keys.sscc(PREFIX, reference), 18),
    ):
        assert len(key) == length
        assert keys.closes(key)
        assert PREFIX in key


@given(st.lists(st.integers(0, 10**10 - 1), min_size=2, max_size=2, unique=True))
def test_two_loads_never_share_an_sscc(references: list[int]) -> None:
    first, second = (keys.sscc(PREFIX, reference) for reference in references)
    assert first != second
    assert keys.closes(first)


def test_keys_run_out_with_words() -> None:
    for make, first_too_many in ((keys.gtin, 10**5), (keys.gln, 10**5), (keys.sscc, 10**10)):
        make(PREFIX, first_too_many - 1)
        with pytest.raises(keys.KeysUsedUp):
            make(PREFIX, first_too_many)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "urn:epc:id:sgtin:9520123.045001.A1",
            "https://id.gs1.org/01/09520123450014/21/A1",
        ),
        (
            "urn:epc:class:lgtin:9520123.045001.LOT-1",
            "https://id.gs1.org/01/09520123450014/10/LOT-1",
        ),
        ("urn:epc:idpat:sgtin:9520123.045001.*", "https://id.gs1.org/01/09520123450014"),
        ("urn:epc:id:sscc:9520123.0450000000", "https://id.gs1.org/00/095201234500000007"),
        ("urn:epc:id:sgln:9520123.40001.0", "https://id.gs1.org/414/9520123400019"),
        ("urn:epc:id:sgln:9520123.40001.dock1", "https://id.gs1.org/414/9520123400019/254/dock1"),
        ("urn:epc:id:pgln:9520123.40001", "https://id.gs1.org/417/9520123400019"),
        ("urn:epc:id:giai:9520123.12a", "https://id.gs1.org/8004/952012312a"),
        (
            "https://shop.example/sscc/095201234500000007",
            "https://id.gs1.org/00/095201234500000007",
        ),
        ("https://shop.example/a/01/9520123450014", "https://id.gs1.org/01/09520123450014"),
        (
            "http://shop.example/01/09520123450014/10/L1/21/S1?17=261231",
            "https://id.gs1.org/01/09520123450014/21/S1",
        ),
        (
            "https://id.gs1.org/01/09520123450014/22/2A/10/L1",
            "https://id.gs1.org/01/09520123450014/10/L1",
        ),
        ("https://example.org/orders/01/x", "https://example.org/orders/01/x"),
        ("urn:epc:id:sgtin:1.2.3", "urn:epc:id:sgtin:1.2.3"),
        ("geo:-6.98,110.41", "geo:-6.98,110.41"),
    ],
)
def test_whatever_names_the_same_thing_is_written_alike(written: str, meant: str) -> None:
    assert canonical(written) == meant
    assert canonical(meant) == meant
