"""What becomes of the book when goods go from lot to lot, are lost, found, rejected; and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.life.book import STANDING, ZERO, Book
from tests.life.effects import end_share
from tests.life.goods import Event, Lot, Part, divide
from tests.life.road import held_by

D = Decimal


@dataclass
class Out:
    """A lot that comes of goods: so much, so many pieces; in another state or grade if said."""

    quantity: Decimal
    pieces: int | None = None
    status: str | None = None
    grade: str | None = None


class Doing:
    """One event while the book follows it; what it took and brought, per share."""

    def __init__(self, book: Book, kind: str, lots: Sequence[Lot]) -> None:
        self.book, self.lots = book, lots
        self.event = Event("", kind, lots[0].line)
        self.lost: dict[str, Decimal] = {}
        self.back: dict[str, Decimal] = {}
        self.event.before = {lot.id: lot.status for lot in lots}
        variant = book.lines[lots[0].line].variant
        self.quantum = D("0.001") if variant is None else D(1)

    def into(self, out: Out, made: str) -> Lot:
        """Goods of the lots become one; of several all that is there goes in the end."""
        first = self.lots[0]
        days = [lot.best_before for lot in self.lots if lot.best_before is not None]
        child = Lot(
            made,
            first.line,
            out.grade or first.grade,
            min(days) if days else None,
            {},
            out.pieces,
            out.pieces,
            out.status or self.event.before[first.id],
        )
        for (lot, share), part in self._take(out.quantity).items():
            inside = child.parts.setdefault(share, Part(ZERO, ZERO))
            inside.made += part
            inside.balance += part
            self.event.link(lot, made, share, part)
        self._count_off(out.pieces or 0)
        self.book.lots[made] = child
        self.event.made.add(made)
        return child

    def lose(self, quantity: Decimal, pieces: int) -> None:
        """So much is no more."""
        for (lot, share), part in self._take(quantity).items():
            self.event.link(lot, None, share, part)
            self.lost[share] = self.lost.get(share, ZERO) + part
        self._count_off(pieces)

    def find(self, quantity: Decimal, pieces: int) -> None:
        """So much more is in the lot, of each share in proportion."""
        (lot,) = self.lots
        inside = {share: part.balance for share, part in lot.parts.items() if part.balance}
        if lot.pieces is not None and lot.counted is not None:
            lot.pieces += pieces
            lot.counted += pieces
            self.event.found_pieces[lot.id] = pieces
        found = divide(quantity, inside, self.quantum) if quantity else {}
        line = self.book.lines[lot.line]
        for name, part in found.items():
            lot.parts[name].made += part
            lot.parts[name].balance += part
            self.event.link(None, lot.id, name, part)
            share = self.book.shares[name]
            share.weighed += part
            over = max(share.weighed - share.quantity, ZERO)
            if over:
                share.quantity += over
                line.over += over
                self.event.over[name] = over
            share.asked = max(share.asked, share.quantity)
            if share.quantity >= share.asked:
                share.gave_back = False
        assert line.confirmed is not None
        assert line.over * 100 <= line.confirmed * line.over_pct, "more than its tolerance"

    def reject_whole(self) -> None:
        """All of the lot is its sellers' again; it stays where it lies."""
        (lot,) = self.lots
        for share, part in lot.parts.items():
            if part.balance:
                self.event.link(lot.id, None, share, part.balance)
        self.send_back(lot)
        lot.status = "rejected"

    def send_back(self, lot: Lot) -> None:
        """What is in the lot is its sellers' again."""
        for share, part in lot.parts.items():
            if part.balance:
                self.back[share] = self.back.get(share, ZERO) + part.balance

    def done(self, event_id: str) -> None:
        """It has this id; the shares follow."""
        for lot in self.lots:
            if not lot.balance and lot.status != "rejected":
                lot.status = "depleted"
            self.event.after[lot.id] = lot.status
        self.event.id = event_id
        self.book.events[event_id] = self.event
        lessen(self.book, self.lost, self.back)

    def _take(self, quantity: Decimal) -> dict[tuple[str, str], Decimal]:
        by_id = {lot.id: lot for lot in self.lots}
        inside = {
            (lot.id, share): part.balance
            for lot in self.lots
            for share, part in lot.parts.items()
            if part.balance
        }
        taken = divide(quantity, inside, self.quantum) if quantity else {}
        for (lot_id, share), part in taken.items():
            by_id[lot_id].parts[share].balance -= part
        return taken

    def _count_off(self, pieces: int) -> None:
        """Of one lot so many; of several all of them: which lacks one nobody saw."""
        for lot in self.lots:
            if lot.pieces is not None:
                gone = pieces if len(self.lots) == 1 else lot.pieces
                lot.pieces -= gone
                self.event.pieces[lot.id] = self.event.pieces.get(lot.id, 0) + gone


