"""Against the standard itself: `make conformance`, with a folder of GS1's artefacts in BTC_EPCIS_DIR.

The folder holds `EPCIS-JSON-Schema.json` and `examples/`; documents beside it (or in it) whose name
ends in `.epcis.jsonld` may come with a `.hashes` file, one event id per line. None of that lies in
our own tree. `make test` does not run this file.
"""

from __future__ import annotations

import copy
import os
import random
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from app.epcis import documents, hashing, schemas, story
from app.epcis.builders import BUILDERS
from app.epcis.rows import row
from app.epcis.story import Happened, told
from tests.api import Api, Party
from tests.epcis import made
from tests.epcis.sending import asked, caught_up, listed, tell
from tests.epcis.test_projector import shared
from tests.shipments.story import receipt_body, verdict

pytestmark = pytest.mark.anyio

FOLDER = Path(os.environ["BTC_EPCIS_DIR"])
EXAMPLES = sorted((FOLDER / "examples").rglob("*.jsonld"))


def given(document: Path) -> Path:
    """The file of a document's event ids."""
    return document.parent / f"{document.name.removesuffix('.epcis.jsonld')}.hashes"


HASHED = [
    found
    for folder in (FOLDER, FOLDER.parent)
    for found in sorted(folder.glob("*.epcis.jsonld"))
    if given(found).exists()
]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft7Validator:
    """The official schema, with formats: without them it takes wrong business steps."""
    said = orjson.loads((FOLDER / "EPCIS-JSON-Schema.json").read_bytes())
    checker = jsonschema.FormatChecker()
    assert {"uri", "date-time"} <= set(checker.checkers)
    return jsonschema.Draft7Validator(said, format_checker=checker)


def wrong(schema: jsonschema.Draft7Validator, document: Any) -> list[str]:
    """What the schema finds."""
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in schema.iter_errors(document)]


async def test_all_examples_are_taken_in_and_handed_out_valid(
    hub: Api, schema: jsonschema.Draft7Validator
) -> None:
    assert len(EXAMPLES) >= 47
    refused = {}
    for path in EXAMPLES:
        partner: Party = await hub.party("carrier")
        answer = await tell(partner, path.read_bytes(), "application/ld+json")
        assert answer.status_code == 202, (path.name, answer.text)
        job = await partner.read(answer.headers["location"])
        if not job["success"]:
            refused[path.name] = job["errors"]
        found = await partner.read("/v1/epcis/events", perPage=1000)
        assert wrong(schema, found) == [], path.name
        events, _ = documents.document(orjson.loads(path.read_bytes()))
        assert len(listed(found)) == job["stored"] == len(events), path.name
    assert refused == {}


@pytest.mark.parametrize("path", HASHED, ids=lambda path: path.name)
def test_hashes_are_those_given(path: Path) -> None:
    document = orjson.loads(path.read_bytes())
    events, _ = documents.document(document)
    namespaces = hashing.namespaces_of(document["@context"])
    ids = given(path).read_text().split()
    assert [hashing.event_id(event, namespaces) for event in events] == ids


def test_everything_that_is_built_is_valid(schema: jsonschema.Draft7Validator) -> None:
    seen = set()
    for fed, thing in made.every():
        seen.add(fed.type)
        if not isinstance(thing, Happened):
            continue
        for reader in thing.readers:
            body = told(thing, reader, made.HUB)
            kept = row(body, party_id=reader, captured=False, now=made.T0, livemode=True)
            document = orjson.loads(orjson.dumps(schemas.query_document([_Row(kept)], made.T0)))
            assert wrong(schema, document) == [], fed.type
    assert seen == set(BUILDERS)


class _Row:
    """A stored event as a query returns it."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.body = kept["body"]
        self.record_time = kept["record_time"]


async def test_a_trade_is_told_valid_to_each_of_its_parties(
    app: Any, hub: Api, unique: Any, schema: jsonschema.Draft7Validator
) -> None:
    tale = await shared(hub, unique, 60, 40)
    lots = [await tale.lot(0, count=1000), await tale.lot(1, count=700)]
    await hub.do(f"/v1/lots/{lots[0]['id']}/shrink", _less("1", 10))
    await hub.do(f"/v1/lots/{lots[1]['id']}/reject", _less("5", 90, "dirty"))
    shipment = await tale.arrived(*lots)
    flaws = [verdict(lot, short="1", rejected="2") for lot in shipment["lots"]]
    receipt = await tale.market.api.do("/v1/goods-receipts", receipt_body(shipment, *flaws))
    await tale.market.api.do(
        f"/v1/goods-receipts/{receipt['id']}/reverse", {"reason": "miscounted"}
    )
    await caught_up(app)
    for reader in (hub, tale.market.api, *tale.sellers):
        answer = await reader.read("/v1/epcis/events", perPage=1000)
        assert wrong(schema, answer) == []
        assert listed(answer)
        for event in await asked(reader, EQ_action="ADD|DELETE"):
            if "@context" not in event:
                assert event["eventID"] == hashing.event_id(event, story.NAMESPACES)


def _less(weight: str, count: int, reason: str = "broken") -> dict[str, Any]:
    return {"quantity": {"value": weight, "unit": "kg"}, "count": count, "reason": reason}


_SPOILERS: list[Any] = [
    None,
    True,
    5,
    -1.5,
    "x",
    "active",
    "shipping",
    "urn:x:y",
    "https://ns.gs1.org/cbv/x",
    "urn:epcglobal:cbv:disp:active",
    [],
    {},
    ["urn:a:b"],
    ["a a"],
    "2026-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01",
    "+07:00",
    "DELETE",
    "OBSERVE",
    "ADD",
    "KGM",
    "https://gs1.org/voc/Temperature",
    {"id": "urn:a:b"},
    "ObjectEvent",
    "TransformationEvent",
    "AggregationEvent",
]
_NAMES = ["foo", "x:y", "bizStep", "ilmd", "action", "parentID", "quantityList"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [path, *[p for k, v in inner for p in _places(v, (*path, k))]]


def _spoilt(document: Any, chance: random.Random) -> Any:
    """A document with one thing in it changed, taken out or put in."""
    changed = copy.deepcopy(document)
    path = chance.choice([p for p in _places(changed) if p])
    holder = changed
    for part in path[:-1]:
        holder = holder[part]
    how = chance.random()
    if how < 0.35:
        del holder[path[-1]]
    elif how < 0.9 or not isinstance(holder, dict):
        holder[path[-1]] = copy.deepcopy(chance.choice(_SPOILERS))
    else:
        holder[chance.choice(_NAMES)] = copy.deepcopy(chance.choice(_SPOILERS))
    return changed


def test_our_rules_refuse_what_the_schema_refuses(schema: jsonschema.Draft7Validator) -> None:
    """And take what it takes, but for two things: see `docs/epcis.md`.

    Kinds of events that others invent are not taken, and what is packed or unpacked is packed into
    something: the standard wants a `parentID` there, its schema forgets it.
    """
    chance = random.Random(2026)
    base = [orjson.loads(path.read_bytes()) for path in EXAMPLES]
    stricter = {"event_type", "missing"}
    for _ in range(6000):
        document = _spoilt(chance.choice(base), chance)
        events, errors = documents.document(document)
        errors += [error for event in events for error in documents.event(event)]
        if schema.is_valid(document):
            codes = {e.code for e in errors}
            assert codes <= stricter, document
            assert all(e.pointer.endswith("/parentID") for e in errors if e.code == "missing")
        else:
            assert errors, document
