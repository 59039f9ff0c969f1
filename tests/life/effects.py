"""What becomes of the book when something is done: written from the rules, not from the service."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from tests.life.book import (
    LIVE,
    OFF,
    OPEN,
    STANDING,
    STOOD_BY,
    ZERO,
    AgreedLine,
    Agreement,
    Book,
    Line,
    Period,
    percent,
    periods,
)
from tests.life.road import lines_on, unload


def end_order(book: Book, order_id: str, status: str) -> None:
    """An order ends before anything of it left: trucks, lots, shares, all is free again."""
    order = book.orders[order_id]
    order.status = status
    lines = {line.id for line in book.lines_of(order_id)}
    call_off(book, lines)
    for line in lines:
        give_back_lots(book, line)
        for share in book.shares_of(line):
            end_share(book, share.id, "released")
    lapse(book, order_id)


def lapse(book: Book, of: str) -> None:
    """What was proposed for something that has ended is not answered any more."""
    for amendment in book.amendments.values():
        if amendment.of == of and amendment.status == "proposed":
            amendment.status = "expired"


def call_off(book: Book, lines: Collection[str]) -> None:
    """Planned trucks with goods of *lines* do not drive; all they carry is available again."""
    for truck in book.trucks.values():
        if truck.status in ("planned", "loading") and lines_on(book, truck.id) & set(lines):
            cancel_truck(book, truck.id)


def cancel_truck(book: Book, truck_id: str) -> set[str]:
    """A truck does not drive; the lines that it had goods of."""
    truck = book.trucks[truck_id]
    truck.status = "cancelled"
    unload(book, truck.lots, "available")
    return lines_on(book, truck_id)


def give_back_lots(book: Book, line: str) -> dict[str, Decimal]:
    """Lots of a line that stand ready are their sellers' again; the weight per share."""
    back: dict[str, Decimal] = {}
    for lot in book.lots_of(line):
        if lot.status in STANDING:
            lot.status = "depleted"
            lot.pieces = None if lot.pieces is None else 0
            for share, part in lot.parts.items():
                back[share] = back.get(share, ZERO) + part.balance
                part.balance = ZERO
    return back


def end_share(book: Book, share_id: str, status: str) -> None:
    """Nothing is left of a share."""
    share = book.shares[share_id]
    share.status, share.quantity, share.weighed = status, ZERO, ZERO
    if status in ("declined", "timed_out"):
        share.gave_back = True


def confirm_share(book: Book, share_id: str, quantity: Decimal) -> None:
    """The seller brings *quantity* of a share."""
    share = book.shares[share_id]
    if quantity < share.quantity:
        share.gave_back = True
    share.status, share.quantity = "confirmed", quantity


def let_go(book: Book, line: str) -> None:
    """A line needs no more: sellers keep to bring what is weighed and not given back just now."""
    back = give_back_lots(book, line)
    for share in book.shares_of(line):
        kept = share.weighed - back.get(share.id, ZERO)
        if kept == 0:
            end_share(book, share.id, "released")
        else:
            share.quantity = share.weighed = kept


def weigh(book: Book, share_id: str, quantity: Decimal) -> None:
    """A seller weighs so much; beyond its share it brings over."""
    share = book.shares[share_id]
    line = book.lines[share.line]
    share.weighed += quantity
    excess = max(share.weighed - share.quantity, ZERO)
    share.quantity += excess
    line.over += excess
    if share.quantity >= share.asked:
        share.gave_back = False  # it brings all that it was asked for after all
    assert line.confirmed is not None
    assert line.over * 100 <= line.confirmed * line.over_pct, "more than its tolerance"
    share.status = "picked" if share.status == "confirmed" else share.status


def come_back(book: Book, truck_id: str) -> None:
    """All that left with a truck is at the hub again, and waits for a decision."""
    truck = book.trucks[truck_id]
    for lot in (book.lots[name] for name in truck.lots):
        book.lines[lot.line].shipped -= lot.balance
    truck.status = "returned"
    unload(book, truck.lots, "quarantined")
    out = book.out()
    for share in {name for lot in truck.lots for name in book.lots[lot].parts}:
        if not out.get(share) and book.shares[share].status == "shipped":
            book.shares[share].status = "picked"
    for line in (book.lines[name] for name in lines_on(book, truck_id)):
        if line.closed and not line.done:
            let_go(book, line.id)
            line.short_closed += line.about - line.shipped
    settle(book, lines_on(book, truck_id))


def lose(book: Book, truck_id: str) -> None:
    """What left with a truck will not arrive: all of it is short."""
    book.trucks[truck_id].status = "lost"
    for lot in (book.lots[name] for name in book.trucks[truck_id].lots):
        book.lines[lot.line].short += lot.balance
    settle(book, lines_on(book, truck_id))


def settle(book: Book, lines: Iterable[str]) -> None:
    """Close those of *lines* of which nothing is awaited and enough was kept, and their orders."""
    done = [line for line in (book.lines[n] for n in lines) if _is_done(book, line)]
    for line in done:
        line.done = True
        let_go(book, line.id)
    for order_id in {line.order for line in done}:
        awaited = [line for line in book.lines_of(order_id) if line.confirmed and not line.done]
        if not awaited and book.orders[order_id].status == "in_progress":
            book.orders[order_id].status = "completed"
            lapse(book, order_id)


