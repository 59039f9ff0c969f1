"""The rules of listings: licences by day, merge patches, what curation fixes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.listings.rules import check_editable, lacking, licence_rules, merged
from app.catalog.models import Category
from app.core.errors import WrongState
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


@pytest.mark.parametrize("category", sorted(set(Category) - {"processed_food", "snacks", "drinks"}))
def test_what_is_not_packed_food_or_drink_needs_no_licence(category: str) -> None:
    assert lacking(category, frozenset(), DAY) == []


@pytest.mark.parametrize("status", ["approved", "published", "paused"])
def test_after_curation_the_price_may_change_and_nothing_else(status: str) -> None:
    check_editable(status, {"price"})
    with pytest.raises(WrongState) as refused:
        check_editable(status, {"price", "title"})
    assert refused.value.extra["fields"] == ["title"]


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
