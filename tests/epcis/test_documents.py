"""What the standard demands of an event, demanded by us."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.epcis import documents
from tests.epcis.fixture import EVENTS, document

MADE, JOINED, PACKED, SHIPPED, WARM = range(5)


@pytest.mark.parametrize(
    ("n", "change", "code", "pointer"),
    [
        (SHIPPED, {"type": "ThingEvent"}, "event_type", "/type"),
        (SHIPPED, {"type": ["ObjectEvent"]}, "event_type", "/type"),
        (SHIPPED, {"action": "CHANGE"}, "enum", "/action"),
        (SHIPPED, {"action": None}, "enum", "/action"),
        (SHIPPED, {"bizStep": "shippping"}, "vocabulary", "/bizStep"),
        (SHIPPED, {"bizStep": "https://ns.gs1.org/cbv/BizStep-shipping"}, "vocabulary", "/bizStep"),
        (SHIPPED, {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "vocabulary", "/bizStep"),
        (SHIPPED, {"disposition": ["active"]}, "vocabulary", "/disposition"),
        (SHIPPED, {"eventTime": "2026-11-02T13:00:00"}, "date_time", "/eventTime"),
        (SHIPPED, {"eventTime": "2026-13-02T13:00:00Z"}, "date_time", "/eventTime"),
        (SHIPPED, {"eventTime": "2026-11-02"}, "date_time", "/eventTime"),
        (SHIPPED, {"eventTime": 5}, "date_time", "/eventTime"),
        (SHIPPED, {"eventTimeZoneOffset": "7"}, "pattern", "/eventTimeZoneOffset"),
        (SHIPPED, {"eventTimeZoneOffset": "+15:00"}, "pattern", "/eventTimeZoneOffset"),
        (SHIPPED, {"epcList": "https://id.gs1.org/00/1"}, "list", "/epcList"),
        (SHIPPED, {"epcList": ["not a uri"]}, "uri", "/epcList/0"),
        (SHIPPED, {"epcList": ["urn:a:b", "urn:a:b"]}, "unique", "/epcList"),
        (SHIPPED, {"eventID": "17"}, "uri", "/eventID"),
        (SHIPPED, {"readPoint": "urn:a:b"}, "object", "/readPoint"),
        (SHIPPED, {"readPoint": {}}, "missing", "/readPoint/id"),
        (SHIPPED, {"catatan": "x"}, "unknown_field", "/catatan"),
        (SHIPPED, {"ilmd": {"btc:a": 1}}, "ilmd_not_added", "/ilmd"),
        (SHIPPED, {"btc:a": "\x00"}, "string", "/btc:a"),
        (SHIPPED, {"btc:a": float("inf")}, "number", "/btc:a"),
        (SHIPPED, {"persistentDisposition": {}}, "missing", "/persistentDisposition/set"),
        (SHIPPED, {"sourceList": [{"source": "urn:a:b"}]}, "missing", "/sourceList/0/type"),
        (SHIPPED, {"errorDeclaration": {}}, "missing", "/errorDeclaration/declarationTime"),
        (MADE, {"quantityList": [{"quantity": 1}]}, "missing", "/quantityList/0/epcClass"),
        (
            MADE,
            {"quantityList": [{"epcClass": "urn:a:b", "quantity": "1"}]},
            "number",
            "/quantityList/0/quantity",
        ),
        (
            MADE,
            {"quantityList": [{"epcClass": "urn:a:b", "uom": "kilogram"}]},
            "pattern",
            "/quantityList/0/uom",
        ),
        (MADE, {"ilmd": {"harvest": "2026"}}, "unknown_field", "/ilmd/harvest"),
        (MADE, {"quantityList": []}, "missing", "/epcList"),
        (JOINED, {"outputQuantityList": []}, "missing", "/outputQuantityList"),
        (PACKED, {"childEPCs": [], "childQuantityList": []}, "missing", "/childEPCs"),
        (WARM, {"sensorElementList": [{}]}, "missing", "/sensorElementList/0/sensorReport"),
    ],
)
def test_what_is_wrong_is_named(n: int, change: dict[str, Any], code: str, pointer: str) -> None:
    event = copy.deepcopy(EVENTS[n]) | change
    found = [(error.code, error.pointer) for error in documents.event(event)]
    assert (code, pointer) in found


@pytest.mark.parametrize("n", range(len(EVENTS)))
@pytest.mark.parametrize("field", ["type", "eventTime", "eventTimeZoneOffset"])
def test_what_must_be_there_is_missed(n: int, field: str) -> None:
    event = {k: v for k, v in EVENTS[n].items() if k != field}
    assert documents.event(event)


def test_what_is_allowed_stays_allowed() -> None:
    for change in (
        {"bizStep": "https://mitra.example/steps#weighing"},
        {"certificationInfo": ["https://halal.example/1"]},
        {"mitra:anything": {"deep": [1, None, True, "x"]}},
        {
            "errorDeclaration": {
                "declarationTime": "2026-11-04T00:00:00Z",
                "reason": "did_not_occur",
            }
        },
    ):
        assert documents.event(EVENTS[SHIPPED] | change) == []
    emptied = {k: v for k, v in EVENTS[PACKED].items() if not k.startswith("child")}
    assert documents.event(emptied | {"action": "DELETE"}) == []


def test_nesting_without_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"mitra:in": deep}
    assert [e.code for e in documents.event(EVENTS[SHIPPED] | {"mitra:deep": deep})] == ["depth"]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "EPCISDocument",
        {"type": {"a": 1}},
        {"type": "EPCISDocument"},
        document() | {"schemaVersion": 2},
        document() | {"@context": None},
        document() | {"@context": ["not a uri"]},
        document() | {"@context": {f"p{n}": "urn:a:" for n in range(31)}},
        document() | {"@context": [{"p": "urn:a:" + "x" * 7000}]},
        document() | {"epcisBody": {}},
        document() | {"epcisBody": {"eventList": {}}},
        document() | {"unknown": 1},
        document(EVENTS[0]) | {"type": "EPCISQueryDocument"},
    ],
)
def test_documents_that_are_none_are_refused(broken: Any) -> None:
    assert documents.document(broken)[1]


def test_documents_are_read_in_their_three_forms() -> None:
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": EVENTS}}
    query = document() | {
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": results},
    }
    single = EVENTS[0] | {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
    }
    assert documents.document(document(*EVENTS)) == (EVENTS, [])
    assert documents.document(query) == (EVENTS, [])
    assert documents.document(single) == ([single], [])
    assert documents.document(EVENTS[0])[1]  # its prefixes stand for nothing
