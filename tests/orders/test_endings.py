"""Every path that ends an order gives back all it held: quota, offers, lots, trucks, stock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.core.ids import decode
from app.orders.commands import expire
from tests import trade
from tests.api import Api, kg
from tests.orders.held import Deal, deal, nothing_drifted
from tests.orders.stall import line, ordered, pcs, stall
from tests.shipments import story
from tests.worker import all_at

Unique = Callable[[str], str]
End = Callable[[Api, Any, Deal], Awaitable[Any]]


async def decline(hub: Api, _app: Any, made: Deal) -> Any:
    await hub.do(f"/v1/orders/{made.order_id}/decline", {"reason": "no_supply"})


async def expiry(_hub: Api, app: Any, _made: Deal) -> Any:
    assert await all_at(app, timedelta(days=14), expire)


async def cancel(_hub: Api, _app: Any, made: Deal) -> Any:
    reason = {"reason": "no_longer_needed"}
    await made.story.market.api.do(f"/v1/orders/{made.order_id}/cancel", reason)


async def terminate(hub: Api, _app: Any, made: Deal) -> Any:
    body = {"reason": "mutual", "open_orders": "cancel"}
    await hub.do(f"/v1/agreements/{made.agreement}/terminate", body)


async def confirm_some(hub: Api, _app: Any, made: Deal) -> None:
    said = {"line_id": (await made.order())["lines"][0]["id"], "quantity": kg(60)}
    await hub.do(f"/v1/orders/{made.order_id}/confirm", {"lines": [said]})


async def placed(hub: Api, unique: Unique) -> Deal:
    market, what = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, what, 1000)
    order = await trade.order(market, what, 100, agreement_id=agreed)
    return Deal(story.Story(hub, market, what, market.api, order["id"], [], []), agreed)


async def partly_confirmed(hub: Api, unique: Unique) -> Deal:
    made = await placed(hub, unique)
    await confirm_some(hub, None, made)
    return made


async def shared(hub: Api, unique: Unique) -> Deal:
    return await deal(hub, unique("eggs"), 70, 30)


async def on_a_truck(hub: Api, unique: Unique) -> Deal:
    made = await shared(hub, unique)
    await made.story.planned(await made.story.lot(0))
    await made.story.lot(1, 10)
    return made


BEFORE = [placed, partly_confirmed, shared, on_a_truck]
ENDS: list[tuple[Any, End]] = [
    (placed, decline),
    (placed, expiry),
    *((before, cancel) for before in BEFORE),
    *((before, terminate) for before in BEFORE),
]


@pytest.mark.parametrize(
    ("before", "end"), ENDS, ids=[f"{b.__name__}-{e.__name__}" for b, e in ENDS]
)
async def test_nothing_is_held_after_the_end(
    hub: Api, unique: Unique, app: Any, before: Any, end: End
) -> None:
    made = await before(hub, unique)
    await end(hub, app, made)
    order = await made.order()
    assert order["status"] in {"declined", "expired", "cancelled"}
    assert (await made.quota())[:2] == ("0", "0")
    assert await made.offered() == [(0, 0, 0)] * len(made.story.sellers)
    for seller, allocation in zip(made.story.sellers, made.story.allocations, strict=True):
        share = await seller.read(f"/v1/allocations/{allocation['id']}")
        assert share["status"] == "released"
        for lot in (await seller.read("/v1/lots"))["data"]:
            assert lot["status"] == "depleted"
    for shipment in (await hub.read("/v1/shipments", order_id=made.order_id))["data"]:
        assert shipment["status"] == "cancelled"
    await nothing_drifted(app)


async def test_what_is_confirmed_in_part_holds_that_part(
    hub: Api, unique: Unique, app: Any
) -> None:
    made = await placed(hub, unique)
    await confirm_some(hub, app, made)
    (only,) = (await made.order())["lines"]
    assert (only["confirmed"], only["reason"]) == (kg(60), "other")
    assert await made.quota() == ("60", "0", "940")
    await nothing_drifted(app)


async def test_completed_within_its_tolerance_holds_nothing_either(
    hub: Api, unique: Unique, app: Any
) -> None:
    """98.5 of 100 are kept: the rest of seller, quota and offer is free."""
    made = await deal(hub, unique("eggs"), 98, 2)
    receipt = await made.story.received(await made.story.lot(0))
    await made.story.lot(1, 1)
    await made.story.market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    assert (await made.order())["status"] == "completed"
    assert await made.quota() == ("0", "98", "902")
    assert await made.offered() == [(0, 0, 98), (0, 0, 0)]
    await nothing_drifted(app)


@pytest.mark.parametrize("end", ["decline", "cancel", "expire"])
async def test_stock_is_free_again(hub: Api, app: Any, end: str) -> None:
    shop, market = await stall(hub), await trade.buyer(hub)
    order = await ordered(market, line(shop.variants[0], 7), line(shop.variants[0], 3))
    assert (await shop.stock(), await shop.sellable()) == (("10", "10"), False)
    if end == "expire":
        await all_at(app, timedelta(days=14), expire)
    else:
        await hub.do(f"/v1/orders/{order['id']}/{end}", {"reason": "other"})
    assert (await shop.stock(), await shop.sellable()) == (("10", "0"), True)
    await nothing_drifted(app)


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (placed, "placed"),
        (partly_confirmed, "confirmed"),
        (shared, "allocated"),
        (on_a_truck, "weighed"),
    ],
    ids=["placed", "confirmed", "allocated", "weighed"],
)
async def test_a_cancellation_tells_how_far_things_had_come(
    hub: Api, unique: Unique, owner: asyncpg.Connection, before: Any, stage: str
) -> None:
    made = await before(hub, unique)
    await cancel(hub, None, made)
    said = await owner.fetchval(
        "SELECT data->>'stage' FROM events WHERE object_id = $1 AND type = 'order.cancelled'",
        decode("ord", made.order_id),
    )
    assert said == stage


async def test_a_terminated_agreement_calls_off_what_it_can_and_lets_the_rest_arrive(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    made = await deal(hub, unique("eggs"), 70, 30)
    await made.story.arrived(await made.story.lot(0))
    what = made.story.what
    assert what is not None
    orders = [
        await trade.order(made.story.market, what, 50, agreement_id=made.agreement)
        for _ in range(3)
    ]
    await hub.do(f"/v1/orders/{orders[0]['id']}/confirm")
    body = {"reason": "mutual", "note": "Kontrak dihentikan.", "open_orders": "cancel"}
    await hub.do(f"/v1/agreements/{made.agreement}/terminate", body)
    for order in orders:
        seen = await made.story.market.api.read(f"/v1/orders/{order['id']}")
        assert (seen["status"], seen["reason"]) == ("cancelled", "agreement_terminated")
        assert seen["note"] == "Kontrak dihentikan."
        events = await owner.fetch(
            "SELECT type FROM events WHERE object_id = $1 ORDER BY version",
            decode("ord", order["id"]),
        )
        assert events[-1]["type"] == "order.cancelled"
    assert (await made.order())["status"] == "in_progress"
    assert (await made.quota())[0] == "100"
    await nothing_drifted(app)


async def test_an_order_waits_for_its_answer_and_no_longer(
    hub: Api, unique: Unique, app: Any
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    order = await trade.order(market, eggs, 10, deliver_on=trade.day(1))
    await all_at(app, timedelta(minutes=119), expire)
    assert (await market.api.read(f"/v1/orders/{order['id']}"))["status"] == "placed"
    await all_at(app, timedelta(hours=26, minutes=1), expire)
    seen = await market.api.read(f"/v1/orders/{order['id']}")
    assert (seen["status"], seen["reason"]) == ("expired", "no_answer")
    shop = await stall(hub)
    await ordered(market, line(shop.variants[0], 1), deliver_on=trade.day(3))
    assert await shop.stock() == ("10", pcs(1)["value"])
