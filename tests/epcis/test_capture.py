"""What partners tell: taken in event by event, kept as their words, once."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest

from app.epcis.hashing import event_id
from tests.access.calls import stored
from tests.api import Api, Party
from tests.epcis.fixture import EVENTS, NAMESPACES, document
from tests.epcis.sending import asked, fresh, one, tell, told

pytestmark = pytest.mark.anyio

LONG = "urn:x:" + "".join(str(n * n) for n in range(1, 200))
WRONG = EVENTS[3] | {"eventTime": "kemarin"}


@pytest.fixture
async def partner(hub: Api) -> Party:
    """A carrier with a system of its own."""
    return await hub.party("carrier")


async def test_what_was_told_is_read_by_its_teller_and_the_hub_alone(
    hub: Api, partner: Party
) -> None:
    event = fresh(EVENTS[3])
    job = await told(partner, event)
    assert (job["running"], job["success"], job["stored"]) == (False, True, 1)
    assert job["captureErrorBehaviour"] == "rollback"
    (kept,) = await asked(partner)
    assert {k: v for k, v in kept.items() if k not in ("recordTime", "@context")} == event
    assert kept["@context"][1] == NAMESPACES
    assert len(await asked(hub, EQ_eventID=event["eventID"])) == 1
    stranger = await hub.party("carrier")
    assert await asked(stranger) == []
    assert (await one(stranger, event["eventID"])).status_code == 404
    assert (await one(partner, event["eventID"])).status_code == 200
    answer = await stranger.get(f"/v1/epcis/capture/{job['captureID']}")
    assert answer.status_code == 404
    assert (await stranger.read("/v1/epcis/capture"))["data"] == []
    assert (await partner.read("/v1/epcis/capture"))["data"] == [job]


async def test_it_is_taken_as_json_and_as_linked_data_and_says_its_limits(partner: Party) -> None:
    for media_type in ("application/json", "application/ld+json"):
        answer = await tell(partner, document(fresh(EVENTS[0])), media_type)
        assert answer.status_code == 202
        assert answer.headers["gs1-epcis-version"] == "2.0.0"
        assert answer.headers["gs1-epcis-capture-limit"] == "1000"
    assert (await tell(partner, document(), "application/xml")).status_code == 415


async def test_an_event_without_an_id_is_named_by_what_it_says(partner: Party) -> None:
    events = [dict(event) for event in EVENTS]
    assert (await told(partner, *events))["stored"] == len(EVENTS)
    ids = [event["eventID"] for event in await asked(partner)]
    assert ids == [event_id(event, NAMESPACES) for event in EVENTS]


async def test_a_repeat_is_recognised_however_it_is_written(partner: Party) -> None:
    assert (await told(partner, EVENTS[3]))["stored"] == 1
    spelt = EVENTS[3] | {"eventTime": "2026-11-02T06:00:00.000Z", "rdfs:comment": "lagi"}
    again = await told(partner, spelt, spelt)
    assert (again["success"], again["stored"]) == (True, 0)
    assert len(await asked(partner)) == 1


async def test_the_same_under_another_id_of_ones_own_is_another_event(partner: Party) -> None:
    one, other = fresh(EVENTS[3]), fresh(EVENTS[3])
    assert [(await told(partner, event))["stored"] for event in (one, other, one)] == [1, 1, 0]
    assert {e["eventID"] for e in await asked(partner)} == {one["eventID"], other["eventID"]}


async def test_two_partners_may_tell_the_same_and_each_keeps_its_own(
    hub: Api, partner: Party
) -> None:
    other = await hub.party("buyer")
    for teller in (partner, other):
        assert (await told(teller, EVENTS[2]))["stored"] == 1
        assert len(await asked(teller)) == 1


async def test_an_id_names_one_event_for_ever(partner: Party) -> None:
    event = fresh(EVENTS[3])
    await told(partner, event)
    job = await told(
        partner, event | {"bizStep": "arriving"}, GS1_Capture_Error_Behaviour="proceed"
    )
    assert (job["success"], job["stored"]) == (False, 0)
    assert [error["code"] for error in job["errors"]] == ["event_id_used"]
    declared = event | {"errorDeclaration": {"declarationTime": "2026-11-04T00:00:00Z"}}
    assert (await told(partner, declared))["stored"] == 1
    both = (await one(partner, event["eventID"])).json()["epcisBody"]["queryResults"]
    assert ["errorDeclaration" in e for e in both["resultsBody"]["eventList"]] == [False, True]


async def test_with_rollback_one_wrong_event_keeps_all_out(partner: Party) -> None:
    job = await told(partner, fresh(EVENTS[0]), WRONG, fresh(EVENTS[1]))
    assert (job["success"], job["stored"], job["events"]) == (False, 0, 3)
    (error,) = job["errors"]
    assert error["event"] == 1
    assert error["pointer"] == "/epcisBody/eventList/1/eventTime"
    assert error["code"] == "date_time"
    assert error["type"] == "epcisException:ValidationException"
    assert await asked(partner) == []


async def test_with_proceed_the_others_are_kept(partner: Party) -> None:
    good = [fresh(EVENTS[0]), fresh(EVENTS[1])]
    job = await told(partner, good[0], WRONG, good[1], GS1_Capture_Error_Behaviour="proceed")
    assert (job["success"], job["stored"]) == (False, 2)
    assert [error["event"] for error in job["errors"]] == [1]
    assert {e["eventID"] for e in await asked(partner)} == {e["eventID"] for e in good}


async def test_errors_are_said_in_the_callers_language(partner: Party) -> None:
    job = await told(partner, WRONG)
    path = f"/v1/epcis/capture/{job['captureID']}"
    said = (await partner.get(path, {"accept-language": "id"})).json()
    assert "waktu" in said["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "upload_incomplete"),
        (b"{", 400, "malformed"),
        (b"[]", 422, "epcis_document"),
        (b'{"type": "EPCISDocument"}', 422, "epcis_document"),
        (b"[" * 100_000, 400, "malformed"),
        (orjson.dumps(document(*[{}] * 1001)), 413, "epcis_too_many_events"),
        (b'{"a": "' + b"x" * (4 * 2**20) + b'"}', 413, "upload_too_large"),
    ],
    ids=["empty", "cut", "list", "bare", "deep", "many", "large"],
)
async def test_what_is_no_document_is_refused_and_leaves_nothing(
    partner: Party, owner: asyncpg.Connection, content: bytes, status: int, code: str
) -> None:
    before = await stored(owner)
    answer = await tell(partner, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stored(owner) == before


@pytest.mark.parametrize(
    "poison",
    [
        {"mitra:a": "\x00"},
        {"mitra:a": 1e300},
        {"mitra:a": 2**63},
        {"mitra:a": "1e999999999"},
        {"mitra:\x00": 1},
        {"eventTime": "0001-01-01T00:00:00+14:00"},
        {"eventTime": "9999-12-31T23:59:59-14:00"},
        {"eventTime": "2026-06-30T23:59:60Z"},
        {"epcList": ["https://id.gs1.org/01/" + "1" * 900]},
        {"epcList": ["urn:epc:id:giai:9520123." + "!" * 900]},
        {"bizTransactionList": [{"type": LONG, "bizTransaction": LONG}]},
        {"bizTransactionList": [{"bizTransaction": "urn:a:|b"}]},
        {"readPoint": {"id": "urn:a:b", "mitra:x": [[[]]]}},
        {"mitra:List": {"mitra:xList": [[1], {}]}},
    ],
    ids=lambda poison: str(poison)[:60],
)
async def test_whatever_stands_in_it_nothing_breaks(partner: Party, poison: dict[str, Any]) -> None:
    job = await told(partner, EVENTS[3] | poison)
    assert job["stored"] == job["success"]
    assert len(await asked(partner)) == job["stored"]


async def test_a_behaviour_that_is_none_is_refused(partner: Party) -> None:
    answer = await tell(partner, document(), GS1_Capture_Error_Behaviour="all")
    assert answer.status_code == 422


async def test_the_same_document_at_once_is_kept_once(partner: Party) -> None:
    body = document(*[fresh(EVENTS[0], **{"mitra:n": n}) for n in range(400)])
    answers = await asyncio.gather(*[tell(partner, body) for _ in range(5)])
    assert {answer.status_code for answer in answers} == {202}
    assert len(await asked(partner)) == 400


async def test_our_own_books_stay_as_they_are(partner: Party, owner: asyncpg.Connection) -> None:
    before = await stored(owner)
    await told(partner, *[fresh(event) for event in EVENTS])
    after = await stored(owner)
    assert {t for t in after if after[t] != before[t]} == {
        "epcis_events",
        "epcis_names",
        "epcis_captures",
    }


async def test_the_test_world_is_another(hub: Api, partner: Party) -> None:
    made = await hub.do("/v1/api-keys", {"party_id": partner.id, "livemode": False})
    tester = Party(partner.client, made["key"], partner.id)
    assert (await told(tester, EVENTS[0]))["stored"] == 1
    assert await asked(partner) == []
    assert len(await asked(tester)) == 1
