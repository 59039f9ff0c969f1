"""What the hub does to goods in lots: joined, divided, judged, lost, weighed again; and undone."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from tests.life.goods import ON_HAND, Event, Lot
from tests.life.mixing import Doing, Out, measured, undo
from tests.life.world import Act, World, pick

D = Decimal


def unit(w: World, lot: Lot) -> str:
    """The unit of what is in a lot."""
    return "kg" if w.book.lines[lot.line].goods else "pcs"


def said(w: World, lot: Lot, quantity: Decimal) -> Any:
    """So much of a lot, on the wire."""
    return {"value": str(quantity), "unit": unit(w, lot)}


def some(w: World, rng: Random, lot: Lot) -> Decimal:
    """A part of what is in a lot; now and then all of it."""
    if rng.random() < 0.15:
        return lot.balance
    if unit(w, lot) == "pcs":
        return D(rng.randint(1, max(1, int(lot.balance))))
    grams = int(lot.balance * 1000)
    return D(rng.randint(1, grams)) / 1000 if rng.random() < 0.6 else _whole(rng, lot)


def _whole(rng: Random, lot: Lot) -> Decimal:
    return min(lot.balance, D(rng.randint(1, max(1, int(lot.balance)))))


def pieces_of(rng: Random, lot: Lot, quantity: Decimal, *, least: int = 1) -> int | None:
    """How many pieces go with so much of a lot, where they are counted."""
    if lot.pieces is None:
        return None
    if quantity == lot.balance:
        return lot.pieces
    return rng.randint(least, max(least, lot.pieces - 1))


def lot_of(w: World, rng: Random, *statuses: str) -> Lot | None:
    """A lot in one of these states, or, now and then, any."""
    anyhow = rng.random() < 0.04
    wanted = statuses or tuple(ON_HAND)
    found = [x for x in w.book.lots.values() if x.status in wanted or (anyhow and x.balance)]
    lot: Lot | None = pick(rng, found)
    return lot


async def note_events(w: World, doings: list[Doing], lot: str) -> None:
    """Give what was just done to a lot the ids under which the service knows it."""
    newest = (await w.hub.read(f"/v1/lots/{lot}/events", limit=len(doings)))["data"]
    for doing, event in zip(doings, reversed(newest), strict=True):
        assert event["kind"] == doing.event.kind, (event, doing.event.kind)
        doing.done(event["id"])


def _alike(w: World, rng: Random) -> list[Lot]:
    """Lots that could be one: of one line and grade."""
    groups: dict[Any, list[Lot]] = {}
    for lot in w.book.lots.values():
        if lot.status == "available":
            groups.setdefault((lot.line, lot.grade), []).append(lot)
    several = [group for group in groups.values() if len(group) > 1]
    mixed = [group for group in several if len({s for lot in group for s in lot.parts}) > 1]
    found: list[Lot] = pick(rng, mixed if rng.random() < 0.8 else several) or []
    return found


async def merge(w: World, rng: Random) -> Act | None:
    """Whole lots become one, of however many sellers."""
    group = _alike(w, rng)
    if rng.random() < 0.05:
        group = list(w.book.lots.values())
    if len(group) < 2:
        return None
    lots = rng.sample(group, rng.randint(2, min(4, len(group))))

    async def merged(made: Any) -> None:
        doing = Doing(w.book, "merge", lots)
        counts = [lot.pieces for lot in lots]
        count = None if None in counts else sum(n or 0 for n in counts)
        doing.into(Out(sum((lot.balance for lot in lots), D(0)), count), made["id"])
        await note_events(w, [doing], made["id"])

    body = {"lot_ids": [lot.id for lot in lots]}
    return Act(w.hub, "/v1/lots/merge", body, merged, must=_fit(lots))


def _fit(lots: list[Lot]) -> bool:
    same = len({(lot.line, lot.grade) for lot in lots}) == 1
    return same and all(lot.status == "available" for lot in lots)


def parts(w: World, rng: Random, lot: Lot) -> list[Out]:
    """Two or three parts of a lot, or one that is less than it."""
    left, pieces, outs = lot.balance, lot.pieces, []
    for _ in range(rng.randint(1, 3)):
        step = D(1) if unit(w, lot) == "pcs" else D("0.001")
        if left <= step or (pieces is not None and pieces < 2):
            break
        quantity = D(rng.randint(1, int(left / step) - 1)) * step
        count = None if pieces is None else rng.randint(1, pieces - 1)
        left -= quantity
        pieces = None if pieces is None else pieces - (count or 0)
        outs.append(Out(quantity, count))
    if outs and rng.random() < 0.2:
        outs.append(Out(left, pieces))
    return outs


def wire(w: World, lot: Lot, outs: list[Out]) -> list[Any]:
    """Parts of a lot, on the wire."""
    return [
        {"quantity": said(w, lot, out.quantity)} | ({"count": out.pieces} if out.pieces else {})
        for out in outs
    ]


async def split(w: World, rng: Random) -> Act | None:
    """Parts of a lot become lots of their own."""
    lot = lot_of(w, rng)
    outs = parts(w, rng, lot) if lot else []
    if lot is None or not outs:
        return None

    async def done(answer: Any) -> None:
        doing = Doing(w.book, "split", [lot])
        for out, made in zip(outs, answer["made"], strict=True):
            doing.into(out, made["id"])
        await note_events(w, [doing], lot.id)

    body = {"parts": wire(w, lot, outs)}
    return Act(w.hub, f"/v1/lots/{lot.id}/split", body, done, must=lot.status in ON_HAND)


async def repack(w: World, rng: Random) -> Act | None:
    """Lots are packed anew; some of it may be missing afterwards."""
    lots = _alike(w, rng)[:3]
    if not lots or rng.random() < 0.3:
        lots = [x for x in [lot_of(w, rng, "available")] if x]
    total = sum((lot.balance for lot in lots), D(0))
    if not lots or total < 3 or any(lot.pieces is not None for lot in lots):
        return None
    first = D(int(total / 3))
    lost = D(0) if rng.random() < 0.5 else D(1) if unit(w, lots[0]) == "pcs" else D("0.377")
    outs = [Out(first), Out(total - first - lost)]

    async def packed(answer: Any) -> None:
        doing = Doing(w.book, "repack", lots)
        for out, made in zip(outs, answer["data"], strict=True):
            doing.into(out, made["id"])
        if lost:
            doing.lose(lost, 0)
        await note_events(w, [doing], answer["data"][0]["id"])

    body = {"lot_ids": [x.id for x in lots], "parts": wire(w, lots[0], outs), "reason": "broken"}
    return Act(w.hub, "/v1/lots/repack", body, packed, must=_fit(lots))


async def clear(w: World, rng: Random) -> Act | None:
    """What was held may go on."""
    lot = lot_of(w, rng, "quarantined")
    if lot is None:
        return None

    def cleared(_: Any) -> None:
        lot.status = "available"

    must = lot.status == "quarantined"
    return Act(w.hub, f"/v1/lots/{lot.id}/clear", {}, cleared, must=must)


async def shrink(w: World, rng: Random) -> Act | None:
    """Some of a lot is no more."""
    lot = lot_of(w, rng)
    if lot is None:
        return None
    quantity = some(w, rng, lot)
    count = pieces_of(rng, lot, quantity, least=0)
    body: Any = {"quantity": said(w, lot, quantity), "reason": "broken"}
    body |= {} if count is None else {"count": count}

    async def shrunk(_: Any) -> None:
        doing = Doing(w.book, "shrink", [lot])
        doing.lose(quantity, count or 0)
        await note_events(w, [doing], lot.id)

    must = lot.status in ON_HAND
    return Act(w.hub, f"/v1/lots/{lot.id}/shrink", body, shrunk, must=must)


async def weigh_again(w: World, rng: Random) -> Act | None:
    """A lot is weighed again, or comes in from its round: there is less of it, or more."""
    lot = lot_of(w, rng, *ON_HAND, *["expected"] * (rng.random() < 0.7))
    if lot is None:
        return None
    verb = "receive" if lot.status == "expected" else "adjust"
    weight = some(w, rng, lot)
    if rng.random() < 0.5:
        weight = lot.balance + (D(1) if unit(w, lot) == "pcs" else D(rng.randint(1, 3000)) / 1000)
    count = None if lot.pieces is None else rng.choice([lot.pieces, rng.randint(1, lot.pieces + 9)])
    body: Any = {"net_weight": said(w, lot, weight), "reason": "weighed_wrong"}
    if verb == "receive" and rng.random() < 0.3:
        body, weight, count = {}, lot.balance, None
    body |= {} if count is None else {"count": count}
    if verb == "receive" and rng.random() < 0.1:
        weight, count = D(0), 0 if lot.pieces is not None else None
        body = {"net_weight": said(w, lot, weight)} | ({} if count is None else {"count": 0})

    async def weighed(_: Any) -> None:
        doing = Doing(w.book, verb, [lot])
        measured(doing, weight, count)
        if verb == "receive":
            lot.status = "available"
        if doing.event.links or doing.event.pieces or doing.event.found_pieces:
            await note_events(w, [doing], lot.id)

    return Act(w.hub, f"/v1/lots/{lot.id}/{verb}", body, weighed)


async def take_back(w: World, rng: Random) -> Act | None:
    """An event is undone, mostly one of the last."""
    events = list(w.book.events.values())
    if rng.random() < 0.85:
        events = [event for event in events if not event.undone][-6:]
    event: Event | None = pick(rng, events)
    if event is None:
        return None
    then = lambda _: undo(w.book, event)  # noqa: E731
    return Act(w.hub, f"/v1/lot-events/{event.id}/undo", {}, then)
