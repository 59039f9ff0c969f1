"""What follows from readings: breaches and their events, what is newest, the track."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from app.db.embedded import Cluster
from app.shipments.telemetry.queries import POINTS
from app.shipments.tracking.delays import flag_delays
from tests import worker
from tests.api import Api
from tests.shipments.telemetry.driving import Truck, underway

pytestmark = pytest.mark.anyio

WARM = (19.0, 20.5, 19.5)


@pytest.fixture
async def truck(hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]) -> Truck:
    return await underway(hub, owner, unique("suhu"))


async def test_a_breach_is_told_once_and_its_end_once(truck: Truck) -> None:
    before = await truck.carrier.read(f"/v1/shipments/{truck.id}")
    await truck.degrees(12.0, *WARM)
    assert (await truck.seen())["devices"][0]["breached"]
    await truck.degrees(*[18.2, 17.9, 21.0] * 20, since=100)
    (breach,) = await truck.breaches()
    assert (breach["side"], breach["limit_c"], breach["extreme_c"]) == ("above", 18.0, 21.0)
    assert breach["recovered_at"] is None
    await truck.degrees(17.0, 18.1, 17.9, since=1000)
    (breach,) = await truck.breaches()
    assert breach["recovered_at"].startswith(_wire(truck, 1000))
    began, ended = await truck.events()
    assert [began["type"], ended["type"]] == [
        "shipment.temperature_breached",
        "shipment.temperature_recovered",
    ]
    assert began["data"]["temperature_max"] == "18.00"
    assert (began["data"]["temperature_c"], ended["data"]["temperature_c"]) == ("19.5", "17.0")
    assert began["data"]["extreme_c"] == "20.5"
    assert began["data"]["breach_id"] == ended["data"]["breach_id"] == breach["id"]
    after = await truck.carrier.read(f"/v1/shipments/{truck.id}")
    assert after["version"] == before["version"] + 2
    assert after["status"] == before["status"]
    heard = (await truck.buyer.read("/v1/events", limit=100))["data"]
    assert {began["id"], ended["id"]} <= {e["id"] for e in heard}, "its buyer hears of it too"


def _wire(truck: Truck, seconds: int) -> str:
    return (truck.start + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


async def test_in_whatever_order_a_batch_comes_it_means_the_same(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    random = Random(20261121)
    history = [random.choice([4.0, 5.2, 12.0, 17.9, 18.3, 19.0, 21.0]) for _ in range(120)]
    seen = []
    for shuffled in (False, True):
        truck = await underway(hub, owner, unique("urut"))
        batch = [truck.reading(n * 60, one) for n, one in enumerate(history)]
        if shuffled:
            random.shuffle(batch)
        await truck.send(*batch)
        seen.append(_told(truck, await truck.breaches()))
    assert seen[0] == seen[1]
    assert len(seen[0]) >= 3, "a history in which nothing happens proves nothing"
    truck = await underway(hub, owner, unique("urut"))
    for start in range(0, len(history), 7):
        await truck.degrees(*history[start : start + 7], since=start * 60, every=60)
    assert _told(truck, await truck.breaches()) == seen[0]
    assert len(await truck.events()) == 2 * len(seen[0]) - (seen[0][-1][-1] is None)


def _told(truck: Truck, breaches: list[Any]) -> list[Any]:
    names = ("side", "extreme_c", "started_at", "detected_at", "recovered_at")
    return [tuple(_since(truck, b[name]) for name in names) for b in breaches]


def _since(truck: Truck, said: Any) -> Any:
    """Times as seconds since the truck's start: two trucks do not start at the same instant."""
    if isinstance(said, str) and said[:2] == "20":
        return (datetime.fromisoformat(said) - truck.start).total_seconds()
    return said


async def test_late_readings_do_not_open_what_is_over(truck: Truck) -> None:
    await truck.degrees(12.0, since=1000)
    await truck.degrees(*WARM, *WARM)
    assert await truck.breaches() == []
    assert (await truck.seen())["points"][0]["temperature_highest"] == 19.0, "they are kept"


