"""What buyers and the hub do about agreements and quotes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.api import kg, money
from tests.life.book import BINDING
from tests.life.buying import either, note
from tests.life.effects import draw, end_order, open_agreement, shut
from tests.life.world import Act, World, agreement_of, note_order, pick

D = Decimal


async def agreement(w: World, rng: Random) -> Act | None:
    """Suspend, resume, complete or terminate an agreement, or propose to amend it."""
    found = pick(rng, [a for a in w.book.agreements.values() if a.status in BINDING])
    if found is None or rng.random() < 0.5:
        return await _amend_agreement(w, rng, found)
    verb = rng.choice(["suspend", "resume", "resume", "resume", "complete", "terminate"])
    body: Any = {} if verb in ("complete", "resume") else {"reason": "other"}
    if verb == "terminate":
        body["open_orders"] = rng.choice(["keep", "cancel"])

    def turned(_: Any) -> None:
        if verb in ("suspend", "resume"):
            found.status = "suspended" if verb == "suspend" else "active"
            draw(found, possible=verb == "resume")
            return
        if body.get("open_orders") == "cancel":
            for order in w.book.orders.values():
                stopped = order.status in ("placed", "confirmed", "partly_confirmed")
                if order.agreement == found.id and stopped:
                    end_order(w.book, order.id, "cancelled")
        shut(w.book, found, "completed" if verb == "complete" else "terminated")

    return Act(w.hub, f"/v1/agreements/{found.id}/{verb}", body, turned)


async def _amend_agreement(w: World, rng: Random, found: Any) -> Act | None:
    if found is None:
        await w.agree(rng.randrange(2))
        return None
    effective = w.today + timedelta(days=rng.randint(1, 9))
    quotas, lines = {}, []
    for line in rng.sample(list(found.lines.values()), rng.randint(0, len(found.lines))):
        quotas[line.id] = (D(rng.randint(20, 700)), D(rng.choice([0, 10, 33])))
        quota, overdraw = quotas[line.id]
        lines.append({"line_id": line.id, "quota": kg(str(quota)), "overdraw_pct": str(overdraw)})
    ends = found.ends
    if rng.random() < 0.5 or not lines:
        ends = max(found.ends + timedelta(days=rng.randint(-12, 15)), effective)
    body = {"effective_on": effective.isoformat(), "lines": lines, "ends_on": ends.isoformat()}
    who, path = either(w, rng, found.buyer), f"/v1/agreements/{found.id}/amendments"
    wants = (quotas, effective, ends)
    return Act(who, path, body, lambda made: note(w, who, found.id, made, wants))


async def quote(w: World, rng: Random) -> Act | None:
    """Ask for terms, name them, accept them: for an order, or for an agreement."""
    talk = pick(rng, w.talks)
    if talk is None or rng.random() < 0.3:
        buyer = rng.choice(w.buyers)
        wanted = rng.choice(["order", "order", "agreement"])
        line: Any = {"commodity_id": rng.choice(w.goods).id, "grade": "a", "quantity": kg(60)}
        body: Any = {"wanted": wanted, "lines": [line]}
        if wanted == "order":
            body |= {"ship_to_site_id": buyer.site, "deliver_on": w.day(rng.randint(1, 6))}
        else:
            line["period"] = rng.choice(["week", "month", "once"])
            body |= {"starts_on": w.day(rng.randint(0, 3)), "ends_on": w.day(12)}
        said = w.talks.append
        return Act(
            buyer.api, "/v1/quote-requests", body, lambda made: said({"buyer": buyer} | made)
        )
    if "quote" not in talk:
        terms = {"request_line_id": talk["lines"][0]["id"], "quantity": kg(rng.randint(20, 90))}
        terms |= {"price": money(27000), "over_tolerance_pct": "4"}
        path = f"/v1/quote-requests/{talk['id']}/quotes"
        return Act(w.hub, path, {"lines": [terms]}, lambda made: talk.update(quote=made["id"]))
    w.talks.remove(talk)
    path = f"/v1/quotes/{talk['quote']}/accept"
    return Act(talk["buyer"].api, path, {}, lambda made: _traded(w, made))


async def _traded(w: World, made: Any) -> None:
    """Write what an accepted quote became into the book."""
    if made["order_id"] is not None:
        order = await w.hub.read(f"/v1/orders/{made['order_id']}")
        note_order(w.book, order)
    else:
        open_agreement(
            w.book, agreement_of(await w.hub.read(f"/v1/agreements/{made['agreement_id']}"))
        )
