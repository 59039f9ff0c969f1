"""What an amendment does to the periods: never to those that have begun, never below what is used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import asyncpg

from app import reconcile
from tests.agreements import agreeing
from tests.agreements.agreeing import DAY, Deal
from tests.agreements.test_amendments import agree, change, propose
from tests.api import Api, kg
from tests.statements import round_trips

Unique = Callable[[str], str]


def ending(day: date) -> dict[str, Any]:
    """An amendment of nothing but the last day."""
    return {"effective_on": (agreeing.today() + DAY).isoformat(), "ends_on": day.isoformat()}


async def days(deal: Deal) -> list[tuple[str, str, str]]:
    """First day, last day and quota of each of its periods."""
    return [(p["period_start"], p["period_end"], p["quota"]["value"]) for p in await deal.periods()]


async def test_quota_changes_from_the_first_period_that_begins_then(
    hub: Api, unique: Unique
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, overdraw_pct=10)
    body = change(deal, quota=kg(500)) | {"effective_on": (agreeing.month(1) + DAY).isoformat()}
    await agree(deal, body)
    found = [await deal.numbers(n, "quota", "overdraw") for n in range(3)]
    assert found == [[1000, 100], [1000, 100], [500, 50]]


async def test_a_quota_for_once_changes_with_the_confirmation(hub: Api, unique: Unique) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, period="once")
    await agree(deal, change(deal, quota=kg(1500)))
    assert await deal.numbers(0, "quota", "left") == [1500, 1500]


async def test_less_than_what_is_used_is_refused_with_the_periods(
    hub: Api, unique: Unique, app: Any
) -> None:
    """On proposing; and again on confirming, when orders have come in between."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    await deal.order(600, on=agreeing.month(1))
    refused = await hub.post(f"{deal.path}/amendments", change(deal, quota=kg(599)))
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_in_use")
    (period,) = refused.json()["periods"]
    assert period["period_start"] == agreeing.month(1).isoformat()
    assert (period["quota"], period["reserved"]) == (kg(599), kg(600))
    made = await propose(hub, deal, change(deal, quota=kg(600)))
    late = await deal.order(1, on=agreeing.month(2))
    more = await deal.order(1, on=agreeing.month(1))
    path = f"/v1/agreement-amendments/{made['id']}/confirm"
    refused = await deal.market.api.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_in_use")
    assert await deal.numbers(2, "quota") == [1000]  # nothing of it stayed
    await deal.cancel(more)
    await deal.market.api.do(path)
    assert await deal.numbers(1, "quota", "left") == [600, 0]
    await deal.cancel(late)
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_less_quota_with_more_overdraw_is_the_same_amount(hub: Api, unique: Unique) -> None:
    """The balance holds after each statement, whichever of the two grows."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    await deal.order(1000, on=agreeing.month(1))
    await agree(deal, change(deal, quota=kg(800), overdraw_pct="25"))
    assert await deal.numbers(1, "quota", "overdraw", "left") == [800, 200, 0]
    await agree(deal, change(deal, quota=kg(1000), overdraw_pct="0"))
    assert await deal.numbers(1, "quota", "overdraw", "left") == [1000, 0, 0]


async def test_a_longer_agreement_has_more_periods(hub: Api, unique: Unique, app: Any) -> None:
    """And a last month that was cut stays one bucket, with all that it holds."""
    cut = agreeing.month(2) + 9 * DAY
    fields: dict[str, Any] = {"carry_over": "full"}
    deal = await agreeing.deal(hub, unique("eggs"), 1000, **fields)
    await agree(deal, ending(cut))
    await deal.order(700, on=cut)
    await agree(deal, ending(agreeing.month(4) - DAY))
    firsts = [agreeing.month(n) for n in range(5)]
    assert await days(deal) == [
        (start.isoformat(), (after - DAY).isoformat(), "1000") for start, after in pairwise(firsts)
    ]
    assert await deal.numbers(2, "reserved", "left") == [700, 300]
    await deal.order(1000, on=agreeing.month(3))
    await agreeing.carry(app, agreeing.month(3))  # what was the last one carries now
    assert await deal.numbers(3, "carried_in") == [2300]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_shorter_agreement_takes_its_empty_periods_away(
    hub: Api, unique: Unique, app: Any
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full", months=4)
    order = await deal.order(5, on=agreeing.month(3))
    new_end = agreeing.month(2) - DAY
    refused = await hub.post(f"{deal.path}/amendments", ending(new_end))
    assert refused.json()["code"] == "quota_in_use"
    assert [p["reserved"] for p in refused.json()["periods"]] == [kg(5)]
    await deal.cancel(order)
    await agree(deal, ending(new_end))
    assert len(await deal.periods()) == 2
    assert (await hub.read(deal.path))["ends_on"] == new_end.isoformat()
    body = deal.order_body(1, on=agreeing.month(2))
    assert (await deal.market.api.post("/v1/orders", body)).status_code == 422
    await agreeing.carry(app, agreeing.month(2))
    assert await deal.numbers(1, "carried_in", "carried_out") == [1000, 0]  # nowhere to go


async def test_days_taken_away_can_be_agreed_on_again(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    await agree(deal, ending(agreeing.month(1) - DAY))
    longer = change(deal, quota=kg(300)) | {"ends_on": (agreeing.month(3) - DAY).isoformat()}
    await agree(deal, longer)
    assert [quota for _, _, quota in await days(deal)] == ["1000", "300", "300"]
    await deal.order(300, on=agreeing.month(2))
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_suspended_agreement_grows_no_open_periods(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, months=1)
    await hub.do(f"{deal.path}/suspend")
    await agree(deal, ending(agreeing.month(2) - DAY))
    line = agreeing.uuid_of(deal.line_id)
    rows = await owner.fetch("SELECT drawable FROM quota_periods WHERE line_id = $1", line)
    assert [row["drawable"] for row in rows] == [False, False]
    await hub.do(f"{deal.path}/resume")
    await deal.order(1, on=agreeing.month(1))


async def test_an_agreement_that_is_over_grows_no_longer(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Its last day has passed, and the worker has not ended it yet."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    made = await propose(hub, deal, ending(agreeing.month(4) - DAY))
    await owner.execute(
        "UPDATE agreements SET starts_on = starts_on - 400, ends_on = ends_on - 400 WHERE id = $1",
        agreeing.uuid_of(deal.agreed["id"]),
    )
    late = await deal.market.api.post(f"/v1/agreement-amendments/{made['id']}/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "agreement_ended")


async def test_confirming_costs_as_much_for_many_periods_as_for_few(
    hub: Api, unique: Unique
) -> None:
    counts = []
    for months in (2, 2, 24):  # the first one warms
        deal = await agreeing.deal(hub, unique("eggs"), 1000, months=months, period="week")
        end = agreeing.month(months + 2) - DAY
        made = await propose(hub, deal, change(deal, quota=kg(900)) | {"ends_on": end.isoformat()})
        async with round_trips() as trips:
            await deal.market.api.do(f"/v1/agreement-amendments/{made['id']}/confirm")
        counts.append(len([trip for trip in trips if not trip.startswith("(prepare)")]))
    assert counts[1] == counts[2] <= 24, trips
