"""Goods under many hands: everything that is done to lots, trucks and receipts, at once.

As `test_chain`, further down the chain: the hub merges, splits, rejects, takes back and recalls the
same few lots that are planned, driven, received, claimed and expiring at the same moment.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from app import reconcile
from app.core.ids import decode
from app.shipments.lots.commands import expire
from app.shipments.receipts.silence import deem_signed, post_overdue, settle_overdue
from tests import trade
from tests.api import Api, kg
from tests.shipments.legs import truck
from tests.shipments.lots import book
from tests.shipments.story import Story, confirmed, receipt_body, verdict
from tests.worker import at

Unique = Callable[[str], str]

ROUNDS, AT_ONCE = 36, 8
REFUSED = {403, 404, 409, 422}


class World:
    """Two orders of the same goods' kind, and everything of them that anybody can touch."""

    def __init__(self, hub: Api, app: Any, chance: random.Random, tales: list[Story]) -> None:
        self.hub, self.app, self.chance, self.tales = hub, app, chance, tales
        self.answers: Counter[str] = Counter()

    async def act(self, names: Sequence[str]) -> None:
        """One action of one hand."""
        name = self.chance.choice(names)
        answer = await ACTIONS[name](self, self.chance.choice(self.tales))
        if answer is None:
            return
        done = answer.status_code < 300
        assert done or answer.status_code in REFUSED, (name, answer.status_code, answer.text)
        self.answers[f"{name} {'done' if done else 'refused'}"] += 1

    async def lots(self, tale: Story, most: int, **params: Any) -> list[Any]:
        """Some of the order's lots, most of them on hand."""
        found = (await self.hub.read("/v1/lots", order_id=tale.order_id, limit=100, **params))[
            "data"
        ]
        found = [lot for lot in found if lot["balance"]["value"] != "0"] or found
        return self.chance.sample(found, min(most, len(found)))

    def some(self, lot: Any) -> dict[str, Any]:
        """A part of it, and pieces if it was counted."""
        whole = Decimal(lot["balance"]["value"])
        part = max(
            Decimal("0.001"), (whole / self.chance.choice([3, 7])).quantize(Decimal("0.001"))
        )
        said: dict[str, Any] = {"quantity": kg(str(part))}
        if lot["count_balance"]:
            said["count"] = max(1, lot["count_balance"] // 3)
        return said


async def weigh(w: World, t: Story) -> Any:
    n = w.chance.randrange(len(t.sellers))
    allocation = await t.sellers[n].read(f"/v1/allocations/{t.allocations[n]['id']}")
    left = Decimal(allocation["quantity"]["value"]) - Decimal(allocation["weighed"]["value"])
    if left <= 0:
        return None
    body = {
        "allocation_id": allocation["id"],
        "net_weight": kg(str(min(left, Decimal("9.7")))),
        "produced_on": trade.day(),
        "count": w.chance.choice([None, 97]),
    }
    return await t.sellers[n].post("/v1/lots", body)


async def merge(w: World, t: Story) -> Any:
    lots = await w.lots(t, w.chance.choice([2, 3]), status="available")
    body = {"lot_ids": [lot["id"] for lot in lots]}
    return await w.hub.post("/v1/lots/merge", body) if len(lots) > 1 else None


async def split(w: World, t: Story) -> Any:
    for lot in await w.lots(t, 1, status="available"):
        return await w.hub.post(f"/v1/lots/{lot['id']}/split", {"parts": [w.some(lot)]})
    return None


async def repack(w: World, t: Story) -> Any:
    lots = await w.lots(t, 2, status="available")
    if not lots:
        return None
    parts = [w.some(lot) for lot in lots]
    body = {"lot_ids": [lot["id"] for lot in lots], "parts": parts, "reason": "broken"}
    return await w.hub.post("/v1/lots/repack", body)


async def take(w: World, t: Story) -> Any:
    for lot in await w.lots(t, 1):
        action, fields = w.chance.choice(
            [
                ("reject", w.some(lot) | {"reason": "broken"}),
                ("reject", {"reason": "broken"}),
                ("hold", w.some(lot) | {"reason": "dirty"}),
                ("hold", {"reason": "dirty"}),
                ("downgrade", w.some(lot) | {"reason": "wrong_grade", "grade": "b"}),
                ("shrink", w.some(lot) | {"reason": "dried"}),
                ("clear", {}),
            ]
        )
        return await w.hub.post(f"/v1/lots/{lot['id']}/{action}", fields)
    return None


async def weigh_again(w: World, t: Story) -> Any:
    for lot in await w.lots(t, 1):
        off = Decimal(w.chance.choice(["0.3", "-0.3", "0.2"]))
        weight = max(Decimal("0.1"), Decimal(lot["balance"]["value"]) + off)
        body = {"net_weight": kg(str(weight)), "reason": "weighed_wrong"}
        return await w.hub.post(f"/v1/lots/{lot['id']}/adjust", body)
    return None


async def inspect(w: World, t: Story) -> Any:
    for lot in await w.lots(t, 1):
        part = w.some(lot)
        rest: dict[str, Any] = {
            "quantity": kg(
                str(Decimal(lot["balance"]["value"]) - Decimal(part["quantity"]["value"]))
            )
        }
        if "count" in part:
            rest["count"] = lot["count_balance"] - part["count"]
        if rest["quantity"]["value"] == "0" or rest.get("count") == 0:
            return None
        verdicts = [
            rest | {"verdict": "accept"},
            part | {"verdict": w.chance.choice(["reject", "hold"]), "reason": "dirty"},
        ]
        body = {"inspector": "Bu Contoh", "sample": kg(1), "verdict": verdicts}
        return await w.hub.post(f"/v1/lots/{lot['id']}/inspect", body)
    return None


async def undo(w: World, t: Story) -> Any:
    for lot in await w.lots(t, 1):
        events = (await w.hub.read(f"/v1/lots/{lot['id']}/events"))["data"]
        if events:
            event = w.chance.choice(events[:3])
            return await w.hub.post(f"/v1/lot-events/{event['id']}/undo")
    return None


async def recall(w: World, t: Story) -> Any:
    if w.chance.random() > 0.2:
        return None
    lots = await w.lots(t, 2)
    body = {"lot_ids": [lot["id"] for lot in lots], "reason": "contamination"}
    return await w.hub.post("/v1/recalls", body) if lots else None


async def lift(w: World, t: Story) -> Any:
    found = (await w.hub.read("/v1/recalls", limit=4, status="open"))["data"]
    if not found:
        return None
    path = f"/v1/recalls/{w.chance.choice(found)['id']}"
    return await w.hub.post(f"{path}/lift", {"reason": "found_safe"})


async def plan(w: World, t: Story) -> Any:
    lots = await w.lots(t, w.chance.choice([1, 2]), status="available")
    if not lots:
        return None
    body = t.shipment_body(*lots) | {"from_site_id": t.sites[0]}
    return await w.hub.post("/v1/shipments", body)


async def _shipment(w: World, t: Story, **params: Any) -> Any:
    found = (await t.market.api.read("/v1/shipments", limit=20, **params))["data"]
    return w.chance.choice(found) if found else None


async def replan(w: World, t: Story) -> Any:
    shipment, lots = await _shipment(w, t, status="planned"), await w.lots(t, 2, status="available")
    if shipment is None or not lots:
        return None
    body = {"lot_ids": [lot["id"] for lot in lots]}
    return await w.hub.post(f"/v1/shipments/{shipment['id']}/replan", body)


_NEXT: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "planned": [("load", {}), ("dispatch", {}), ("dispatch", {}), ("cancel", {"reason": "other"})],
    "loading": [("dispatch", {}), ("dispatch", {}), ("cancel", {"reason": "other"})],
    "dispatched": [("arrive", {}), ("deliver", {}), ("return", {}), ("lose", {"reason": "stolen"})],
    "arrived": [("deliver", {}), ("deliver", {}), ("refuse", {"reason": "goods_damaged"})],
    "delivered": [("return", {}), ("lose", {"reason": "stolen"})],
    "refused": [("return", {}), ("lose", {"reason": "stolen"})],
}


