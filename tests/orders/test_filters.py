"""Lists of orders as buyers and the desk narrow them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from tests import trade
from tests.api import Api
from tests.orders.stall import line, ordered, stall

Unique = Callable[[str], str]


async def numbers(api: Api, **asked: Any) -> list[str]:
    """The numbers of the orders on the first page, oldest first."""
    return sorted(order["number"] for order in (await api.read("/v1/orders", **asked))["data"])


async def test_by_what_lines_say(hub: Api, unique: Unique) -> None:
    market = await trade.buyer(hub)
    eggs, corn = [await trade.goods(hub, unique(name)) for name in ("eggs", "corn")]
    outlet = await market.api.site("outlet", "31.74.02")
    first = trade.order_body(market, eggs, 10, 10, deliver_on=trade.day(2))
    first["lines"][1] |= {"ship_to_site_id": outlet, "deliver_on": trade.day(9)}
    a = (await market.api.do("/v1/orders", first))["number"]
    b = (await trade.order(market, corn, 10, deliver_on=trade.day(5)))["number"]
    shop = await stall(hub)
    c = (await ordered(market, line(shop.variants[0], 1)))["number"]
    mine = market.api
    assert await numbers(mine) == [a, b, c]
    assert await numbers(mine, commodity_id=corn.id) == [b]
    assert await numbers(hub, commodity_id=eggs.id) == [a]
    assert await numbers(mine, variant_id=shop.variants[0]) == [c]
    assert await numbers(mine, ship_to_site_id=outlet) == [a]
    assert await numbers(hub, ship_to_site_id=market.site) == [a, b, c]
    assert await numbers(mine, deliver_from=trade.day(2), deliver_until=trade.day(5)) == [a, b]
    assert await numbers(mine, deliver_from=trade.day(6)) == [a]
    # One line has to be all of it: the eggs for the outlet come on the ninth day, not before.
    assert await numbers(mine, ship_to_site_id=outlet, deliver_until=trade.day(5)) == []


async def test_by_what_orders_say(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    reference = unique("PJ")
    a = await trade.order(market, eggs, 10, agreement_id=agreed)
    b = await trade.order(market, eggs, 10, external_reference=reference)
    c = await trade.order(market, eggs, 10)
    await hub.do(f"/v1/orders/{b['id']}/confirm")
    await hub.do(f"/v1/orders/{c['id']}/decline", {"reason": "price"})
    a, b, c = a["number"], b["number"], c["number"]
    mine = market.api
    assert await numbers(mine, status="placed") == [a]
    assert await numbers(mine, status=["placed", "declined"]) == [a, c]
    assert await numbers(mine, agreement_id=agreed) == [a]
    assert await numbers(hub, agreement_id=agreed) == [a]
    assert await numbers(mine, number=b) == [b]
    assert await numbers(hub, external_reference=reference) == [b]
    assert await numbers(hub, buyer_id=market.api.id) == [a, b, c]
    assert await numbers(mine, placed_from=trade.day(), placed_until=trade.day()) == [a, b, c]
    assert await numbers(mine, placed_from=trade.day(1)) == []
    assert await numbers(mine, placed_until=trade.day(-1)) == []
    first, last = "0001-01-01", "9999-12-31"  # as far as the calendar goes
    for begins, ends in (("placed_from", "placed_until"), ("deliver_from", "deliver_until")):
        assert await numbers(mine, **{begins: first, ends: last}) == [a, b, c]
        assert await numbers(mine, **{ends: first}) == await numbers(mine, **{begins: last}) == []
    stranger = await trade.buyer(hub)
    assert await numbers(stranger.api, buyer_id=market.api.id) == []


async def test_what_the_desk_begins_its_day_with(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    waiting, late, lacking = [await trade.order(market, eggs, 10) for _ in range(3)]
    for order in (late, lacking):
        await hub.do(f"/v1/orders/{order['id']}/confirm")
    whose = {"buyer_id": market.api.id}
    assert await numbers(hub, unallocated=True, **whose) == [late["number"], lacking["number"]]
    assert await numbers(hub, unallocated=False, **whose) == [waiting["number"]]
    assert await numbers(hub, overdue=True, **whose) == []
    await owner.execute(
        "UPDATE orders SET respond_by = now() - interval '1 minute' WHERE id = $1",
        decode("ord", waiting["id"]),
    )
    await owner.execute(
        "UPDATE order_lines SET deliver_on = deliver_on - 5 WHERE order_id = $1",
        decode("ord", late["id"]),
    )
    assert await numbers(hub, overdue=True, **whose) == [waiting["number"], late["number"]]
    assert await numbers(hub, overdue=False, **whose) == [lacking["number"]]
    await hub.do(f"/v1/orders/{late['id']}/cancel", {"reason": "other"})
    assert await numbers(hub, overdue=True, unallocated=True, **whose) == []


async def test_pages_keep_their_filters(hub: Api, unique: Unique) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    made = [(await trade.order(market, eggs, 1))["number"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await hub.read("/v1/orders", commodity_id=eggs.id, limit=2, **cursor)
        seen += [order["number"] for order in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]


@pytest.mark.parametrize("asked", [{"status": "gone"}, {"deliver_from": "soon"}, {"overdue": "x"}])
async def test_a_filter_that_cannot_be_is_refused(hub: Api, asked: dict[str, str]) -> None:
    answer = await hub.get("/v1/orders", **asked)
    assert answer.status_code == 422
