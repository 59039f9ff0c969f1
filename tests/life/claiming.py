"""What buyers complain of, and what the hub takes back: claims, recalls."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from tests.life.book import STANDING, STOOD_BY, ZERO, Share
from tests.life.goods import Claim, Lot, Recall, Receipt, divide
from tests.life.receiving import known
from tests.life.sorting import lot_of, said
from tests.life.world import Act, World, Wrong, pick
from tests.shipments.evidence.sending import send as send_photo

D = Decimal


_ABOUT = ["accepted", "downgraded", "rejected", "short"]


async def claim(w: World, rng: Random) -> Act | None:
    """A buyer complains of what it received, or did not."""
    receipt: Receipt | None = pick(
        rng, [r for r in w.book.receipts.values() if r.status in ("posted", *STOOD_BY)]
    )
    if receipt is None or not receipt.lines:
        return None
    truck = w.book.trucks[receipt.truck]
    buyer = w.buyer(truck.buyer).api
    await known(w, receipt)
    lines = []
    for name in rng.sample(sorted(receipt.lines), min(2, len(receipt.lines))):
        lot, about = w.book.lots[name], rng.choice(["accepted", "accepted", *_ABOUT])
        there = _there(w, receipt, lot, about)
        if there <= 0 and rng.random() < 0.9:
            continue
        quantity = D(rng.randint(1, max(1, int(there)))) if rng.random() < 0.9 else there + 1
        remedy = "credit" if about in ("accepted", "downgraded") else "replacement"
        line = {"lot_id": name, "about": about, "quantity": said(w, lot, quantity)}
        line |= {"reason": "spoiled", "remedy": remedy}
        if remedy == "credit":
            if buyer.id not in w.photos:
                w.photos[buyer.id] = (await send_photo(buyer))["id"]
            line["photo_ids"] = [w.photos[buyer.id]]
        lines.append(line)
    if not lines:
        return None

    def claimed(made: Any) -> None:
        noted = {x["id"]: _line(x) for x in made["lines"]}
        until = datetime.fromisoformat(made["answer_by"])
        w.book.claims[made["id"]] = Claim(made["id"], truck.id, "opened", noted, {}, until)

    return Act(buyer, "/v1/claims", {"receipt_id": receipt.id, "lines": lines}, claimed)


def _line(x: Any) -> tuple[Any, ...]:
    amount = D(x["amount"]["amount"])
    return (x["lot_id"], x["about"], D(x["quantity"]["value"]), amount, x["remedy"])


def _there(w: World, receipt: Receipt, lot: Lot, about: str) -> Decimal:
    judged = receipt.lines[lot.id]
    return [*judged, lot.balance - sum(judged)][_ABOUT.index(about)]


def _open_claim(w: World, rng: Random, *statuses: str) -> Claim | None:
    found: Claim | None = pick(rng, [c for c in w.book.claims.values() if c.status in statuses])
    return found


async def answer_claim(w: World, rng: Random) -> Act | None:
    """The hub grants all, some or nothing; the buyer withdraws; what was granted is done."""
    found = _open_claim(w, rng, "opened", "under_review", "accepted", "partly_accepted")
    if found is None:
        return None
    path = f"/v1/claims/{found.id}"
    if found.status in ("accepted", "partly_accepted"):
        return _resolve(w, found)
    if rng.random() < 0.25:
        return withdraw(w, found)
    if found.status == "opened" and rng.random() < 0.2:

        def reviewed(_: Any) -> None:
            found.status = "under_review"

        return Act(w.hub, f"{path}/review", {}, reviewed, must=True)
    bearer, lines = rng.choice(["sellers", "sellers", "sellers", "hub", "carrier"]), []
    for name, (lot, _, quantity, amount, _) in found.lines.items():
        granted = rng.choice([quantity, D(rng.randint(0, int(quantity)))])
        line: Any = {"line_id": name, "quantity": said(w, w.book.lots[lot], granted)}
        line |= {"note": "Tidak terbukti."} if not granted else {}
        line |= {"borne_by": bearer} if granted and amount else {}
        lines.append(line)

    def answered(made: Any) -> None:
        _grant(w, found, made, bearer)
        found.ended_at = datetime.fromisoformat(made["answered_at"])
        asked = [x[2] for x in found.lines.values()]
        given = [quantity for quantity, _ in found.granted.values()]
        found.status = "accepted" if asked == given else "partly_accepted"
        found.status = found.status if any(given) else "rejected"

    return Act(w.hub, f"{path}/answer", {"lines": lines}, answered, must=True)


def _resolve(w: World, found: Claim) -> Act:
    def resolved(made: Any) -> None:
        found.status = "resolved"
        found.ended_at = datetime.fromisoformat(made["resolved_at"])

    return Act(w.hub, f"/v1/claims/{found.id}/resolve", {"note": "Selesai."}, resolved)


def withdraw(w: World, found: Claim) -> Act:
    """The buyer complains no more."""

    def withdrawn(_: Any) -> None:
        found.status = "withdrawn"

    who = w.buyer(w.book.trucks[found.truck].buyer).api
    return Act(who, f"/v1/claims/{found.id}/withdraw", {}, withdrawn, must=True)


def _grant(w: World, found: Claim, made: Any, bearer: str) -> None:
    """Write down what was granted, and of whom it is taken."""
    for line in made["lines"]:
        granted = line["granted"]
        quantity, amount = D(granted["quantity"]["value"]), D(granted["amount"]["amount"])
        if quantity > found.lines[line["id"]][2] or amount > found.lines[line["id"]][3]:
            raise Wrong(f"more was granted than asked: {line}")
        bear(w, found, line["id"], quantity, amount, bearer)


def bear(
    w: World, found: Claim, line: str, quantity: Decimal, amount: Decimal, bearer: str
) -> None:
    """So much of a line is granted; sellers bear it by what they have in its lot, to the rupiah."""
    found.granted[line] = (quantity, amount)
    if not amount:
        return
    if bearer != "sellers":
        party = w.hub_id if bearer == "hub" else w.carrier.id
        w.book.deductions[line, party, None] = (quantity, amount)
        return
    lot = w.book.lots[found.lines[line][0]]
    weights = {share: part.balance for share, part in lot.parts.items() if part.balance}
    step = D(1) if w.book.lines[lot.line].goods is None else D("0.001")
    quantities, amounts = divide(quantity, weights, step), divide(amount, weights, D(1))
    for share in {*quantities, *amounts}:
        parts = (quantities.get(share, ZERO), amounts.get(share, ZERO))
        w.book.deductions[line, _seller(w, share), share] = parts


def _seller(w: World, share: str) -> str:
    found: Share = w.book.shares[share]
    return found.seller


async def recall(w: World, rng: Random) -> Act | None:
    """Goods must not be eaten, nor what came of them; or they may after all."""
    found: Recall | None = pick(rng, [r for r in w.book.recalls.values() if r.status == "open"])
    if found is not None and rng.random() < 0.6:
        return _end_recall(w, found, "lift" if rng.random() < 0.8 else "close")
    lots = [x for x in [lot_of(w, rng, *STANDING), lot_of(w, rng, *STANDING, "depleted")] if x]
    if not lots:
        return None
    named = {lot.id for lot in lots}

    def recalled(made: Any) -> None:
        held: dict[str, str | None] = {}
        for name in _came_of(w, named):
            lot = w.book.lots[name]
            others = [r.lots[name] for r in w.book.recalls.values() if _holds(r, name)]
            stands = lot.status in STANDING - {"recalled"}
            held[name] = lot.status if stands else next(iter(others), None)
            lot.status = "recalled" if stands else lot.status
        w.book.recalls[made["id"]] = Recall(made["id"], "open", held)

    body = {"lot_ids": sorted(named), "reason": "contamination"}
    return Act(w.hub, "/v1/recalls", body, recalled, must=True)


def _holds(found: Recall, lot: str) -> bool:
    return found.status != "lifted" and lot in found.lots


def _came_of(w: World, named: set[str]) -> set[str]:
    found, more = set(named), True
    while more:
        children = {
            child
            for event in w.book.events.values()
            if not event.undone
            for parent, child, _ in event.links
            if parent in found and child is not None
        }
        more = not children <= found
        found |= children
    return found


def _end_recall(w: World, found: Recall, verb: str) -> Act:
    def ended(_: Any) -> None:
        found.status = "lifted" if verb == "lift" else "closed"
        for name, held in found.lots.items() if verb == "lift" else ():
            lot = w.book.lots[name]
            others = any(_holds(r, name) for r in w.book.recalls.values())
            if lot.status == "recalled" and not others:
                lot.status = held or "quarantined"

    body = {"reason": "found_safe"} if verb == "lift" else {"note": "Semua kembali."}
    return Act(w.hub, f"/v1/recalls/{found.id}/{verb}", body, ended, must=True)
