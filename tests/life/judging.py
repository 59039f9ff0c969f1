"""What the hub says of goods in lots: they are lower, bad, or wait; and what an inspection says."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from tests.life.goods import ON_HAND, Lot
from tests.life.mixing import Doing, Out
from tests.life.sorting import lot_of, note_events, parts, pieces_of, said, some, wire
from tests.life.world import Act, World

D = Decimal
REASONS = ["broken", "spoiled", "dirty", "too_warm"]


async def downgrade(w: World, rng: Random) -> Act | None:
    """Some or all of a lot is of the other grade."""
    return await _verdict(w, rng, "downgrade")


async def reject(w: World, rng: Random) -> Act | None:
    """Some or all of a lot does not go on."""
    return await _verdict(w, rng, "reject")


async def hold(w: World, rng: Random) -> Act | None:
    """Some or all of a lot waits."""
    return await _verdict(w, rng, "hold")


async def _verdict(w: World, rng: Random, kind: str) -> Act | None:
    standing = ("expected", "expired", "recalled") if kind == "reject" else ()
    lot = lot_of(w, rng, *ON_HAND, *standing)
    if lot is None:
        return None
    quantity = some(w, rng, lot)
    count = pieces_of(rng, lot, quantity)
    body: Any = {"quantity": said(w, lot, quantity), "reason": rng.choice(REASONS)}
    body |= {"count": count} if count else {}
    other = "b" if lot.grade == "a" else "a"
    body |= {"grade": other} if kind == "downgrade" else {}

    async def done(answer: Any) -> None:
        made = [each["id"] for each in answer["made"]]
        doing = apply(w, lot, kind, quantity, count, other, made)
        if doing is not None:
            await note_events(w, [doing], lot.id)

    must = kind == "reject" and lot.status in ON_HAND and lot.pieces != 1
    return Act(w.hub, f"/v1/lots/{lot.id}/{kind}", body, done, must=must)


def apply(
    w: World,
    lot: Lot,
    kind: str,
    quantity: Decimal,
    count: int | None,
    grade: str,
    made: list[str],
) -> Doing | None:
    """One verdict in the book; of a whole lot that is only held nothing moves."""
    whole = quantity == lot.balance
    if kind == "hold" and whole:
        lot.status = "quarantined"
        return None
    doing = Doing(w.book, kind, [lot])
    if kind == "downgrade":
        doing.into(Out(quantity, count, None, grade), made.pop(0))
    elif kind == "hold":
        doing.into(Out(quantity, count, "quarantined"), made.pop(0))
    elif whole:
        doing.reject_whole()
    else:
        doing.send_back(doing.into(Out(quantity, count, "rejected"), made.pop(0)))
    return doing


async def inspect(w: World, rng: Random) -> Act | None:
    """A sample says what is good, of the other grade, bad, or to be looked at again."""
    lot = lot_of(w, rng)
    if lot is None:
        return None
    outs = parts(w, rng, lot)
    left = lot.balance - sum((out.quantity for out in outs), D(0))
    pieces = None if lot.pieces is None else lot.pieces - sum(out.pieces or 0 for out in outs)
    if left:
        outs.append(Out(left, pieces))
    other, verdict = "b" if lot.grade == "a" else "a", []
    kinds = ["downgrade", "reject", "hold"] if lot.grade else ["reject", "hold"]
    for n, out in enumerate(outs):
        kind = "accept" if n == 0 and rng.random() < 0.7 else rng.choice(kinds)
        line = wire(w, lot, [out])[0] | {"verdict": kind}
        line |= {"reason": rng.choice(REASONS)} if kind != "accept" else {}
        verdict.append(line | ({"grade": other} if kind == "downgrade" else {}))

    async def inspected(_: Any) -> None:
        left, moves, held = lot.balance, [], False
        for line, out in zip(verdict, outs, strict=True):
            kind = line["verdict"]
            if kind == "hold" and out.quantity == left:
                held = True
            elif kind != "accept":
                moves.append((kind, out))
                left -= out.quantity
        newest = (await w.hub.read(f"/v1/lots/{lot.id}/events", limit=max(1, len(moves))))["data"]
        for (kind, out), event in zip(moves, reversed(newest[: len(moves)]), strict=True):
            made = [event["flows"][0]["to_lot_id"]]
            doing = apply(w, lot, kind, out.quantity, out.pieces, other, made)
            assert doing is not None
            assert event["kind"] == kind, event
            doing.done(event["id"])
        lot.status = "quarantined" if held else lot.status
        if lot.status == "quarantined" and any(v["verdict"] == "accept" for v in verdict):
            lot.status = "available"

    body = {"inspector": "Bu Sumiati", "sample": said(w, lot, D(1)), "verdict": verdict}
    path = f"/v1/lots/{lot.id}/inspect"
    return Act(w.hub, path, body, inspected, must=lot.status in ON_HAND and lot.balance >= 1)
