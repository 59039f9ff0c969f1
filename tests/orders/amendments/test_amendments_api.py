"""Amendments over HTTP: what is proposed, what consent does, and what is given back by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.core import clock
from app.orders.amendments.waiting import expire
from tests import trade
from tests.access.calls import stored
from tests.api import Api, kg, money
from tests.orders.amendments.amending import confirm_share, deal, share, value
from tests.worker import all_at

pytestmark = pytest.mark.anyio
Unique = Callable[[str], str]


@pytest.fixture(autouse=True)
async def sums(app: Any) -> Any:
    """Whatever a test does, every counter is the sum of what justifies it."""
    yield
    assert not any((await reconcile.drifted(app.state.database)).values())


def codes(effect: Any) -> list[str]:
    return [reason["code"] for reason in effect["reasons"]]


async def test_a_preview_shows_everything_and_stores_nothing(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    made = await deal(hub, unique("eggs"))
    sellers = await made.offered(60, 40)
    await confirm_share(sellers[0])
    before = await stored(owner)
    shown = await made.preview(quantity=kg(80))
    assert await stored(owner) == before
    (line,) = shown["lines"]
    assert (value(line["before"]["quantity"]), value(line["after"]["quantity"])) == ("100", "80")
    effect = shown["effect"]
    assert effect["possible"] is True
    assert effect["difference"]["amount"] == str(-20 * 27500)
    assert int(effect["total_after"]["amount"]) == 80 * 27500
    (quota,) = effect["quota"]
    assert [value(quota[n]) for n in ("reserved", "released", "left")] == ["0", "20", "70"]
    (supply,) = effect["supply"]
    assert [value(supply[n]) for n in ("released", "allocated", "unallocated")] == ["20", "80", "0"]
    assert (supply["sellers"], supply["seller_names"]) == (1, None)
    seen = await made.preview(hub, quantity=kg(80))
    assert seen["effect"]["supply"][0]["seller_names"] == ["Peternakan rahasia"]


async def test_less_releases_quota_and_first_what_nobody_promised(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    sellers = await made.offered(60, 40)
    await confirm_share(sellers[0])
    answer = await made.amended(quantity=kg(50))
    assert answer["status"] == "confirmed"
    line = await made.line()
    assert {value(line[n]) for n in ("requested", "confirmed", "allocated")} == {"50"}
    assert value(line["unallocated"]) == "0"
    assert await made.quota() == ("50", "100")
    promised, offered = await share(sellers[0]), await share(sellers[1])
    assert (promised["status"], value(promised["quantity"])) == ("confirmed", "50")
    assert (offered["status"], offered["reason"]) == ("released", "order_amended")
    offer = (await sellers[1].read("/v1/supply-offers"))["data"][0]
    assert value(offer["left"] if "left" in offer else offer["available"]) == "40"


async def test_a_seller_whose_share_was_made_smaller_is_asked_again(
    hub: Api, unique: Unique
) -> None:
    """It did not bring less: less was asked of it."""
    made = await deal(hub, unique("eggs"))
    (seller,) = await made.offered(100)
    await confirm_share(seller)
    await made.amended(quantity=kg(70))
    await made.amended(quantity=kg(90))
    await hub.do(f"/v1/orders/{made.order_id}/allocate")
    assert value((await made.line())["allocated"]) == "90"


async def test_more_reserves_the_difference_or_says_what_is_missing(
    hub: Api, unique: Unique
) -> None:
    made = await deal(hub, unique("eggs"), quota=150)
    shown = await made.preview(quantity=kg(151))
    assert (shown["effect"]["possible"], codes(shown["effect"])) == (False, ["quota_exceeded"])
    refused = await made.asked(quantity=kg(151))
    assert (refused.status_code, refused.json()["code"]) == (409, "amendment_not_possible")
    assert refused.json()["reasons"][0]["left"] == kg(50)
    await made.amended(quantity={"value": "0.15", "unit": "ton"})
    line = await made.line()
    assert (value(line["confirmed"]), value(line["unallocated"])) == ("150", "150")
    assert line["entered"] == {"value": "0.15", "unit": "ton"}
    assert await made.quota() == ("150", "0")


async def test_a_line_confirmed_in_part_becomes_what_both_want_now(
    hub: Api, unique: Unique
) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, what, 150)
    order = await trade.order(market, what, 100, agreement_id=agreed)
    line = {"line_id": order["lines"][0]["id"], "quantity": kg(60), "reason": "no_supply"}
    await hub.do(f"/v1/orders/{order['id']}/confirm", {"lines": [line]})
    body = {"lines": [{"line_id": line["line_id"], "quantity": kg(80)}], "reason": "supply"}
    made = await hub.do(f"/v1/orders/{order['id']}/amendments", body)
    assert made["effect"]["difference"]["amount"] == str(20 * 27500)
    await market.api.do(f"/v1/order-amendments/{made['id']}/confirm")
    (now,) = (await market.api.read(f"/v1/orders/{order['id']}"))["lines"]
    assert (value(now["requested"]), value(now["confirmed"]), now["reason"]) == ("80", "80", None)


async def test_another_day_moves_the_quota_and_frees_the_sellers(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    (seller,) = await made.offered(100)
    first = clock.day(clock.now()) + timedelta(days=1)
    later = (first.replace(day=1) + timedelta(days=32)).replace(day=1).isoformat()
    shown = (await made.preview(deliver_on=later))["effect"]
    assert [warning["code"] for warning in shown["warnings"]] == ["allocated_again"]
    assert [(value(q["released"]), value(q["reserved"])) for q in shown["quota"]] == [
        ("100", "0"),
        ("0", "100"),
    ]
    await made.amended(deliver_on=later, quantity=kg(120))
    assert await made.quota() == ("0", "150")
    assert await made.quota(later) == ("120", "30")
    order = await made.order()
    assert order["deliver_on"] == later
    assert value(order["lines"][0]["unallocated"]) == "120"
    assert (await share(seller))["status"] == "released"


async def test_a_day_outside_the_agreement_or_past_is_not_possible(
    hub: Api, unique: Unique
) -> None:
    made = await deal(hub, unique("eggs"))
    assert codes((await made.preview(deliver_on=trade.day(200)))["effect"]) == ["outside_agreement"]
    assert "day" in codes((await made.preview(deliver_on=trade.day(-1)))["effect"])


async def test_another_site_of_the_buyer_only(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    other = await made.market.api.site("distribution_centre", "31.75.04")
    await made.amended(ship_to_site_id=other)
    assert (await made.order())["ship_to_site_id"] == other
    strange = await trade.buyer(hub)
    refused = await made.asked(ship_to_site_id=strange.site)
    assert refused.status_code == 404
    assert refused.json()["errors"][0]["pointer"] == "/lines/0/ship_to_site_id"


async def test_a_price_only_where_no_agreement_has_made_it(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    refused = await made.asked(price=money(26000))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "price_agreed"
    order = await trade.order(made.market, made.what, 10)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    made.order_id, made.line_id = order["id"], order["lines"][0]["id"]
    answer = await made.amended(price=money(2600000, "100"))
    assert answer["effect"]["difference"]["amount"] == "-15000"
    line = await made.line()
    assert (line["price"], line["amount"]["amount"]) == (money(2600000, "100"), "260000")


async def test_a_day_in_another_period_keeps_the_price_of_the_day_it_was_placed(
    hub: Api, unique: Unique
) -> None:
    made = await deal(hub, unique("eggs"))
    before = (await made.line())["price"]
    await made.amended(deliver_on=trade.day(40))
    assert (await made.line())["price"] == before


async def test_nothing_that_is_weighed_is_touched(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    sellers = await made.offered(60, 40)
    for seller in sellers:
        await confirm_share(seller)
    weighed = {
        "allocation_id": (await share(sellers[1]))["id"],
        "net_weight": kg(30),
        "produced_on": trade.day(),
    }
    await sellers[1].do("/v1/lots", weighed)
    assert codes((await made.preview(quantity=kg(29)))["effect"]) == ["goods_weighed"]
    assert codes((await made.preview(deliver_on=trade.day(2)))["effect"]) == ["goods_weighed"]
    await made.amended(quantity=kg(30))
    first, second = await share(sellers[0]), await share(sellers[1])
    assert first["status"] == "released"
    assert (second["status"], value(second["quantity"]), value(second["weighed"])) == (
        "picked",
        "30",
        "30",
    )


async def test_a_seller_keeps_whole_packs(hub: Api, unique: Unique) -> None:
    """73 kg in packs of 10 are 70; the rest is for somebody else to bring."""
    made = await deal(hub, unique("eggs"))
    seller = await hub.party("seller")
    await trade.offer(seller, await seller.site(), made.what, 100, pack_size=kg(10))
    await hub.do(f"/v1/orders/{made.order_id}/allocate")
    answer = await made.amended(quantity=kg(73))
    (supply,) = answer["effect"]["supply"]
    assert [value(supply[n]) for n in ("allocated", "unallocated")] == ["70", "3"]
    assert value((await share(seller))["quantity"]) == "70"


async def test_silence_leaves_everything_as_it_was(hub: Api, unique: Unique, app: Any) -> None:
    made = await deal(hub, unique("eggs"))
    amendment = await made.proposed(quantity=kg(50))
    await all_at(app, timedelta(hours=1), expire)
    path = f"/v1/order-amendments/{amendment['id']}"
    assert (await hub.read(path))["status"] == "proposed"
    await all_at(app, timedelta(days=12), expire)
    ended = await hub.read(path)
    assert (ended["status"], ended["answer_reason"]) == ("expired", "no_answer")
    assert ended["reason"] == "demand_changed"
    assert value((await made.line())["confirmed"]) == "100"
    assert (await made.asked(quantity=kg(50))).status_code == 201


async def test_an_order_that_ends_ends_what_waits_for_it(hub: Api, unique: Unique) -> None:
    made = await deal(hub, unique("eggs"))
    amendment = await made.proposed(quantity=kg(50))
    await hub.do(f"/v1/orders/{made.order_id}/cancel", {"reason": "other"})
    ended = await made.market.api.read(f"/v1/order-amendments/{amendment['id']}")
    assert (ended["status"], ended["answer_reason"]) == ("expired", "order_ended")
    refused = await hub.post(f"/v1/order-amendments/{amendment['id']}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
