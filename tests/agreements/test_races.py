"""Two things at once, with real commits: the ledger's row decides, and nobody gets a 500."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from app import reconcile
from app.access.enter import acting_as_hub
from app.agreements.commands import carry_over, suspend, terminate
from app.agreements.schemas import OpenOrders, ReasonIn, TerminateIn
from app.core import clock
from app.db.tx import Tx
from app.orders.commands import place
from app.orders.schemas import OrderIn
from app.parties.bootstrap import find_hub
from tests.agreements import agreeing
from tests.agreements.agreeing import DAY, Deal
from tests.agreements.test_amendments import agree, change, propose
from tests.api import Api, kg
from tests.worker import at

Unique = Callable[[str], str]
A_MOMENT = 0.15
"""Long enough for a request to come to the row it must wait for."""


@asynccontextmanager
async def acting(app: Any, later: timedelta = timedelta(0)) -> AsyncIterator[Tx]:
    """A transaction of the hub; it commits at the end of the block."""
    database = app.state.database
    hub_id = await find_hub(database)
    assert hub_id is not None
    now = clock.now() + later
    async with acting_as_hub(database, hub_id, livemode=True, now=now) as tx:
        yield tx


@asynccontextmanager
async def placing(app: Any, deal: Deal, quantity: float, **fields: Any) -> AsyncIterator[Any]:
    """An order that has reserved its quota and has not been committed yet."""
    body = deal.order_body(quantity, **fields) | {"buyer_id": deal.market.api.id}
    async with acting(app) as tx:
        order = await place(tx, OrderIn.model_validate(body))
        for work in tx.last:
            await work()
        tx.last.clear()
        yield order


async def meanwhile(call: Any) -> asyncio.Task[Any]:
    """*call*, as far as it comes while somebody holds what it needs."""
    task: asyncio.Task[Any] = asyncio.ensure_future(call)
    await asyncio.sleep(A_MOMENT)
    assert not task.done(), "it should have waited"
    return task


@pytest.mark.parametrize("verb", ["suspend", "terminate"])
async def test_no_order_slips_in_behind_the_end(
    hub: Api, unique: Unique, app: Any, verb: str
) -> None:
    """It read an active agreement, and meets the shut period when the other has committed."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    async with acting(app) as tx:
        key = agreeing.uuid_of(deal.agreed["id"])
        await (
            suspend(tx, key, ReasonIn()) if verb == "suspend" else terminate(tx, key, TerminateIn())
        )
        late = await meanwhile(deal.market.api.post("/v1/orders", deal.order_body(1)))
    refused = await late
    assert (refused.status_code, refused.json()["code"]) == (409, "agreement_not_active")
    assert await deal.numbers(0, "reserved") == [0]


async def test_an_order_that_was_first_is_kept(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    async with placing(app, deal, 10):
        ending = await meanwhile(hub.post(f"{deal.path}/complete"))
    refused = await ending
    assert (refused.status_code, refused.json()["code"]) == (409, "agreement_in_use")


async def test_an_order_in_flight_is_called_off_too(hub: Api, unique: Unique, app: Any) -> None:
    """Terminating with open_orders cancel waits for orders that are being placed."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    async with placing(app, deal, 10):
        body = TerminateIn(open_orders=OpenOrders.CANCEL).model_dump(mode="json")
        ending = await meanwhile(hub.post(f"{deal.path}/terminate", body))
    assert (await ending).status_code == 200
    (order,) = (await deal.market.api.read("/v1/orders"))["data"]
    assert order["status"] == "cancelled"
    assert await deal.numbers(0, "reserved", "released") == [0, 10]


@pytest.mark.parametrize(("quantity", "status"), [(500, 201), (500.001, 409)])
async def test_an_order_a_second_before_midnight_meets_the_carrying_on(
    hub: Api, unique: Unique, app: Any, quantity: float, status: int
) -> None:
    """Half the quota has moved on when it comes to the row: what is left is what it can have."""
    fields: dict[str, Any] = {"carry_over": "limited", "carry_over_pct": "50"}
    deal = await agreeing.deal(hub, unique("eggs"), 1000, **fields)
    midnight = agreeing.begins(agreeing.month(1)) - clock.now()
    async with acting(app, midnight) as tx:
        while await carry_over(tx, 100):
            pass
        body = deal.order_body(quantity, on=agreeing.month(1) - DAY)
        late = await meanwhile(deal.market.api.post("/v1/orders", body))
    answer = await late
    assert answer.status_code == status, answer.text
    assert await deal.numbers(0, "carried_out", "reserved") == [
        500,
        quantity if status == 201 else 0,
    ]
    assert await deal.numbers(1, "carried_in", "left") == [500, 1500]


async def test_carrying_on_waits_for_an_order_of_the_last_second(
    hub: Api, unique: Unique, app: Any
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full")
    async with placing(app, deal, 400, on=agreeing.month(1) - DAY):
        job = await meanwhile(agreeing.carry(app, agreeing.month(1)))
    await job
    assert await deal.numbers(0, "carried_out", "reserved", "left") == [600, 400, 0]
    assert await deal.numbers(1, "carried_in") == [600]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_two_workers_carry_on_once(hub: Api, unique: Unique, app: Any) -> None:
    deals = [await agreeing.deal(hub, unique("eggs"), 1000, carry_over="full") for _ in range(3)]
    then = agreeing.until(agreeing.month(2))
    for _ in range(3):
        await asyncio.gather(*(at(app, then, carry_over) for _ in range(2)))
    await agreeing.carry(app, agreeing.month(2))
    for deal in deals:
        assert await deal.numbers(2, "carried_in", "left") == [2000, 3000]


async def test_a_cut_and_orders_never_take_the_same_quota(
    hub: Api, unique: Unique, app: Any
) -> None:
    """Either the cut holds and the orders fit in it, or it is refused because they do not."""
    for _ in range(6):
        deal = await agreeing.deal(hub, unique("eggs"), 1000)
        made = await propose(hub, deal, change(deal, quota=kg(300)))
        confirm = f"/v1/agreement-amendments/{made['id']}/confirm"
        body = deal.order_body(100, on=agreeing.month(1))
        cut, *orders = await asyncio.gather(
            deal.market.api.post(confirm),
            *(deal.market.api.post("/v1/orders", body) for _ in range(6)),
        )
        placed = sum(answer.status_code == 201 for answer in orders)
        assert {answer.status_code for answer in orders} <= {201, 409}
        if cut.status_code == 200:
            assert placed <= 3
            assert await deal.numbers(1, "quota", "reserved") == [300, placed * 100]
        else:
            assert cut.json()["code"] == "quota_in_use"
            assert await deal.numbers(1, "quota", "reserved") == [1000, placed * 100]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_of_two_amendments_at_once_one_waits_and_one_is_refused(
    hub: Api, unique: Unique
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    answers = await asyncio.gather(
        *(
            by.post(f"{deal.path}/amendments", change(deal, quota=kg(900)))
            for by in (hub, deal.market.api, hub)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "already_exists"


async def test_confirming_twice_at_once_happens_once(hub: Api, unique: Unique, app: Any) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    made = await propose(hub, deal, change(deal, quota=kg(1500)))
    confirm = f"/v1/agreement-amendments/{made['id']}/confirm"
    answers = await asyncio.gather(*(deal.market.api.post(confirm) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await deal.numbers(1, "quota") == [1500]
    await agree(deal, change(deal, quota=kg(1400)))
    assert not any((await reconcile.drifted(app.state.database)).values())