def lessen(book: Book, lost: dict[str, Decimal], back: dict[str, Decimal]) -> None:
    """Shares are shorter by what is lost or sent back; of which nothing is left, one ends."""
    for name in {*lost, *back}:
        share = book.shares[name]
        gone = lost.get(name, ZERO) + back.get(name, ZERO)
        share.lost += lost.get(name, ZERO)
        if gone == share.quantity:
            end_share(book, name, "released")
        else:
            share.quantity -= gone
            share.weighed -= gone
            share.asked -= gone


def measured(doing: Doing, weight: Decimal, pieces: int | None) -> None:
    """The scales say so much now."""
    (lot,) = doing.lots
    more = weight - lot.balance
    counted = 0
    if lot.pieces is not None:
        there = pieces if pieces is not None else lot.pieces if weight else 0
        counted = there - lot.pieces
    if more < 0 or counted < 0:
        doing.lose(max(-more, ZERO), max(-counted, 0))
    if more > 0 or counted > 0:
        doing.find(max(more, ZERO), max(counted, 0))


def undo(book: Book, event: Event) -> None:
    """Goods are where they were, and what followed of it for shares has not been."""
    event.undone = True
    lost: dict[str, Decimal] = {}
    back: dict[str, Decimal] = {}
    found: dict[str, Decimal] = {}
    for (parent, child, share), quantity in event.links.items():
        _flow_back(book, parent, child, share, quantity)
        if parent is None:
            found[share] = found.get(share, ZERO) + quantity
        elif event.kind == "reject":
            back[share] = back.get(share, ZERO) + quantity
            if child is None:  # it lay in its lot all the time
                book.lots[parent].parts[share].balance -= quantity
        elif child is None:
            lost[share] = lost.get(share, ZERO) + quantity
    _turn_back(book, event)
    _restore(book, lost, back)
    _unfind(book, event, found)


def _flow_back(
    book: Book, parent: str | None, child: str | None, share: str, quantity: Decimal
) -> None:
    if child is not None:
        book.lots[child].parts[share].balance -= quantity
        book.lots[child].parts[share].made -= quantity if parent is None else ZERO
    if parent is not None:
        book.lots[parent].parts[share].balance += quantity


def _turn_back(book: Book, event: Event) -> None:
    """The lots of an event are in the states in which it found them, unless they went on."""
    for made in event.made:
        book.lots[made].status = "depleted"
        book.lots[made].pieces = None if book.lots[made].pieces is None else 0
    for name, before in event.before.items():
        lot = book.lots[name]
        if lot.status in (event.after[name], "depleted"):
            lot.status = "recalled" if before in STANDING and held_by(book, name) else before
        if lot.pieces is not None and lot.counted is not None:
            lot.pieces += event.pieces.get(name, 0) - event.found_pieces.get(name, 0)
            lot.counted -= event.found_pieces.get(name, 0)


def _unfind(book: Book, event: Event, found: dict[str, Decimal]) -> None:
    for name, quantity in found.items():
        share, over = book.shares[name], event.over.get(name, ZERO)
        share.weighed -= quantity
        share.quantity -= over
        share.asked = max(share.asked - over, share.quantity)
        book.lines[event.line].over -= over


def _restore(book: Book, lost: dict[str, Decimal], back: dict[str, Decimal]) -> None:
    for name in {*lost, *back}:
        share = book.shares[name]
        quantity = lost.get(name, ZERO) + back.get(name, ZERO)
        share.lost -= lost.get(name, ZERO)
        if share.status == "released":
            share.status = "picked"
        share.quantity += quantity
        share.weighed += quantity
        share.asked += quantity
