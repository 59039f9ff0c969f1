"""A batch of readings: each is taken or refused by itself, and nothing is stored twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from app.core import clock
from app.core.ids import encode, new_id
from app.http import batches
from app.shipments.telemetry.rules import MOST_DEVICES
from app.shipments.telemetry.schemas import MOST_BYTES, MOST_READINGS
from tests import trade
from tests.api import Api
from tests.shipments import story
from tests.shipments.telemetry.driving import NDJSON, Truck, post, underway
from tests.statements import trips_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def truck(hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]) -> Truck:
    return await underway(hub, owner, unique("suhu"))


async def stored(owner: asyncpg.Connection, truck: Truck) -> int:
    return int(
        await owner.fetchval("SELECT count(*) FROM telemetry WHERE shipment_id = $1", truck.uuid)
    )


def codes(answer: Any) -> dict[int, str]:
    """What was refused, by its place."""
    return {one["index"]: one["code"] for one in answer["refused"]}


async def test_readings_are_stored_and_the_newest_is_shown(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    done = await truck.send(
        truck.reading(60, 12.5, latitude=-7.6, longitude=111.5, speed_kmh=60),
        truck.reading(0, 12.0, latitude=-7.7, longitude=111.9),
        truck.reading(120, 13.0),
    )
    assert done == {"accepted": 3, "repeated": 0, "refused": []}
    seen = await truck.seen()
    (device,) = seen["devices"]
    assert (device["latitude"], device["longitude"]) == (-7.6, 111.5)
    assert (device["temperature_c"], device["breached"]) == (13.0, False)
    assert [point["temperature_lowest"] for point in seen["points"]] == [12.0, 12.5, 13.0]
    row = await owner.fetchrow("SELECT * FROM shipments WHERE id = $1", truck.uuid)
    assert row is not None
    assert (float(row["position_latitude"]), float(row["temperature_c"])) == (-7.6, 13.0)
    assert row["position_at"] == truck.start + timedelta(seconds=60)


async def test_a_ping_does_not_make_the_shipment_another_version(truck: Truck) -> None:
    before = await truck.carrier.get(f"/v1/shipments/{truck.id}")
    await truck.send(truck.reading(0, latitude=-7.6, longitude=111.5))
    after = await truck.carrier.get(f"/v1/shipments/{truck.id}")
    assert after.headers["etag"] == before.headers["etag"]


async def test_the_same_batch_again_changes_nothing(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    batch = [truck.reading(n, 20.0) for n in range(5)]
    await truck.send(*batch)
    seen, events = await truck.seen(), await truck.events()
    assert await truck.send(*batch) == {"accepted": 0, "repeated": 5, "refused": []}
    assert await truck.send(*batch, batch[0], truck.reading(9, 20.0)) == {
        "accepted": 1,
        "repeated": 6,
        "refused": [],
    }
    assert await stored(owner, truck) == 6
    assert (await truck.seen())["points"][:5] == seen["points"]
    assert await truck.events() == events


async def test_an_older_reading_is_stored_and_shows_nothing(truck: Truck) -> None:
    await truck.send(truck.reading(600, 12.0, latitude=-7.0, longitude=112.0))
    done = await truck.send(truck.reading(300, 9.0, latitude=-8.0, longitude=113.0))
    assert done["accepted"] == 1
    seen = await truck.seen()
    assert seen["devices"][0]["latitude"] == -7.0
    assert [point["latitude"] for point in seen["points"]] == [-8.0, -7.0]


async def test_one_bad_reading_does_not_spoil_the_others(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    now = clock.now()
    wrong = {
        "in_future": {"at": (now + timedelta(minutes=6)).isoformat()},
        "too_old": {"at": (now - timedelta(days=31)).isoformat()},
        "before_planned": {"at": (now - timedelta(days=20)).isoformat()},
        "less_than_equal": {"latitude": 90.5, "longitude": 0},
        "greater_than_equal": {"temperature_c": -61},
        "position_half": {"latitude": 1.0},
        "nothing_measured": {"temperature_c": None},
        "shipment_unnamed": {"tracking_code": truck.code},
        "string_pattern_mismatch": {"device": "gps 1 "},
        "string_too_long": {"device": "x" * 65},
        "extra_forbidden": {"humidity": 3},
        "float_type": {"temperature_c": "12"},
        "timezone_aware": {"at": "2026-11-21T10:00:00"},
        "datetime_type": {"at": 1_763_000_000},
        "not_found": {"shipment_id": encode("shp", new_id())},
    }
    ends = ("1900-01-01T14:00:00+14:00", "2199-12-31T10:00:00-14:00")
    edges = await truck.send(*(truck.reading(0) | {"at": at} for at in ends))
    assert codes(edges) == {0: "too_old", 1: "in_future"}
    batch = [truck.reading(n) | fields for n, fields in enumerate(wrong.values())]
    done = await truck.send(truck.reading(100), *batch, truck.reading(101))
    assert (done["accepted"], done["repeated"]) == (2, 0)
    assert codes(done) == {n + 1: code for n, code in enumerate(wrong)}
    assert all(one["detail"] for one in done["refused"])
    pointed = {one["code"]: one["pointer"] for one in done["refused"]}
    assert (pointed["in_future"], pointed["extra_forbidden"]) == ("/at", "/humidity")
    assert await stored(owner, truck) == 2


async def test_what_is_refused_is_said_in_the_callers_language(truck: Truck) -> None:
    answer = await truck.carrier.post(
        "/v1/telemetry",
        {"readings": [truck.reading(0) | {"latitude": 1.0}]},
        headers={"accept-language": "id"},
    )
    assert answer.json()["refused"][0]["detail"] == "latitude dan longitude harus berdua."


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
async def test_what_is_no_number_is_refused_by_itself(truck: Truck, number: str) -> None:
    """JSON has no NaN, but some sensors' libraries write it; the others' readings are fine."""
    good, bad = (orjson.dumps(truck.reading(n)).decode() for n in (0, 1))
    bad = bad.replace("12.0", number)
    body = f'{{"readings": [{good}, {bad}]}}'.encode()
    for answer in (
        await post(truck.carrier, body),
        await post(truck.carrier, f"{good}\n{bad}".encode(), NDJSON),
    ):
        assert answer.status_code == 200, answer.text
        assert codes(answer.json()) == {1: "finite_number"}


async def test_lines_are_read_one_by_one(truck: Truck, owner: asyncpg.Connection) -> None:
    lines = [orjson.dumps(truck.reading(n)) for n in range(3)]
    body = b"\n".join([lines[0], b"{broken", b"", lines[1], b"[" * 10_000, b"null", lines[2], b""])
    done = (await post(truck.carrier, body, NDJSON)).json()
    assert done["accepted"] == 3
    assert codes(done) == {1: "malformed", 4: "malformed", 5: "model_type"}
    half = orjson.dumps(truck.reading(9)).replace(b",", b"\n,", 1)
    assert codes((await post(truck.carrier, half, NDJSON)).json()) == {
        0: "malformed",
        1: "malformed",
    }
    assert await stored(owner, truck) == 3


async def test_a_body_that_is_none_stores_nothing(truck: Truck, owner: asyncpg.Connection) -> None:
    good = orjson.dumps(truck.reading(0))
    whole = b'{"readings": [' + good + b"]}"
    refused = {
        whole[:-1]: 400,
        whole + b"x": 400,
        b"": 400,
        b"[" * 10_000: 400,
        b'{"readings": ' + b'[{"a":' * 10_000 + b"1" + b"}]" * 10_000 + b"}": 400,
        b"\xff\xfe": 400,
        whole.replace(b"gps-1", b"\\ud800"): 400,
        b"[" + good + b"]": 422,
        b'{"readings": []}': 422,
        b'{"readings": 1}': 422,
        b"{}": 422,
        whole[:-1] + b', "x": 1}': 422,
    }
    for body, status in refused.items():
        answer = await post(truck.carrier, body)
        assert answer.status_code == status, (body[:60], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await post(truck.carrier, b"\n\n", NDJSON)).status_code == 400
    assert (await post(truck.carrier, whole, "text/csv")).status_code == 415
    assert await stored(owner, truck) == 0


async def test_of_a_field_said_twice_the_last_counts(truck: Truck) -> None:
    said = orjson.dumps(truck.reading(0)).replace(b"{", b'{"temperature_c": 99,', 1)
    done = (await post(truck.carrier, b'{"readings": [' + said + b"]}")).json()
    assert done["accepted"] == 1
    assert (await truck.seen())["devices"][0]["temperature_c"] == 12.0


async def test_too_much_at_once_is_refused_before_any_of_it_is_stored(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    many = [truck.reading(n / 10) for n in range(MOST_READINGS + 1)]
    lines = b"\n".join(map(orjson.dumps, many))
    assert (await post(truck.carrier, lines, NDJSON)).status_code == 413
    small = b'{"readings": [' + b",".join([b"{}"] * (MOST_READINGS + 1)) + b"]}"
    assert (await post(truck.carrier, small)).status_code == 413
    large = b" " * (MOST_BYTES + 1)
    for kind in ("application/json", NDJSON):
        answer = await post(truck.carrier, large, kind)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert await stored(owner, truck) == 0


async def test_a_hundred_megabytes_are_refused_before_they_are_read(truck: Truck) -> None:
    """By what the sender says of them; and when it says nothing, after four of them."""
    sent = 0

    async def stream() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 2**20

    for said, most in (({"content-length": str(100 * 2**20)}, 1), ({}, 6)):
        sent = 0
        headers = {"authorization": f"Bearer {truck.carrier.key}", "content-type": NDJSON} | said
        answer = await truck.carrier.client.post("/v1/telemetry", content=stream(), headers=headers)
        assert answer.status_code == 413
        assert sent <= most


async def test_batches_beyond_what_fits_in_memory_are_told_to_come_back(
    truck: Truck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches.BatchIntake, "working", batches.MOST_AT_ONCE)
    answer = await truck.carrier.post("/v1/telemetry", {"readings": [truck.reading(0)]})
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"]


async def test_trucks_with_bad_connections_keep_no_place_from_others(
    truck: Truck, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is what lies in memory, and a body that has hardly begun is next to nothing."""
    monkeypatch.setattr(batches, "MOST_HELD", 2_000)
    held, go, begun = batches.BatchIntake.held, asyncio.Event(), asyncio.Barrier(21)

    async def slow() -> Any:
        yield b'{"readings": ['
        await begun.wait()
        await go.wait()
        yield b"]}"

    headers = {"authorization": f"Bearer {truck.carrier.key}", "content-type": "application/json"}
    client = truck.carrier.client
    waiting = [
        asyncio.create_task(client.post("/v1/telemetry", content=slow(), headers=headers))
        for _ in range(20)
    ]
    await begun.wait()
    small = await truck.carrier.post("/v1/telemetry", {"readings": [truck.reading(0)]})
    big = {"readings": [truck.reading(n) for n in range(20)]}
    refused = await truck.carrier.post("/v1/telemetry", big)
    go.set()
    assert (small.status_code, refused.status_code) == (200, 503)
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {422}
    assert batches.BatchIntake.held == held
    monkeypatch.undo()
    assert (await truck.carrier.do("/v1/telemetry", big))["accepted"] == 19