async def drive(w: World, t: Story) -> Any:
    shipment = await _shipment(w, t)
    if shipment is None or shipment["status"] not in _NEXT:
        return None
    action, body = w.chance.choice(_NEXT[shipment["status"]])
    return await w.hub.post(f"/v1/shipments/{shipment['id']}/{action}", body)


async def ride(w: World, t: Story) -> Any:
    shipment = await _shipment(w, t, status="planned")
    if shipment is None:
        return None
    loads = [truck.carries(shipment, 1, 2)]
    body = truck.body("last_mile", t.carrier, [t.sites[0], t.market.site], loads)
    return await w.hub.post("/v1/legs", body)


async def go(w: World, t: Story) -> Any:
    found = (await t.carrier.read("/v1/legs", limit=20))["data"]
    if not found:
        return None
    path = f"/v1/legs/{w.chance.choice(found)['id']}"
    action, body = w.chance.choice(
        [
            ("start", {}),
            ("start", {}),
            ("stops/1/leave", {}),
            ("stops/2/reach", {}),
            ("complete", {}),
            ("cancel", {"reason": "other"}),
        ]
    )
    return await (w.hub if action == "cancel" else t.carrier).post(f"{path}/{action}", body)


async def receive(w: World, t: Story) -> Any:
    shipment = await _shipment(w, t, status=w.chance.choice(["delivered", "arrived"]))
    if shipment is None:
        return None
    whole = await t.market.api.read(f"/v1/shipments/{shipment['id']}")
    lines = [verdict(lot, short="0.001") for lot in whole["lots"]]
    body = receipt_body(whole, *lines) | {"draft": w.chance.choice([True, False])}
    return await t.market.api.post("/v1/goods-receipts", body)


