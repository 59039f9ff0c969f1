"""Tracking: late, repeated and shuffled facts; what the public may read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shipments.shipments.codes import new_code, read_code
from app.shipments.states import TrackingStatus
from app.shipments.tracking.rules import Heard, newest
from tests.api import Api, Party
from tests.shipments import story
from tests.statements import trips_of

Unique = Callable[[str], str]

START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
facts = st.builds(
    Heard,
    st.sampled_from([str(status) for status in TrackingStatus]),
    # Few instants, so that facts of the same instant are common.
    st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes)),
)


@given(st.lists(facts, min_size=1, max_size=12), st.randoms())
def test_any_order_with_repeats_leads_to_the_same_status(heard: list[Heard], random: Any) -> None:
    def shown(said: list[Heard]) -> Heard:
        known = Heard("pending", None)
        for fact in said:
            known = newest(known, fact)
        return known

    shuffled = heard + random.choices(heard, k=len(heard))
    random.shuffle(shuffled)
    assert shown(shuffled) == shown(heard)
    assert shown(heard).at == max(fact.at for fact in heard if fact.at)


async def _shipment(hub: Api, unique: Unique) -> tuple[story.Story, str]:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    return tale, f"/v1/shipments/{shipment['id']}"


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def test_late_and_repeated_facts_over_the_api(hub: Api, unique: Unique) -> None:
    tale, path = await _shipment(hub, unique)
    await tale.carrier.do(f"{path}/dispatch")
    newer = {"status": "on_hold", "occurred_at": ago(-2), "place": "Ngawi", "reason": "weather"}
    said = await tale.carrier.do(f"{path}/events", newer)
    assert (said["status"], said["tracking_status"]) == ("in_transit", "on_hold")
    again = await tale.carrier.do(f"{path}/events", newer)
    assert again == said
    late = {"status": "in_transit", "occurred_at": ago(30), "external_id": "wb-1"}
    assert (await tale.carrier.do(f"{path}/events", late)) == said
    # The same external_id is the same fact, whatever else it says now.
    moved = late | {"occurred_at": ago(-3), "status": "delivered"}
    assert (await tale.carrier.do(f"{path}/events", moved)) == said
    events = (await hub.read(f"/v1/tracking/{said['tracking_code']}"))["events"]
    assert [event["status"] for event in events] == ["on_hold", "picked_up", "in_transit"]


async def test_a_step_of_ours_is_newer_than_what_was_heard(hub: Api, unique: Unique) -> None:
    """A carrier's clock two minutes ahead must not leave a delivered shipment on the road."""
    tale, path = await _shipment(hub, unique)
    await tale.carrier.do(f"{path}/dispatch")
    await tale.carrier.do(f"{path}/events", {"status": "in_transit", "occurred_at": ago(-2)})
    assert (await tale.carrier.do(f"{path}/deliver"))["tracking_status"] == "delivered"


async def test_what_cannot_be_said(hub: Api, unique: Unique) -> None:
    tale, path = await _shipment(hub, unique)
    pending = {"status": "pending", "occurred_at": ago(1)}
    assert (await tale.carrier.do(f"{path}/events", pending))["status"] == "planned"
    wrong = [
        ({"status": "in_transit", "occurred_at": ago(1)}, 409),
        (pending | {"occurred_at": ago(-10)}, 422),
        (pending | {"occurred_at": ago(60 * 24 * 366)}, 422),
        (pending | {"occurred_at": "2026-11-21T08:00:00"}, 422),
        (pending | {"status": "flying"}, 422),
        (pending | {"reason": "bad mood"}, 422),
    ]
    for body, status in wrong:
        assert (await tale.carrier.post(f"{path}/events", body)).status_code == status, body
    assert (await tale.market.api.post(f"{path}/events", pending)).status_code == 403
    await hub.do(f"{path}/cancel", {"reason": "other"})
    answer = await tale.carrier.post(f"{path}/events", pending)
    assert answer.status_code == 409
    assert answer.json()["code"] == "wrong_state"


PUBLIC = {
    "number",
    "tracking_code",
    "status",
    "tracking_status",
    "from_region",
    "to_region",
    "dispatched_at",
    "arrived_at",
    "delivered_at",
    "promised_on",
    "eta_at",
    "eta_revision",
    "eta_reason",
    "delayed_since",
    "delay_rule",
    "position",
    "goods",
    "last_n",
    "events",
    "livemode",
}


