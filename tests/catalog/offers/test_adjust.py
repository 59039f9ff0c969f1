"""Sellers say themselves what they have, by the day, and never less than is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.core.ids import decode
from tests.api import Api, kg
from tests.catalog.offers.promising import Farm, days, farm, refusal
from tests.trade import day

Unique = Callable[[str], str]


async def adjusted(eggs: Farm, offer_id: str, value: float, **fields: Any) -> Any:
    """The raw answer to saying *value* kg."""
    return await eggs.seller.post(
        f"/v1/supply-offers/{offer_id}/adjust", {"quantity": kg(value)} | fields
    )


async def quantities(eggs: Farm, offer_id: str) -> list[str]:
    """What each period offers."""
    return [d["quantity"] for d in await days(eggs.seller, offer_id)]


async def test_from_today_on_every_period_says_the_new_quantity(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100, pack_size=kg(15))
    path = f"/v1/supply-offers/{made['id']}/adjust"
    body = {"quantity": {"value": "8", "unit": "peti"}}
    done = await eggs.seller.do(path, body)
    assert (done["quantity"], done["total"], done["version"]) == (kg(120), kg(480), 2)
    assert done["entered"] == body["quantity"]
    assert await quantities(eggs, made["id"]) == ["120"] * 4


async def test_from_a_day_on_and_for_a_day(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    later = await adjusted(eggs, made["id"], 80, from_day=day(3))
    assert (later.json()["quantity"], later.json()["total"]) == (kg(80), kg(360))
    only = await adjusted(eggs, made["id"], 0, from_day=day(2), until_day=day(2))
    assert (only.json()["quantity"], only.json()["total"]) == (kg(80), kg(260))
    assert await quantities(eggs, made["id"]) == ["100", "0", "80", "80"]
    assert await eggs.allocated(10, day(2)) == "0"
    assert await eggs.allocated(90, day(3)) == "80"


async def test_what_is_taken_is_the_least(hub: Api, unique: Unique) -> None:
    """Nothing changes, also not where less was taken; the refusal says how much stands when."""
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    await eggs.allocated(60, day(2))
    answer = await adjusted(eggs, made["id"], 59)
    assert refusal(answer)[:2] == (409, "below_taken")
    assert answer.json()["taken"] == {day(2): kg(60)}
    assert await quantities(eggs, made["id"]) == ["100"] * 4
    assert (await adjusted(eggs, made["id"], 60)).status_code == 200
    assert (await eggs.seller.read(f"/v1/supply-offers/{made['id']}"))["available"] == kg(180)
    assert (await adjusted(eggs, made["id"], 1, from_day=day(3))).status_code == 200


async def test_days_that_are_over_stay_as_they_were(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100, available_from=day(0))
    offer = decode("off", made["id"])
    for table, first, last in (
        ("supply_offers", "available_from", "available_until"),
        ("offer_periods", "starts_on", "ends_on"),
    ):
        column = "id" if table == "supply_offers" else "offer_id"
        await owner.execute(
            f"UPDATE {table} SET {first} = {first} - 10, {last} = {last} - 10 WHERE {column} = $1",
            offer,
        )
    await owner.execute(
        "UPDATE supply_offers SET available_until = available_until + 10 WHERE id = $1", offer
    )
    seen = await eggs.seller.read(f"/v1/supply-offers/{made['id']}")
    assert (seen["total"], seen["available"]) == (kg(500), kg(0))  # yesterday's rest is gone
    assert {d["available"] for d in await days(eggs.seller, made["id"])} == {"0"}
    assert (await adjusted(eggs, made["id"], 5)).status_code == 200
    assert await quantities(eggs, made["id"]) == ["100"] * 5
    late = await adjusted(eggs, made["id"], 5, from_day=day(-1))
    assert refusal(late) == (422, "window", "/from_day")


@pytest.mark.parametrize(
    ("per", "asked", "said"),
    [
        ("day", {"from_day": day(5)}, ("window", "/from_day")),
        ("day", {"from_day": day(0)}, ("window", "/from_day")),
        ("day", {"until_day": day(5)}, ("window", "/until_day")),
        ("day", {"from_day": day(3), "until_day": day(2)}, ("window", "/until_day")),
        ("day", {"quantity": kg(0)}, ("nothing_offered", "/quantity/value")),
        ("day", {"quantity": {"value": "1", "unit": "peti"}}, ("unit_mismatch", "/quantity/unit")),
        ("lot", {"from_day": day(2)}, ("no_days", "/from_day")),
        ("lot", {"until_day": day(2)}, ("no_days", "/until_day")),
    ],
    ids=["after", "before", "until-after", "backwards", "nothing", "unit", "lot", "lot-until"],
)
async def test_what_cannot_be_adjusted(
    hub: Api, unique: Unique, per: str, asked: dict[str, Any], said: tuple[str, str]
) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100, per=per)
    path = f"/v1/supply-offers/{made['id']}/adjust"
    answer = await eggs.seller.post(path, {"quantity": kg(50)} | asked)
    assert refusal(answer) == (422, *said)


async def test_a_lot_and_a_week_change_whole(hub: Api, unique: Unique) -> None:
    eggs = await farm(hub, unique("eggs"))
    lot = await eggs.offer(100, per="lot")
    assert (await adjusted(eggs, lot["id"], 250)).json()["total"] == kg(250)
    week = await eggs.offer(100, per="week", available_until=day(15))
    count = len(await days(eggs.seller, week["id"]))
    assert (await adjusted(eggs, week["id"], 90, from_day=day(2))).status_code == 200
    assert (await quantities(eggs, week["id"])).count("90") in (count, count - 1)


async def test_it_is_told_and_kept(hub: Api, unique: Unique, owner: asyncpg.Connection) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    await adjusted(eggs, made["id"], 50, from_day=day(2))
    await eggs.seller.do(f"/v1/supply-offers/{made['id']}/withdraw")
    assert (await adjusted(eggs, made["id"], 60)).status_code == 409
    told = await owner.fetch(
        "SELECT type, version, data FROM events WHERE object_id = $1 ORDER BY version",
        decode("off", made["id"]),
    )
    assert [(t["type"], t["version"]) for t in told] == [
        ("supply_offer.created", 1),
        ("supply_offer.adjusted", 2),
        ("supply_offer.withdrawn", 3),
    ]
    assert f'"from_day": "{day(2)}"' in told[1]["data"]


async def test_adjusting_and_allocating_at_once_never_promise_more_than_there_is(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Either the seller is first, and half is found, or the run is, and the seller is refused."""
    eggs = await farm(hub, unique("eggs"))
    outcomes = set()
    for _ in range(6):
        made = await eggs.offer(100)
        run, answer = await asyncio.gather(
            eggs.allocated(80, day(2)), adjusted(eggs, made["id"], 50)
        )
        outcomes.add((run, answer.status_code))
        await eggs.seller.do(f"/v1/supply-offers/{made['id']}/withdraw")
    assert outcomes <= {("50", 200), ("80", 409)}
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_twenty_orders_at_once_share_one_day(hub: Api, unique: Unique, app: Any) -> None:
    eggs = await farm(hub, unique("eggs"))
    made = await eggs.offer(100)
    found = await asyncio.gather(*(eggs.allocated(10, day(2)) for _ in range(20)))
    assert sum(map(int, found)) == 100
    taken = {d["starts_on"]: d["reserved"] for d in await days(hub, made["id"])}
    assert taken == {day(1): "0", day(2): "100", day(3): "0", day(4): "0"}
    assert not any((await reconcile.drifted(app.state.database)).values())
