"""Many facts at once: each by itself, in any order, as often as one likes."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shipments.states import TrackingStatus
from tests import trade
from tests.api import Api
from tests.shipments import story
from tests.shipments.tracking.road import Unique, ago, on_the_road
from tests.statements import trips_of

PATH = "/v1/tracking-events"


def _fact(shipment: Any, minutes: float, status: str = "in_transit", **fields: Any) -> Any:
    said = {"tracking_code": shipment["tracking_code"], "status": status}
    return said | {"occurred_at": ago(minutes)} | fields


async def test_each_is_taken_or_refused_by_itself(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    other, foreign = await on_the_road(hub, unique)
    good = _fact(shipment, -1, "on_hold", reason="weather", external_id="a")
    sent = [
        good,
        _fact(foreign, 1),
        good,
        _fact(shipment, -10),
        _fact(shipment, 60 * 24 * 400),
        _fact(shipment, 2, "flying"),
        _fact(shipment, 2, latitude=95.0, longitude=112.0),
        _fact(shipment, 2, latitude=-7.4),
        {"shipment_id": shipment["id"], "status": "in_transit", "occurred_at": ago(3)},
        {"shipment_id": "ord_x", "status": "in_transit", "occurred_at": ago(3)},
        {"status": "in_transit", "occurred_at": ago(3)},
        "not an object",
    ]
    said = await tale.carrier.do(PATH, {"events": sent})
    assert (said["recorded"], said["repeated"]) == (2, 1)
    codes = {one["index"]: one["code"] for one in said["refused"]}
    pointers = {one["index"]: one["pointer"] for one in said["refused"]}
    assert (pointers[1], pointers[9], pointers[7]) == ("/tracking_code", "/shipment_id", "")
    expected = {1: "not_found", 3: "in_future", 4: "too_old", 7: "position_half", 9: "not_found"}
    assert codes.items() >= (expected | {10: "not_found"}).items()
    assert set(codes) == {1, 3, 4, 5, 6, 7, 9, 10, 11}
    seen = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (seen["status"], seen["tracking_status"]) == ("in_transit", "on_hold")
    assert (await hub.read(f"/v1/shipments/{foreign['id']}"))["tracking_status"] == "picked_up"
    again = await tale.carrier.do(PATH, {"events": sent})
    assert (again["recorded"], again["repeated"]) == (0, 3)
    assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["version"] == seen["version"]
    assert (await other.market.api.post(PATH, {"events": sent})).status_code == 403


async def test_the_first_telling_of_a_fact_stands(hub: Api, unique: Unique) -> None:
    """Another content under a known id is a repeat: it shows nothing that is stored nowhere."""
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    await tale.carrier.do(PATH, {"events": [_fact(shipment, -1, external_id="a")]})
    known = await hub.read(path)
    otherwise = _fact(shipment, -2, "delivered", external_id="a", latitude=1.0, longitude=2.0)
    older = _fact(shipment, 60, "on_hold", external_id="b")
    said = await tale.carrier.do(PATH, {"events": [otherwise, older]})
    assert (said["recorded"], said["repeated"]) == (1, 1)
    del otherwise["tracking_code"]
    await tale.carrier.do(f"{path}/events", otherwise)
    seen = await hub.read(path)
    assert (seen["tracking_status"], seen["version"]) == ("in_transit", known["version"])
    assert seen["tracked_at"] == known["tracked_at"]
    public = await hub.read(f"/v1/tracking/{shipment['tracking_code']}")
    assert public["position"] is None
    events = (await hub.read("/v1/events", limit=100))["data"]
    mine = [e for e in events if e["data"].get("tracking_code") == shipment["tracking_code"]]
    assert "delivered" not in {e["data"].get("tracking_status") for e in mine}


async def test_what_happened_before_leaving_and_after_the_end(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/deliver")
    late = [
        _fact(shipment, 5, "in_transit"),
        _fact(shipment, -2, "out_for_delivery"),
        _fact(shipment, -3, "delivered"),
    ]
    said = await tale.carrier.do(PATH, {"events": late})
    assert [(one["index"], one["code"]) for one in said["refused"]] == [(1, "ended")]
    assert said["recorded"] == 2
    seen = await hub.read(f"/v1/shipments/{shipment['id']}")
    assert (seen["status"], seen["tracking_status"]) == ("delivered", "delivered")


async def test_who_only_receives_reports_nothing(hub: Api, unique: Unique) -> None:
    """Not even a buyer who carries other goods."""
    both = await hub.party("buyer", "carrier")
    market = trade.Buyer(both, await both.site("distribution_centre", "31.75.04"))
    tale = await story.confirmed(hub, unique("eggs"), 100, market=market)
    shipment = await hub.do("/v1/shipments", tale.shipment_body(await tale.lot()))
    await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
    said = await both.do(PATH, {"events": [_fact(shipment, -1)]})
    assert [one["code"] for one in said["refused"]] == ["not_found"]
    event = {"status": "in_transit", "occurred_at": ago(-1)}
    assert (await both.post(f"/v1/shipments/{shipment['id']}/events", event)).status_code == 403
    webhook = {"reference_id": shipment["tracking_code"], "status": "dropping_off"}
    answer = await both.post("/v1/carrier-webhooks/biteship", webhook)
    assert answer.status_code == 404
    reading = {"tracking_code": shipment["tracking_code"], "device": "d", "at": ago(-1)}
    said = await both.do("/v1/telemetry", {"readings": [reading | {"speed_kmh": 3}]})
    assert [one["code"] for one in said["refused"]] == ["not_found"]


async def test_a_carriers_own_number_names_its_shipment_alone(hub: Api, unique: Unique) -> None:
    number = unique("wb")
    tale, shipment = await on_the_road(hub, unique, waybill=number)
    other, _ = await on_the_road(hub, unique, waybill=number)  # another carrier counts as well
    fact = {"waybill": number, "status": "on_hold", "occurred_at": ago(-1)}
    assert (await tale.carrier.do(PATH, {"events": [fact]}))["recorded"] == 1
    assert (await hub.read(f"/v1/shipments/{shipment['id']}"))["tracking_status"] == "on_hold"
    mixed = fact | {"tracking_code": (await _first(other))["tracking_code"]}
    assert (await tale.carrier.do(PATH, {"events": [mixed]}))["refused"][0]["code"] == "not_found"
    assert (await hub.do(PATH, {"events": [fact]}))["refused"][0]["code"] == "not_found"


async def _first(tale: Any) -> Any:
    return (await tale.carrier.read("/v1/shipments"))["data"][0]


async def test_a_fact_with_a_position_is_where_it_was_last_seen(
    api: Api, hub: Api, unique: Unique
) -> None:
    tale, shipment = await on_the_road(hub, unique)
    facts = [
        _fact(shipment, -2, latitude=-7.4021, longitude=111.4462),
        _fact(shipment, -1, latitude=-7.55, longitude=112.01),
        _fact(shipment, -3),
    ]
    await tale.carrier.do(PATH, {"events": facts})
    seen = (await api.read(f"/v1/tracking/{shipment['tracking_code']}"))["position"]
    assert (seen["latitude"], seen["longitude"]) == (-7.4, 111.45)  # no nearer than some 5 km


async def test_a_reporter_reads_back_what_has_arrived(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    facts = [_fact(shipment, -n, external_id=f"a-{n}", device="gps-1") for n in range(1, 4)]
    await tale.carrier.do(PATH, {"events": facts})
    path = f"/v1/shipments/{shipment['id']}/events"
    for who in (tale.carrier, tale.market.api, hub):
        first = await who.read(path, limit=3)
        assert [one["external_id"] for one in first["data"]] == ["a-3", "a-2", "a-1"]
        (rest,) = (await who.read(path, cursor=first["next_cursor"]))["data"]
        assert (rest["n"], rest["source"], rest["status"]) == (1, "system", "picked_up")
    assert (await (await hub.party("carrier")).get(path)).status_code == 404


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Tol Ngawi, km 579", True),
        ("Rest area 456A, Jl. Raya 12 No 34", True),
        ("rumah Bu Ratna 081234567890", False),
        ("hubungi 0812-3456-7890", False),
        ("dibayar Rp 275.000", False),
    ],
)
async def test_what_anybody_reads_holds_no_number_and_no_price(
    hub: Api, unique: Unique, place: str, told: bool
) -> None:
    tale, shipment = await on_the_road(hub, unique)
    said = await tale.carrier.do(PATH, {"events": [_fact(shipment, -1, place=place)]})
    assert (said["recorded"] == 1) is told
    assert told or said["refused"][0]["code"] == "private_text"


async def test_an_offline_driver_says_later_when_it_was(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    path = f"/v1/shipments/{shipment['id']}"
    at = shipment["dispatched_at"]
    for wrong in (ago(60 * 24), ago(-10)):
        answer = await tale.carrier.post(f"{path}/deliver", {"occurred_at": wrong})
        assert answer.json()["errors"][0]["pointer"] == "/occurred_at"
    await tale.carrier.do(f"{path}/arrive", {"occurred_at": at})
    there = await tale.carrier.do(f"{path}/deliver", {"occurred_at": at})
    assert there["arrived_at"] == there["delivered_at"] == at


async def test_thousands_are_a_handful_of_round_trips(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    few = [_fact(shipment, -1), _fact(shipment, -2)]
    many = [_fact(shipment, 10 + n / 60) for n in range(2000)]
    small = await trips_of(lambda: tale.carrier.do(PATH, {"events": few}))
    trips = await trips_of(lambda: tale.carrier.do(PATH, {"events": many}))
    # The key is asked for twice: once before a long body is read.
    assert len(trips) <= len(small) <= 9, trips


async def test_lines_are_fine_and_too_much_is_not(hub: Api, unique: Unique) -> None:
    tale, shipment = await on_the_road(hub, unique)
    lines = b"\n".join([orjson.dumps(_fact(shipment, 1)), b"{broken", orjson.dumps([])])
    headers = {"authorization": f"Bearer {tale.carrier.key}"}
    kind = {"content-type": "application/x-ndjson"}
    said = await hub.client.post(PATH, content=lines, headers=headers | kind)
    assert said.status_code == 200
    assert [one["index"] for one in said.json()["refused"]] == [1, 2]
    too_many = {"events": [_fact(shipment, 1)] * 5001}
    assert (await tale.carrier.post(PATH, too_many)).status_code == 413
    huge = b'{"events": [' + b" " * 5_000_000 + b"]}"
    json = {"content-type": "application/json"}
    refused = await hub.client.post(PATH, content=huge, headers=headers | json)
    assert refused.status_code == 413
    for broken in (b"", b"[]", b"{}", b'{"events": []}', b'{"events": 1}', b"\xff"):
        answer = await hub.client.post(PATH, content=broken, headers=headers | json)
        assert answer.status_code in (400, 422), broken


async def test_of_two_batches_at_once_nothing_is_counted_twice(hub: Api, unique: Unique) -> None:
    """Real commits: the same facts from two connections, and others between them."""
    tale, shipment = await on_the_road(hub, unique)
    facts = [_fact(shipment, n, external_id=str(n)) for n in range(40)]
    halves = [random.Random(seed).sample(facts, 30) for seed in range(6)]
    said = await asyncio.gather(*(tale.carrier.do(PATH, {"events": half}) for half in halves))
    distinct = {one["external_id"] for half in halves for one in half}
    assert sum(one["recorded"] for one in said) == len(distinct)
    seen = await hub.read(f"/v1/tracking/{shipment['tracking_code']}")
    numbers = sorted(event["n"] for event in seen["events"])
    assert numbers == list(range(1, len(distinct) + 2)) and seen["last_n"] == numbers[-1]


moments = st.tuples(
    st.sampled_from([str(s) for s in TrackingStatus if s != TrackingStatus.CANCELLED]),
    st.integers(1, 6),
)


async def test_any_order_with_repeats_leaves_the_same_shipment(hub: Api, unique: Unique) -> None:
    tale, first = await on_the_road(hub, unique)
    start = datetime.now(UTC) + timedelta(seconds=1)

    def facts(code: str, drawn: list[tuple[str, int]]) -> list[Any]:
        return [
            {
                "tracking_code": code,
                "status": status,
                "occurred_at": (start + timedelta(seconds=n)).isoformat(),
            }
            for status, n in drawn
        ]

    for seed in range(6):
        rng = random.Random(seed)
        drawn = [
            (rng.choice([str(s) for s in TrackingStatus]), rng.randint(1, 6)) for _ in range(12)
        ]
        shown = []
        for _ in range(2):
            mine, shipment = await on_the_road(hub, unique)
            shuffled = facts(shipment["tracking_code"], drawn + rng.choices(drawn, k=6))
            rng.shuffle(shuffled)
            cut = rng.randint(1, len(shuffled) - 1)
            for part in (shuffled[:cut], shuffled[cut:]):
                await mine.carrier.do(PATH, {"events": part})
            seen = await hub.read(f"/v1/shipments/{shipment['id']}")
            shown.append((seen["status"], seen["tracking_status"], seen["tracked_at"]))
        assert shown[0] == shown[1], (seed, drawn)
    assert tale and first


@given(st.lists(moments, max_size=8))
def test_what_is_possible_does_not_depend_on_what_was_heard(drawn: list[tuple[str, int]]) -> None:
    """`wrong` looks at what people did with the shipment only: same answer whatever is shown."""
    from types import SimpleNamespace

    from app.shipments.tracking.rules import Fact, wrong

    now = datetime(2026, 11, 22, tzinfo=UTC)
    for status, n in drawn:
        fact = Fact(TrackingStatus(status), now - timedelta(hours=n))
        answers = {
            wrong(
                SimpleNamespace(
                    status="delivered",
                    created_at=now - timedelta(days=2),
                    ended_at=now - timedelta(hours=3),
                    tracking_status=shown,
                    tracked_at=now,
                ),
                fact,
                now,
            )
            for shown in ("pending", "delivered", "unknown")
        }
        assert len(answers) == 1
        ended = n < 3 and status not in {"delivered", "return_to_sender"}
        assert (answers != {None}) == ended
