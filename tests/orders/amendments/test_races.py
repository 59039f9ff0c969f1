"""An amendment is confirmed while others do something with the same quota, shares or goods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.access.enter import acting_as_hub
from app.core.ids import decode
from app.orders.amendments.commands import confirm
from app.parties.bootstrap import find_hub
from tests import trade
from tests.api import Api, kg
from tests.orders.amendments.amending import Deal, confirm_share, deal, share, value

pytestmark = pytest.mark.anyio
Unique = Callable[[str], str]
ROUNDS = 5


@pytest.fixture(autouse=True)
async def sums(app: Any) -> Any:
    """Whatever a test does, every counter is the sum of what justifies it."""
    yield
    assert not any((await reconcile.drifted(app.state.database)).values())


async def _waiting(made: Deal, **line: Any) -> str:
    amendment = await made.proposed(**line)
    return f"/v1/order-amendments/{amendment['id']}/confirm"


async def test_the_last_quota_goes_to_one_of_two(hub: Api, unique: Unique) -> None:
    """50 kg are left; an amendment and an order want them all."""
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"), 100, quota=150)
        path = await _waiting(made, quantity=kg(150))
        body = trade.order_body(made.market, made.what, 50, agreement_id=made.agreement_id)
        confirmed, placed = await asyncio.gather(
            hub.post(path), made.market.api.post("/v1/orders", body)
        )
        assert sorted((confirmed.status_code == 200, placed.status_code == 201)) == [False, True]
        assert await made.quota() == ("150", "0")
        if confirmed.status_code != 200:
            assert confirmed.json()["code"] == "amendment_not_possible"
            assert confirmed.json()["reasons"][0]["code"] == "quota_exceeded"
            assert placed.status_code == 201
        else:
            assert placed.json()["code"] == "quota_exceeded"


async def test_two_consents_are_one(hub: Api, unique: Unique) -> None:
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"))
        path = await _waiting(made, quantity=kg(120))
        answers = await asyncio.gather(hub.post(path), hub.post(path))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await made.quota() == ("120", "30")


async def test_reading_while_it_is_confirmed_shows_it_before_or_after(
    hub: Api, unique: Unique
) -> None:
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"))
        path = await _waiting(made, quantity=kg(120))
        one = path.removesuffix("/confirm")
        readers = [made.market.api.get(one) for _ in range(6)]
        confirmed, *seen = await asyncio.gather(hub.post(path), *readers)
        assert confirmed.status_code == 200
        for answer in seen:
            assert answer.status_code == 200, answer.text
            told = answer.json()
            assert (told["status"] == "proposed") is (told["effect"] is not None)


async def test_consent_and_withdrawal(hub: Api, unique: Unique) -> None:
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"))
        path = await _waiting(made, quantity=kg(120))
        confirmed, withdrawn = await asyncio.gather(
            hub.post(path), made.market.api.post(path.replace("confirm", "withdraw"))
        )
        assert sorted((confirmed.status_code, withdrawn.status_code)) == [200, 409]
        want = "120" if confirmed.status_code == 200 else "100"
        assert value((await made.line())["confirmed"]) == want


async def test_less_is_wanted_while_the_hub_allocates_and_a_seller_promises(
    hub: Api, unique: Unique
) -> None:
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"))
        sellers = await made.offered(60)
        given = await share(sellers[0])
        path = await _waiting(made, quantity=kg(50))
        more = await hub.party("seller")
        await trade.offer(more, await more.site(), made.what, 40)
        answers = await asyncio.gather(
            hub.post(path),
            hub.post(f"/v1/orders/{made.order_id}/allocate"),
            sellers[0].post(f"/v1/allocations/{given['id']}/confirm"),
        )
        assert answers[0].status_code == 200, answers[0].text
        assert answers[2].status_code == 200, answers[2].text
        line = await made.line()
        assert (value(line["confirmed"]), value(line["allocated"])) == ("50", "50")


async def test_shares_stand_still_while_it_is_decided_which_of_them_leave(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """A seller who promises meanwhile waits: what was not promised leaves first."""
    made = await deal(hub, unique("eggs"))
    sellers = await made.offered(40, 60)
    staying = decode("alc", (await share(sellers[0]))["id"])
    amendment = decode("oam", (await made.proposed(quantity=kg(80)))["id"])
    hub_id = await find_hub(app.state.database)
    assert hub_id is not None
    free = "SELECT id FROM allocations WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
    assert await owner.fetch(free, staying)
    async with acting_as_hub(app.state.database, hub_id, livemode=True) as tx:
        await confirm(tx, amendment)
        assert not await owner.fetch(free, staying)
    assert [value((await share(seller))["quantity"]) for seller in sellers] == ["40", "40"]


async def test_less_is_wanted_while_it_is_weighed_and_sent(hub: Api, unique: Unique) -> None:
    """Either the goods were weighed first, and the amendment is not possible, or they are not."""
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"))
        (seller,) = await made.offered(100)
        await confirm_share(seller)
        lot = {
            "allocation_id": (await share(seller))["id"],
            "net_weight": kg(80),
            "produced_on": trade.day(),
        }
        path = await _waiting(made, quantity=kg(60))
        confirmed, weighed = await asyncio.gather(hub.post(path), seller.post("/v1/lots", lot))
        assert (confirmed.status_code == 200) is (weighed.status_code != 201)
        if confirmed.status_code != 200:
            assert confirmed.json()["reasons"][0]["code"] == "goods_weighed"


async def test_another_site_is_wanted_while_the_truck_leaves(hub: Api, unique: Unique) -> None:
    """What is loaded for the old site keeps the amendment from holding, before and after."""
    made = await deal(hub, unique("eggs"))
    (seller,) = await made.offered(100)
    await confirm_share(seller)
    lot = await seller.do(
        "/v1/lots",
        {
            "allocation_id": (await share(seller))["id"],
            "net_weight": kg(80),
            "produced_on": trade.day(),
        },
    )
    other = await made.market.api.site("distribution_centre", "31.75.04")
    path = await _waiting(made, ship_to_site_id=other)
    carrier = await hub.party("carrier")
    planned = {
        "lot_ids": [lot["id"]],
        "carrier_id": carrier.id,
        "from_site_id": lot["site_id"],
        "to_site_id": made.market.site,
    }
    shipment = await hub.do("/v1/shipments", planned)
    loaded = await hub.post(path)
    assert loaded.json()["reasons"][0]["code"] == "goods_loaded"
    confirmed, dispatched = await asyncio.gather(
        hub.post(path), carrier.post(f"/v1/shipments/{shipment['id']}/dispatch")
    )
    assert (confirmed.status_code, dispatched.status_code) == (409, 200)
    assert confirmed.json()["reasons"][0]["code"] in {"goods_loaded", "goods_shipped"}


async def test_two_orders_change_periods_crosswise(hub: Api, unique: Unique) -> None:
    """One moves from this month to the next, the other back: no circle."""
    for _ in range(ROUNDS):
        made = await deal(hub, unique("eggs"), 50, quota=100, deliver_on=trade.day(1))
        there = _next_month()
        order = await trade.order(
            made.market, made.what, 50, agreement_id=made.agreement_id, deliver_on=there
        )
        await hub.do(f"/v1/orders/{order['id']}/confirm")
        other = Deal(
            hub, made.market, made.what, made.agreement_id, order["id"], order["lines"][0]["id"]
        )
        paths = [await _waiting(made, deliver_on=there)]
        paths.append(await _waiting(other, deliver_on=trade.day(1)))
        answers = await asyncio.gather(*(hub.post(path) for path in paths))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert await made.quota() == ("50", "50")
        assert await made.quota(there) == ("50", "50")


def _next_month() -> str:
    first = date.fromisoformat(trade.day(1))
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1).isoformat()