async def test_the_public_reads_where_and_never_whose(api: Api, hub: Api, unique: Unique) -> None:
    tale, path = await _shipment(hub, unique)
    await tale.carrier.do(f"{path}/dispatch")
    shipment = await hub.read(path)
    code = shipment["tracking_code"]
    said = await api.read(f"/v1/tracking/{code}")
    assert set(said) == PUBLIC
    assert set(said["events"][0]) == {"n", "status", "occurred_at", "place", "reason"}
    assert [goods["quantity"] for goods in said["goods"]] == [{"value": "100", "unit": "kg"}]
    assert said["from_region"] == "Kabupaten Blitar"
    assert said["to_region"] == "Kota Administrasi Jakarta Timur"
    assert said["livemode"] is True
    assert "Lokasi" not in str(said)
    # With any key it is the same, and the caller's own rights are what they were.
    stranger = await hub.party("seller")
    assert await stranger.read(f"/v1/tracking/{code}") == said
    assert (await stranger.get(path)).status_code == 404
    typed = code.lower().replace("-", " ")
    assert (await api.read(f"/v1/tracking/{typed}"))["number"] == shipment["number"]
    for unknown in (new_code(), "BTC-", "x" * 30, "BTC-00000", shipment["number"]):
        assert (await api.get(f"/v1/tracking/{unknown}")).status_code == 404


async def test_following_is_one_round_trip(api: Api, hub: Api, unique: Unique) -> None:
    _, path = await _shipment(hub, unique)
    code = (await hub.read(path))["tracking_code"]
    trips = await trips_of(lambda: api.read(f"/v1/tracking/{code}"))
    assert len(trips) == 1, trips


def test_codes_can_be_said_and_not_be_guessed() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    for code in codes:
        assert re.fullmatch("BTC-[0-9A-HJKMNP-TV-Z]{10}", code)
        assert read_code(code.lower()) == read_code(code[4:].join(("btc", ""))) == code
    assert read_code("BTC-OIL1234567") == "BTC-0111234567"
    assert read_code("BTC-U123456789") is None


@pytest.mark.parametrize(
    "pasted",
    [
        "7K3M9QX2PT",
        "btc–7k3m9qx2pt",
        "*BTC-7K3M9QX2PT*",
        "Kode: BTC-7K3M9QX2PT.",
        "https://btc.example/lacak/BTC-7K3M9QX2PT)",
        "Ini ya Bu: https://btc.example/t/btc-7k3m-9qx2-pt ya, Bu",
        "BTC\u200b-7K3M 9QX2 PT",
    ],
)
def test_a_code_is_found_in_what_people_paste(pasted: str) -> None:
    assert read_code(pasted) == "BTC-7K3M9QX2PT"


@pytest.mark.parametrize("said", ["BTC-7K3M9QX2PTQ", "BTC-7K3M9QX2P ya", "SHP-2026-000001", ""])
def test_what_is_no_code_is_none(said: str) -> None:
    assert read_code(said) is None


class _TestDesk(Api):
    """The hub's desk in the test world: every party it makes acts there too.

    Parties and goods are of both worlds: they are made with the ``live`` desk's key.
    """

    def __init__(self, live: Api, key: str) -> None:
        super().__init__(live.client, key)
        self.live = live

    async def party(self, *roles: str, **fields: Any) -> Party:
        made = await self.live.party(*roles, **fields)
        key = await self.live.do("/v1/api-keys", {"party_id": made.id, "livemode": False})
        return Party(self.client, key["key"], made.id)

    async def do(self, path: str, body: Any = None) -> Any:
        return await (self.live if path == "/v1/commodities" else super()).do(path, body)


async def test_the_test_world_is_followed_too_and_says_so(
    api: Api, hub: Api, unique: Unique
) -> None:
    own = (await hub.party("operator")).id
    key = await hub.do("/v1/api-keys", {"party_id": own, "livemode": False})
    desk = _TestDesk(hub, key["key"])
    tale, path = await _shipment(desk, unique)
    shipment = await tale.carrier.do(f"{path}/dispatch")
    said = await api.read(f"/v1/tracking/{shipment['tracking_code']}")
    assert (said["livemode"], said["status"]) == (False, "dispatched")
    assert [event["status"] for event in said["events"]] == ["picked_up"]
    assert (await hub.get(path)).status_code == 404


async def test_a_waybill_of_the_test_world_takes_none_from_the_live_one(
    hub: Api, unique: Unique
) -> None:
    own = (await hub.party("operator")).id
    key = await hub.do("/v1/api-keys", {"party_id": own, "livemode": False})
    practice = await story.confirmed(_TestDesk(hub, key["key"]), unique("eggs"), 100)
    tale = await story.confirmed(hub, unique("eggs"), 100)
    same = {"waybill": unique("wb"), "carrier_id": tale.carrier.id}
    made = await practice.hub.do(
        "/v1/shipments", practice.shipment_body(await practice.lot(), **same)
    )
    live = await hub.do("/v1/shipments", tale.shipment_body(await tale.lot(), **same))
    assert (made["waybill"], live["waybill"]) == (same["waybill"],) * 2