async def test_sensors_are_judged_each_by_itself(truck: Truck) -> None:
    """Two sensors that are warm in turn are not one that is warm for long."""
    for n in range(3):
        await truck.send(truck.reading(n * 2, 19.0, device=f"s-{n % 2}"))
    assert await truck.breaches() == []
    await truck.send(*(truck.reading(100 + n, 19.0, device=f"s-{n % 2}") for n in range(6)))
    assert {b["device"] for b in await truck.breaches()} == {"s-0", "s-1"}
    versions = [e["aggregate_version"] for e in await truck.events()]
    assert len(set(versions)) == 2


async def test_only_the_road_is_judged(truck: Truck, owner: asyncpg.Connection) -> None:
    """A truck that cools down before it is loaded breaches nothing; its readings are kept."""
    left = await owner.fetchval("SELECT dispatched_at FROM shipments WHERE id = $1", truck.uuid)
    early = (left - truck.start).total_seconds() - 1000
    await truck.degrees(*[30.0] * 9, since=early)
    assert await truck.breaches() == []
    await truck.degrees(*WARM, since=early + 2000)
    assert len(await truck.breaches()) == 1


async def test_the_log_of_the_road_handed_in_after_delivery_still_tells(truck: Truck) -> None:
    await truck.carrier.do(f"/v1/shipments/{truck.id}/deliver")
    await truck.degrees(*WARM, 12.0)
    assert [e["data"]["status"] for e in await truck.events()] == ["delivered"] * 2


