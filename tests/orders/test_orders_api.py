"""Orders over HTTP: placed by the buyer, answered by the hub, quota held and given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests import trade
from tests.api import Api, kg

Unique = Callable[[str], str]


async def test_a_trial_order_is_placed_and_confirmed_as_asked(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 1000)
    assert order["status"] == "placed"
    assert order["number"].startswith("ORD-")
    assert order["total"] == {"amount": "27500000", "currency": "IDR"}
    assert order["allowed_actions"] == ["cancel"]  # the buyer's; confirming is the hub's
    confirmed = await hub.do(f"/v1/orders/{order['id']}/confirm")
    assert confirmed["status"] == "confirmed"
    assert confirmed["lines"][0]["confirmed"] == kg(1000)
    assert confirmed["version"] == 2
    seen = await market.api.read(f"/v1/orders/{order['id']}")
    assert seen["lines"] == confirmed["lines"]


async def test_what_is_placed_is_what_is_read(hub: Api, unique: Unique) -> None:
    """The answer to placing is made without reading back; it must not differ from the truth."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    placed = await trade.order(market, eggs, 12.5, 0.001, external_reference=unique("ref"))
    assert placed == await market.api.read(f"/v1/orders/{placed['id']}")


async def test_a_call_off_reserves_and_a_refused_one_says_what_is_left(
    hub: Api, unique: Unique
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    await trade.order(market, eggs, 700, agreement_id=agreed)
    # Two lines of the same goods count together: 200 + 200 do not fit into 300.
    answer = await market.api.post(
        "/v1/orders", trade.order_body(market, eggs, 200, 200, agreement_id=agreed)
    )
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "quota_exceeded"
    assert problem["left"][0]["left"] == kg(300)
    assert problem["left"][0]["asked"] == kg(400)
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(700)
    await trade.order(market, eggs, 100, 200, agreement_id=agreed)
    assert (await trade.quota(market.api, agreed))["left"] == kg(0)


async def test_confirming_less_gives_the_rest_of_the_quota_back(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    order = await trade.order(market, eggs, 600, agreement_id=agreed)
    line = {"line_id": order["lines"][0]["id"], "quantity": kg(400)}
    more = {"lines": [line | {"quantity": kg(601)}]}
    assert (await hub.post(f"/v1/orders/{order['id']}/confirm", more)).status_code == 422
    nothing = {"lines": [line | {"quantity": kg(0)}]}
    assert (await hub.post(f"/v1/orders/{order['id']}/confirm", nothing)).status_code == 422
    confirmed = await hub.do(
        f"/v1/orders/{order['id']}/confirm", {"lines": [line | {"reason": "no_supply"}]}
    )
    assert confirmed["status"] == "partly_confirmed"
    assert confirmed["lines"][0]["reason"] == "no_supply"
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(400)


async def test_every_end_before_shipping_releases_all_quota(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    declined = await trade.order(market, eggs, 300, agreement_id=agreed)
    cancelled = await trade.order(market, eggs, 300, agreement_id=agreed)
    late = await trade.order(market, eggs, 300, agreement_id=agreed)
    await hub.do(f"/v1/orders/{declined['id']}/decline", {"reason": "no_supply"})
    await hub.do(f"/v1/orders/{late['id']}/confirm")
    for order in (cancelled, late):
        await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})
    left = await trade.quota(market.api, agreed)
    assert (left["reserved"], left["left"]) == (kg(0), kg(1000))


async def test_a_finished_order_says_what_is_possible_instead(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 300)
    await hub.do(f"/v1/orders/{order['id']}/decline", {"reason": "price"})
    answer = await hub.post(f"/v1/orders/{order['id']}/confirm")
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["allowed_actions"]) == ("wrong_state", [])


