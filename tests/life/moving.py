"""What sellers, carriers, buyers and the hub do about goods: weighed, on the road, received."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from tests.life.book import Lot, Receipt, Share, Truck
from tests.life.effects import cancel_truck, dispatch, lines_on, settle, weigh
from tests.life.selling import amount
from tests.life.world import Act, World, pick
from tests.shipments.story import verdict

D = Decimal


async def weigh_lot(w: World, rng: Random) -> Act | None:
    """A seller weighs goods of a share: part of it, all of it, or a little more."""
    anyhow = rng.random() < 0.15
    found = [s for s in w.book.shares.values() if s.status in ("confirmed", "picked", "shipped")]
    share: Share | None = pick(rng, [s for s in found if s.weighed < s.quantity or anyhow])
    if share is None:
        return None
    rest = share.quantity - share.weighed
    quantity = max(rest, D(1))
    if rng.random() < 0.4:
        quantity = D(rng.randint(1, max(1, int(quantity))))
    elif rng.random() < 0.3:
        quantity += D(rng.randint(1, 4))
    body = {
        "allocation_id": share.id,
        "net_weight": amount(w, share, quantity),
        "produced_on": w.day(),
    }

    def weighed(made: Any) -> None:
        weigh(w.book, share.id, quantity)
        w.book.lots[made["id"]] = Lot(made["id"], share.id, quantity)

    return Act(w.seller(share.seller), "/v1/lots", body, weighed)


async def plan(w: World, rng: Random) -> Act | None:
    """The hub puts some lots for one buyer on a truck."""
    buyer = rng.choice(w.buyers)
    ready = [x for x in w.book.lots.values() if x.status == "available" or rng.random() < 0.05]
    lots = [x for x in ready if _buyer(w, x) == buyer.api.id]
    if not lots:
        return None
    chosen = rng.sample(lots, min(len(lots), rng.randint(1, 4)))
    sellers = [*w.sellers, w.kitchen.seller]
    first = [s.id for s in sellers].index(w.book.shares[chosen[0].share].seller)
    body = {
        "lot_ids": [lot.id for lot in chosen],
        "carrier_id": w.carrier.id,
        "from_site_id": w.farms[first],
        "to_site_id": buyer.site,
    }

    def planned(made: Any) -> None:
        for lot in chosen:
            lot.status = "loaded"
        ids = sorted(lot.id for lot in chosen)
        w.book.trucks[made["id"]] = Truck(made["id"], buyer.api.id, ids)

    return Act(w.hub, "/v1/shipments", body, planned)


def _buyer(w: World, lot: Lot) -> str:
    line = w.book.lines[w.book.shares[lot.share].line]
    return w.book.orders[line.order].buyer


async def drive(w: World, rng: Random) -> Act | None:
    """A truck leaves, arrives, is handed over, or does not drive after all."""
    on_the_way = ("planned", "planned", "dispatched", "in_transit", "arrived")
    truck: Truck | None = pick(rng, [t for t in w.book.trucks.values() if t.status in on_the_way])
    if truck is None:
        return None
    verb = rng.choice(["dispatch", "dispatch", "dispatch", "arrive", "deliver", "cancel"])
    if truck.status != "planned":
        verb = rng.choice(["arrive", "deliver", "deliver", "cancel"])
    who = w.hub if verb == "cancel" else rng.choice([w.hub, w.carrier])
    body = {"reason": "weather"} if verb == "cancel" else {}

    def driven(_: Any) -> None:
        if verb == "dispatch":
            dispatch(w.book, truck.id)
        elif verb == "cancel":
            settle(w.book, cancel_truck(w.book, truck.id))
        else:
            truck.status = "arrived" if verb == "arrive" else "delivered"

    must = truck.status == "planned" and verb in ("dispatch", "cancel")
    return Act(who, f"/v1/shipments/{truck.id}/{verb}", body, driven, must=must)


async def receive(w: World, rng: Random, *, all_good: bool = False) -> Act | None:
    """The buyer or the hub writes down what arrived: mostly good."""
    received = {r.truck for r in w.book.receipts.values()}
    arrived = ("arrived", "delivered") if all_good or rng.random() < 0.95 else ("dispatched",)
    found = [t for t in w.book.trucks.values() if t.status in arrived and t.id not in received]
    truck: Truck | None = pick(rng, found)
    if truck is None:
        return None
    lines = []
    for lot in (w.book.lots[name] for name in truck.lots):
        share = w.book.shares[lot.share]
        parts = ["0", "0", "0"]
        if not all_good and rng.random() < 0.5:
            parts = [str(rng.randint(0, int(lot.quantity) // 6)) for _ in range(3)]
        carried = {"lot_id": lot.id, "quantity": amount(w, share, lot.quantity)}
        lines.append(verdict(carried, *parts))

    def posted(made: Any) -> None:
        until = datetime.fromisoformat(made["sign_by"])
        w.book.receipts[made["id"]] = Receipt(made["id"], truck.id, "posted", until)
        for said in lines:
            line = w.book.lines[w.book.shares[w.book.lots[said["lot_id"]].share].line]
            for name in ("accepted", "downgraded", "rejected"):
                setattr(line, name, getattr(line, name) + D(said[name]["value"]))
            carried = w.book.lots[said["lot_id"]].quantity
            line.short += carried - D(said["received"]["value"])

    who = rng.choice([w.hub, w.buyer(truck.buyer).api])
    body = {"shipment_id": truck.id, "lines": lines}
    return Act(who, "/v1/goods-receipts", body, posted, must=truck.status != "dispatched")


async def sign(w: World, rng: Random) -> Act | None:
    """The buyer stands by a receipt."""
    receipt: Receipt | None = pick(
        rng, [r for r in w.book.receipts.values() if r.status == "posted"]
    )
    if receipt is None:
        return None
    who = w.buyer(w.book.trucks[receipt.truck].buyer).api

    def signed(_: Any) -> None:
        receipt.status = "signed"
        settle(w.book, lines_on(w.book, receipt.truck))

    return Act(who, f"/v1/goods-receipts/{receipt.id}/sign", {}, signed, must=True)
