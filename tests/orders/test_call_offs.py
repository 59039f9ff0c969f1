"""Call-offs: every line by the terms, the quota period, the site and the price of its own day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from tests import trade
from tests.api import Api, kg, money

Unique = Callable[[str], str]


def other_period() -> str:
    """A day of next month."""
    today = date.fromisoformat(trade.day())
    return ((today.replace(day=1) + timedelta(days=32)).replace(day=5)).isoformat()


def pointers(answer: Any, status: int = 422) -> list[tuple[str, str]]:
    """Where a refused order is wrong, and how."""
    assert answer.status_code == status, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def test_lines_go_to_sites_and_days_of_their_own(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    second = await market.api.site("outlet", "31.74.02")
    body = trade.order_body(market, eggs, 300, 200, agreement_id=agreed)
    body["lines"][1] |= {"ship_to_site_id": second, "deliver_on": other_period()}
    placed = await market.api.do("/v1/orders", body)
    assert placed == await market.api.read(f"/v1/orders/{placed['id']}")
    assert [line["ship_to_site_id"] for line in placed["lines"]] == [market.site, second]
    assert [line["deliver_on"] for line in placed["lines"]] == [trade.day(1), other_period()]
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(300)
    assert (await trade.quota(market.api, agreed, other_period()))["reserved"] == kg(200)


async def test_a_line_is_refused_where_it_stands(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    stranger = await trade.buyer(hub)
    body = trade.order_body(market, eggs, 1, 1, 1)
    body["lines"][1] |= {"deliver_on": trade.day(-1)}
    body["lines"][2] |= {"deliver_on": trade.day(500)}
    answer = await market.api.post("/v1/orders", body)
    assert pointers(answer) == [("/lines/1/deliver_on", "day"), ("/lines/2/deliver_on", "day")]
    body = trade.order_body(market, eggs, 1, 1)
    body["lines"][1] |= {"ship_to_site_id": stranger.site}
    answer = await market.api.post("/v1/orders", body)
    assert pointers(answer, 404) == [("/lines/1/ship_to_site_id", "not_found")]
    answer = await market.api.post(
        "/v1/orders", trade.order_body(market, eggs, 1, ship_to_site_id=stranger.site)
    )
    assert pointers(answer, 404) == [("/ship_to_site_id", "not_found")]


async def test_an_agreements_own_days_are_told_before_all_others(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    far = trade.order_body(market, eggs, 1, agreement_id=agreed, deliver_on=trade.day(500))
    answer = await market.api.post("/v1/orders", far)
    assert pointers(answer) == [("/deliver_on", "outside_agreement")]
    past = trade.order_body(market, eggs, 1, agreement_id=agreed)
    first = date.fromisoformat(trade.day()).replace(day=1)
    past["lines"][0]["deliver_on"] = (first - timedelta(days=1)).isoformat()
    answer = await market.api.post("/v1/orders", past)
    assert pointers(answer) == [("/lines/0/deliver_on", "outside_agreement")]


async def test_lines_of_the_same_goods_reach_the_smallest_call_off_together(
    hub: Api, unique: Unique
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000, min_call_off=kg(500))
    body = trade.order_body(market, eggs, 300, 150, agreement_id=agreed)
    answer = await market.api.post("/v1/orders", body)
    assert pointers(answer) == [("/lines/0/quantity", "min_call_off")]
    assert "50 kg" in answer.json()["detail"]
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(0)
    await trade.order(market, eggs, 300, 200, agreement_id=agreed)


async def test_tiers_count_all_lines_of_the_goods_and_are_frozen(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    tiers = [
        {"from_quantity": kg(100), "amount": "27000"},
        {"from_quantity": kg(500), "amount": "26000"},
    ]
    agreed = await trade.agreement(
        hub, market, eggs, 5000, price_rule="tiered", price_tiers=tiers, over_tolerance_pct="3"
    )
    placed = await trade.order(market, eggs, 300, 200, agreement_id=agreed)
    assert [line["price"] for line in placed["lines"]] == [money(26000)] * 2
    assert placed["total"]["amount"] == "13000000"
    assert placed["lines"][0]["over_tolerance_pct"] == "3"
    made_of = placed["lines"][0]["price_inputs"]
    assert (made_of["rule"], made_of["terms_version"], made_of["tier"]) == ("tiered", 1, tiers[1])
    few = await trade.order(market, eggs, 99, agreement_id=agreed)
    assert few["lines"][0]["price"] == money(27500)
    assert few["lines"][0]["price_inputs"]["tier"] is None
    assert few == await market.api.read(f"/v1/orders/{few['id']}")


async def test_a_fixed_price_says_of_which_version_it_is(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    (line,) = (await trade.order(market, eggs, 10, agreement_id=agreed))["lines"]
    said = {k: v for k, v in line["price_inputs"].items() if v is not None}
    assert said == {"rule": "fixed", "amount": "27500", "terms_version": 1}
    (trial,) = (await trade.order(market, eggs, 10))["lines"]
    assert trial["price_inputs"] is None


async def test_each_line_has_the_terms_that_hold_on_its_day(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """A later version of the terms, as an amendment makes it: the lines before it keep theirs."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    await owner.execute(
        """INSERT INTO agreement_terms (id, line_id, agreement_id, buyer_id, livemode, version,
             valid_from, quota, entered_value, entered_unit, unit_factor, under_tolerance_pct,
             price_amount, price_currency, price_per_value, price_per_unit, price_per, price_rule)
           SELECT uuidv7(), line_id, agreement_id, buyer_id, livemode, 2, $2, quota, entered_value,
             entered_unit, unit_factor, 5, 29000, price_currency, price_per_value, price_per_unit,
             price_per, 'fixed'
           FROM agreement_terms WHERE agreement_id = $1""",
        decode("agr", agreed),
        date.fromisoformat(other_period()),
    )
    body = trade.order_body(market, eggs, 10, 10, agreement_id=agreed)
    body["lines"][1] |= {"deliver_on": other_period()}
    now, later = (await market.api.do("/v1/orders", body))["lines"]
    assert (now["price"], now["under_tolerance_pct"]) == (money(27500), "2")
    assert (later["price"], later["under_tolerance_pct"]) == (money(29000), "5")
    assert later["price_inputs"]["terms_version"] == 2


