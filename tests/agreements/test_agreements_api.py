"""Agreements over HTTP: two consents, then it binds; a quota only from then on."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from app.core.ids import decode
from tests import trade
from tests.api import Api, kg, money

Unique = Callable[[str], str]


def body(market: trade.Buyer, eggs: trade.Goods, starts: str, ends: str) -> dict[str, object]:
    line = {"commodity_id": eggs.id, "grade": "a", "period": "month"}
    lines = [line | {"quota": kg(1000), "price": money(27500)}]
    return {"buyer_id": market.api.id, "starts_on": starts, "ends_on": ends, "lines": lines}


async def test_a_draft_is_the_hubs_paper_and_a_proposal_is_no_quota(
    hub: Api, unique: Unique
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    made = await hub.do("/v1/agreements", body(market, eggs, trade.day(), trade.day(60)))
    path = f"/v1/agreements/{made['id']}"
    assert (await market.api.get(path)).status_code == 404  # not proposed yet
    assert (await market.api.post(f"{path}/confirm")).status_code == 404
    await hub.do(f"{path}/propose")
    assert (await market.api.read(f"{path}/quota"))["data"] == []
    assert (await hub.post(f"{path}/confirm")).status_code == 403  # nobody consents for the buyer
    order = trade.order_body(market, eggs, 1, agreement_id=made["id"])
    assert (await market.api.post("/v1/orders", order)).json()["code"] == "agreement_not_active"
    confirmed = await market.api.do(f"{path}/confirm")
    assert confirmed["status"] == "active"
    assert len((await market.api.read(f"{path}/quota"))["data"]) >= 2


async def test_a_suspended_or_terminated_agreement_takes_no_call_offs(
    hub: Api, unique: Unique
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    path, order = f"/v1/agreements/{agreed}", trade.order_body(market, eggs, 1, agreement_id=agreed)
    await hub.do(f"{path}/suspend", {"reason": "quality"})
    refused = await market.api.post("/v1/orders", order)
    assert (refused.status_code, refused.json()["current_status"]) == (409, "suspended")
    await hub.do(f"{path}/resume")
    await market.api.do("/v1/orders", order)
    await hub.do(f"{path}/terminate", {"reason": "mutual"})
    assert (await market.api.post("/v1/orders", order)).status_code == 409


async def test_nobody_consents_to_what_is_over(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    past = body(market, eggs, "2020-01-01", "2020-12-31")
    assert (await hub.post("/v1/agreements", past)).status_code == 422
    far = body(market, eggs, "9990-01-01", "9999-12-31")
    assert (await hub.post("/v1/agreements", far)).status_code == 422
    made = await hub.do("/v1/agreements", body(market, eggs, trade.day(), trade.day(3)))
    await hub.do(f"/v1/agreements/{made['id']}/propose")
    await owner.execute(
        "UPDATE agreements SET starts_on = starts_on - 30, ends_on = ends_on - 30 WHERE id = $1",
        decode("agr", made["id"]),
    )
    late = await market.api.post(f"/v1/agreements/{made['id']}/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "agreement_ended")
