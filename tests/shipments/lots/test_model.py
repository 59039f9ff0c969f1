"""Lots through any history: a slow book by hand and the service agree after every step.

Promise: what is in all lots, and what was lost and rejected, is what was weighed; of every seller,
to the gram; whatever is merged, split, packed anew, graded, held, loaded and undone, in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import reconcile
from app.core.ids import decode, encode
from tests.api import Api, kg
from tests.shipments import story
from tests.shipments.lots.model import GRAM, NOTHING, Book, portions, stored

VERBS = [
    "merge",
    "merge",
    "split",
    "split",
    "repack",
    "downgrade",
    "reject",
    "shrink",
    "adjust",
    "hold",
    "clear",
    "undo",
    "undo",
    "undo",
    "load",
    "unload",
]
Step = tuple[str, int, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 99), st.integers(0, 99), st.integers(1, 999)),
    min_size=6,
    max_size=22,
)
FREE = {"available", "quarantined"}


def named(fraction: Fraction) -> dict[str, str]:
    """A weight on the wire."""
    return kg(f"{float(fraction):.3f}")


@dataclass
class Walk:
    """The service and the book, side by side."""

    hub: Api
    tale: story.Story
    book: Book
    trail: list[tuple[str, Book, Book]] = field(default_factory=list)
    trucks: dict[str, str] = field(default_factory=dict)
    store: str = ""

    def pick(self, n: int) -> str:
        """Some lot there ever was."""
        return sorted(self.book.status)[n % len(self.book.status)]

    def part(self, lot: str, size: int) -> tuple[Fraction, int | None]:
        """Some of a lot, and so many pieces; maybe all of it."""
        whole = self.book.weight(lot)
        quantity = max(whole * size / 999 // GRAM * GRAM, GRAM)
        there = self.book.count(lot)
        if lot not in self.book.counted or not there:
            return quantity, None
        if quantity >= whole:
            return quantity, there
        return quantity, max(1, min(there - 1, there * size // 999))

    async def ask(self, lot: str, verb: str, body: Any) -> Any:
        """The answer to a command on one lot."""
        return await self.hub.post(f"/v1/lots/{encode('lot', UUID(lot))}/{verb}", body)

    async def note(self, lot: str, before: Book) -> None:
        """Remember the event that touched *lot* last."""
        path = f"/v1/lots/{encode('lot', UUID(lot))}/events"
        event = (await self.hub.read(path, limit=1))["data"][0]
        self.trail.append((event["id"], before, self.book.copy()))


def _id(lot: Any) -> str:
    return str(decode("lot", lot["id"]))


async def divide(walk: Walk, verb: str, lot: str, size: int) -> None:
    """Split, downgrade, reject or hold some of a lot."""
    book, before = walk.book, walk.book.copy()
    status, whole = book.status[lot], book.weight(lot)
    free = status in FREE
    quantity, count = walk.part(lot, size) if free else (GRAM, None)
    all_of_it = quantity >= whole
    if free and lot in book.counted and not all_of_it and book.count(lot) == 1:
        return
    some = {"quantity": named(quantity), "count": count}
    grade = "b" if book.grade[lot] == "a" else "a"
    bodies = {
        "split": {"parts": [some]},
        "downgrade": some | {"grade": grade, "reason": "dirty"},
        "reject": some | {"reason": "broken"},
        "hold": some | {"reason": "dirty"},
    }
    answer = await walk.ask(lot, verb, bodies[verb])
    if not free or (verb == "split" and all_of_it):
        assert answer.status_code in (409, 422), (verb, status, answer.text)
        return
    assert answer.status_code == 200, (verb, status, answer.text)
    if all_of_it and verb == "hold":
        book.status[lot] = "quarantined"
        return
    if all_of_it and verb == "reject":
        book.status[lot] = "rejected"
        book.free(book.shares(lot))
    else:
        made = _id(answer.json()["made"][0])
        after = {"reject": "rejected", "hold": "quarantined"}.get(verb, status)
        book.new(made, after, count, grade if verb == "downgrade" else book.grade[lot])
        if lot in book.counted:
            book.numbers["count", lot] -= count or 0
        went = book.flow([lot], quantity, made)
        if verb == "reject":
            book.free(went)
        if not book.weight(lot):
            book.status[lot] = "depleted"
    await walk.note(lot, before)


async def pool(walk: Walk, verb: str, lots: list[str], size: int) -> None:
    """Merge or repack two or three lots."""
    book, before = walk.book, walk.book.copy()
    lots = sorted(set(lots))
    fits = all(book.status[lot] == "available" for lot in lots)
    fits = fits and len({book.grade[lot] for lot in lots}) == 1
    whole = sum((book.weight(lot) for lot in lots), NOTHING)
    counted = all(lot in book.counted for lot in lots)
    count = sum(book.count(lot) for lot in lots) or None if counted else None
    ids = [encode("lot", UUID(lot)) for lot in lots]
    if verb == "merge":
        if len(lots) < 2:
            return
        parts = [(whole, count)]
        answer = await walk.hub.post("/v1/lots/merge", {"lot_ids": ids})
    else:
        packed = max(whole * size / 999 // GRAM * GRAM, 2 * GRAM)
        first = packed / 3 // GRAM * GRAM or GRAM
        pieces = None if count is None else min(count, max(2, count * size // 999))
        if fits and (whole < 2 * GRAM or (pieces is not None and pieces < 2)):
            return
        if packed == whole:
            pieces = count
        parts = [
            (first, None if pieces is None else 1),
            (packed - first, None if pieces is None else pieces - 1),
        ]
        named_parts = [{"quantity": named(q), "count": c} for q, c in parts]
        body = {"lot_ids": ids, "parts": named_parts, "reason": "broken"}
        answer = await walk.hub.post("/v1/lots/repack", body)
    if not fits:
        assert answer.status_code in (409, 422), answer.text
        return
    assert answer.status_code in (200, 201), answer.text
    made = [answer.json()] if verb == "merge" else answer.json()["data"]
    grade = book.grade[lots[0]]
    for lot, (quantity, number) in zip(made, parts, strict=True):
        book.new(_id(lot), "available", number, grade)
        book.flow(lots, quantity, _id(lot))
    left = sum((book.weight(lot) for lot in lots), NOTHING)
    if left:
        book.free(book.flow(lots, left, None))
    for lot in lots:
        book.status[lot] = "depleted"
        book.numbers["count", lot] = NOTHING
    await walk.note(lots[0], before)


async def measure(walk: Walk, verb: str, lot: str, size: int, more: bool) -> None:
    """Shrink a lot, or weigh it again: a little less, or a little more."""
    book, before = walk.book, walk.book.copy()
    free, whole = book.status[lot] in FREE, book.weight(lot)
    pieces = book.count(lot) if lot in book.counted else None
    by = Fraction(size, 1000)
    if verb == "shrink":
        if by == whole:
            return
        body = {"quantity": named(by), "reason": "dried"}
        answer = await walk.ask(lot, verb, body | ({} if pieces is None else {"count": 0}))
        possible = free and by < whole
    else:
        weight = whole + by if more else whole - by
        if weight <= 0:
            return
        answer = await walk.ask(lot, verb, {"net_weight": named(weight), "reason": "dried"})
        possible = free and (not more or _room(book, lot, by))
    assert answer.status_code == (200 if possible else 409), (verb, book.status[lot], answer.text)
    if not possible:
        return
    if verb == "shrink" or not more:
        book.free(book.flow([lot], by, None))
    else:
        for allocation, part in portions(by, book.shares(lot), GRAM).items():
            book.numbers["share", lot, allocation] += part
            book.numbers["weighed", allocation] += part
            book.numbers["gone", allocation] -= part
    await walk.note(lot, before)


def _room(book: Book, lot: str, by: Fraction) -> bool:
    return all(
        book.numbers["weighed", key] + part <= book.numbers["allocated", key]
        for key, part in portions(by, book.shares(lot), GRAM).items()
    )


async def undo(walk: Walk, n: int) -> None:
    """Take an event back: the last one always can be, an older one while its goods lie there."""
    if not walk.trail:
        return
    at = n % len(walk.trail)
    event, before, after = walk.trail[at]
    answer = await walk.hub.post(f"/v1/lot-events/{event}/undo")
    newest = at == len(walk.trail) - 1 and walk.book.status == after.status
    if answer.status_code != 200:
        assert not newest, answer.text
        assert answer.json()["code"] in ("lot_moved_on", "line_filled"), answer.text
        return
    walk.trail.pop(at)
    walk.book.turn_back(before, after)
    walk.book.status |= await _statuses(walk)
    if newest:
        gone = set(after.status) - set(before.status)
        assert {k: v for k, v in walk.book.status.items() if k not in gone} == before.status


async def _statuses(walk: Walk) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor: dict[str, Any] = {}
    while True:
        page = await walk.hub.read("/v1/lots", order_id=walk.tale.order_id, limit=100, **cursor)
        found |= {_id(lot): lot["status"] for lot in page["data"]}
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    return {k: "aboard" if k in walk.trucks else v for k, v in found.items()}


async def ride(walk: Walk, verb: str, lot: str) -> None:
    """Put a lot into a planned shipment, or call one off."""
    if verb == "load":
        body = walk.tale.shipment_body({"id": encode("lot", UUID(lot)), "site_id": walk.store})
        answer = await walk.hub.post("/v1/shipments", body)
        free = walk.book.status[lot] == "available"
        assert answer.status_code == (201 if free else 409), answer.text
        if free:
            walk.trucks[lot] = answer.json()["id"]
            walk.book.status[lot] = "aboard"
    elif walk.trucks:
        lot, shipment = walk.trucks.popitem()
        await walk.hub.do(f"/v1/shipments/{shipment}/cancel", {"reason": "replanned"})
        walk.book.status[lot] = "available"


async def act(walk: Walk, step: Step) -> None:
    """One step of the walk."""
    verb, one, other, size = step
    lot = walk.pick(one)
    if verb in ("merge", "repack"):
        await pool(walk, verb, [lot, walk.pick(other), walk.pick(one + other)], size)
    elif verb in ("split", "downgrade", "reject", "hold"):
        await divide(walk, verb, lot, size)
    elif verb in ("shrink", "adjust"):
        await measure(walk, verb, lot, size, bool(other % 2))
    elif verb == "clear":
        answer = await walk.ask(lot, "clear", {})
        held = walk.book.status[lot] == "quarantined"
        assert answer.status_code == (200 if held else 409), answer.text
        if held:
            walk.book.status[lot] = "available"
    elif verb == "undo":
        await undo(walk, len(walk.trail) - 1 if other % 2 else one)
    else:
        await ride(walk, verb, lot)


async def begin(hub: Api, unique: Callable[[str], str]) -> Walk:
    """Three farms have weighed most of what they were asked for; two counted it."""
    tale = await story.confirmed(hub, unique("eggs"), 60, 30, 10)
    book = Book()
    for n, (asked, weight, count) in enumerate(
        ((60, "58.125", 1000), (30, "29.333", 500), (10, "9.999", None))
    ):
        lot = await tale.lot(n, weight, count=count)
        book.new(_id(lot), "available", count, "a")
        allocation = str(decode("alc", lot["allocation_id"]))
        book.numbers["share", _id(lot), allocation] = Fraction(weight)
        book.numbers["allocated", allocation] = Fraction(asked)
        book.numbers["weighed", allocation] = Fraction(weight)
    store = await (await hub.party("operator")).site("store")
    return Walk(hub, tale, book, store=store)


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(sequence=steps)
async def test_goods_are_conserved(
    sequence: list[Step], hub: Api, owner: asyncpg.Connection, app: Any
) -> None:
    walk = await begin(hub, lambda start: f"{start}-{uuid4().hex[:12]}")
    order = decode("ord", walk.tale.order_id)
    for step in sequence:
        await act(walk, step)
        assert await stored(owner, order) == walk.book.seen(), (step, sequence)
        line = (await walk.tale.order())["lines"][0]
        numbers = walk.book.numbers
        allocated = sum((n for key, n in numbers.items() if key[0] == "allocated"), NOTHING)
        assert line["allocated"] == _qty(allocated)
        assert line["unallocated"] == _qty(100 - allocated)
    assert not any((await reconcile.drifted(app.state.database)).values())


def _qty(fraction: Fraction) -> dict[str, str]:
    return kg(f"{float(fraction):.3f}".rstrip("0").rstrip(".") or "0")
