"""What buyers and the hub do about orders, and say to amendments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from tests.api import Api, kg, money
from tests.life.book import OPEN, Amendment, Line, Order
from tests.life.effects import (
    amend_agreement,
    end_order,
    short_close,
)
from tests.life.world import Act, World, Wrong, note_order, pick
from tests.orders.stall import pcs

D = Decimal


async def place(w: World, rng: Random) -> Act:
    """An order of up to three lines, half of the time under an agreement; maybe of the stall too."""
    n = rng.randrange(2)
    buyer = w.buyers[n]
    agreed = pick(rng, [a for a in w.book.agreements.values() if a.buyer == buyer.api.id])
    if rng.random() < 0.35:
        agreed = None
    lines = [_line(w, rng, n, priced=agreed is None) for _ in range(rng.randint(1, 3))]
    if agreed is None and rng.random() < 0.4:
        lines.append({"variant_id": w.variant, "quantity": pcs(rng.randint(1, 15))})
    body = {"ship_to_site_id": buyer.site, "deliver_on": w.day(rng.randint(0, 5)), "lines": lines}
    if agreed is None:
        return Act(buyer.api, "/v1/orders", body, lambda made: note_order(w.book, made))
    short = _too_little(w, body, agreed)

    def placed(made: Any) -> None:
        if short:
            raise Wrong(f"there was too little quota: {short}")
        note_order(w.book, made)

    def refused(problem: Any) -> None:
        if problem["code"] == "quota_exceeded" and not short:
            raise Wrong(f"there was enough quota: {problem}")

    body["agreement_id"] = agreed.id
    return Act(buyer.api, "/v1/orders", body, placed, refused)


def _line(w: World, rng: Random, n: int, *, priced: bool) -> Any:
    line: Any = {"commodity_id": rng.choice(w.goods).id, "grade": "a"}
    line["quantity"] = kg(rng.randint(10, 140))
    if priced:
        line["price"] = money(27500)
    if rng.random() < 0.4:
        line["deliver_on"] = w.day(rng.randint(0, 9))
    if rng.random() < 0.2:
        line["ship_to_site_id"] = w.second_sites[n]
    return line


def _too_little(w: World, body: Any, agreed: Any) -> list[Any]:
    """The periods that have less left than is asked of them."""
    asked: dict[Any, Decimal] = {}
    for said in body["lines"]:
        day = date.fromisoformat(said.get("deliver_on", body["deliver_on"]))
        line = next((x for x in agreed.lines.values() if x.goods == said["commodity_id"]), None)
        period = line.at(day) if line else None
        if line and period:
            key = (line.id, period.start)
            asked[key] = asked.get(key, D(0)) + D(said["quantity"]["value"])
    found = []
    for (name, start), quantity in asked.items():
        line = agreed.lines[name]
        if quantity > w.book.left(line, line.periods[start]):
            found.append((line, start))
    return found


def _order(w: World, rng: Random, *statuses: str) -> Order | None:
    """An order with which something can be done, or, now and then, any."""
    anyhow = rng.random() < 0.07
    found = [o for o in w.book.orders.values() if o.status in statuses or anyhow]
    chosen: Order | None = pick(rng, found)
    return chosen


def either(w: World, rng: Random, buyer: str) -> Api:
    return rng.choice([w.hub, w.buyer(buyer).api])


async def confirm(w: World, rng: Random) -> Act | None:
    """The hub promises an order, whole or in part."""
    order = _order(w, rng, "placed")
    if order is None:
        return None
    said = {
        line.id: line.requested if rng.random() < 0.65 else D(rng.randint(0, int(line.requested)))
        for line in w.book.lines_of(order.id)
    }
    body = []
    for line, quantity in said.items():
        unit = "kg" if w.book.lines[line].goods else "pcs"
        amount = {"value": str(quantity), "unit": unit}
        body.append({"line_id": line, "quantity": amount, "reason": "no_supply"})

    def confirmed(_: Any) -> None:
        for line, quantity in said.items():
            w.book.lines[line].confirmed = quantity
        whole = all(w.book.lines[line].requested == q for line, q in said.items())
        order.status = "confirmed" if whole else "partly_confirmed"

    must = order.status == "placed" and any(said.values())
    return Act(w.hub, f"/v1/orders/{order.id}/confirm", {"lines": body}, confirmed, must=must)


async def decline(w: World, rng: Random) -> Act | None:
    """The hub cannot."""
    order = _order(w, rng, "placed")
    if order is None:
        return None
    path = f"/v1/orders/{order.id}/decline"
    then = lambda _: end_order(w.book, order.id, "declined")  # noqa: E731
    return Act(w.hub, path, {"reason": "other"}, then, must=order.status == "placed")


async def cancel(w: World, rng: Random) -> Act | None:
    """Either side calls an order off, at whatever stage it is."""
    order = _order(w, rng, "placed", "confirmed", "partly_confirmed")
    if order is None:
        return None
    who, path = either(w, rng, order.buyer), f"/v1/orders/{order.id}/cancel"
    then = lambda _: end_order(w.book, order.id, "cancelled")  # noqa: E731
    must = order.status in ("placed", "confirmed", "partly_confirmed")
    return Act(who, path, {"reason": "other"}, then, must=must)


async def close_short(w: World, rng: Random) -> Act | None:
    """The hub gives up some lines."""
    order = _order(w, rng, *OPEN)
    if order is None:
        return None
    lines = w.book.lines_of(order.id)
    chosen = [line.id for line in rng.sample(lines, rng.randint(1, len(lines)))]
    body = {"lines": [{"line_id": line, "reason": "supply_failed"} for line in chosen]}
    path = f"/v1/orders/{order.id}/short-close"
    return Act(w.hub, path, body, lambda _: short_close(w.book, chosen))


def _wishes(w: World, rng: Random, order: Order) -> list[Any]:
    lines = w.book.lines_of(order.id)
    wanted = []
    for line in rng.sample(lines, rng.randint(1, min(2, len(lines)))):
        wish: Any = {"line_id": line.id}
        if rng.random() < 0.7:
            wish["quantity"] = {"value": str(rng.randint(1, 150)), "unit": "kg"}
            if line.goods is None:
                wish["quantity"] = pcs(rng.randint(1, 15))
        if rng.random() < 0.4 or len(wish) == 1:
            wish["deliver_on"] = w.day(rng.randint(0, 9))
        wanted.append(wish)
    return wanted


async def amend(w: World, rng: Random) -> Act | None:
    """Either side wants other quantities or days; now and then only to see what that would do."""
    order = _order(w, rng, *OPEN)
    if order is None:
        return None
    who, wanted = either(w, rng, order.buyer), _wishes(w, rng, order)
    body, path = {"lines": wanted, "reason": "other"}, f"/v1/orders/{order.id}/amendments"
    if rng.random() < 0.3:
        return Act(who, f"{path}/preview", body)
    return Act(who, path, body, lambda made: note(w, who, order.id, made, wanted))


def note(w: World, who: Api, of: str, made: Any, wants: Any) -> None:
    by = w.hub_id if who is w.hub else w.buyer(getattr(who, "id", "")).api.id
    until = datetime.fromisoformat(made["respond_by"])
    w.book.amendments[made["id"]] = Amendment(made["id"], of, by, "proposed", until, wants)


async def answer_amendment(w: World, rng: Random) -> Act | None:
    """Either side says something to what is proposed; not everything is its to say."""
    waiting = [a for a in w.book.amendments.values() if a.status == "proposed"]
    amendment: Amendment | None = pick(rng, waiting)
    if amendment is None:
        return None
    verb = rng.choice(["confirm", "confirm", "confirm", "reject", "withdraw"])
    of_order = amendment.of in w.book.orders
    kind = "order" if of_order else "agreement"
    owner = w.book.orders[amendment.of] if of_order else w.book.agreements[amendment.of]
    # Mostly who may; the other one now and then.
    by_hub = amendment.by == w.hub_id
    hub = (verb == "withdraw") == by_hub
    hub = hub if rng.random() < 0.8 else not hub
    who = w.hub if hub else w.buyer(owner.buyer).api
    path = f"/v1/{kind}-amendments/{amendment.id}/{verb}"
    shrinks = frozenset(x["line_id"] for x in amendment.wants or ()) if of_order else frozenset()

    def answered(_: Any) -> None:
        amendment.status = {"confirm": "confirmed", "reject": "rejected"}.get(verb, "withdrawn")
        if verb == "confirm" and of_order:
            _carry_out(w, amendment)
        elif verb == "confirm":
            quotas, effective, ends = amendment.wants
            amended = w.book.agreements[amendment.of]
            amend_agreement(amended, quotas, effective, ends, w.today)

    body = {"reason": "other"} if verb == "reject" else {}
    return Act(who, path, body, answered, shrinks=shrinks if verb == "confirm" else frozenset())


def _carry_out(w: World, amendment: Amendment) -> None:
    for wish in amendment.wants:
        line: Line = w.book.lines[wish["line_id"]]
        if "quantity" in wish:
            line.requested = line.confirmed = D(wish["quantity"]["value"])
        if "deliver_on" in wish:
            line.deliver_on = date.fromisoformat(wish["deliver_on"])
            if line.agreed is not None:
                period = w.book.agreed_line(line.agreed).at(line.deliver_on)
                assert period is not None, "there was quota for this day"
                line.period = period.start
