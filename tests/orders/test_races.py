"""Two commands on one order at once, with real commits: one of them is first, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests import trade
from tests.api import Api, kg
from tests.orders.held import deal, nothing_drifted

Unique = Callable[[str], str]

ROUNDS = 8


async def test_an_order_is_confirmed_and_cancelled_at_once(
    hub: Api, unique: Unique, app: Any
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    for n in range(ROUNDS):
        order = await trade.order(market, eggs, 100, 50, agreement_id=agreed)
        less = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": kg(40)}]}
        path = f"/v1/orders/{order['id']}"
        asked = [
            hub.post(f"{path}/confirm", less),
            market.api.post(f"{path}/cancel", {"reason": "other"}),
        ]
        (*_,) = answers = await asyncio.gather(*(asked if n % 2 else asked[::-1]))
        codes = sorted(answer.status_code for answer in answers)
        assert codes in ([200, 200], [200, 409]), [answer.text for answer in answers]
        assert (await market.api.read(path))["status"] == "cancelled"
        assert (await trade.quota(market.api, agreed))["reserved"] == kg(0)
    await nothing_drifted(app)


async def test_a_truck_leaves_while_the_rest_is_given_up(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Either it left first, and is awaited; or it is called off. Never both."""
    for n in range(ROUNDS // 2):
        made = await deal(hub, unique("eggs"), 100, 60)
        await made.story.arrived(await made.story.lot(0))
        planned = await made.story.planned(await made.story.lot(1))
        line_id = (await made.order())["lines"][0]["id"]
        body = {"lines": [{"line_id": line_id, "reason": "supply_failed"}]}
        asked = [
            hub.post(f"/v1/orders/{made.order_id}/short-close", body),
            made.story.carrier.post(f"/v1/shipments/{planned['id']}/dispatch"),
        ]
        if n % 2:
            asked.reverse()
        answers = await asyncio.gather(*asked)
        assert not any(answer.status_code >= 500 for answer in answers)
        (line,) = (await made.order())["lines"]
        left = (await hub.read(f"/v1/shipments/{planned['id']}"))["status"] == "dispatched"
        assert line["shipped"] == kg(160 if left else 100)
        assert line["short_closed"] == kg(0 if left else 60)
        assert (await made.quota())[0] == ("160" if left else "100")
        await nothing_drifted(app)


async def test_orders_are_placed_while_their_agreement_is_terminated(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Whoever was first: no order stays open that nobody would call off."""
    for _ in range(ROUNDS // 2):
        market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
        agreed = await trade.agreement(hub, market, eggs, 1000)
        body = trade.order_body(market, eggs, 10, 20, agreement_id=agreed)
        answers = await asyncio.gather(
            *(market.api.post("/v1/orders", body) for _ in range(4)),
            hub.post(
                f"/v1/agreements/{agreed}/terminate",
                {"reason": "mutual", "open_orders": "cancel"},
            ),
            *(market.api.post("/v1/orders", body) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} <= {200, 201, 409}
        orders = (await market.api.read("/v1/orders", agreement_id=agreed))["data"]
        assert len(orders) == sum(answer.status_code == 201 for answer in answers)
        assert {order["status"] for order in orders} <= {"cancelled"}
    await nothing_drifted(app)


async def test_a_line_is_given_up_twice_at_once(hub: Api, unique: Unique, app: Any) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 100, 50)
    await hub.do(f"/v1/orders/{order['id']}/confirm")
    body = {"lines": [{"line_id": order["lines"][0]["id"], "reason": "supply_failed"}]}
    path = f"/v1/orders/{order['id']}/short-close"
    answers = await asyncio.gather(*(hub.post(path, body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    await nothing_drifted(app)
