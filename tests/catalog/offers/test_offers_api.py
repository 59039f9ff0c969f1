"""Promising by the day, by the week or as a lot, for sure or as a forecast; and letting it rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from app import worker
from app.core.ids import decode
from tests.api import Api, kg
from tests.catalog.offers.promising import days, farm, refusal
from tests.statements import round_trips
from tests.trade import day

Unique = Callable[[str], str]


async def test_a_daily_offer_promises_its_quantity_each_day(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    assert (made["per"], made["kind"], made["status"]) == ("day", "commitment", "open")
    assert (made["quantity"], made["total"], made["available"]) == (kg(100), kg(400), kg(400))
    assert made["allowed_actions"] == ["pause", "adjust", "withdraw"]
    assert [d["starts_on"] for d in await days(eggs.seller, made["id"])] == [
        day(n) for n in range(1, 5)
    ]
    assert {d["quantity"] for d in await days(eggs.seller, made["id"])} == {"100"}


async def test_what_is_said_of_no_period_is_a_lot_for_sure(hub: Api, unique: Unique) -> None:
    """As before there were others; its period has the offer's own id."""
    eggs = await farm(hub, unique("eggs"))
    body = eggs.body(500)
    del body["per"]
    made = await eggs.seller.do("/v1/supply-offers", body)
    assert (made["per"], made["kind"], made["total"]) == ("lot", "commitment", kg(500))
    (period,) = (await eggs.seller.read(f"/v1/supply-offers/{made['id']}/periods"))["data"]
    assert decode("opd", period["id"]) == decode("off", made["id"])
    assert (period["starts_on"], period["ends_on"]) == (day(1), day(4))


async def test_a_weekly_offer_has_calendar_weeks(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(700, per="week", available_until=day(14))
    found = await days(eggs.seller, made["id"])
    assert (found[0]["starts_on"], found[-1]["ends_on"]) == (day(1), day(14))
    assert all(date.fromisoformat(d["starts_on"]).weekday() == 0 for d in found[1:])
    assert made["total"] == kg(700 * len(found))


async def test_days_that_are_over_are_not_promised(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100, available_from=day(-3), available_until=day(1))
    assert [d["starts_on"] for d in await days(eggs.seller, made["id"])] == [day(0), day(1)]
    assert (made["available_from"], made["total"]) == (day(-3), kg(200))


async def test_a_year_is_as_many_round_trips_as_a_day(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    counts = []
    for until in (1, 1, 1, 1, 366):
        async with round_trips() as trips:
            made = await eggs.offer(10, available_until=day(until))
        counts.append(len(trips))
    assert len(await days(eggs.seller, made["id"])) == 366
    assert made["total"] == kg(3660)
    assert counts[-1] == counts[-2], trips


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"available_until": day(367)}, ("window", "/available_until")),
        ({"available_from": day(-5), "available_until": day(-1)}, ("window", "/available_until")),
        ({"available_until": day(0)}, ("window", "/available_until")),
        ({"min_pickup": kg(101)}, ("larger_than_quantity", "/min_pickup")),
        ({"pack_size": kg(150)}, ("larger_than_quantity", "/pack_size")),
        ({"quantity": {"value": "3", "unit": "peti"}}, ("unit_mismatch", "/quantity/unit")),
    ],
    ids=["too-long", "over", "backwards", "pickup", "pack", "unit"],
)
async def test_what_does_not_fit_is_refused(
    hub: Api, unique: Unique, wrong: dict[str, Any], said: tuple[str, str]
) -> None:
    eggs = await farm(hub, unique("eggs"))
    answer = await eggs.seller.post("/v1/supply-offers", eggs.body() | wrong)
    assert refusal(answer) == (422, *said)


