"""A buyer asks, the hub names terms, both counter; acceptance makes the trade at exactly those."""

from __future__ import annotations

from collections.abc import Callable

from tests import trade
from tests.api import Api, kg, money
from tests.quotes.negotiating import (
    NO,
    about_agreement,
    agreement_asked,
    events_of,
    order_asked,
    orders_of,
    post,
    talk,
)

Unique = Callable[[str], str]


async def test_a_request_says_what_is_wanted_and_waits_for_the_hub(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"), 100, 20.5, message="Sebelum jam 05.00.")
    asked = talked.request
    assert asked["number"].startswith("QRQ-")
    assert (asked["status"], asked["wanted"], asked["rounds"]) == ("open", "order", 0)
    assert (asked["waiting_for"], asked["quotes"]) == ("hub", [])
    assert [line["quantity"] for line in asked["lines"]] == [kg(100), kg(20.5)]
    assert asked["message"] == "Sebelum jam 05.00."
    assert asked["allowed_actions"] == ["cancel"]
    seen = await talked.now()
    assert seen["allowed_actions"] == ["close"]
    assert {k: v for k, v in seen.items() if k != "allowed_actions"} == {
        k: v for k, v in asked.items() if k != "allowed_actions"
    }


async def test_rounds_of_terms_end_in_a_confirmed_order_at_the_last_ones(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"), 100, 50, external_reference=unique("rfq"))
    first = await talked.quoted((100, 29000), (50, 29000))
    assert (first["round"], first["made_by"], first["status"]) == (1, "hub", "pending")
    assert first["lines"][0]["amount"] == {"amount": "2900000", "currency": "IDR"}
    assert first["total"] == {"amount": "4350000", "currency": "IDR"}
    seen = await talked.now()
    assert (seen["waiting_for"], seen["respond_by"]) == ("buyer", first["valid_until"])
    assert seen["version"] == talked.request["version"] + 1  # another answer, another ETag
    second = await talked.countered((100, 27000), (50, 27000))
    assert (second["round"], second["made_by"]) == (2, "buyer")
    assert (await talked.now())["waiting_for"] == "hub"
    last = await talked.quoted((80, 28000))  # less of the first line, none of the second
    assert last["lines"][0]["asked"] == kg(100)
    done = await talked.market.api.do(f"/v1/quotes/{last['id']}/accept")
    assert (done["status"], done["allowed_actions"]) == ("accepted", [])
    order = await talked.market.api.read(f"/v1/orders/{done['order_id']}")
    assert (order["status"], len(order["lines"])) == ("confirmed", 1)
    assert order["lines"][0]["requested"] == order["lines"][0]["confirmed"] == kg(80)
    assert order["lines"][0]["price"] == money(28000)
    assert order["total"] == done["total"]
    assert order["external_reference"] == talked.request["external_reference"]
    assert (order["quote_id"], order["deliver_on"]) == (last["id"], talked.request["deliver_on"])
    seen = await talked.now()
    assert (seen["status"], seen["reason"]) == ("closed", "quote_accepted")
    assert (seen["waiting_for"], seen["allowed_actions"]) == (None, [])
    assert [quote["status"] for quote in seen["quotes"]] == ["superseded", "superseded", "accepted"]
    assert await events_of(talked.market.api) == [
        "quote_request.created",
        "quote.created",
        "quote.superseded",
        "quote.created",
        "quote.superseded",
        "quote.created",
        "order.placed",
        "order.confirmed",
        "quote.accepted",
        "quote_request.closed",
    ]


async def test_the_hub_accepts_a_counter_offer_and_the_order_is_the_buyers(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"))
    await talked.quoted((100, 29000))
    counter = await talked.countered((90, 27000))
    reference = unique("po")
    done = await hub.do(f"/v1/quotes/{counter['id']}/accept", {"external_reference": reference})
    order = (await orders_of(talked))[0]
    assert (order["id"], order["buyer_id"]) == (done["order_id"], talked.market.api.id)
    assert (order["status"], order["external_reference"]) == ("confirmed", reference)
    assert order["lines"][0]["confirmed"] == kg(90)


async def test_an_accepted_order_is_allocated_like_any_other(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    seller = await hub.party("seller")
    what = trade.Goods(talked.request["lines"][0]["commodity_id"])
    await trade.offer(seller, await seller.site(), what, 500, available_until=trade.day(25))
    quote = await talked.quoted((100, 29000))
    done = await talked.market.api.do(f"/v1/quotes/{quote['id']}/accept")
    await hub.do(f"/v1/orders/{done['order_id']}/allocate")
    order = await hub.read(f"/v1/orders/{done['order_id']}")
    assert order["lines"][0]["allocated"] == kg(100)


async def test_terms_for_an_agreement_become_an_active_one_with_its_quota(
    hub: Api, unique: Unique
) -> None:
    talked = await about_agreement(hub, unique("eggs"), 1000)
    body = talked.terms((800, 27500))
    body["lines"][0] |= {"under_tolerance_pct": "3.5", "over_tolerance_pct": "1"}
    quote = await hub.do(f"{talked.path}/quotes", body)
    assert quote["total"] is None
    assert quote["lines"][0]["amount"]["amount"] == "22000000"
    done = await talked.market.api.do(f"/v1/quotes/{quote['id']}/accept")
    agreed = await talked.market.api.read(f"/v1/agreements/{done['agreement_id']}")
    assert (agreed["status"], done["order_id"]) == ("active", None)
    assert agreed["starts_on"] == talked.request["starts_on"]
    assert agreed["ends_on"] == talked.request["ends_on"]
    line = agreed["lines"][0]
    assert (line["period"], line["quota"], line["price"]) == ("month", kg(800), money(27500))
    assert (line["under_tolerance_pct"], line["over_tolerance_pct"]) == ("3.5", "1")
    what = trade.Goods(line["commodity_id"])
    await trade.order(talked.market, what, 800, agreement_id=agreed["id"])
    assert (await trade.quota(hub, agreed["id"]))["left"] == kg(0)
    kinds = await events_of(talked.market.api)
    assert kinds[-3:-1] == ["quote.accepted", "quote_request.closed"]


async def test_the_hub_accepts_a_counter_offer_for_an_agreement(hub: Api, unique: Unique) -> None:
    talked = await about_agreement(hub, unique("eggs"), 1000)
    counter = await talked.countered((900, 26000))  # a buyer may name its price first
    done = await hub.do(f"/v1/quotes/{counter['id']}/accept")
    agreed = await talked.market.api.read(f"/v1/agreements/{done['agreement_id']}")
    assert (agreed["status"], agreed["buyer_id"]) == ("active", talked.market.api.id)
    assert (await trade.quota(talked.market.api, agreed["id"]))["left"] == kg(900)


async def test_after_a_no_its_maker_has_the_word_and_both_may_go_on(
    hub: Api, unique: Unique
) -> None:
    talked = await talk(hub, unique("eggs"))
    first = await talked.quoted((100, 29000))
    declined = await talked.market.api.do(f"/v1/quotes/{first['id']}/decline", NO)
    assert (declined["status"], declined["reason"], declined["note"]) == ("declined", *NO.values())
    assert (await talked.now())["waiting_for"] == "hub"
    second = await talked.countered((100, 27000))
    await talked.market.api.do(f"/v1/quotes/{second['id']}/withdraw")
    assert (await talked.now())["waiting_for"] == "buyer"
    third = await talked.countered((100, 27500))
    await hub.do(f"/v1/quotes/{third['id']}/decline", NO)
    seen = await talked.now()
    assert (seen["status"], seen["waiting_for"], seen["rounds"]) == ("open", "buyer", 3)
    assert seen["quotes"][0]["message"] is None
    fourth = await talked.quoted((100, 28000), message="Harga terakhir.")
    assert (await talked.now())["quotes"][3]["message"] == "Harga terakhir."
    assert (await post(talked.market.api, fourth, "accept")).status_code == 200


async def test_a_side_replaces_its_own_pending_terms(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    first = await talked.quoted((100, 29000))
    second = await talked.quoted((100, 28500))
    assert (await hub.read(f"/v1/quotes/{first['id']}"))["status"] == "superseded"
    assert (second["round"], second["status"]) == (2, "pending")
    late = await post(talked.market.api, first, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


async def test_each_side_is_shown_what_it_may_do(hub: Api, unique: Unique) -> None:
    talked = await talk(hub, unique("eggs"))
    quote = await talked.quoted((100, 29000))
    path = f"/v1/quotes/{quote['id']}"
    assert quote["allowed_actions"] == ["withdraw"]
    assert (await talked.market.api.read(path))["allowed_actions"] == ["accept", "decline"]


async def test_the_hub_asks_for_a_buyer(hub: Api, unique: Unique) -> None:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    made = await hub.do("/v1/quote-requests", order_asked(market, what, 10, buyer_id=market.api.id))
    seen = await market.api.read(f"/v1/quote-requests/{made['id']}")
    assert (seen["buyer_id"], seen["waiting_for"]) == (market.api.id, "hub")


async def test_the_list_is_filtered_by_whose_word_is_awaited(hub: Api, unique: Unique) -> None:
    waiting = await talk(hub, unique("eggs"))
    buyer, what = waiting.market, trade.Goods(waiting.request["lines"][0]["commodity_id"])
    mine = buyer.api

    async def another(body: object) -> str:
        return str((await mine.do("/v1/quote-requests", body))["id"])

    quoted = await another(order_asked(buyer, what, 5, 6))
    ended = await another(agreement_asked(what, 500))
    whole = await mine.read(f"/v1/quote-requests/{quoted}")
    lines = [{"request_line_id": whole["lines"][0]["id"], "quantity": kg(5), "price": money(9)}]
    await hub.do(f"/v1/quote-requests/{quoted}/quotes", {"lines": lines})
    await mine.do(f"/v1/quote-requests/{ended}/cancel", {"reason": "other"})

    async def ids(api: Api, **filters: str) -> list[str]:
        found = (await api.read("/v1/quote-requests", **filters))["data"]
        return [request["id"] for request in found]

    first = waiting.request["id"]
    assert await ids(mine) == [ended, quoted, first]
    assert await ids(mine, waiting_for="hub") == [first]
    assert await ids(hub, waiting_for="buyer", buyer_id=mine.id) == [quoted]
    assert await ids(hub, buyer_id=mine.id, status="open") == [quoted, first]
    assert await ids(mine, wanted="agreement") == [ended]
    found = (await mine.read("/v1/quote-requests"))["data"]
    assert [(len(r["lines"]), r["rounds"], r["waiting_for"]) for r in found] == [
        (1, 0, None),
        (2, 1, "buyer"),
        (1, 0, "hub"),
    ]