async def test_fifty_clients_racing_for_a_quota_never_exceed_it(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    body = trade.order_body(market, eggs, 30, 20, agreement_id=agreed)
    answers = await asyncio.gather(*(market.api.post("/v1/orders", body) for _ in range(50)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 20 + [409] * 30
    assert (await trade.quota(market.api, agreed))["left"] == kg(0)


async def test_a_repeated_reference_names_the_first_order(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    reference = unique("PJ")
    body = trade.order_body(market, eggs, 10, external_reference=reference)
    answers = await asyncio.gather(*(market.api.post("/v1/orders", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    first = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert {a.json()["existing_id"] for a in answers if a.status_code == 409} == {first}
    pointers = {a.json()["errors"][0]["pointer"] for a in answers if a.status_code == 409}
    assert pointers == {"/external_reference"}


async def test_nobody_but_buyer_and_hub_knows_of_an_order(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    stranger = await trade.buyer(hub)
    order = await trade.order(market, eggs, 10)
    path = f"/v1/orders/{order['id']}"
    assert (await stranger.api.get(path)).status_code == 404
    assert (await stranger.api.post(f"{path}/cancel", {"reason": "other"})).status_code == 404
    assert (await stranger.api.post(f"{path}/confirm")).status_code == 404
    assert (await market.api.post(f"{path}/confirm")).status_code == 403  # seen, but not its to do


async def test_an_order_cannot_draw_on_a_strangers_agreement_or_site(
    hub: Api, unique: Unique
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    stranger = await trade.buyer(hub)
    agreed = await trade.agreement(hub, market, eggs, 1000)
    body = trade.order_body(stranger, eggs, 10, agreement_id=agreed)
    assert (await stranger.api.post("/v1/orders", body)).status_code == 404
    body = trade.order_body(stranger, eggs, 10, ship_to_site_id=market.site)
    assert (await stranger.api.post("/v1/orders", body)).status_code == 404


async def test_nobody_orders_for_a_suspended_buyer(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    await hub.do(f"/v1/parties/{market.api.id}/suspend")
    body = trade.order_body(market, eggs, 10, buyer_id=market.api.id)
    assert (await hub.post("/v1/orders", body)).status_code == 422


async def test_what_is_counted_is_ordered_in_whole_pieces(hub: Api, unique: Unique) -> None:
    market = await trade.buyer(hub)
    birds = await trade.goods(hub, unique("birds"), base_unit="ekor")
    body = trade.order_body(market, birds, 1)
    price = {"amount": "50000", "currency": "IDR", "per": {"value": "1", "unit": "ekor"}}
    for value, status in (("1.5", 422), ("2", 201)):
        body["lines"][0] |= {"quantity": {"value": value, "unit": "ekor"}, "price": price}
        assert (await market.api.post("/v1/orders", body)).status_code == status


async def test_pieces_and_butir_are_one_unit_with_two_names(hub: Api, unique: Unique) -> None:
    """UN/ECE knows one code for both (H87); the answer says what the commodity says."""
    market = await trade.buyer(hub)
    eggs = await trade.goods(hub, unique("butir"), base_unit="butir")
    body = trade.order_body(market, eggs, 1)
    price = {"amount": "2000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}}
    body["lines"][0] |= {"quantity": {"value": "30", "unit": "H87"}, "price": price}
    placed = await market.api.do("/v1/orders", body)
    assert placed["lines"][0]["requested"] == {"value": "30", "unit": "butir"}


async def test_a_misspelt_filter_is_refused_and_does_not_answer_with_everything(
    hub: Api,
) -> None:
    answer = await hub.get("/v1/orders", stauts="placed")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query:stauts"


async def test_a_price_beyond_reason_is_a_slip_of_the_pen(hub: Api, unique: Unique) -> None:
    """It had been a 500: more digits than decimals usually have."""
    market, goods = await trade.buyer(hub), await trade.goods(hub, unique("g"), base_unit="ton")
    body = trade.order_body(market, goods, 1)
    price = {
        "amount": "1000000000000",
        "currency": "IDR",
        "per": {"value": "0.001", "unit": "g"},
    }
    body["lines"][0] |= {"quantity": {"value": "100000000", "unit": "ton"}, "price": price}
    answer = await market.api.post("/v1/orders", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/price"