async def write(w: World, t: Story) -> Any:
    found = (await t.market.api.read("/v1/goods-receipts", limit=20))["data"]
    if not found:
        return None
    path = f"/v1/goods-receipts/{w.chance.choice(found)['id']}"
    action, body = w.chance.choice(
        [("post", {}), ("sign", {}), ("sign", {}), ("reverse", {"reason": "miscounted"})]
    )
    return await t.market.api.post(f"{path}/{action}", body)


async def claim(w: World, t: Story) -> Any:
    found = (await t.market.api.read("/v1/goods-receipts", limit=20))["data"]
    if not found:
        return None
    whole = await t.market.api.read(f"/v1/goods-receipts/{w.chance.choice(found)['id']}")
    if not whole["lines"]:
        return None
    line = w.chance.choice(whole["lines"])
    half = (Decimal(line["shipped"]["value"]) / 2).quantize(Decimal("0.001"))
    said = {"about": "rejected", "reason": "broken", "remedy": "replacement"}
    short = {"about": "short", "reason": "lost", "remedy": "replacement"}
    said = w.chance.choice([said, short]) | {"lot_id": line["lot_id"], "quantity": kg(str(half))}
    if said["about"] == "short":
        said["quantity"] = kg("0.001")
    return await t.market.api.post("/v1/claims", {"receipt_id": whole["id"], "lines": [said]})


async def answer(w: World, t: Story) -> Any:
    found = (await t.market.api.read("/v1/claims", limit=20))["data"]
    if not found:
        return None
    whole = await t.market.api.read(f"/v1/claims/{w.chance.choice(found)['id']}")
    lines = [{"line_id": line["id"], "quantity": line["quantity"]} for line in whole["lines"]]
    action, api, body = w.chance.choice(
        [("answer", w.hub, {"lines": lines}), ("withdraw", t.market.api, {})]
    )
    return await api.post(f"/v1/claims/{whole['id']}/{action}", body)


async def refill(w: World, t: Story) -> Any:
    if w.chance.random() < 0.5:
        return await w.hub.post(f"/v1/orders/{t.order_id}/allocate")
    for n, seller in enumerate(t.sellers):
        for mine in (await seller.read("/v1/allocations", status="offered"))["data"]:
            t.allocations[n] = mine
            return await seller.post(f"/v1/allocations/{mine['id']}/confirm")
    return None


async def end(w: World, t: Story) -> Any:
    order = await t.order()
    short = [{"line_id": line["id"], "reason": "supply_failed"} for line in order["lines"]]
    action, body = w.chance.choice(
        [("cancel", {"reason": "other"}), ("short-close", {"lines": short})]
    )
    return await w.hub.post(f"/v1/orders/{t.order_id}/{action}", body)


async def wait(w: World, t: Story) -> Any:
    later, deadline = w.chance.choice(
        [
            (timedelta(days=4), post_overdue),
            (timedelta(days=4), deem_signed),
            (timedelta(0), settle_overdue),
            (timedelta(days=w.chance.choice([4, 300])), expire),
        ]
    )
    await at(w.app, later, deadline)


ACTIONS: dict[str, Callable[[World, Story], Awaitable[Any]]] = {
    f.__name__: f
    for f in (
        weigh,
        merge,
        split,
        repack,
        take,
        weigh_again,
        inspect,
        undo,
        recall,
        lift,
        plan,
        replan,
        drive,
        ride,
        go,
        receive,
        write,
        claim,
        answer,
        refill,
        end,
        wait,
    )
}


LAST = [
    "end",
    "merge",
    "split",
    "repack",
    "take",
    "undo",
    "weigh",
    "plan",
    "drive",
    "write",
    "wait",
]


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_goods_are_lost_under_many_hands(
    hub: Api, app: Any, owner: asyncpg.Connection, unique: Unique, seed: int
) -> None:
    """What is refused is refused in words; nobody waits in a circle, which would be a 503."""
    tales = [
        await tale_of(hub, owner, unique, 90, 70, 60),
        await tale_of(hub, owner, unique, 80, 40),
    ]
    tales[1].carrier = tales[0].carrier
    world = World(hub, app, random.Random(seed), tales)
    for tale in tales * 4:
        await weigh(world, tale)
    early = [name for name in ACTIONS if name != "end"]
    for n in range(ROUNDS):
        names = early if n < ROUNDS * 2 / 3 else LAST
        await asyncio.gather(*(world.act(names) for _ in range(AT_ONCE)))
    assert not any((await reconcile.drifted(app.state.database)).values())
    assert await book.unequal(owner) == {}
    for name in ("merge", "split", "repack", "undo", "plan", "drive", "weigh_again"):
        assert world.answers[f"{name} done"], name


async def tale_of(hub: Api, owner: asyncpg.Connection, unique: Unique, *shares: int) -> Story:
    """An order of goods that keep for a week, which go to the buyer from the hub's store."""
    tale = await confirmed(hub, unique("eggs"), *shares)
    tale.sites[0] = await truck.store(hub)
    assert tale.what
    keep = "UPDATE commodities SET shelf_life_days = 7 WHERE id = $1"
    await owner.execute(keep, decode("com", tale.what.id))
    return tale
