"""What sellers, carriers, buyers and the hub do about goods: weighed, on the road, come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.api import Api
from tests.life.book import Share
from tests.life.effects import cancel_truck, come_back, lose, settle, weigh
from tests.life.goods import Leg, Lot, Part, Truck
from tests.life.road import dispatch, may_leave, unload
from tests.life.selling import amount
from tests.life.world import Act, World, pick

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
        "produced_on": w.day(-rng.randint(0, 2)),
    }
    if rng.random() < 0.25:
        body["count"] = rng.randint(1, 20 * int(quantity))
    if leg := pick(rng, [g for g in w.book.legs.values() if share.id in g.rides]):
        body["leg_id"] = leg.id

    def weighed(made: Any) -> None:
        weigh(w.book, share.id, quantity)
        days = w.shelf_life.get(w.book.lines[share.line].goods or "")
        made_on = date.fromisoformat(body["produced_on"])
        best = None if days is None else made_on + timedelta(days=days)
        count = body.get("count")
        status = "expected" if "leg_id" in body else "available"
        parts = {share.id: Part(quantity, quantity)}
        grade = "a" if w.book.lines[share.line].goods else None
        lot = Lot(made["id"], share.line, grade, best, parts, count, count, status)
        w.book.lots[lot.id] = lot

    return Act(w.seller(share.seller), "/v1/lots", body, weighed)


def _starts(w: World, rng: Random, lots: Sequence[Lot]) -> str:
    """Where a truck with these lots starts: mostly at the hub's store, else at a farm of theirs."""
    sellers = [*w.sellers, w.kitchen.seller]
    shares = [w.book.shares[name] for name in lots[0].parts]
    if len(shares) > 1 or rng.random() < 0.6:
        return w.store
    return w.farms[[s.id for s in sellers].index(shares[0].seller)]


async def plan(w: World, rng: Random) -> Act | None:
    """The hub puts some lots for one buyer on a truck."""
    buyer = rng.choice(w.buyers)
    chosen = _some_lots(w, rng, buyer.api.id)
    if not chosen:
        return None
    way = (_starts(w, rng, chosen), buyer.site)
    body = {
        "lot_ids": [lot.id for lot in chosen],
        "carrier_id": w.carrier.id,
        "from_site_id": way[0],
        "to_site_id": way[1],
    }

    def planned(made: Any) -> None:
        _put_on(chosen)
        ids = sorted(lot.id for lot in chosen)
        w.book.trucks[made["id"]] = Truck(made["id"], buyer.api.id, ids, "planned", way)

    return Act(w.hub, "/v1/shipments", body, planned, must=_ready(chosen))


def _some_lots(w: World, rng: Random, buyer: str) -> list[Lot]:
    ready = [x for x in w.book.lots.values() if x.status == "available" or rng.random() < 0.02]
    lots = [x for x in ready if _buyer(w, x) == buyer]
    pooled = [x for x in lots if len(x.parts) > 1]
    chosen = rng.sample(lots, min(len(lots), rng.randint(1, 4)))
    return pooled[:2] if pooled and rng.random() < 0.5 else chosen


def _ready(lots: Sequence[Lot]) -> bool:
    return all(lot.status == "available" for lot in lots)


def _put_on(lots: Sequence[Lot]) -> None:
    for lot in lots:
        lot.status = "depleted"


def _buyer(w: World, lot: Lot) -> str:
    return w.book.orders[w.book.lines[lot.line].order].buyer


async def replan(w: World, rng: Random) -> Act | None:
    """The hub swaps what rides on a truck that has not left."""
    truck: Truck | None = pick(
        rng, [t for t in w.book.trucks.values() if t.status in ("planned", "loading")]
    )
    if truck is None:
        return None
    stay = [x for x in truck.lots if rng.random() < 0.6]
    fresh = _some_lots(w, rng, truck.buyer) if rng.random() < 0.8 else []
    fresh = [lot for lot in fresh if lot.id not in truck.lots]
    lots = stay + [lot.id for lot in fresh]
    if not lots:
        return None
    body = {"lot_ids": lots, "from_site_id": w.store}

    def replanned(_: Any) -> None:
        out = [lot for lot in truck.lots if lot not in stay]
        lines = {w.book.lots[lot].line for lot in out}
        truck.lots, truck.way = sorted(lots), (w.store, truck.way[1])
        unload(w.book, out, "available")
        _put_on(fresh)
        settle(w.book, lines)

    return Act(w.hub, f"/v1/shipments/{truck.id}/replan", body, replanned)


_WAYS = {
    "planned": ["load", "dispatch", "dispatch", "dispatch", "dispatch", "cancel"],
    "loading": ["dispatch", "dispatch", "dispatch", "cancel"],
    "refused": ["return", "return", "lose"],
}
_ROAD = ["arrive", "arrive", "deliver", "deliver", "deliver", "refuse", "return", "lose", "cancel"]


