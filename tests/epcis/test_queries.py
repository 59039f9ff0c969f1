"""The standard's query parameters, against a slow reading of the standard; paging; refusals."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.epcis.canonical import canonical
from app.epcis.parameters import CONDITIONS
from tests.api import Api, Party
from tests.epcis.fixture import EVENTS
from tests.epcis.sending import asked, fresh, listed, told

pytestmark = pytest.mark.anyio

GTINS = ["09520123000011", "09520123000028"]
LOTS = [f"https://id.gs1.org/01/{gtin}/10/L{n}" for gtin in GTINS for n in range(3)]
LOADS = [f"https://id.gs1.org/00/09520123000000001{n}" for n in range(4)]
PIECES = ["https://id.gs1.org/01/09520123000011/21/S1", "urn:epc:id:sgtin:9520123.000002.S2"]
PLACES = [
    "https://id.gs1.org/414/9520123000011",
    "https://id.gs1.org/414/9520123000011/254/dock1",
    "urn:epc:id:sgln:9520123.00002.0",
    "https://mitra.example/gudang",
]
STEPS = ["shipping", "receiving", "packing", "https://mitra.example/steps#weigh"]
DISPOSITIONS = ["in_transit", "active", "conformant"]
PAPERS = ["urn:epcglobal:cbv:bt:9520123000011:ORD-1", "urn:epcglobal:cbv:bt:9520123000011:SHP-1"]
PARTIES = ["https://id.gs1.org/417/9520123000011", "urn:epc:id:pgln:9520123.00002"]


def _quantities(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for lot in chance.sample(LOTS, chance.randint(1, 3)):
        element: dict[str, Any] = {"epcClass": lot}
        if chance.random() < 0.8:
            element["quantity"] = chance.choice([1, 2.5, 10, 10.001, 300])
        found.append(element)
    return found


def _maybe(chance: random.Random, event: dict[str, Any], name: str, value: Any) -> None:
    if chance.random() < 0.6:
        event[name] = value


def event(chance: random.Random) -> dict[str, Any]:
    """Any event."""
    kind = chance.choice(
        ["ObjectEvent", "AggregationEvent", "TransformationEvent", "TransactionEvent"]
    )
    made: dict[str, Any] = {
        "type": kind,
        "eventTime": f"2026-11-{chance.randint(1, 9):02}T0{chance.randint(0, 9)}:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
    }
    things = chance.sample(LOADS + PIECES, chance.randint(1, 2))
    papers = [
        {"type": chance.choice(["po", "desadv"]), "bizTransaction": chance.choice(PAPERS)}
        for _ in range(chance.randint(1, 2))
    ]
    if kind == "TransformationEvent":
        made["inputQuantityList"], made["outputQuantityList"] = (
            _quantities(chance),
            _quantities(chance),
        )
        _maybe(chance, made, "inputEPCList", things)
        _maybe(chance, made, "outputEPCList", chance.sample(LOADS, 1))
        _maybe(chance, made, "transformationID", f"urn:uuid:{chance.randint(1, 3)}")
    else:
        made["action"] = chance.choice(["ADD", "OBSERVE", "DELETE"])
    if kind == "AggregationEvent":
        made["parentID"] = chance.choice(LOADS)
        made["childQuantityList"] = _quantities(chance)
        _maybe(chance, made, "childEPCs", things)
    if kind in ("ObjectEvent", "TransactionEvent"):
        made["epcList"] = things
        _maybe(chance, made, "quantityList", _quantities(chance))
    if kind == "TransactionEvent":
        made["bizTransactionList"] = papers
    else:
        _maybe(chance, made, "bizTransactionList", papers)
    if kind in ("ObjectEvent", "TransformationEvent"):
        sets = {"set": chance.sample(DISPOSITIONS, 2)}
        _maybe(
            chance,
            made,
            "persistentDisposition",
            sets if chance.random() < 0.5 else {"unset": ["active"]},
        )
    _maybe(chance, made, "bizStep", chance.choice(STEPS))
    _maybe(chance, made, "disposition", chance.choice(DISPOSITIONS))
    _maybe(chance, made, "readPoint", {"id": chance.choice(PLACES)})
    _maybe(chance, made, "bizLocation", {"id": chance.choice(PLACES)})
    for side in ("source", "destination"):
        party = {
            "type": chance.choice(["possessing_party", "owning_party"]),
            side: chance.choice(PARTIES),
        }
        _maybe(chance, made, f"{side}List", [party])
    if chance.random() < 0.2:
        wrong = {"declarationTime": f"2026-11-1{chance.randint(0, 3)}T00:00:00Z"}
        _maybe(chance, wrong, "reason", chance.choice(["did_not_occur", "incorrect_data"]))
        _maybe(chance, wrong, "correctiveEventIDs", [f"urn:uuid:fix-{chance.randint(1, 2)}"])
        made["errorDeclaration"] = wrong
    return fresh(made)


# The slow reading: what of an event a parameter looks at, and when a value of it fits.

_EPCS = ("epcList", "childEPCs")
_CLASSES = ("quantityList", "childQuantityList")


def _names(*fields: str) -> Callable[[dict[str, Any]], list[str]]:
    def read(one: dict[str, Any]) -> list[str]:
        values = [one.get(field, []) for field in fields]
        things = [t for v in values for t in ([v] if isinstance(v, str) else v)]
        return [thing["epcClass"] if isinstance(thing, dict) else thing for thing in things]

    return read


def _fits(name: str, value: str) -> bool:
    """The same thing, or a lot or a piece of the same trade item."""
    name, value = canonical(name), canonical(value)
    return name == value or (name.startswith(f"{value}/") and "/01/" in value)


MATCHES = {
    "MATCH_epc": _names(*_EPCS),
    "MATCH_parentID": _names("parentID"),
    "MATCH_inputEPC": _names("inputEPCList"),
    "MATCH_outputEPC": _names("outputEPCList"),
    "MATCH_anyEPC": _names(*_EPCS, "parentID", "inputEPCList", "outputEPCList"),
    "MATCH_epcClass": _names(*_CLASSES),
    "MATCH_inputEPCClass": _names("inputQuantityList"),
    "MATCH_outputEPCClass": _names("outputQuantityList"),
    "MATCH_anyEPCClass": _names(*_CLASSES, "inputQuantityList", "outputQuantityList"),
}
EQUAL: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "eventType": lambda e: [e["type"]],
    "EQ_action": lambda e: [e.get("action")],
    "EQ_bizStep": lambda e: [e.get("bizStep")],
    "EQ_disposition": lambda e: [e.get("disposition")],
    "EQ_persistentDisposition_set": lambda e: e.get("persistentDisposition", {}).get("set", []),
    "EQ_persistentDisposition_unset": lambda e: e.get("persistentDisposition", {}).get("unset", []),
    "EQ_transformationID": lambda e: [e.get("transformationID")],
    "EQ_eventID": lambda e: [e["eventID"]],
    "EQ_errorReason": lambda e: [e.get("errorDeclaration", {}).get("reason")],
    "EQ_correctiveEventID": lambda e: e.get("errorDeclaration", {}).get("correctiveEventIDs", []),
}
QUANTITY: dict[str, Callable[[float, float], bool]] = {
    "EQ_quantity": lambda a, b: a == b,
    "GT_quantity": lambda a, b: a > b,
    "GE_quantity": lambda a, b: a >= b,
    "LT_quantity": lambda a, b: a < b,
    "LE_quantity": lambda a, b: a <= b,
}


def slow(name: str, text: str, one: dict[str, Any]) -> bool:
    """Whether *one* is what the parameter asks for, read from the event itself."""
    values = text.split("|")
    if name in MATCHES:
        return any(_fits(thing, value) for thing in MATCHES[name](one) for value in values)
    if name in EQUAL:
        return any(value in values for value in EQUAL[name](one))
    if name in QUANTITY:
        return _counts(name, float(text), one)
    if name.endswith(("readPoint", "bizLocation")):
        return _there(name, values, one)
    if name == "EXISTS_errorDeclaration":
        return text == "false" or "errorDeclaration" in one
    return _timely(name, text, one) if name.endswith("Time") else _typed(name, values, one)


def _counts(name: str, value: float, one: dict[str, Any]) -> bool:
    names = (*_CLASSES, "inputQuantityList", "outputQuantityList")
    said = [q["quantity"] for field in names for q in one.get(field, []) if "quantity" in q]
    return any(QUANTITY[name](quantity, value) for quantity in said)


def _there(name: str, values: list[str], one: dict[str, Any]) -> bool:
    place = canonical(one.get(name[3:], {}).get("id", ""))
    wanted = [canonical(value) for value in values]
    below = name.startswith("WD_") and place.partition("/254/")[0] in wanted
    return place in wanted or below


def _timely(name: str, text: str, one: dict[str, Any]) -> bool:
    error = one.get("errorDeclaration", {})
    at = error.get("declarationTime") if "Declaration" in name else one[name[3:]]
    if at is None:
        return False
    moment, limit = datetime.fromisoformat(at), datetime.fromisoformat(text)
    return moment >= limit if name.startswith("GE_") else moment < limit


def _typed(name: str, values: list[str], one: dict[str, Any]) -> bool:
    _, what, kind = name.split("_", 2)
    return any(
        entry["type"] == kind and canonical(entry[what]) in [canonical(value) for value in values]
        for entry in one.get(f"{what}List", [])
    )


def value_for(name: str, chance: random.Random, events: list[dict[str, Any]]) -> str:
    """Something to ask for."""
    pattern = "urn:epc:idpat:sgtin:9520123.000002.*"
    choices: dict[str, list[str]] = {
        "eventType": ["ObjectEvent", "TransformationEvent|AggregationEvent"],
        "EQ_action": ["ADD", "ADD|DELETE"],
        "EQ_bizStep": [*STEPS, "shipping|packing"],
        "EQ_errorReason": ["did_not_occur", "incorrect_data"],
        "EQ_correctiveEventID": ["urn:uuid:fix-1", "urn:uuid:fix-2"],
        "EQ_transformationID": ["urn:uuid:1", "urn:uuid:1|urn:uuid:2"],
        "EQ_eventID": [chance.choice(events)["eventID"]],
        "EXISTS_errorDeclaration": ["true", "false"],
    }
    ends = {
        "lass": [*LOTS, f"https://id.gs1.org/01/{GTINS[0]}", "|".join(LOTS[:2])],
        "quantity": ["1", "2.5", "10", "10.001", "9.999", "300"],
        "readPoint": [*PLACES, "https://id.gs1.org/414/9520123000028"],
        "bizLocation": [*PLACES, "|".join(PLACES[1:3])],
        "Time": [f"2026-11-{day:02}T05:00:00+07:00" for day in range(1, 14)],
        "party": PARTIES,
        "location": PARTIES,
    }
    starts = {
        "MATCH": [*LOADS, *PIECES, pattern, "|".join(LOADS[:2])],
        "EQ_bizTransaction": PAPERS,
        "EQ_": DISPOSITIONS,
    }
    found = choices.get(name)
    found = found or next((v for end, v in ends.items() if name.endswith(end)), None)
    found = found or next(v for start, v in starts.items() if name.startswith(start))
    return chance.choice(found)


@pytest.fixture(scope="module")
async def library(client: Any, operator: str) -> tuple[Party, list[dict[str, Any]]]:
    """A partner, and many events it has told, as it reads them."""
    chance = random.Random(20261122)
    partner = await Api(client, operator).party("carrier")
    for _ in range(2):
        job = await told(partner, *[event(chance) for _ in range(150)])
        assert job["success"], job["errors"][:3]
    events = await asked(partner)
    assert len(events) == 300
    return partner, events


def ids(events: list[Any]) -> list[str]:
    """What tells events apart."""
    return [one["eventID"] for one in events]


@pytest.mark.parametrize("name", sorted(CONDITIONS))
async def test_every_parameter_finds_what_the_standard_says(
    library: tuple[Party, list[dict[str, Any]]], name: str
) -> None:
    partner, events = library
    chance = random.Random(name)
    found = 0
    for _ in range(6):
        text = value_for(name, chance, events)
        wanted = [one for one in events if slow(name, text, one)]
        assert ids(await asked(partner, **{name: text})) == ids(wanted), text
        found += len(wanted)
    kind = name.rpartition("_")[2]
    assert found or kind not in ("po", "desadv", "party", "quantity", "epc")


async def test_parameters_together_mean_all_of_them(
    library: tuple[Party, list[dict[str, Any]]],
) -> None:
    partner, events = library
    chance = random.Random(7)
    names = sorted(CONDITIONS)
    for _ in range(60):
        asked_for = {
            name: value_for(name, chance, events)
            for name in chance.sample(names, chance.randint(2, 3))
        }
        wanted = [one for one in events if all(slow(n, t, one) for n, t in asked_for.items())]
        assert ids(await asked(partner, **asked_for)) == ids(wanted), asked_for


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("order", ["eventTime", "recordTime"])
async def test_events_come_in_the_order_asked_for_over_all_pages(
    library: tuple[Party, list[dict[str, Any]]], order: str, direction: str
) -> None:
    partner, events = library
    found = await asked(partner, orderBy=order, orderDirection=direction, perPage=37)
    assert sorted(ids(found)) == sorted(ids(events))
    times = [datetime.fromisoformat(one[order]) for one in found]
    assert times == sorted(times, reverse=direction == "DESC")


async def test_the_first_so_many_are_the_first_so_many_over_all_pages(
    library: tuple[Party, list[dict[str, Any]]],
) -> None:
    partner, events = library
    for limit in (1, 9, 10, 11, 299, 300, 301):
        found = await asked(partner, eventCountLimit=limit, perPage=10)
        assert ids(found) == ids(events)[:limit]


async def test_more_than_one_is_ready_to_take_is_refused(
    library: tuple[Party, list[dict[str, Any]]],
) -> None:
    partner, _ = library
    assert (await partner.get("/v1/epcis/events", maxEventCount=300)).status_code == 200
    answer = await partner.get("/v1/epcis/events", maxEventCount=299)
    assert (answer.status_code, answer.json()["code"]) == (413, "epcis_query_too_large")


async def test_pages_hold_while_events_come_in(hub: Api) -> None:
    """Nothing twice and nothing left out of what was there; what comes meanwhile follows."""
    partner = await hub.party("carrier")
    first = [fresh(EVENTS[0]) for _ in range(10)]
    await told(partner, *first)
    for order in ({}, {"orderBy": "eventTime"}, {"orderBy": "recordTime", "orderDirection": "ASC"}):
        there = ids(await asked(partner))
        answer = await partner.get("/v1/epcis/events", perPage=4, **order)
        found = listed(answer.json())
        while "next" in answer.links:
            await told(partner, fresh(EVENTS[1]))
            answer = await partner.get(answer.links["next"]["url"])
            found += listed(answer.json())
            assert len(found) < 100
        seen = ids(found)
        assert len(seen) == len(set(seen))
        assert set(there) <= set(seen)


@pytest.mark.parametrize(
    "parameters",
    [
        {"EQ_bizstep": "shipping"},
        {"MATCH_everything": "urn:a:b"},
        {"limit": "3"},
        {"eventType": "ThingEvent"},
        {"EQ_action": "add"},
        {"EQ_bizStep": ""},
        {"EQ_bizStep": "shipping|"},
        {"GE_eventTime": "2026-11-01"},
        {"GE_eventTime": "2026-11-01T00:00:00 07:00"},
        {"GE_recordTime": "2026-11-01T00:00:00"},
        {"GT_quantity": "many"},
        {"GT_quantity": "NaN"},
        {"EXISTS_errorDeclaration": "yes"},
        {"nextPageToken": "x"},
        {"nextPageToken": "bG90c3wwMQ"},
        {"maxEventCount": "5", "eventCountLimit": "5"},
    ],
    ids=str,
)
async def test_what_the_standard_does_not_know_is_refused(
    hub: Api, parameters: dict[str, str]
) -> None:
    answer = await hub.get("/v1/epcis/events", **parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "epcis_query_parameter")
    assert problem["exception"] == "epcisException:QueryParameterException"
    assert problem["errors"][0]["pointer"].removeprefix("query:") in parameters


async def test_a_parameter_said_twice_is_refused(hub: Api) -> None:
    answer = await hub.get("/v1/epcis/events?EQ_bizStep=shipping&EQ_bizStep=receiving")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "parameters",
    [{"perPage": "0"}, {"perPage": "1001"}, {"orderBy": "bizStep"}, {"eventCountLimit": "0"}],
    ids=str,
)
async def test_parts_that_cannot_be_are_refused(hub: Api, parameters: dict[str, str]) -> None:
    answer = await hub.get("/v1/epcis/events", **parameters)
    assert answer.status_code == 422


async def test_a_token_belongs_to_its_order(hub: Api) -> None:
    partner = await hub.party("carrier")
    await told(partner, *[fresh(EVENTS[0]) for _ in range(3)])
    answer = await partner.get("/v1/epcis/events", perPage=1, orderBy="eventTime")
    token = answer.links["next"]["url"].rpartition("nextPageToken=")[2]
    again = await partner.get("/v1/epcis/events", nextPageToken=token)
    assert again.status_code == 400


async def test_the_answer_says_its_versions_and_its_kind(hub: Api) -> None:
    answer = await hub.get("/v1/epcis/events", {"accept": "application/ld+json"}, perPage=1)
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["gs1-cbv-version"] == "2.0.0"
    body = answer.json()
    assert (body["type"], body["schemaVersion"]) == ("EPCISQueryDocument", "2.0")
    assert body["epcisBody"]["queryResults"]["queryName"] == "SimpleEventQuery"
