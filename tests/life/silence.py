"""What becomes of the book when nobody does anything: the worker's jobs, each told anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.life.book import BINDING, STOOD_BY, ZERO, Book, percent
from tests.life.effects import end_share, settle, shut
from tests.life.goods import Receipt
from tests.life.road import lines_on, receive

RECEIVING, SIGNING, CLAIMING = timedelta(days=3), timedelta(days=3), timedelta(days=7)


def carry_over(book: Book, _: datetime, today: date) -> None:
    """What periods that are over leave moves into the next ones."""
    counts = book.quota()
    for agreement in book.agreements.values():
        for line in agreement.lines.values():
            in_order = sorted(line.periods.values(), key=lambda p: p.start)
            for period, following in pairwise(in_order):
                if not period.carrying or period.end >= today:
                    continue
                if (following.start - period.end).days != 1:
                    continue
                reserved, consumed = counts[line.id, period.start]
                unused = period.quota + period.carried_in - reserved - consumed
                unused -= period.carried_out
                if line.carry == "limited":
                    cap = percent(period.quota, line.carry_pct) - period.carried_out
                    unused = min(unused, cap)
                unused = max(unused, ZERO)
                period.carried_out += unused
                following.carried_in += unused
                earlier = [p for p in in_order if p.end < period.start]
                if reserved == 0 and not any(p.carrying for p in earlier):
                    period.carrying = False


def end_agreements(book: Book, _: datetime, today: date) -> None:
    """The last day of agreements has passed."""
    counts = book.quota()
    for agreement in book.agreements.values():
        if agreement.status in BINDING and agreement.ends < today:
            keys = [(n, start) for n, line in agreement.lines.items() for start in line.periods]
            in_use = any(counts[key][0] for key in keys)
            shut(book, agreement, "expired" if in_use else "completed")


def deem_signed(book: Book, now: datetime, _: date) -> None:
    """The buyer has been silent too long: that accepts the goods."""
    due = [r for r in book.receipts.values() if r.status == "posted" and r.sign_by < now]
    for receipt in due:
        receipt.status = "deemed_signed"
    settle(book, {line for receipt in due for line in lines_on(book, receipt.truck)})


def post_overdue(book: Book, now: datetime, _: date) -> None:
    """Nobody has written down what arrived: it was as it left."""
    for truck in book.trucks.values():
        receipt = book.receipts.get(truck.id)
        if truck.status != "delivered" or (receipt and receipt.status != "draft"):
            continue
        if max(truck.delivered_at, truck.reversed_at or truck.delivered_at) + RECEIVING <= now:
            lines: dict[str, tuple[Decimal, ...]] = {
                name: (book.lots[name].balance, ZERO, ZERO) for name in truck.lots
            }
            known, until = receipt.id if receipt else "", (now + SIGNING, now + CLAIMING)
            book.receipts[truck.id] = Receipt(truck.id, "posted", lines, known, *until)
            receive(book, truck.id)


def close_shipments(book: Book, now: datetime, _: date) -> None:
    """What arrived is signed for, and nobody can complain any more."""
    for receipt in book.receipts.values():
        truck = book.trucks[receipt.truck]
        over = receipt.status in STOOD_BY and receipt.claim_by < now
        ended = ("rejected", "withdrawn", "resolved", "closed")
        waits = [c for c in book.claims.values() if c.truck == truck.id and c.status not in ended]
        if over and not waits and truck.status in ("arrived", "delivered"):
            truck.status = "closed"


def deem_claims_accepted(book: Book, now: datetime, _: date) -> None:
    """The hub has not answered: all is granted, and it bears that itself."""
    for claim in book.claims.values():
        if claim.status in ("opened", "under_review") and claim.answer_by <= now:
            claim.status = "deemed_accepted"
            for name, (_, _, quantity, amount, _) in claim.lines.items():
                claim.granted[name] = (quantity, amount)
                if amount:
                    book.deductions[name, book.hub, None] = (quantity, amount)


def close_claims(book: Book, now: datetime, _: date) -> None:
    """What was done, or refused, a week ago is put away."""
    for claim in book.claims.values():
        if claim.status in ("resolved", "rejected") and claim.ended_at + CLAIMING <= now:
            claim.status = "closed"


def expire_lots(book: Book, _: datetime, today: date) -> None:
    """Goods are too old to ride."""
    for lot in book.lots.values():
        old = lot.best_before is not None and lot.best_before < today
        if old and lot.status in ("expected", "available", "quarantined"):
            lot.status = "expired"


def expire_offers(book: Book, _: datetime, today: date) -> None:
    """The last day of offers has passed; what was asked of them stands."""
    for offer in book.offers.values():
        if offer.status in ("open", "paused") and offer.until < today:
            offer.status = "expired"


def expire_orders(book: Book, now: datetime, _: date) -> None:
    """The hub has not answered."""
    for order in book.orders.values():
        if order.status == "placed" and order.respond_by < now:
            order.status = "expired"


def expire_amendments(book: Book, now: datetime, _: date) -> None:
    """The other side has not answered: everything stays as it was."""
    for amendment in book.amendments.values():
        if amendment.status == "proposed" and amendment.respond_by < now:
            amendment.status = "expired"


def settle_overdue(book: Book, _: datetime, __: date) -> None:
    """What awaits nothing any more, because a truck it shared was called off."""
    settle(book, list(book.lines))


def time_out(book: Book, now: datetime, _: date) -> None:
    """Sellers have not answered: others are asked."""
    for share in book.shares.values():
        if share.status == "offered" and share.respond_by <= now:
            end_share(book, share.id, "timed_out")


JOBS: dict[str, Callable[[Book, datetime, date], None]] = {
    "carry_over": carry_over,
    "close_claims": close_claims,
    "close_shipments": close_shipments,
    "deem_claims_accepted": deem_claims_accepted,
    "deem_signed": deem_signed,
    "end_agreements": end_agreements,
    "expire_lots": expire_lots,
    "expire_offers": expire_offers,
    "expire_orders": expire_orders,
    "expire_order_amendments": expire_amendments,
    "lapse_amendments": expire_amendments,
    "post_overdue": post_overdue,
    "settle_overdue": settle_overdue,
    "time_out_allocations": time_out,
}
"""By the name under which the worker knows them; the others move nothing that is in the book."""
