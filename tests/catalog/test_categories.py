"""`GET /v1/categories`: the tree, in both languages, with the licences its goods need."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.catalog import licences
from app.catalog.categories import tree
from app.core import clock
from tests.api import Api
from tests.catalog.gate.test_gate import halal_from, rules_are

pytestmark = pytest.mark.anyio


async def test_anybody_reads_the_whole_tree_with_names_and_needs(api: Api, hub: Api) -> None:
    answer = await api.get("/v1/categories")
    departments = {d["code"]: d for d in answer.json()["data"]}
    codes = {c["code"] for d in departments.values() for c in d["children"]} | set(departments)
    assert codes == set(tree())
    assert departments["snacks"]["name"] == {"en": "Snacks", "id": "Camilan"}
    chips = next(c for c in departments["snacks"]["children"] if c["code"] == "snacks.chips")
    assert chips["name"] == {"en": "Chips", "id": "Keripik"}
    assert [need["one_of"] for need in chips["needs"]] == [["bpom_md", "pirt"], ["halal"]]
    assert departments["fresh"]["needs"] == [] and departments["crafts"]["needs"] == []
    eggs = next(c for c in departments["fresh"]["children"] if c["code"] == "fresh.eggs")
    assert eggs["needs"] == [{"one_of": ["nkv"], "since": "2020-03-20", "in_force": True}]
    assert (await hub.get("/v1/categories")).json() == answer.json()
    known = {"if-none-match": answer.headers["etag"]}
    assert (await api.get("/v1/categories", known)).status_code == 304


async def test_a_rule_to_come_is_shown_and_not_in_force(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await api.get("/v1/categories")).headers["etag"]
    begins = clock.day(clock.now()) + timedelta(days=2)
    rules_are(monkeypatch, [*licences.licence_rules(), halal_from(begins, "crafts")])
    answer = await api.get("/v1/categories", {"if-none-match": before})
    assert answer.status_code == 200
    crafts = next(d for d in answer.json()["data"] if d["code"] == "crafts")
    needs = [{"one_of": ["halal"], "since": begins.isoformat(), "in_force": False}]
    assert crafts["needs"] == needs and crafts["children"][0]["needs"] == needs
