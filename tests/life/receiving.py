"""What buyers and the hub write down of goods that arrived."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from tests.life.effects import settle
from tests.life.goods import Lot, Receipt, Truck
from tests.life.road import lines_on
from tests.life.road import receive as count
from tests.life.sorting import said
from tests.life.world import Act, World, pick
from tests.shipments.story import verdict

D = Decimal


def _verdict(w: World, rng: Random, lot: Lot, *, all_good: bool) -> Any:
    parts = ["0", "0", "0"]
    if not all_good and rng.random() < 0.5:
        parts = [str(rng.randint(0, int(lot.balance) // 6)) for _ in range(3)]
    return verdict({"lot_id": lot.id, "quantity": said(w, lot, lot.balance)}, *parts)


def _lines(said_of: list[Any]) -> dict[str, tuple[Decimal, ...]]:
    names = ("accepted", "downgraded", "rejected")
    return {x["lot_id"]: tuple(D(x[name]["value"]) for name in names) for x in said_of}


def _until(made: Any) -> list[Any]:
    return [datetime.fromisoformat(made[name]) for name in ("sign_by", "claim_by")]


async def receive(w: World, rng: Random, *, all_good: bool = False) -> Act | None:
    """The buyer or the hub writes down what arrived: mostly good, now and then as a draft."""
    arrived = ("arrived", "delivered") if all_good or rng.random() < 0.95 else ("dispatched",)
    found = [
        t for t in w.book.trucks.values() if t.status in arrived and t.id not in w.book.receipts
    ]
    truck: Truck | None = pick(rng, found)
    if truck is None:
        return None
    lots = [w.book.lots[name] for name in truck.lots]
    draft = not all_good and rng.random() < 0.25
    if draft and rng.random() < 0.4:
        lots = lots[1:]
    lines = [_verdict(w, rng, lot, all_good=all_good) for lot in lots]

    def written(made: Any) -> None:
        until = [None, None] if draft else _until(made)
        status = "draft" if draft else "posted"
        w.book.receipts[truck.id] = Receipt(truck.id, status, _lines(lines), made["id"], *until)
        if not draft:
            count(w.book, truck.id)

    who = rng.choice([w.hub, w.buyer(truck.buyer).api])
    body = {"shipment_id": truck.id, "lines": lines, "draft": draft}
    return Act(who, "/v1/goods-receipts", body, written, must=truck.status != "dispatched")


async def turn_receipt(w: World, rng: Random) -> Act | None:
    """A draft is posted, or what was posted is reversed; not always by who may."""
    receipt: Receipt | None = pick(
        rng, [r for r in w.book.receipts.values() if r.status in ("draft", "posted")]
    )
    if receipt is None:
        return None
    verb = "post" if receipt.status == "draft" and rng.random() < 0.7 else "reverse"
    return await turned(w, receipt, verb, rng.random() < 0.5)


async def turned(w: World, receipt: Receipt, verb: str, by_hub: bool) -> Act:
    """A receipt is posted or reversed."""
    truck = w.book.trucks[receipt.truck]
    who = w.hub if by_hub else w.buyer(truck.buyer).api
    await known(w, receipt)

    def done(made: Any) -> None:
        if verb == "post":
            receipt.status, (receipt.sign_by, receipt.claim_by) = "posted", _until(made)
            count(w.book, truck.id)
            return
        if receipt.status == "posted":
            count(w.book, truck.id, -1)
            truck.reversed_at = datetime.fromisoformat(made["reversed_at"])
        w.book.reversed[truck.id] = w.book.reversed.get(truck.id, 0) + 1
        del w.book.receipts[truck.id]

    body = {"reason": "miscounted"} if verb == "reverse" else {}
    whole = set(receipt.lines) == set(truck.lots)
    must = (verb == "reverse" and receipt.status == "draft") or (verb == "post" and whole)
    return Act(who, f"/v1/goods-receipts/{receipt.id}/{verb}", body, done, must=must)


async def known(w: World, receipt: Receipt) -> None:
    """By which id the service knows a receipt that silence wrote."""
    if not receipt.id:
        found = (await w.hub.read("/v1/goods-receipts", shipment_id=receipt.truck))["data"]
        (receipt.id,) = [r["id"] for r in found if r["status"] != "reversed"]


async def sign(w: World, rng: Random) -> Act | None:
    """The buyer stands by a receipt."""
    receipt: Receipt | None = pick(
        rng, [r for r in w.book.receipts.values() if r.status == "posted"]
    )
    if receipt is None:
        return None
    who = w.buyer(w.book.trucks[receipt.truck].buyer).api
    await known(w, receipt)

    def signed(_: Any) -> None:
        receipt.status = "signed"
        settle(w.book, lines_on(w.book, receipt.truck))

    return Act(who, f"/v1/goods-receipts/{receipt.id}/sign", {}, signed, must=True)
