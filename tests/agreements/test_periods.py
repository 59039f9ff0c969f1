"""Periods: which there are, and what they show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.agreements.rules import share
from app.core.periods import periods
from tests import trade
from tests.agreements import agreeing
from tests.agreements.agreeing import DAY
from tests.api import Api, kg
from tests.statements import round_trips

Unique = Callable[[str], str]
KINDS = st.sampled_from(["week", "month", "once"])


@given(KINDS, st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 1500))
def test_every_day_lies_in_exactly_one_period(kind: str, start: date, days: int) -> None:
    end = start + timedelta(days=days)
    found = list(periods(kind, start, end))
    assert (found[0][0], found[-1][1]) == (start, end)
    for (first, last), (following, _) in pairwise(found):
        assert first <= last
        assert last + DAY == following


@given(KINDS, st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 600))
def test_two_days_share_a_period_if_and_only_if_the_calendar_says_so(
    kind: str, start: date, days: int
) -> None:
    """The independent word: `isocalendar` of week and year, or month and year."""

    def of(day: date) -> object:
        weeks = day.isocalendar()[:2]
        return {"week": weeks, "month": (day.year, day.month), "once": None}[kind]

    for first, last in periods(kind, start, start + timedelta(days=days)):
        assert of(first) == of(last)
    found = list(periods(kind, start, start + timedelta(days=days)))
    assert len({of(first) for first, _ in found}) == len(found)


@given(st.integers(1, 10**9), st.integers(0, 10000))
def test_a_share_is_never_more_than_it_is(thousandths: int, hundredths: int) -> None:
    quantity, percent = Decimal(thousandths) / 1000, Decimal(hundredths) / 100
    exact = quantity * percent / 100
    for unit, quantum in (("kg", Decimal("0.001")), ("pcs", Decimal(1))):
        found = share(quantity, percent, unit)
        assert found <= exact < found + quantum
        assert found % quantum == 0


async def test_weeks_begin_on_monday_and_once_is_one_bucket(hub: Api, unique: Unique) -> None:
    market = await trade.buyer(hub)
    eggs, corn = await trade.goods(hub, unique("eggs")), await trade.goods(hub, unique("corn"))
    lines = [agreeing.line(eggs, 7, period="week"), agreeing.line(corn, 99, period="once")]
    agreed = await agreeing.confirmed(hub, market, agreeing.body(market, *lines, months=1))
    found = (await market.api.read(f"/v1/agreements/{agreed['id']}/quota"))["data"]
    weeks = [p for p in found if p["commodity_id"] == eggs.id]
    assert all(date.fromisoformat(p["period_start"]).weekday() == 0 for p in weeks[1:])
    assert all(p["quota"] == kg(7) for p in weeks)
    (once,) = (p for p in found if p["commodity_id"] == corn.id)
    assert (once["period_start"], once["period_end"]) == (agreed["starts_on"], agreed["ends_on"])


async def test_binding_costs_as_much_for_many_periods_as_for_few(hub: Api, unique: Unique) -> None:
    counts = []
    for months in (1, 2, 36):  # the first one warms
        market = await trade.buyer(hub)
        goods = [await trade.goods(hub, unique("eggs")) for _ in range(3)]
        lines = [agreeing.line(what, 9, period="week", carry_over="full") for what in goods]
        made = await hub.do("/v1/agreements", agreeing.body(market, *lines, months=months))
        await hub.do(f"/v1/agreements/{made['id']}/propose")
        async with round_trips() as trips:
            await market.api.do(f"/v1/agreements/{made['id']}/confirm")
        counts.append(len([trip for trip in trips if not trip.startswith("(prepare)")]))
    assert counts[1] == counts[2] <= 14, trips


async def test_quota_is_read_in_parts(hub: Api, unique: Unique) -> None:
    """Pages and filters give what the whole says; a buyer's cursor is no secret."""
    market = await trade.buyer(hub)
    eggs, corn = await trade.goods(hub, unique("eggs")), await trade.goods(hub, unique("corn"))
    lines = [agreeing.line(eggs, 7, period="week"), agreeing.line(corn, 99)]
    agreed = await agreeing.confirmed(hub, market, agreeing.body(market, *lines, months=4))
    path = f"/v1/agreements/{agreed['id']}/quota"
    whole = (await market.api.read(path))["data"]
    assert whole == sorted(whole, key=lambda p: str(p["period_start"]))
    parts: list[Any] = []
    cursor = None
    while cursor or not parts:
        page = await market.api.read(path, limit=3, **({"cursor": cursor} if cursor else {}))
        assert len(page["data"]) <= 3
        parts += page["data"]
        cursor = page["next_cursor"]
    assert parts == whole
    line = agreed["lines"][1]["id"]
    start, end = agreeing.month(1).isoformat(), (agreeing.month(2) - DAY).isoformat()
    some = (await market.api.read(path, **{"from": start, "to": end, "line_id": line}))["data"]
    assert [(p["period_start"], p["period_end"]) for p in some] == [(start, end)]
    assert (await market.api.get(path, cursor="nonsense")).status_code == 422


async def test_the_hub_sees_what_sellers_still_promise(hub: Api, unique: Unique) -> None:
    """Offers of these goods within the period; the buyer, whose data it is not, sees none."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    seller = await hub.party("seller")
    site = await seller.site()
    then = {"available_from": agreeing.month(1).isoformat()}
    then["available_until"] = (agreeing.month(1) + 6 * DAY).isoformat()
    await trade.offer(seller, site, deal.what, 300, **then)
    await trade.offer(seller, site, deal.what, 200, kind="forecast", **then)
    await trade.offer(seller, site, trade.Goods(deal.what.id, "b"), 55, **then)
    found = await deal.periods()
    assert [p["forecast"] for p in found] == [kg(0), kg(500), kg(0)]
    seen = (await deal.market.api.read(f"{deal.path}/quota"))["data"]
    assert [p["forecast"] for p in seen] == [None, None, None]


async def test_what_may_be_overdrawn_is_drawn_and_no_more(hub: Api, unique: Unique) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, overdraw_pct="5.55")
    await deal.order(1055.5)
    assert await deal.numbers(0, "reserved", "left") == [1055.5, 0]
    refused = await deal.market.api.post("/v1/orders", deal.order_body(0.001))
    assert refused.json()["code"] == "quota_exceeded"
