"""The whole chain under many hands: everybody acts at once, at random, and nothing is lost.

A buyer, the hub, a carrier and four sellers do whatever comes to their mind with the same few orders,
eight at a time, with real commits. Being refused is normal (409, 422); a 5xx is not. In the end every
counter equals its movements, and the quota holds exactly what the open orders hold.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app import reconcile
from tests import trade
from tests.api import Api, Party, kg
from tests.shipments.story import receipt_body

ROUNDS, AT_ONCE = 60, 8
REFUSED = {403, 404, 409, 422}


class World:
    """The few things everybody has their hands on."""

    def __init__(self, hub: Api, chance: random.Random) -> None:
        self.hub, self.chance = hub, chance
        self.answers: Counter[str] = Counter()

    async def build(self) -> World:
        self.market = await trade.buyer(self.hub)
        self.what = await trade.goods(self.hub, f"eggs-{uuid4().hex[:12]}")
        self.agreed = await trade.agreement(self.hub, self.market, self.what, 500, months=1)
        self.carrier = await self.hub.party("carrier")
        self.sellers: list[Party] = []
        for _ in range(4):
            seller = await self.hub.party("seller")
            await trade.offer(seller, await seller.site(), self.what, 150)
            self.sellers.append(seller)
        return self

    async def act(self) -> None:
        """One action of one hand."""
        name = self.chance.choice(list(ACTIONS))
        answer = await ACTIONS[name](self)
        if answer is None:
            return
        assert answer.status_code < 300 or answer.status_code in REFUSED, (name, answer.text)
        self.answers[f"{name} {'done' if answer.status_code < 300 else 'refused'}"] += 1

    async def one(self, api: Api, path: str, **params: Any) -> Any:
        """Something out of a list, or None."""
        found = (await api.read(path, limit=50, **params))["data"]
        return self.chance.choice(found) if found else None

    async def post(self, api: Api, thing: Any, action: str, body: Any = None) -> Any:
        """A command on *thing*, if there is one."""
        return None if thing is None else await api.post(f"{thing}/{action}", body)


async def _path(world: World, api: Api, kind: str, **params: Any) -> str | None:
    found = await world.one(api, f"/v1/{kind}", **params)
    return None if found is None else f"/v1/{kind}/{found['id']}"


async def place(w: World) -> Any:
    quantity = w.chance.choice([20, 50, 90])
    body = trade.order_body(w.market, w.what, quantity, 10, agreement_id=w.agreed)
    return await w.market.api.post("/v1/orders", body)


async def confirm(w: World) -> Any:
    return await w.post(w.hub, await _path(w, w.market.api, "orders", status="placed"), "confirm")


async def cancel(w: World) -> Any:
    path = await _path(w, w.market.api, "orders")
    return await w.post(w.market.api, path, "cancel", {"reason": "other"})


async def allocate(w: World) -> Any:
    return await w.post(w.hub, await _path(w, w.market.api, "orders"), "allocate")


async def answer(w: World) -> Any:
    seller = w.chance.choice(w.sellers)
    path = await _path(w, seller, "allocations", status="offered")
    action, body = w.chance.choice(
        [
            ("confirm", None),
            ("confirm", None),
            ("decline", {"reason": "other"}),
            ("reduce", {"quantity": kg(3), "reason": "other"}),
        ]
    )
    return await w.post(seller, path, action, body)


async def weigh(w: World) -> Any:
    seller = w.chance.choice(w.sellers)
    share = await w.one(seller, "/v1/allocations", status="confirmed")
    if share is None:
        return None
    weight = {"value": str(Decimal(share["quantity"]["value"]) - Decimal("0.1")), "unit": "kg"}
    body = {"allocation_id": share["id"], "net_weight": weight, "produced_on": trade.day()}
    return await seller.post("/v1/lots", body)


async def ship(w: World) -> Any:
    lot = await w.one(w.hub, "/v1/lots", status="available")
    if lot is None or lot["commodity_id"] != w.what.id:
        return None
    body = {
        "lot_ids": [lot["id"]],
        "carrier_id": w.carrier.id,
        "from_site_id": lot["site_id"],
        "to_site_id": w.market.site,
    }
    return await w.hub.post("/v1/shipments", body)


async def drive(w: World) -> Any:
    action = w.chance.choice(["dispatch", "arrive", "deliver", "dispatch", "cancel"])
    api = w.hub if action == "cancel" else w.carrier
    body = {"reason": "other"} if action == "cancel" else None
    return await w.post(api, await _path(w, w.carrier, "shipments"), action, body)


async def receive(w: World) -> Any:
    shipment = await w.one(w.market.api, "/v1/shipments", status="delivered")
    if shipment is None:
        return None
    whole = await w.market.api.read(f"/v1/shipments/{shipment['id']}")
    return await w.market.api.post("/v1/goods-receipts", receipt_body(whole))


async def sign(w: World) -> Any:
    path = await _path(w, w.market.api, "goods-receipts", status="posted")
    return await w.post(w.market.api, path, "sign")


ACTIONS: dict[str, Callable[[World], Awaitable[Any]]] = {
    f.__name__: f
    for f in (place, confirm, cancel, allocate, answer, weigh, ship, drive, receive, sign)
}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_lost_under_many_hands(hub: Api, app: Any, seed: int) -> None:
    world = await World(hub, random.Random(seed)).build()
    for _ in range(3):
        await place(world)
    for _ in range(ROUNDS):
        await asyncio.gather(*(world.act() for _ in range(AT_ONCE)))
    assert not any((await reconcile.drifted(app.state.database)).values())
    assert world.answers["place done"]
    assert world.answers["answer done"]
    assert world.answers["weigh done"]
    await _quota_holds_what_open_orders_hold(world)


async def _quota_holds_what_open_orders_hold(world: World) -> None:
    held = consumed = Decimal(0)
    orders = (await world.market.api.read("/v1/orders", limit=100))["data"]
    for order in orders:
        for line in order["lines"]:
            kept = Decimal(line["accepted"]["value"]) + Decimal(line["downgraded"]["value"])
            if line["done"]:
                consumed += kept
            elif order["status"] not in ("declined", "expired", "cancelled"):
                held += Decimal((line["confirmed"] or line["requested"])["value"])
    quota = await trade.quota(world.market.api, world.agreed)
    assert Decimal(quota["reserved"]["value"]) == held
    assert Decimal(quota["consumed"]["value"]) == consumed