async def _indexed(hub: Api, unique: Unique, **index: Any) -> tuple[Any, Any, str, str]:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    series = await hub.do(
        "/v1/price-series",
        {
            "code": unique("telur"),
            "name": "Harga acuan telur",
            "source": "Bapanas",
            "commodity_id": eggs.id,
            "per": kg(1),
        },
    )
    said = {"series_id": series["id"], "spread_amount": "500", "round_to": "50"} | index
    agreed = await trade.agreement(hub, market, eggs, 5000, price_rule="indexed", price_index=said)
    return market, eggs, agreed, series["id"]


async def test_an_indexed_price_is_made_of_the_reading_of_the_day_it_is_placed(
    hub: Api, unique: Unique
) -> None:
    market, eggs, agreed, series = await _indexed(hub, unique)
    reading = {"read_on": trade.day(-2), "amount": "26120"}
    await hub.do(f"/v1/price-series/{series}/readings", {"readings": [reading]})
    placed = await trade.order(market, eggs, 10, agreement_id=agreed)
    (line,) = placed["lines"]
    assert line["price"] == money(26600)  # 26 120 + 500, to the next 50
    made_of = line["price_inputs"]
    assert (made_of["rule"], made_of["series_id"]) == ("indexed", series)
    assert (made_of["read_on"], made_of["reading"]) == (trade.day(-2), "26120")
    # A reading that comes, or is corrected, later changes nothing of what was ordered.
    later = {"read_on": trade.day(-1), "amount": "30000"}
    await hub.do(f"/v1/price-series/{series}/readings", {"readings": [later]})
    assert placed == await market.api.read(f"/v1/orders/{placed['id']}")
    (line,) = (await trade.order(market, eggs, 10, agreement_id=agreed))["lines"]
    assert line["price"] == money(30500)


@pytest.mark.parametrize(("fallback", "amount"), [("price", 27500), ("last_reading", 20500)])
async def test_a_missing_reading_has_a_named_fallback(
    hub: Api, unique: Unique, fallback: str, amount: int
) -> None:
    market, eggs, agreed, series = await _indexed(hub, unique, fallback=fallback, max_age_days=3)
    old = {"read_on": trade.day(-9), "amount": "20000"}
    await hub.do(f"/v1/price-series/{series}/readings", {"readings": [old]})
    (line,) = (await trade.order(market, eggs, 10, agreement_id=agreed))["lines"]
    assert line["price"] == money(amount)
    assert line["price_inputs"]["fallback"] == fallback


async def test_without_a_reading_and_a_fallback_nothing_is_ordered(
    hub: Api, unique: Unique
) -> None:
    market, eggs, agreed, _ = await _indexed(hub, unique, fallback="refuse")
    body = trade.order_body(market, eggs, 10, agreement_id=agreed)
    answer = await market.api.post("/v1/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_missing")


async def test_a_suspended_agreement_is_not_drawn_on(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    await hub.do(f"/v1/agreements/{agreed}/suspend", {"reason": "non_payment"})
    body = trade.order_body(market, eggs, 10, agreement_id=agreed)
    answer = await market.api.post("/v1/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "agreement_not_active")