async def drive(w: World, rng: Random) -> Act | None:
    """A truck leaves, arrives, is handed over, refused, lost, comes back, or does not drive."""
    on_the_way = (*_WAYS, "planned", "dispatched", "in_transit", "arrived")
    truck: Truck | None = pick(
        rng, [t for status in on_the_way for t in w.book.trucks.values() if t.status == status]
    )
    if truck is None:
        return None
    verb = rng.choice(_WAYS.get(truck.status, _ROAD))
    who: Api = w.hub
    if verb in ("load", "dispatch", "arrive", "deliver", "refuse"):
        who = rng.choice([w.hub, w.carrier])
    fit = verb != "dispatch" or may_leave(w.book, truck.id)

    def driven(made: Any) -> None:
        if not fit:
            raise AssertionError(f"must not leave: {truck}")
        _driven(w, truck, verb, made)

    must = truck.status in _WAYS and fit and not (verb != "cancel" and truck.id in w.book.receipts)
    path = f"/v1/shipments/{truck.id}/{verb}"
    return Act(who, path, _REASONS.get(verb, {}), driven, must=must)


_REASONS = {
    "cancel": {"reason": "weather"},
    "refuse": {"reason": "goods_damaged"},
    "lose": {"reason": "accident"},
}


def _driven(w: World, truck: Truck, verb: str, made: Any) -> None:
    if verb == "dispatch":
        dispatch(w.book, truck.id)
    elif verb == "cancel":
        settle(w.book, cancel_truck(w.book, truck.id))
    elif verb == "return":
        come_back(w.book, truck.id)
    elif verb == "lose":
        lose(w.book, truck.id)
    else:
        truck.status = {"load": "loading", "refuse": "refused"}.get(verb, made["status"])
        if verb == "deliver":
            truck.delivered_at = datetime.fromisoformat(made["delivered_at"])


async def leg(w: World, rng: Random) -> Act | None:
    """The hub plans a vehicle's round: to farms, or with some shipments of one way."""
    body: dict[str, Any] = {"carrier_id": w.carrier.id, "vehicle": {"capacity_kg": "9000"}}
    if rng.random() < 0.4:
        shares = [s for s in w.book.shares.values() if s.status in ("confirmed", "picked")]
        share: Share | None = pick(rng, shares)
        if share is None:
            return None
        sellers = [s.id for s in (*w.sellers, w.kitchen.seller)]
        way = (w.farms[sellers.index(share.seller)], w.store)
        rides, body["kind"] = [share.id], "collection"
        body["loads"] = [{"allocation_id": share.id, "from_stop": 1, "to_stop": 2}]
    else:
        trucks = [t for t in w.book.trucks.values() if t.status in ("planned", "loading")]
        first: Truck | None = pick(rng, trucks)
        if first is None:
            return None
        rides = sorted(t.id for t in trucks if t.way == first.way)[:3]
        way, body["kind"] = first.way, rng.choice(["line_haul", "last_mile"])
        body["loads"] = [{"shipment_id": t, "from_stop": 1, "to_stop": 2} for t in rides]
    body["stops"] = [{"site_id": site} for site in way]

    def planned(made: Any) -> None:
        w.book.legs[made["id"]] = Leg(made["id"], body["kind"], rides, "planned", way)

    return Act(w.hub, "/v1/legs", body, planned)


async def ride(w: World, rng: Random) -> Act | None:
    """A round starts, comes to its end, is over, or is called off."""
    found: Leg | None = pick(
        rng, [g for g in w.book.legs.values() if g.status in ("planned", "underway")]
    )
    if found is None:
        return None
    verb = rng.choice(["start", "start", "start", "cancel"])
    if found.status == "underway":
        verb = rng.choice(["stops/2/reach", "complete"])
    body = {"reason": "weather"} if verb == "cancel" else {}
    trucks = [w.book.trucks[name] for name in found.rides if name in w.book.trucks]
    leaving = [t for t in trucks if t.status in ("planned", "loading")]
    fit = verb != "start" or all(may_leave(w.book, t.id) for t in leaving)

    def ridden(_: Any) -> None:
        if not fit:
            raise AssertionError(f"must not leave: {leaving}")
        _ridden(w, found, verb, trucks)

    who = w.hub if verb == "cancel" else rng.choice([w.hub, w.carrier])
    return Act(who, f"/v1/legs/{found.id}/{verb}", body, ridden, must=fit)


def _ridden(w: World, found: Leg, verb: str, trucks: Sequence[Truck]) -> None:
    """What is on board is where the vehicle is."""
    found.status = {"cancel": "cancelled", "complete": "completed"}.get(verb, "underway")
    for truck in trucks if verb != "cancel" else ():
        if truck.status == "dispatched":
            truck.status = "in_transit"
        elif truck.status in ("planned", "loading"):
            dispatch(w.book, truck.id)
        there = verb != "start" and truck.way[1] == found.way[1]
        if there and truck.status in ("dispatched", "in_transit"):
            truck.status = "arrived"
