"""Whether the service and the book agree, and whether what must always hold does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from decimal import Decimal
from typing import Any

from app import reconcile
from tests.life.book import Book, Share
from tests.life.effects import never_negative
from tests.life.look import open_ends, untold
from tests.life.world import World, Wrong

D = Decimal


async def check(w: World, asks: str = "", shrinks: frozenset[str] = frozenset()) -> None:
    """Book and database say the same, in things and in sums, and nothing impossible is."""
    seen, stored = await w.look()
    for share in seen.shares.values():
        if share.id not in w.book.shares:
            _new(w, share, asks)
            w.book.shares[share.id] = share
    for line in shrinks:
        _shrink(w, seen, line)
    for name in vars(seen):
        same(name, getattr(w.book, name), getattr(seen, name))
    same("sums", w.book.sums(), stored)
    never_negative(w.book)
    await sound(w)


async def sound(w: World) -> None:
    """What must hold however things came about."""
    drifted = {name: rows for name, rows in (await reconcile.drifted(w.database)).items() if rows}
    if drifted:
        raise Wrong(f"drifted: {drifted}")
    if found := await untold(w.db):
        raise Wrong(f"history: {found[:5]}")


def _new(w: World, share: Share, asks: str) -> None:
    """A seller may only be asked by what allocates, and not again for what it gave back."""
    line = w.book.lines[share.line]
    where = (share, line)
    if not asks or share.status != "offered" or share.weighed:
        raise Wrong(f"asked from nowhere: {where}")
    if share.offer is None:
        if line.variant is None:
            raise Wrong(f"no offer: {where}")
        return
    offer = w.book.offers[share.offer]
    assert share.start is not None
    end, _ = offer.periods[share.start]
    fits = offer.goods == line.goods and share.start <= line.deliver_on <= end
    if not fits or offer.kind != "commitment" or offer.status != "open":
        raise Wrong(f"not to be asked: {where} {offer}")
    if offer.pack and share.quantity % offer.pack:
        raise Wrong(f"broken packs: {where} {offer}")
    share.asked = share.quantity
    before = [s for s in w.book.shares.values() if (s.line, s.seller) == (line.id, share.seller)]
    if asks != "manual" and any(s.gave_back for s in before):
        raise Wrong(f"asked again: {where}")


def _shrink(w: World, seen: Book, line_id: str) -> None:
    """Shares of an amended line: as small as is needed, none that is weighed, none but if needed."""
    line = w.book.lines[line_id]
    before = w.book.shares_of(line_id)
    gone = 0
    for share in before:
        now = seen.shares[share.id]
        gone += now.quantity < share.quantity
        if now.quantity > share.quantity or now.weighed != share.weighed:
            raise Wrong(f"amended: {share} -> {now}")
        share.asked -= share.quantity - now.quantity
        share.status, share.quantity = now.status, now.quantity
    if gone and sum((s.quantity for s in before), D(0)) > line.about:
        raise Wrong(f"more than is needed: {line}")


def same(name: str, book: Any, database: Any) -> None:
    """Raises Wrong, with what differs, unless the two are equal."""
    if book != database:
        found = "\n".join(_differing(name, book, database))
        raise Wrong(found)


def _differing(path: str, book: Any, database: Any) -> Iterator[str]:
    if book == database:
        return
    if is_dataclass(book) and is_dataclass(database):
        book, database = vars(book), vars(database)
    if isinstance(book, dict) and isinstance(database, dict):
        for key in sorted({*book, *database}, key=str):
            yield from _differing(f"{path} {key}", book.get(key), database.get(key))
    else:
        yield f"{path}: book {book}, database {database}"


async def nothing_held(w: World) -> None:
    """Everything has ended: nothing is held anywhere, and all that went in came out."""
    for key, counts in w.book.sums().items():
        held = {"quota": counts[0], "stock": counts[-1], "offer": sum(counts[:2]), "lot": counts[0]}
        rejected = key[0] == "lot" and w.book.lots[key[1]].status == "rejected"
        if held.get(key[0]) and not rejected:
            raise Wrong(f"still held: {key} {counts}")
    if left := await open_ends(w.db, w.parties):
        raise Wrong(f"not balanced: {left}")
