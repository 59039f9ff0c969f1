"""When it is expected, said anew; and who counts as late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from app.shipments.tracking.delays import flag_delays
from tests import worker
from tests.api import Api
from tests.shipments.tracking.road import Unique, ago, on_the_road


def _in(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def test_every_estimate_stays_on_record(hub: Api, api: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    first = await tale.carrier.do(f"{path}/estimate", {"eta_at": _in(5)})
    assert (first["eta_revision"], first["delay_rule"]) == (1, None)
    later = {"eta_at": _in(9), "reason": "road_blocked", "note": "Jembatan ditutup"}
    assert (await tale.carrier.do(f"{path}/estimate", later))["eta_revision"] == 2
    assert (await hub.do(f"{path}/estimate", later))["eta_revision"] == 2  # the same again
    said = (await tale.market.api.read(f"{path}/estimates"))["data"]
    assert [(one["revision"], one["reason"], one["source"]) for one in said] == [
        (2, "road_blocked", "carrier"),
        (1, None, "carrier"),
    ]
    seen = await api.read(f"/v1/tracking/{shipment['tracking_code']}")
    assert (seen["eta_revision"], seen["eta_at"][:16]) == (2, later["eta_at"][:16])
    assert seen["eta_reason"] == "road_blocked"
    stranger = await hub.party("carrier")
    assert (await stranger.get(f"{path}/estimates")).status_code == 404
    assert (await tale.market.api.post(f"{path}/estimate", later)).status_code == 403
    for wrong in (_in(-1), _in(24 * 61), "soon", "2026-11-22T08:00:00"):
        answer = await tale.carrier.post(f"{path}/estimate", {"eta_at": wrong})
        assert answer.status_code == 422, wrong


async def test_past_the_promised_day_it_is_late_at_once(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    promised = datetime.fromisoformat(f"{shipment['promised_on']}T23:59:00+07:00")
    kept = await tale.carrier.do(f"{path}/estimate", {"eta_at": promised.isoformat()})
    assert kept["delayed_since"] is None
    missed = (promised + timedelta(minutes=2)).isoformat()
    late = await tale.carrier.do(f"{path}/estimate", {"eta_at": missed})
    assert late["delay_rule"] == "promise_missed"
    again = await tale.carrier.do(f"{path}/estimate", {"eta_at": promised.isoformat()})
    assert (again["delayed_since"], again["delay_rule"]) == (None, None)


async def test_overdue_and_silent_are_found_by_rule(app: Any, hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    quiet, other = await on_the_road(hub, unique)
    for mine, what in ((tale, shipment), (quiet, other)):
        path = f"/v1/shipments/{what['id']}"
        eta = _in(2) if what is shipment else _in(20)
        await mine.carrier.do(f"{path}/estimate", {"eta_at": eta})
    await worker.all_at(app, timedelta(hours=2, minutes=20), flag_delays)
    assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["delay_rule"] is None
    await worker.all_at(app, timedelta(hours=2, minutes=40), flag_delays)
    assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["delay_rule"] == "overdue"
    assert (await hub.read(f"/v1/shipments/{other['id']}"))["delay_rule"] is None
    await worker.all_at(app, timedelta(hours=6, minutes=5), flag_delays)
    seen = await hub.read(f"/v1/shipments/{other['id']}")
    assert seen["delay_rule"] == "silent"
    events = (await quiet.market.api.read("/v1/events", limit=100))["data"]
    assert "shipment.delayed" in {event["type"] for event in events}
    late = {"status": "in_transit", "occurred_at": ago(60)}  # older news is news too
    heard = await quiet.carrier.do(f"/v1/shipments/{other['id']}/events", late)
    assert (heard["delay_rule"], heard["delayed_since"]) == (None, None)
    assert heard["version"] == seen["version"] + 1


async def test_who_says_when_it_comes_has_heard_of_it(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """It is not silent again at the worker's next look."""
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(f"{path}/estimate", {"eta_at": _in(20)})
    await owner.execute(
        "UPDATE shipments SET heard_at = heard_at - interval '7 hours' WHERE tracking_code = $1",
        shipment["tracking_code"],
    )
    await worker.all_at(app, timedelta(), flag_delays)
    assert (await hub.read(path))["delay_rule"] == "silent"
    await tale.carrier.do(f"{path}/estimate", {"eta_at": _in(21)})
    await worker.all_at(app, timedelta(), flag_delays)
    assert (await hub.read(path))["delay_rule"] is None


async def test_what_has_arrived_is_silent_no_more(app: Any, hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(f"{path}/estimate", {"eta_at": _in(20)})
    await worker.all_at(app, timedelta(hours=7), flag_delays)
    assert (await hub.read(path))["delay_rule"] == "silent"
    there = await tale.carrier.do(f"{path}/deliver")
    assert (there["delay_rule"], there["delayed_since"]) == (None, None)
