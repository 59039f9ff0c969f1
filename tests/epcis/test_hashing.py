"""The event hash: known values, and what does and what does not change it."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.epcis import documents
from app.epcis.hashing import event_id, namespaces_of, number, pre_hash
from tests.epcis.fixture import EVENTS, HASHES, NAMESPACES

events = st.sampled_from(range(len(EVENTS))).map(lambda n: copy.deepcopy(EVENTS[n]))


@pytest.mark.parametrize("n", range(len(EVENTS)))
def test_it_is_what_the_methods_own_implementation_says(n: int) -> None:
    assert documents.event(EVENTS[n]) == []
    assert event_id(EVENTS[n], NAMESPACES) == HASHES[n]


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: _shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        parts = [_shuffled(one, chance) for one in value]
        chance.shuffle(parts)
        return parts
    return value


@given(events, st.randoms(use_true_random=False))
def test_order_does_not_matter(event: dict[str, Any], chance: random.Random) -> None:
    assert pre_hash(_shuffled(event, chance), NAMESPACES) == pre_hash(event, NAMESPACES)


@given(events)
def test_what_is_not_the_events_own_does_not_matter(event: dict[str, Any]) -> None:
    told = event | {
        "eventID": "urn:uuid:0b8f0a58-5f3b-4c2e-9d52-0d1f6f4f0001",
        "recordTime": "2026-11-03T00:00:00Z",
        "errorDeclaration": {"declarationTime": "2026-11-04T00:00:00Z"},
        "rdfs:comment": "catatan",
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    }
    assert event_id(told, NAMESPACES) == event_id(event, NAMESPACES)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for name in value for leaf in _leaves(value[name], (*path, name))]
    if isinstance(value, list):
        return [leaf for n, one in enumerate(value) for leaf in _leaves(one, (*path, n))]
    return [path]


def _other(value: Any) -> Any:
    """Something else that could stand there."""
    if isinstance(value, int | float):
        return value + 0.5
    if value[-3:] in ("00Z", ":00"):
        return "2026-11-02T13:00:00.001+07:00" if "T" in value else "+08:00"
    return f"{value}X"


@given(events, st.data())
def test_any_change_of_meaning_changes_it(event: dict[str, Any], data: st.DataObject) -> None:
    before = pre_hash(event, NAMESPACES)
    path = data.draw(st.sampled_from(_leaves(event)))
    holder: Any = event
    for part in path[:-1]:
        holder = holder[part]
    if data.draw(st.booleans()) and isinstance(holder, dict) and path != ("type",):
        del holder[path[-1]]
        assume(not documents.event(event))
    else:
        holder[path[-1]] = _other(holder[path[-1]])
    assert pre_hash(event, NAMESPACES) != before


@pytest.mark.parametrize(
    ("field", "written", "alike"),
    [
        ("eventTime", "2026-11-02T06:00:00Z", "2026-11-02T13:00:00.0004+07:00"),
        ("bizStep", "shipping", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "shipping", "https://ref.gs1.org/cbv/BizStep-shipping"),
        ("disposition", "in_transit", "https://ref.gs1.org/cbv/Disp-in_transit"),
        (
            "epcList",
            ["https://x.example/00/095201230000000011"],
            ["https://id.gs1.org/00/095201230000000011"],
        ),
        ("mitra:weight", "0012.50", 12.5),
        ("mitra:weight", "+7", 7),
        ("https://mitra.example/epcis/plain", "x", "x"),
    ],
)
def test_spelling_does_not_matter(field: str, written: Any, alike: Any) -> None:
    one, other = EVENTS[3] | {field: written}, EVENTS[3] | {field: alike}
    assert event_id(one, NAMESPACES) == event_id(other, NAMESPACES)


def test_prefixes_stand_for_what_they_stand_for() -> None:
    renamed = {("teman" if k == "mitra" else k): v for k, v in NAMESPACES.items()}
    event = {k.replace("mitra:", "teman:"): v for k, v in EVENTS[3].items()}
    event["teman:driver"] = {"teman:shift": "pagi", "teman:seals": ["S1", "S2"]}
    assert event_id(event, renamed) == HASHES[3]
    assert event_id(event, renamed | {"teman": "https://orang.example/"}) != HASHES[3]


def test_contexts_are_read_in_every_form() -> None:
    assert namespaces_of("https://x.example") == {}
    assert namespaces_of({"a": "urn:a:"}, None) == {"a": "urn:a:"}
    both = namespaces_of(
        ["https://x.example", {"a": "urn:a:"}], [{"a": "urn:b:", "c": {"@id": "x"}}]
    )
    assert both == {"a": "urn:b:"}


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**8), max_value=10**8
    )
)
def test_numbers_have_one_spelling(value: Decimal) -> None:
    spelt = {number(f"{value:f}"), number(f"{value:f}000"), number(f"{float(value)!r}")}
    assert len(spelt) == 1
    assert Decimal(spelt.pop() or "") == value


@pytest.mark.parametrize("text", ["", "x", "inf", "nan", "1e999999999", "--1", "1.2.3", "٣"])
def test_what_is_no_number_stays(text: str) -> None:
    assert number(text) in (None, text) or Decimal(number(text) or "") == Decimal(text)


def test_digits_beyond_a_float_are_kept() -> None:
    assert number("12345678901234567891") != number("12345678901234567892")
