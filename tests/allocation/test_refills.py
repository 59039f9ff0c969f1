"""What is given back is filled by each line's last rule, and only that; what is promised stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from app import worker
from app.allocation.commands import time_out
from tests.allocation.test_allocate import _uuid, confirmed, reconciled, seller, shares
from tests.allocation.test_answers import _turn
from tests.allocation.test_consolidations import of
from tests.allocation.test_manual import manual, offered
from tests.allocation.test_supply_requests import request
from tests.api import Api, kg
from tests.trade import buyer, goods

Unique = Callable[[str], str]


async def test_silence_over_orders_of_several_rules_makes_a_run_for_each(
    app: Any, hub: Api, unique: Unique, owner: asyncpg.Connection, monkeypatch: Any
) -> None:
    monkeypatch.setattr(worker, "DEADLINES", [time_out])
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    silent = await seller(hub, what, 500)
    by_hand, cheap = [await confirmed(hub, market, what, 40) for _ in range(2)]
    body = manual((by_hand, await offered(silent), 40))
    await hub.do(f"/v1/orders/{by_hand['id']}/allocate", body)
    await hub.do(f"/v1/orders/{cheap['id']}/allocate", {"policy": "lowest_cost"})
    other = await seller(hub, what, 60)
    await owner.execute(
        "UPDATE allocations SET respond_by = now() - interval '1 second' WHERE seller_id = $1",
        _uuid(silent.id),
    )
    await _turn(app)
    rules = {}
    for placed in (by_hand, cheap):
        newest = (await hub.read("/v1/consolidations", order_id=placed["id"]))["data"][0]
        assert newest["trigger"] == "time_out"
        rules[placed["id"]] = newest["policy"]
    assert rules == {by_hand["id"]: "fair_share", cheap["id"]: "lowest_cost"}
    found = (await other.read("/v1/allocations"))["data"]
    assert sorted(share["quantity"]["value"] for share in found) == ["20", "40"], "60 in all"
    await reconciled(owner, what)


async def test_nobody_elses_share_changes(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what = await goods(hub, unique("egg"))
    placed = [await confirmed(hub, await buyer(hub), what, quantity) for quantity in (60, 30)]
    one, two, three = [await seller(hub, what, 100) for _ in range(3)]
    await hub.do("/v1/consolidations", of(what))
    before = {party.id: (await request(party))["parts"] for party in (two, three)}
    mine = await request(one)
    await two.do(f"/v1/supply-requests/{(await request(two))['id']}/answer", {"confirm_all": True})
    parts = [{"allocation_id": part["id"], "decline": True} for part in mine["parts"]]
    body = {"parts": [part | {"reason": "no_stock"} for part in parts]}
    await one.do(f"/v1/supply-requests/{mine['id']}/answer", body)
    for party in (two, three):
        now = {p["id"]: p for p in (await party.read("/v1/allocations"))["data"]}
        for part in before[party.id]:
            assert now[part["id"]]["quantity"] == part["quantity"]
        assert len((await party.read("/v1/supply-requests"))["data"]) == 2
        added = (await request(party))["totals"][0]["asked"]
        assert added == kg("15"), "30 came back, both have the same already"
    again = [await shares(hub, one_["id"]) for one_ in placed]
    assert not any(one.id in asked for asked in again)
    await reconciled(owner, what)
