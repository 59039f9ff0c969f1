"""What sellers and the hub do about offers and shares."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.api import Api, kg, money
from tests.life.book import OPEN, Offer, Share
from tests.life.effects import (
    confirm_share,
    end_share,
)
from tests.life.world import PACK, Act, World, pick

D = Decimal
POLICIES = ["fair_share", "pro_rata", "lowest_cost", "fewest_pickups"]


async def offer(w: World, rng: Random) -> Act:
    """A seller promises something: once, per day or per week; or only thinks that it may come."""
    n = rng.randrange(4)
    starts, ends = rng.randint(0, 2), rng.randint(3, 12)
    body: Any = {
        "commodity_id": rng.choice(w.goods).id,
        "grade": "a",
        "quantity": kg(PACK * rng.randint(2, rng.choice([10, 40]))),
        "per": rng.choice(["lot", "lot", "day", "week"]),
        "kind": rng.choice(["commitment", "commitment", "commitment", "forecast"]),
        "available_from": w.day(starts),
        "available_until": w.day(ends),
        "site_id": w.farms[n],
    }
    if rng.random() < 0.4:
        body["pack_size"] = kg(PACK)
    if rng.random() < 0.3:
        body["min_pickup"] = kg(PACK * rng.randint(1, 3))
    if rng.random() < 0.4:
        body["floor_price"] = money(rng.choice([25000, 27000, 29000]))

    def made(said: Any) -> None:
        first, last = date.fromisoformat(body["available_from"]), w.today + timedelta(days=ends)
        offered, pack = D(body["quantity"]["value"]), said["pack_size"]
        size = pack and D(pack["value"])
        days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
        found: dict[date, tuple[date, Decimal]] = {}
        for day in days:
            new_week = body["per"] == "week" and day.weekday() == 0
            if not found or body["per"] == "day" or new_week:
                start = day
            found[start] = (day, offered)
        w.book.offers[said["id"]] = Offer(
            said["id"],
            w.sellers[n].id,
            body["commodity_id"],
            body["kind"],
            "open",
            last,
            size,
            found,
        )

    return Act(w.sellers[n], "/v1/supply-offers", body, made)


async def turn_offer(w: World, rng: Random) -> Act | None:
    """A seller pauses, resumes, withdraws, commits, or says that it has more or less."""
    found: Offer | None = pick(rng, w.book.offers.values())
    if found is None:
        return None
    verb = rng.choice(["pause", "resume", "resume", "withdraw", "commit", "adjust", "adjust"])
    who, path = w.seller(found.seller), f"/v1/supply-offers/{found.id}/{verb}"
    if verb == "adjust":
        quantity = D(PACK * rng.randint(1, 40))

        def adjusted(_: Any) -> None:
            for start, (end, _was) in found.periods.items():
                if end >= w.today:
                    found.periods[start] = (end, quantity)

        return Act(who, path, {"quantity": kg(str(quantity))}, adjusted)

    def turned(_: Any) -> None:
        if verb == "commit":
            found.kind = "commitment"
        else:
            found.status = {"pause": "paused", "resume": "open"}.get(verb, "withdrawn")

    return Act(who, path, {}, turned)


async def allocate(w: World, rng: Random) -> Act | None:
    """The hub fills an order by some rule, or by hand; now and then only to see how."""
    order = pick(rng, [o for o in w.book.orders.values() if o.status in OPEN])
    if order is None:
        return None
    path = f"/v1/orders/{order.id}/allocate"
    if rng.random() < 0.2:
        return Act(w.hub, path, _by_hand(w, rng, order.id), asks="manual")
    body = {"policy": rng.choice(POLICIES)}
    if rng.random() < 0.2:
        return Act(w.hub, f"{path}/preview", body)
    return Act(w.hub, path, body, asks="rule")


def _by_hand(w: World, rng: Random, order: str) -> Any:
    shares = []
    for line in w.book.lines_of(order):
        fits = [o.id for o in w.book.offers.values() if o.goods == line.goods]
        for found in rng.sample(fits, min(len(fits), rng.randint(0, 2))):
            quantity = kg(PACK * rng.randint(1, 6))
            shares.append({"line_id": line.id, "offer_id": found, "quantity": quantity})
    return {"policy": "manual", "shares": shares}


async def consolidate(w: World, rng: Random) -> Act | None:
    """The hub fills several orders at once."""
    found = [o.id for o in w.book.orders.values() if o.status in OPEN]
    if not found:
        return None
    body: Any = {"policy": rng.choice(POLICIES)}
    if rng.random() < 0.7:
        body["order_ids"] = rng.sample(found, min(len(found), rng.randint(1, 4)))
    else:
        body |= {"deliver_from": w.day(0), "deliver_until": w.day(rng.randint(0, 6))}
    if rng.random() < 0.2:
        return Act(w.hub, "/v1/consolidations/preview", body)
    return Act(w.hub, "/v1/consolidations", body, asks="rule")


def _who(w: World, rng: Random, seller: str) -> Api:
    return w.hub if rng.random() < 0.2 else w.seller(seller)


def _say(w: World, share: Share, quantity: Decimal) -> None:
    if quantity:
        confirm_share(w.book, share.id, quantity)
    else:
        end_share(w.book, share.id, "declined")


async def answer(w: World, rng: Random) -> Act | None:
    """A seller confirms, reduces or declines a share."""
    wanted = ("offered",) if rng.random() < 0.9 else ("confirmed", "picked", "declined")
    share: Share | None = pick(rng, [s for s in w.book.shares.values() if s.status in wanted])
    if share is None:
        return None
    verb = rng.choice(["confirm", "confirm", "confirm", "reduce", "decline"])
    quantity, body = share.quantity, {}
    if verb != "confirm":
        body = {"reason": "no_stock"}
        quantity = D(0)
    if verb == "reduce":
        quantity = _less(rng, share)
        body["quantity"] = amount(w, share, quantity)
    path = f"/v1/allocations/{share.id}/{verb}"
    then = lambda _: _say(w, share, quantity)  # noqa: E731
    must = share.status == "offered" and verb != "reduce"
    return Act(_who(w, rng, share.seller), path, body, then, asks="rule", must=must)


def _less(rng: Random, share: Share) -> Decimal:
    step = PACK if share.quantity >= PACK else 1
    return D(rng.randint(1, max(1, int(share.quantity) // step)) * step)


def amount(w: World, share: Share, quantity: Decimal) -> Any:
    unit = "kg" if w.book.lines[share.line].goods else "pcs"
    return {"value": str(quantity), "unit": unit}


async def answer_request(w: World, rng: Random) -> Act | None:
    """A seller answers all that one run asked of it, or some of it."""
    seller = rng.choice([*w.sellers, w.kitchen.seller])
    anyhow = rng.random() < 0.1
    asked = (await seller.read("/v1/supply-requests"))["data"]
    waiting_ones = [r for r in asked if r["status"] != "answered" or anyhow]
    found = pick(rng, sorted(waiting_ones, key=lambda r: str(r["id"])))
    if found is None:
        return None
    path = f"/v1/supply-requests/{found['id']}"
    parts = [w.book.shares[p["id"]] for p in (await seller.read(path))["parts"]]
    waiting = [s for s in parts if s.status == "offered"]
    if rng.random() < 0.4:

        def all_of_it(_: Any) -> None:
            for share in waiting:
                confirm_share(w.book, share.id, share.quantity)

        return Act(seller, f"{path}/answer", {"confirm_all": True}, all_of_it)
    said, words = [], []
    for share in waiting or parts[:1]:
        part: Any = {"allocation_id": share.id}
        quantity = share.quantity
        kind = rng.choice(["all", "all", "less", "nothing", "later"])
        if kind == "later":
            continue
        if kind != "all":
            part["reason"] = "no_stock"
            quantity = _less(rng, share) if kind == "less" else D(0)
            part |= {"quantity": amount(w, share, quantity)} if quantity else {"decline": True}
        said.append(part)
        words.append((share, quantity))

    def answered(_: Any) -> None:
        for share, quantity in words:
            _say(w, share, quantity)

    return Act(seller, f"{path}/answer", {"parts": said}, answered, asks="rule")
