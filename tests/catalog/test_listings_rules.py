"""The rules of listings: licences by day, merge patches, what curation fixes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.categories import Category, department_of
from app.catalog.licences import lacking, licence_rules, telling
from app.catalog.listings.rules import curated, merged
from app.parties.models import LicenceKind

EVE, DAY = date(2026, 10, 16), date(2026, 10, 17)


def test_the_rules_name_only_categories_and_licences_there_are() -> None:
    """A misspelt rule would let goods through unseen."""
    assert licence_rules()
    for rule in licence_rules():
        assert rule.categories <= set(Category)
        assert rule.one_of <= set(LicenceKind)


def test_halal_is_asked_for_from_its_day_on_and_not_before() -> None:
    assert lacking("snacks", {"pirt"}, EVE) == []
    assert lacking("snacks", {"pirt"}, DAY) == [["halal"]]
    assert lacking("snacks", {"bpom_md", "halal"}, DAY) == []


NEED = {"processed_food", "snacks", "drinks"}
NKV = {"fresh.eggs", "fresh.chicken"}


@pytest.mark.parametrize("category", sorted(set(Category)))
def test_food_drink_eggs_and_chicken_need_licences_and_nothing_else_does(category: str) -> None:
    lacks = lacking(category, frozenset(), DAY)
    if department_of(category) in NEED:
        assert lacks == [["bpom_md", "pirt"], ["halal"]]
    else:
        assert lacks == ([["nkv"]] if category in NKV else [])


def test_only_licences_that_concern_the_goods_are_told_of_them() -> None:
    held = {"nib", "nkv", "halal", "pirt"}
    assert telling("snacks.chips", held) == ["halal", "pirt"]
    assert telling("fresh.eggs", held) == ["nkv"]
    assert telling("crafts", held) == []


BEFORE = {"title": "A", "price": {"amount": "1"}, "photos": ["x", "y"]}


@pytest.mark.parametrize(
    ("after", "seen"),
    [
        ({"price": {"amount": "2"}}, set()),
        ({"photos": ["y", "x"]}, set()),
        ({"photos": ["y"]}, set()),
        ({"photos": ["x", "y", "new"]}, {"photos"}),
        ({"title": "B", "price": {"amount": "2"}}, {"title"}),
    ],
)
def test_the_curator_sees_what_is_said_anew_and_no_more(
    after: dict[str, Any], seen: set[str]
) -> None:
    assert curated(BEFORE, BEFORE | after) == seen


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


def rfc7396(target: Any, patch: Any) -> Any:
    """The pseudo code of RFC 7396, section 2, word by word."""
    if isinstance(patch, dict):
        if not isinstance(target, dict):
            target = {}
        target = dict(target)
        for name, value in patch.items():
            if value is None:
                if name in target:
                    del target[name]
            else:
                target[name] = rfc7396(target.get(name), value)
        return target
    return patch


@given(OBJECTS, OBJECTS)
def test_merging_does_what_rfc_7396_says_and_leaves_the_target_alone(
    target: dict[str, Any], patch: dict[str, Any]
) -> None:
    before = repr(target)
    assert merged(target, patch) == rfc7396(target, patch)
    assert repr(target) == before


@given(OBJECTS, OBJECTS)
def test_merging_twice_is_merging_once(target: dict[str, Any], patch: dict[str, Any]) -> None:
    """A PATCH that is sent again, with the new ETag, changes nothing."""
    once = merged(target, patch)
    assert merged(once, patch) == once