def _is_done(book: Book, line: Line) -> bool:
    signed = {r.truck for r in book.receipts.values() if r.status in STOOD_BY}
    for truck in book.trucks.values():
        on_it = line.id in lines_on(book, truck.id)
        if on_it and truck.status not in (*OFF, "lost") and truck.id not in signed:
            return False
    if line.done or book.orders[line.order].status not in OPEN or line.confirmed is None:
        return False
    if line.closed:
        return line.kept + line.rejected + line.short == line.shipped
    return line.kept > 0 and line.kept * 100 >= line.confirmed * (100 - line.under)


def short_close(book: Book, lines: Collection[str]) -> None:
    """What has not left of *lines* is given up."""
    call_off(book, lines)
    for name in lines:
        line = book.lines[name]
        let_go(book, name)
        line.short_closed = line.about - line.shipped
        line.closed = True
    settle(book, lines)


def open_agreement(book: Book, agreement: Agreement) -> None:
    """It binds: every line has its periods."""
    for line in agreement.lines.values():
        _lay_out(agreement, line, agreement.starts)
    book.agreements[agreement.id] = agreement


def _lay_out(agreement: Agreement, line: AgreedLine, since: date) -> list[Period]:
    """The periods of a line from the one that begins on *since*: those it lacks are made."""
    days = [d for d in periods(line.kind, agreement.starts, agreement.ends) if d[0] >= since]
    for n, (start, end) in enumerate(days):
        carrying = line.carry != "none" and n + 1 < len(days)
        was = line.periods.get(start)
        if was is None:
            overdraw = percent(line.quota, line.overdraw_pct)
            line.periods[start] = Period(start, end, line.quota, overdraw, carrying)
        else:
            was.end, was.carrying = end, carrying
    return [line.periods[start] for start, _ in days]


def draw(agreement: Agreement, *, possible: bool) -> None:
    """Whether the periods that an agreement has can be drawn on."""
    for line in agreement.lines.values():
        for period in line.periods.values():
            period.drawable = possible and period.start <= agreement.ends


def shut(book: Book, agreement: Agreement, status: str) -> None:
    """An agreement ends; what orders hold of it stays theirs."""
    agreement.status = status
    for line in agreement.lines.values():
        for period in line.periods.values():
            period.drawable = period.carrying = False
    lapse(book, agreement.id)


def amend_agreement(
    agreement: Agreement,
    quotas: dict[str, tuple[Decimal, Decimal]],
    effective: date,
    ends: date,
    today: date,
) -> None:
    """Other quotas (and overdraw %) from a day on, another last day; what is past stays."""
    old_end, agreement.ends = agreement.ends, ends
    for line in agreement.lines.values():
        before = (line.quota, percent(line.quota, line.overdraw_pct))
        changed = line.id in quotas
        if changed:
            line.quota, line.overdraw_pct = quotas[line.id]
        after = (line.quota, percent(line.quota, line.overdraw_pct))
        there = {start: p for start, p in line.periods.items() if p.end >= today}
        since = min(there, default=agreement.starts)
        known = set(line.periods)
        for period in _lay_out(agreement, line, since):
            from_then = period.start >= effective or line.kind == "once"
            back = period.start > old_end
            if period.start not in known or back or (changed and from_then):
                given = after if from_then else before
                period.quota, period.overdraw = given
            there.pop(period.start, None)
            period.drawable = agreement.status == "active"
        for period in there.values():
            period.quota = period.overdraw = ZERO
            period.drawable = period.carrying = False


def never_negative(book: Book) -> None:
    """No period gives more than it has, no offer and no line more than was said of it."""
    quota = book.quota()
    for agreement in book.agreements.values():
        for line in agreement.lines.values():
            for period in line.periods.values():
                assert book.left(line, period) >= 0, ("quota", line, period)
                assert min(quota[line.id, period.start]) >= 0
    for (offer, start), counts in book.taken().items():
        _, offered = book.offers[offer].periods[start]
        assert min(counts) >= 0, ("offer", offer, start, counts)
        assert sum(counts) <= offered, ("offer", offer, start, counts)
    for order_line in book.lines.values():
        held = sum((s.quantity for s in book.shares_of(order_line.id)), ZERO)
        assert held <= order_line.about, ("allocated", order_line, held)
        assert order_line.shipped <= held, ("shipped", order_line)
    _whose_goods(book)


def _whose_goods(book: Book) -> None:
    """What is in lots is somebody's, and nobody has more or less in them than is counted."""
    stands: dict[str, Decimal] = dict.fromkeys(book.shares, ZERO)
    for lot in book.lots.values():
        for name, part in lot.parts.items():
            assert 0 <= part.balance <= part.made, ("part", lot)
            stands[name] += part.balance if lot.status != "rejected" else ZERO
        assert lot.pieces is None or lot.pieces >= 0, ("pieces", lot)
    aboard = book.aboard()
    for lot in book.lots.values():
        there = lot.status in STANDING or lot.status == "rejected"
        assert there == (lot.balance > 0 and lot.id not in aboard), ("standing", lot)
    out = book.out()
    for share in book.shares.values():
        assert share.weighed == stands[share.id] if share.status in LIVE else not stands[share.id]
        assert 0 <= share.weighed <= share.quantity, share
        assert (share.status == "shipped") == (out.get(share.id, ZERO) > 0), ("shipped", share)