async def test_the_hub_reports_too_and_nobody_else_of_a_foreign_shipment(
    truck: Truck, hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    """Another carrier's shipment and one that is not there are the same: not found."""
    batch = {"readings": [truck.reading(0), truck.reading(1) | {"shipment_id": "shp_nonsense"}]}
    stranger = await hub.party("carrier")
    answer = await stranger.do("/v1/telemetry", batch)
    assert answer["accepted"] == 0
    assert [one["code"] for one in answer["refused"]] == ["not_found"] * 2
    assert len({one["detail"] for one in answer["refused"]}) == 1
    assert (await truck.buyer.post("/v1/telemetry", batch)).status_code == 403
    assert await stored(owner, truck) == 0
    assert (await hub.do("/v1/telemetry", batch))["accepted"] == 1
    for reader in (hub, truck.buyer, truck.carrier):
        assert (await reader.read(f"/v1/shipments/{truck.id}/telemetry"))["points"]
    seller = truck.told.sellers[0]
    for path in ("telemetry", "temperature-breaches"):
        assert (await seller.get(f"/v1/shipments/{truck.id}/{path}")).status_code in (403, 404)
        assert (await stranger.get(f"/v1/shipments/{truck.id}/{path}")).status_code == 404


async def test_who_receives_a_shipment_does_not_measure_it_though_it_drives_too(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    """It sees the shipment, but carries others: for measuring this one is not there either."""
    party = await hub.party("buyer", "carrier")
    market = trade.Buyer(party, await party.site("distribution_centre", "31.75.04"))
    truck = await underway(hub, owner, unique("sendiri"), market=market)
    done = await party.do("/v1/telemetry", {"readings": [truck.reading(0)]})
    assert codes(done) == {0: "not_found"}


async def test_a_key_narrowed_to_reporting_is_enough_for_a_device(truck: Truck) -> None:
    narrow = await truck.carrier.do(
        "/v1/api-keys", {"party_id": truck.carrier.id, "scopes": ["telemetry:record"]}
    )
    device = Api(truck.carrier.client, narrow["key"])
    assert (await device.do("/v1/telemetry", {"readings": [truck.reading(0)]}))["accepted"] == 1
    assert (await device.get(f"/v1/shipments/{truck.id}/telemetry")).status_code == 403


async def test_after_the_end_only_what_was_measured_before_is_taken(truck: Truck) -> None:
    await truck.carrier.do(f"/v1/shipments/{truck.id}/deliver")
    after = clock.now() + timedelta(minutes=4, seconds=50)
    done = await truck.send(truck.reading(0), truck.reading(0) | {"at": after.isoformat()})
    assert done["accepted"] == 2, "five minutes are a clock's to be wrong"
    assert len((await truck.seen())["points"]) == 2


async def test_what_does_not_leave_is_not_measured(hub: Api, unique: Callable[[str], str]) -> None:
    told = await story.confirmed(hub, unique("batal"), 50)
    planned = await told.planned(await told.lot())
    reading = {
        "tracking_code": planned["tracking_code"].lower(),
        "device": "gps-1",
        "at": clock.now().isoformat(),
        "temperature_c": 12,
    }
    batch = {"readings": [reading]}
    assert (await told.carrier.do("/v1/telemetry", batch))["accepted"] == 1, "it is being cooled"
    await hub.do(f"/v1/shipments/{planned['id']}/cancel", {"reason": "vehicle_unavailable"})
    reading["at"] = clock.now().isoformat()
    assert codes(await told.carrier.do("/v1/telemetry", batch)) == {0: "shipment_ended"}


async def test_a_shipment_has_only_so_many_sensors(truck: Truck) -> None:
    batch = [truck.reading(n, device=f"gps-{n}") for n in range(MOST_DEVICES + 2)]
    done = await truck.send(*batch, truck.reading(50, device="gps-0"))
    assert done["accepted"] == MOST_DEVICES + 1
    assert set(codes(done).values()) == {"too_many_devices"}
    assert codes(await truck.send(batch[-1])) == {0: "too_many_devices"}


async def test_round_trips_do_not_grow_with_the_batch(truck: Truck) -> None:
    """Two transactions: a glance at the key before the body is read, and the batch's own."""
    count = 0

    async def call(size: int = 500) -> None:
        nonlocal count
        await truck.send(*(truck.reading(count + n / 1000) for n in range(size)))
        count += 1

    trips = await trips_of(call)
    assert len(trips) == 13, trips