async def test_one_days_quantity_is_not_taken_from_another(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    assert await eggs.allocated(150, day(2)) == "100"
    found = {d["starts_on"]: d for d in await days(hub, made["id"])}
    assert [found[day(n)]["reserved"] for n in range(1, 5)] == ["0", "100", "0", "0"]
    assert [found[day(n)]["available"] for n in range(1, 5)] == ["100", "0", "100", "100"]
    seen = await eggs.seller.read(f"/v1/supply-offers/{made['id']}")
    assert (seen["reserved"], seen["available"]) == (kg(100), kg(300))
    assert await eggs.allocated(10, day(5)) == "0"
    assert await eggs.allocated(100, day(3)) == "100"


async def test_a_weeks_quantity_is_had_on_any_of_its_days_once(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    today = date.fromisoformat(day())
    monday = today + timedelta(days=7 - today.weekday())
    week = [(monday + timedelta(days=n)).isoformat() for n in range(8)]
    await eggs.offer(100, per="week", available_from=week[0], available_until=week[7])
    assert await eggs.allocated(60, week[1]) == "60"
    assert await eggs.allocated(60, week[6]) == "40"
    assert await eggs.allocated(60, week[7]) == "60"


async def test_a_forecast_is_never_allocated_before_it_is_committed(
    hub: Api, unique: Unique
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100, kind="forecast")
    assert (made["kind"], made["available"]) == ("forecast", kg(400))
    assert made["allowed_actions"] == ["pause", "commit", "adjust", "withdraw"]
    assert await eggs.allocated(50, day(1)) == "0"
    done = await eggs.seller.do(f"/v1/supply-offers/{made['id']}/commit")
    assert (done["kind"], done["status"], done["version"]) == ("commitment", "open", 2)
    assert await eggs.allocated(50, day(1)) == "50"
    again = await eggs.seller.post(f"/v1/supply-offers/{made['id']}/commit")
    assert refusal(again)[:2] == (409, "already_committed")


async def test_committing_needs_what_a_new_offer_needs(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    eggs = await farm(hub, unique("eggs"), required_licences=["nkv"])
    refused = await eggs.seller.post("/v1/supply-offers", eggs.body(kind="forecast"))
    assert refusal(refused)[:2] == (409, "licence_missing")
    filed = {"kind": "nkv", "number": "CONTOH", "valid_from": "2026-01-01"}
    path = f"/v1/parties/{eggs.seller.id}/licences"
    licence = await eggs.seller.do(path, filed)
    await hub.do(f"{path}/{licence['id']}/verify", {"outcome": "valid"})
    made = await eggs.offer(kind="forecast")
    path = f"/v1/supply-offers/{made['id']}/commit"
    await owner.execute(
        "UPDATE licences SET valid_to = current_date - 2 WHERE id = $1",
        decode("lic", licence["id"]),
    )
    assert refusal(await eggs.seller.post(path))[:2] == (409, "licence_missing")
    assert (await hub.read(f"/v1/supply-offers/{made['id']}"))["kind"] == "forecast"
    await hub.do(f"/v1/parties/{eggs.seller.id}/suspend")
    assert refusal(await hub.post(path))[:2] == (422, "not_a_seller")


async def test_a_paused_offer_keeps_its_word_and_gives_nothing_new(
    hub: Api, unique: Unique
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    path = f"/v1/supply-offers/{made['id']}"
    run = await eggs.ordered(30, day(1))
    paused = await eggs.seller.do(f"{path}/pause")
    assert (paused["status"], paused["reserved"], paused["available"]) == ("paused", kg(30), kg(0))
    assert paused["allowed_actions"] == ["resume", "adjust", "withdraw"]
    assert await eggs.allocated(10, day(1)) == "0"
    await eggs.seller.do(f"/v1/allocations/{run['data'][0]['id']}/confirm")
    assert (await hub.read(path))["committed"] == kg(30)
    assert refusal(await eggs.seller.post(f"{path}/pause"))[:2] == (409, "wrong_state")
    resumed = await hub.do(f"{path}/resume")  # the hub may, when a seller phones
    assert (resumed["status"], resumed["available"]) == ("open", kg(370))
    assert await eggs.allocated(10, day(1)) == "10"


@pytest.mark.parametrize("before", ["open", "paused"])
async def test_withdrawing_ends_it_and_leaves_what_was_promised(
    hub: Api, unique: Unique, before: str
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    await eggs.ordered(30, day(1))
    path = f"/v1/supply-offers/{made['id']}"
    if before == "paused":
        await eggs.seller.do(f"{path}/pause")
    ended = await eggs.seller.do(f"{path}/withdraw")
    assert (ended["status"], ended["reserved"], ended["available"]) == (
        "withdrawn",
        kg(30),
        kg(0),
    )
    assert ended["allowed_actions"] == []
    assert await eggs.allocated(10, day(2)) == "0"
    for action in ("pause", "resume", "commit", "withdraw"):
        assert (await eggs.seller.post(f"{path}/{action}")).status_code == 409


async def test_a_paused_offer_expires_too(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    path = f"/v1/supply-offers/{made['id']}"
    await eggs.seller.do(f"{path}/pause")
    await owner.execute(
        "UPDATE supply_offers SET available_from = available_from - 30, "
        "available_until = available_until - 30 WHERE id = $1",
        decode("off", made["id"]),
    )
    await worker.turn(app.state.database)
    assert (await eggs.seller.read(path))["status"] == "expired"


async def test_a_stranger_finds_nothing_to_turn(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    path = f"/v1/supply-offers/{(await eggs.offer())['id']}"
    stranger = await hub.party("seller")
    assert (await stranger.get(f"{path}/periods")).status_code == 404
    for action in ("pause", "resume", "commit", "withdraw"):
        assert (await stranger.post(f"{path}/{action}")).status_code == 404
    assert (await stranger.post(f"{path}/adjust", {"quantity": kg(1)})).status_code == 404