async def test_where_it_is_is_the_newest_of_all_sensors(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    await truck.send(truck.reading(500, 12.0, latitude=-7.1, longitude=112.0))
    await truck.send(truck.reading(400, 9.0, device="old", latitude=-9.0, longitude=113.0))
    shown = "SELECT position_latitude::float8, temperature_c::float8 FROM shipments WHERE id = $1"
    assert tuple(await owner.fetchrow(shown, truck.uuid)) == (-7.1, 12.0)
    await truck.send(truck.reading(600, None, device="old", latitude=-6.5, longitude=113.0))
    await truck.send(truck.reading(550, 11.0))
    assert tuple(await owner.fetchrow(shown, truck.uuid)) == (-6.5, 11.0)


async def test_a_truck_that_pings_is_not_silent(
    app: Any, truck: Truck, owner: asyncpg.Connection, hub: Api
) -> None:
    """What was measured hours ago and is handed in now does not say where it is today."""
    await owner.execute(
        "UPDATE shipments SET heard_at = heard_at - interval '7 hours' WHERE id = $1", truck.uuid
    )
    await worker.all_at(app, timedelta(), flag_delays)
    path = f"/v1/shipments/{truck.id}"
    silent = await hub.read(path)
    assert silent["delay_rule"] == "silent"
    await truck.send(truck.reading(0))
    assert (await hub.read(path))["delay_rule"] == "silent"
    await truck.send(truck.reading(20 * 3600 - 60))
    heard = await hub.read(path)
    assert (heard["delay_rule"], heard["delayed_since"]) == (None, None)
    assert heard["version"] == silent["version"] + 1
    feed = (await truck.carrier.read("/v1/events", limit=100))["data"]
    assert [event["type"] for event in feed].count("shipment.tracked") == 1
    await truck.send(truck.reading(20 * 3600 - 50))
    assert (await hub.read(path))["version"] == heard["version"]


async def test_a_track_is_short_and_keeps_what_was_extreme(truck: Truck) -> None:
    batch = [
        truck.reading(n, 12.0 if n != 1234 else 40.0, latitude=-8 + n / 10_000, longitude=112)
        for n in range(5000)
    ]
    await truck.send(*batch, truck.reading(1, device="other"))
    seen = await truck.seen(device="gps-1")
    assert POINTS - 10 <= len(seen["points"]) <= POINTS
    assert sum(point["readings"] for point in seen["points"]) == 5000
    assert max(point["temperature_highest"] for point in seen["points"]) == 40.0
    assert seen["points"][-1]["latitude"] == -8 + 4999 / 10_000
    ats = [point["at"] for point in seen["points"]]
    assert ats == sorted(ats)
    both = await truck.seen()
    assert len(both["points"]) <= POINTS
    assert {point["device"] for point in both["points"]} == {"gps-1", "other"}
    part = await truck.seen(
        since=truck.start.isoformat(), until=(truck.start + timedelta(seconds=9)).isoformat()
    )
    assert [point["readings"] for point in part["points"]] == [1] * 11
    ever = await truck.seen(since="1900-01-01T14:00:00+14:00", until="2199-12-31T10:00:00-14:00")
    assert ever["points"] == both["points"]
    assert (await truck.seen(until="1900-01-01T14:00:00+14:00"))["points"] == []
    wrong = await truck.carrier.get(
        f"/v1/shipments/{truck.id}/telemetry",
        since=truck.start.isoformat(),
        until=(truck.start - timedelta(seconds=9)).isoformat(),
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "before_since")


async def test_a_shipment_nobody_measured_has_an_empty_track(truck: Truck) -> None:
    seen = await truck.seen(since=truck.start.isoformat())
    assert (seen["devices"], seen["points"]) == ([], [])
    assert (seen["temperature_min"], seen["temperature_max"]) == (5.0, 18.0)


async def test_two_batches_at_once_are_one_after_the_other(
    truck: Truck, owner: asyncpg.Connection
) -> None:
    """Twelve requests with the same and with neighbouring readings: stored once, told once.

    Canary: without the lock on the sensor, which is known by then, two of them begin a breach.
    """
    await truck.degrees(12.0, since=-10)
    batch = [truck.reading(n, 19.0 + n % 3, latitude=-8, longitude=112) for n in range(400)]
    parts = [batch, list(reversed(batch)), batch[::2], batch[1::2]] * 3
    done = await asyncio.gather(*(truck.send(*part) for part in parts))
    assert sum(one["accepted"] for one in done) == len(batch)
    assert sum(one["accepted"] + one["repeated"] for one in done) == sum(map(len, parts))
    count = "SELECT count(*) FROM telemetry WHERE shipment_id = $1"
    assert await owner.fetchval(count, truck.uuid) == len(batch) + 1
    assert len(await truck.breaches()) == 1
    assert len(await truck.events()) == 1


async def test_batches_over_many_shipments_do_not_block_each_other(
    hub: Api, owner: asyncpg.Connection, unique: Callable[[str], str]
) -> None:
    """The same shipments in opposite orders: locked in one order, so nobody is a circle."""
    trucks = [await underway(hub, owner, unique("banyak")) for _ in range(4)]

    async def send(n: int) -> Any:
        some = trucks if n % 2 else list(reversed(trucks))
        readings = [t.reading(n * 10 + k, 19.0, device=f"d{n % 3}") for t in some for k in range(9)]
        return await hub.post("/v1/telemetry", {"readings": readings})

    answers = await asyncio.gather(*(send(n) for n in range(16)))
    assert [a.status_code for a in answers] == [200] * 16
    assert sum(a.json()["accepted"] for a in answers) == 16 * 4 * 9
    for truck in trucks:
        devices = [e["data"]["device"] for e in await truck.events()]
        assert len(devices) == len(set(devices)), "one open breach a sensor"


async def test_the_wall_stands_behind_it(truck: Truck, hub: Api, cluster: Cluster) -> None:
    """Without any filter a stranger finds nothing, and can write nothing in another's name."""
    await truck.degrees(*WARM)
    stranger = await hub.party("carrier")
    service = await asyncpg.connect(cluster.url("btc_service"))
    try:
        for party, seen in ((stranger.id, 0), (truck.buyer.id, 1), (truck.carrier.id, 1)):
            async with service.transaction():
                await service.execute(
                    "SELECT set_config('btc.party', $1, true), set_config('btc.livemode', 'on', true)",
                    str(decode("pty", party)),
                )
                for table in ("telemetry", "telemetry_devices", "temperature_breaches"):
                    count = f"SELECT count(DISTINCT shipment_id) FROM {table}"
                    assert await service.fetchval(count) == seen, table
                if not seen:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await service.execute(
                            "INSERT INTO telemetry (shipment_id, device, at, livemode) "
                            "VALUES ($1, 'x', $2, true)",
                            truck.uuid,
                            truck.start,
                        )
    finally:
        await service.close()
