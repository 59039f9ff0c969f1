"""What allocating an order would come to: the same answer, and nothing of it stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from tests.access.calls import stored
from tests.allocation.test_allocate import confirmed, seller
from tests.allocation.test_manual import manual, offered
from tests.api import Api, kg
from tests.concurrency.test_lock_order import locked
from tests.statements import round_trips
from tests.trade import buyer, goods, order

Unique = Callable[[str], str]

NOT_YET = ("id", "version", "status", "allowed_actions", "proposed", "weighed", "left_to_weigh")
LATER = (*NOT_YET, "respond_by", "reason", "note", "created_at")


@pytest.mark.parametrize("policy", ["fair_share", "pro_rata", "lowest_cost", "fewest_pickups"])
async def test_it_answers_what_allocating_answers_and_stores_nothing(
    hub: Api, unique: Unique, owner: asyncpg.Connection, policy: str
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    for quantity in (40, 90, 130):
        await seller(hub, what, quantity, pack_size=kg(10))
    placed = await confirmed(hub, market, what, 85, 70)
    path = f"/v1/orders/{placed['id']}/allocate"
    before = await stored(owner)
    async with round_trips() as trips:
        seen = await hub.do(f"{path}/preview", {"policy": policy})
    assert await stored(owner) == before
    assert locked(trips) == [], "nobody waits for it"
    done = await hub.do(path, {"policy": policy})
    assert seen == {
        "policy": policy,
        "gap": done["gap"],
        "lines": done["lines"],
        "data": [
            {name: value for name, value in share.items() if name not in LATER}
            for share in done["data"]
        ],
    }


async def test_shares_named_by_hand_are_checked_too(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    party = await seller(hub, what, 100)
    placed = await confirmed(hub, market, what, 60)
    path = f"/v1/orders/{placed['id']}/allocate/preview"
    before = await stored(owner)
    seen = await hub.do(path, manual((placed, await offered(party), 60)))
    assert seen["data"][0]["quantity"] == kg("60")
    refused = await hub.post(path, manual((placed, await offered(party), 61)))
    assert refused.status_code == 422
    assert await stored(owner) == before


async def test_it_asks_for_what_allocating_asks_for(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    placed: Any = await order(market, what, 60)
    path = f"/v1/orders/{placed['id']}/allocate/preview"
    assert (await hub.post(path)).status_code == 409
    assert (await market.api.post(path)).status_code == 403
    assert (await hub.client.post(path, json={})).status_code == 401
