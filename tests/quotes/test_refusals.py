"""What is refused, with which words, and that nothing is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import asyncpg
import pytest

from app.core import clock
from app.core.ids import decode
from tests import trade
from tests.api import Api, kg, money
from tests.quotes.negotiating import (
    NO,
    about_agreement,
    agreement_asked,
    moment,
    order_asked,
    orders_of,
    post,
    talk,
)

Unique = Callable[[str], str]

WHY = {"reason": "other"}


@pytest.mark.parametrize(
    ("wanted", "changed", "pointer"),
    [
        ("order", {"deliver_on": None}, "/deliver_on"),
        ("order", {"ship_to_site_id": None}, "/ship_to_site_id"),
        ("order", {"ends_on": "2027-01-01"}, "/ends_on"),
        ("order", {"deliver_on": trade.day(-1)}, "/deliver_on"),
        ("order", {"deliver_on": trade.day(401)}, "/deliver_on"),
        ("agreement", {"deliver_on": "2027-01-01"}, "/deliver_on"),
        ("agreement", {"starts_on": None}, "/starts_on"),
        ("agreement", {"ends_on": trade.day(0)}, "/ends_on"),
        ("agreement", {"starts_on": trade.day(-9), "ends_on": trade.day(-1)}, "/ends_on"),
        ("agreement", {"ends_on": "2060-01-01"}, "/ends_on"),
    ],
    ids=lambda said: "-".join(said) if isinstance(said, dict) else str(said).strip("/"),
)
async def test_a_request_that_does_not_fit_what_it_wants(
    hub: Api, unique: Unique, wanted: str, changed: dict[str, Any], pointer: str
) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    body = order_asked(market, what, 5) if wanted == "order" else agreement_asked(what, 5)
    answer = await market.api.post("/v1/quote-requests", body | changed)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await market.api.read("/v1/quote-requests"))["data"] == []


async def test_lines_that_do_not_fit(hub: Api, unique: Unique) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))

    async def wrong(body: Any, line: dict[str, Any], *more: Any) -> tuple[int, str]:
        lines = [body["lines"][0] | line, *more]
        answer = await market.api.post("/v1/quote-requests", body | {"lines": lines})
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    order, agreed = order_asked(market, what, 5), agreement_asked(what, 5)
    assert await wrong(order, {"period": "month"}) == (422, "/lines/0/period")
    assert await wrong(agreed, {"period": None}) == (422, "/lines/0/period")
    assert await wrong(order, {"grade": "z"}) == (422, "/lines/0/grade")
    unit = {"quantity": {"value": "1", "unit": "peti"}}
    assert await wrong(order, unit) == (422, "/lines/0/quantity/unit")
    assert await wrong(agreed, {}, agreed["lines"][0]) == (422, "/lines")


async def test_who_may_ask_for_whom(hub: Api, unique: Unique) -> None:
    market, other = await trade.buyer(hub), await trade.buyer(hub)
    seller, what = await hub.party("seller"), await trade.goods(hub, unique("eggs"))
    body = order_asked(market, what, 5)
    assert (await hub.post("/v1/quote-requests", body)).status_code == 422  # for whom?
    named = body | {"buyer_id": market.api.id}
    assert (await other.api.post("/v1/quote-requests", named)).status_code == 404
    assert (await other.api.post("/v1/quote-requests", body)).status_code == 404  # not its site
    assert (await seller.post("/v1/quote-requests", body)).status_code == 403
    none = await hub.post("/v1/quote-requests", body | {"buyer_id": seller.id})
    assert (none.status_code, none.json()["errors"][0]["code"]) == (422, "not_a_buyer")


async def test_a_reference_is_taken_once(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"), external_reference="RFQ-1")
    what = trade.Goods(talked.request["lines"][0]["commodity_id"])
    body = order_asked(talked.market, what, 7, external_reference="RFQ-1")
    again = await talked.market.api.post("/v1/quote-requests", body)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert again.json()["existing_id"] == talked.request["id"]


async def test_nobody_answers_their_own_terms_or_takes_back_the_others(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"))
    mine = talked.market.api
    for maker, other in ((hub, mine), (mine, hub)):
        quote = await talked.quoted((100, 29000), by=maker)
        for verb, body in (("accept", {}), ("decline", NO)):
            own = await post(maker, quote, verb, body)
            assert (own.status_code, own.json()["code"]) == (409, "other_side_decides")
            assert "penawaran" in own.json()["detail"].lower() or "quote" in own.json()["detail"]
        theirs = await post(other, quote, "withdraw")
        assert (theirs.status_code, theirs.json()["code"]) == (409, "not_your_proposal")
    assert await orders_of(talked) == []


async def test_sellers_and_strangers_know_of_nothing(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    stranger = await hub.party("buyer")
    assert (await stranger.get(talked.path)).status_code == 404
    assert (await post(stranger, quote, "accept")).status_code == 404
    assert (await stranger.read("/v1/quote-requests"))["data"] == []
    assert (await (await hub.party("seller")).get("/v1/quote-requests")).status_code == 403


@pytest.mark.parametrize("ending", ["cancel", "close", "accept"])
async def test_what_has_ended_takes_no_terms_and_nothing_of_it_can_be_accepted(
    hub: Api, unique: Unique, ending: str
) -> None:
    talked = await talk(hub, unique("eggs"))
    mine, quote = talked.market.api, await talked.quoted((100, 29000))
    if ending == "accept":
        await mine.do(f"/v1/quotes/{quote['id']}/accept")
    else:
        by = mine if ending == "cancel" else hub
        ended = await by.do(f"{talked.path}/{ending}", WHY | {"note": "Sudah cukup."})
        assert (ended["reason"], ended["note"]) == ("other", "Sudah cukup.")
        assert ended["quotes"][0]["status"] == "superseded"
        assert ended["waiting_for"] is None
    late = await mine.post(f"{talked.path}/quotes", talked.terms((100, 1)))
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert late.json()["allowed_actions"] == []
    for verb, body in (("accept", {}), ("decline", NO)):
        refused = await post(mine, quote, verb, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    for api, verb in ((mine, "cancel"), (hub, "close")):
        assert (await api.post(f"{talked.path}/{verb}", WHY)).status_code == 409
    assert len(await orders_of(talked)) == (ending == "accept")


async def test_each_side_ends_a_request_in_its_own_way(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    assert (await hub.post(f"{talked.path}/cancel", WHY)).status_code == 403
    assert (await talked.market.api.post(f"{talked.path}/close", WHY)).status_code == 403


async def test_terms_that_cannot_be_meant(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"), 100, 50)
    other = await talk(hub, unique("corn"))

    async def wrong(body: Any) -> tuple[int, str]:
        answer = await hub.post(f"{talked.path}/quotes", body)
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    good = talked.terms((100, 29000))
    line = good["lines"][0]
    assert await wrong({"lines": []}) == (422, "/lines")
    assert await wrong({"lines": [line, line]}) == (404, "/lines/1/request_line_id")
    assert await wrong(other.terms((1, 1))) == (404, "/lines/0/request_line_id")
    per = {"price": money(1, unit="pcs")}
    assert await wrong({"lines": [line | per]}) == (422, "/lines/0/price/per/unit")
    fine = {"quantity": kg("0.0001")}
    assert await wrong({"lines": [line | fine]}) == (422, "/lines/0/quantity/value")
    dear = {"price": money(10**12, per="0.001")}
    assert await wrong({"lines": [line | dear | {"quantity": kg(10**7)}]}) == (
        422,
        "/lines/0/price",
    )
    for until in (moment(hours=-1), moment(days=31), f"{talked.request['deliver_on']}T17:01:00Z"):
        assert await wrong(good | {"valid_until": until}) == (422, "/valid_until")
    assert (await talked.now())["quotes"] == []


async def test_a_quote_holds_three_working_days_and_never_past_its_day(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"), deliver_on=trade.day(1))
    quote = await talked.quoted((100, 29000))
    midnight = datetime.combine(
        date.fromisoformat(trade.day(2)), datetime.min.time(), clock.JAKARTA
    )
    assert datetime.fromisoformat(quote["valid_until"]) == midnight
    assert datetime.fromisoformat((await talked.now())["respond_by"]) == midnight
    chosen = moment(hours=5)
    quote = await talked.quoted((100, 29000), valid_until=chosen)
    assert datetime.fromisoformat(quote["valid_until"]) == datetime.fromisoformat(chosen)


async def test_accepting_too_late_is_refused_and_the_talk_goes_on(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    await owner.execute(
        "UPDATE quotes SET valid_until = now() - interval '1 second' WHERE id = $1",
        decode("quo", quote["id"]),
    )
    late = await post(talked.market.api, quote, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "quote_expired")
    assert await orders_of(talked) == []
    counter = await talked.countered((100, 28900))
    assert (await post(hub, counter, "accept")).status_code == 200


async def test_nobody_names_terms_for_a_day_that_is_over(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    talked = await talk(hub, unique("eggs"))
    await owner.execute(
        "UPDATE quote_requests SET deliver_on = deliver_on - $2::int WHERE id = $1",
        decode("qrq", talked.request["id"]),
        21,
    )
    late = await hub.post(f"{talked.path}/quotes", talked.terms((100, 29000)))
    assert (late.status_code, late.json()["code"]) == (409, "day_passed")


async def test_what_the_trade_refuses_leaves_the_quote_pending(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """Its reference is an order's by now: another one is named, and the quote still holds."""
    talked = await talk(hub, unique("eggs"), external_reference="PJ-1")
    what = trade.Goods(talked.request["lines"][0]["commodity_id"])
    order = await trade.order(talked.market, what, 5, external_reference="PJ-1")
    quote = await talked.quoted((100, 29000))
    taken = await post(talked.market.api, quote, "accept")
    assert (taken.status_code, taken.json()["existing_id"]) == (409, order["id"])
    assert (await talked.now())["quotes"][0]["status"] == "pending"
    done = await post(talked.market.api, quote, "accept", {"external_reference": "PJ-2"})
    assert done.status_code == 200, done.text


async def test_an_agreement_has_no_reference(hub: Api, unique: Unique) -> None:
    talked = await about_agreement(hub, unique("eggs"))
    quote = await talked.quoted((1000, 29000))
    answer = await post(talked.market.api, quote, "accept", {"external_reference": "PO"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/external_reference"


async def test_a_suspended_buyer_gets_no_order(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    counter = await talked.countered((100, 28000))
    await hub.do(f"/v1/parties/{talked.market.api.id}/suspend")
    refused = await post(hub, counter, "accept")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_a_buyer")
    assert (await talked.now())["quotes"][0]["status"] == "pending"
