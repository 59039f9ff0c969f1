"""How agreements end: by whom, when, and what becomes of the orders that are open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.agreements.commands import end_agreements, lapse_proposals
from app.core import clock, workdays
from tests import trade
from tests.agreements import agreeing
from tests.api import Api, kg
from tests.worker import at

Unique = Callable[[str], str]


async def proposed(hub: Api, code: str, **fields: Any) -> tuple[trade.Buyer, Any]:
    """A proposal and the buyer who may answer it."""
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    made = await hub.do("/v1/agreements", agreeing.body(market, agreeing.line(what, 10)) | fields)
    return market, await hub.do(f"/v1/agreements/{made['id']}/propose")


async def test_a_buyer_rejects_and_says_why(hub: Api, unique: Unique) -> None:
    market, made = await proposed(hub, unique("eggs"))
    path = f"/v1/agreements/{made['id']}"
    assert (await hub.post(f"{path}/reject", {"reason": "price"})).status_code == 403
    assert (await market.api.post(f"{path}/reject", {})).status_code == 422
    rejected = await market.api.do(f"{path}/reject", {"reason": "price", "note": "Terlalu mahal."})
    assert (rejected["status"], rejected["allowed_actions"]) == ("rejected", [])
    assert (await market.api.post(f"{path}/confirm")).status_code == 409
    last = (await hub.read(f"/v1/history/{made['id']}"))["data"]
    assert ("reject", "price", "Terlalu mahal.") in [
        (step["action"], step["reason"], step["note"]) for step in last
    ]


async def test_the_hub_withdraws_its_proposal(hub: Api, unique: Unique) -> None:
    market, made = await proposed(hub, unique("eggs"))
    path = f"/v1/agreements/{made['id']}"
    assert (await market.api.post(f"{path}/withdraw")).status_code == 403
    assert (await hub.do(f"{path}/withdraw", {"note": "Salah jumlah."}))["status"] == "withdrawn"
    assert (await market.api.post(f"{path}/confirm")).status_code == 409


async def test_an_unanswered_proposal_expires_after_ten_working_days(
    hub: Api, unique: Unique, app: Any
) -> None:
    market, made = await proposed(hub, unique("eggs"))
    answer_by = datetime.fromisoformat(made["respond_by"])
    assert abs(answer_by - workdays.after(clock.now(), 10)) < timedelta(minutes=1)
    path = f"/v1/agreements/{made['id']}"
    await at(app, answer_by - clock.now() - timedelta(minutes=1), lapse_proposals)
    assert (await hub.read(path))["status"] == "proposed"
    await at(app, answer_by - clock.now() + timedelta(minutes=1), lapse_proposals)
    seen = await market.api.read(path)
    assert (seen["status"], seen["respond_by"]) == ("expired", None)
    past = (await hub.read(f"/v1/history/{made['id']}"))["data"]
    assert ("expire", "no_answer") in [(step["action"], step["reason"]) for step in past]


async def test_a_proposal_is_not_open_longer_than_the_agreement(hub: Api, unique: Unique) -> None:
    today = agreeing.today()
    days = {"starts_on": today.isoformat(), "ends_on": (today + agreeing.DAY).isoformat()}
    _, made = await proposed(hub, unique("eggs"), **days)
    answer_by = datetime.fromisoformat(made["respond_by"])
    assert answer_by == agreeing.begins(today + 2 * agreeing.DAY)


async def test_completing_waits_for_open_orders(hub: Api, unique: Unique) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    order = await deal.order(300)
    refused = await hub.post(f"{deal.path}/complete")
    assert (refused.status_code, refused.json()["code"]) == (409, "agreement_in_use")
    (period,) = refused.json()["periods"]
    assert (period["line_id"], period["reserved"]) == (deal.line_id, kg(300))
    await deal.order(1)  # nothing of the refused attempt stayed
    assert (await deal.market.api.post(f"{deal.path}/complete")).status_code == 403
    for open_order in (await deal.market.api.read("/v1/orders"))["data"]:
        await deal.cancel(open_order)
    assert order["id"]
    assert (await hub.do(f"{deal.path}/complete"))["status"] == "completed"
    refused = await deal.market.api.post("/v1/orders", deal.order_body(1))
    assert (refused.status_code, refused.json()["current_status"]) == (409, "completed")


@pytest.mark.parametrize(("quantity", "status"), [(0, "completed"), (25, "expired")])
async def test_the_day_after_its_last_an_agreement_ends(
    hub: Api, unique: Unique, app: Any, quantity: int, status: str
) -> None:
    """Nothing reserved: it is completed. Orders still open: it expires, and they go on."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    order = await deal.order(quantity) if quantity else None
    await agreeing.drain(app, end_agreements, agreeing.month(3) - agreeing.DAY)
    assert (await hub.read(deal.path))["status"] == "active"
    await agreeing.drain(app, end_agreements, agreeing.month(3))
    assert (await deal.market.api.read(deal.path))["status"] == status
    refused = await deal.market.api.post("/v1/orders", deal.order_body(1))
    assert refused.json()["current_status"] == status
    if order is not None:
        assert (await hub.do(f"/v1/orders/{order['id']}/confirm"))["status"] == "confirmed"
        await deal.cancel(order)
        assert await deal.numbers(0, "reserved", "released") == [0, quantity]


async def test_what_is_open_goes_on_when_an_agreement_is_terminated(
    hub: Api, unique: Unique
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    order = await deal.order(300)
    await hub.do(f"{deal.path}/terminate", {"reason": "quality"})
    assert (await hub.do(f"/v1/orders/{order['id']}/confirm"))["status"] == "confirmed"
    assert await deal.numbers(0, "reserved") == [300]


async def test_open_orders_can_be_called_off_with_the_agreement(
    hub: Api, unique: Unique, app: Any
) -> None:
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    orders = [await deal.order(100), await deal.order(50, 50, on=agreeing.month(1))]
    await hub.do(f"/v1/orders/{orders[0]['id']}/confirm")
    body = {"reason": "supply_failure", "open_orders": "cancel"}
    await hub.do(f"{deal.path}/terminate", body)
    for order in orders:
        assert (await hub.read(f"/v1/orders/{order['id']}"))["status"] == "cancelled"
    assert await deal.numbers(0, "reserved", "released") == [0, 100]
    assert await deal.numbers(1, "reserved", "released") == [0, 100]
    assert not any((await reconcile.drifted(app.state.database)).values())


async def test_a_period_that_is_shut_gives_nothing_whatever_was_read_before(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """The last wall: an order that saw an active agreement meets periods that are not drawable."""
    deal = await agreeing.deal(hub, unique("eggs"), 1000)
    await owner.execute(
        "UPDATE quota_periods SET drawable = false WHERE line_id = $1",
        agreeing.uuid_of(deal.line_id),
    )
    refused = await deal.market.api.post("/v1/orders", deal.order_body(1))
    assert (refused.status_code, refused.json()["code"]) == (409, "agreement_not_active")
