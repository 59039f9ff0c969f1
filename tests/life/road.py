"""What becomes of the book when goods ride: written from the rules, not from the service."""

from __future__ import annotations

from collections.abc import Iterable

from tests.life.book import Book


def unload(book: Book, lots: Iterable[str], to: str) -> None:
    """Lots come off a truck; what must not be eaten is known as that."""
    for lot in (book.lots[name] for name in lots):
        old = lot.best_before is not None and lot.best_before < book.today
        lot.status = "recalled" if held_by(book, lot.id) else "expired" if old else to


def dispatch(book: Book, truck_id: str) -> None:
    """A truck leaves."""
    truck = book.trucks[truck_id]
    truck.status = "dispatched"
    for lot in (book.lots[name] for name in truck.lots):
        line = book.lines[lot.line]
        line.shipped += lot.balance
        if book.orders[line.order].status != "in_progress":
            book.orders[line.order].status = "in_progress"
        for share, part in lot.parts.items():
            if part.balance:
                book.shares[share].status = "shipped"


def may_leave(book: Book, truck_id: str) -> bool:
    """Whether nothing on a truck is recalled, or past its day."""
    lots = [book.lots[name] for name in book.trucks[truck_id].lots]
    old = any(x.best_before is not None and x.best_before < book.today for x in lots)
    return not old and not any(held_by(book, lot.id) for lot in lots)


def receive(book: Book, truck_id: str, sign: int = 1) -> None:
    """What the receipt of a truck says counts, or with -1 does not any more."""
    for name, (accepted, downgraded, rejected) in book.receipts[truck_id].lines.items():
        lot = book.lots[name]
        line = book.lines[lot.line]
        line.accepted += sign * accepted
        line.downgraded += sign * downgraded
        line.rejected += sign * rejected
        line.short += sign * (lot.balance - accepted - downgraded - rejected)


def lines_on(book: Book, truck_id: str) -> set[str]:
    """The lines that a truck has goods of."""
    return {book.lots[lot].line for lot in book.trucks[truck_id].lots}


def held_by(book: Book, lot: str) -> bool:
    """Whether a recall that is not lifted has this lot."""
    return any(lot in r.lots and r.status != "lifted" for r in book.recalls.values())
