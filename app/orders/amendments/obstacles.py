"""What stands against amending a line as the world is, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from app.agreements.states import AgreementStatus
from app.core.consent import Obstacle
from app.core.quantity import plain
from app.core.text import Text
from app.orders.amendments.terms import Change
from app.orders.commands.terms import FURTHEST
from app.parties.states import PartyStatus

_DONE = Text(
    "This line is complete; order anew what else is needed.",
    "Baris ini sudah selesai; buat pesanan baru untuk kebutuhan lain.",
)
_SHORT_CLOSED = Text(
    "The rest of this line was given up; order anew what is needed after all.",
    "Sisa baris ini sudah ditutup; buat pesanan baru bila masih dibutuhkan.",
)
_BROUGHT_OVER = Text(
    "More than promised was brought for this line already; its quantity stays.",
    "Barang untuk baris ini sudah melebihi yang disanggupi; jumlahnya tidak bisa diubah.",
)
_WEIGHED = Text(
    "{weighed} {unit} of this line are weighed already; it cannot be less than that.",
    "Sudah {weighed} {unit} dari baris ini ditimbang; jumlahnya tidak bisa kurang dari itu.",
)
_DAY_WEIGHED = Text(
    "Goods of this line are weighed already; its day stays.",
    "Barang untuk baris ini sudah ditimbang; tanggalnya tidak bisa diubah.",
)
_SITE_SHIPPED = Text(
    "Goods of this line are on the road already; its site stays.",
    "Barang untuk baris ini sudah dikirim; tujuannya tidak bisa diubah.",
)
_SITE_LOADED = Text(
    "Goods of this line are on a planned truck to the old site; cancel that shipment first.",
    "Barang untuk baris ini sudah ada di rencana pengiriman ke tujuan lama; batalkan dulu "
    "pengiriman itu.",
)
_DAY = Text("Choose a day from {first} to {last}.", "Pilih hari dari {first} sampai {last}.")
_OUTSIDE = Text(
    "The agreement runs from {first} to {last} and has no quota for this day.",
    "Kontrak berlaku dari {first} sampai {last}; tidak ada kuota untuk tanggal ini.",
)
_NOT_ACTIVE = Text(
    "The agreement is not active; it gives no more quota.",
    "Kontraknya sedang tidak aktif; kuotanya tidak bisa dipakai.",
)
_NOT_SELLABLE = Text(
    "These goods are not for sale now, or not on that day.",
    "Barang ini sedang tidak dijual, atau tidak dijual pada hari itu.",
)
_LEAD_TIME = Text(
    "This is made to order; the first day on which it can be ready is {first}.",
    "Barang ini dibuat sesuai pesanan; paling cepat siap pada {first}.",
)
_STEP = Text(
    "The listing is sold in multiples of {step} {unit}.",
    "Produk ini dijual dalam kelipatan {step} {unit}.",
)


def against(change: Change, today: date) -> Iterator[Obstacle]:
    """Everything that stands against *change* by itself; quota and stock are looked at together."""
    if change.line["done_at"] is not None:
        yield Obstacle(change.wish.pointer, "line_done", _DONE)
    elif change.line["short_closed_at"] is not None:
        yield Obstacle(change.wish.pointer, "line_short_closed", _SHORT_CLOSED)
    else:
        yield from _quantity(change)
        yield from _day(change, today)
        yield from _site(change)
        yield from _agreement(change)
        yield from _variant(change, today)


def _quantity(change: Change) -> Iterator[Obstacle]:
    wish, line = change.wish, change.line
    if wish.quantity is None:
        return
    pointer = f"{wish.pointer}/quantity"
    if line["over"]:
        yield Obstacle(pointer, "brought_over", _BROUGHT_OVER)
    elif wish.quantity < change.weighed:
        weighed, unit = plain(change.weighed), line["base_unit"]
        yield Obstacle(
            pointer,
            "goods_weighed",
            _WEIGHED.filled(weighed=weighed, unit=unit),
            {"weighed": {"value": weighed, "unit": unit}},
        )


def _day(change: Change, today: date) -> Iterator[Obstacle]:
    if not change.moved:
        return
    pointer = f"{change.wish.pointer}/deliver_on"
    last = today + FURTHEST
    if not today <= change.after.deliver_on <= last:
        yield Obstacle(pointer, "day", _DAY.filled(first=today, last=last))
    if change.weighed:
        yield Obstacle(pointer, "goods_weighed", _DAY_WEIGHED)


def _site(change: Change) -> Iterator[Obstacle]:
    if change.after.ship_to_site_id == change.before.ship_to_site_id:
        return
    pointer = f"{change.wish.pointer}/ship_to_site_id"
    if change.line["shipped"]:
        yield Obstacle(pointer, "goods_shipped", _SITE_SHIPPED)
    elif change.ground.loaded:
        yield Obstacle(pointer, "goods_loaded", _SITE_LOADED)


def _agreement(change: Change) -> Iterator[Obstacle]:
    term, bucket = change.ground.agreement, change.ground.next_bucket
    _, taken = change.moves()
    if term is None or not taken:
        return
    if term["status"] != AgreementStatus.ACTIVE:
        facts = {"current_status": term["status"]}
        yield Obstacle(change.wish.pointer, "agreement_not_active", _NOT_ACTIVE, facts)
    elif bucket is None or not bucket.open:
        outside = _OUTSIDE.filled(first=term["starts_on"], last=term["ends_on"])
        yield Obstacle(f"{change.wish.pointer}/deliver_on", "outside_agreement", outside)


def _variant(change: Change, today: date) -> Iterator[Obstacle]:
    """More goods of a listing, or goods for another day, must be for sale as if ordered now."""
    wish, term = change.wish, change.ground.variant
    if term is None:
        return
    _, taken = change.moves()
    if taken:
        for reason in _kept_off(change):
            yield Obstacle(wish.pointer, "not_sellable", _NOT_SELLABLE, {"reason": reason})
        first = today + timedelta(days=term["lead_days"] or 0)
        if today <= change.after.deliver_on < first:
            pointer = f"{wish.pointer}/{'deliver_on' if change.moved else 'quantity'}"
            yield Obstacle(pointer, "lead_time", _LEAD_TIME.filled(first=first))
    step = term["order_step"]
    if wish.quantity is not None and step is not None and wish.quantity % step:
        said = _STEP.filled(step=plain(step), unit=change.line["base_unit"])
        yield Obstacle(f"{wish.pointer}/quantity", "order_step", said)


def _kept_off(change: Change) -> list[str]:
    term = change.ground.variant
    assert term is not None
    reasons = {rule["code"] for rule in term["blocked"]}
    if not term["on_sale"]:
        reasons.add("not_on_sale")
    if term["seller_status"] != PartyStatus.ACTIVE:
        reasons.add("seller_suspended")
    if term["closed_then"]:
        reasons.add("closed_then")
    return sorted(reasons)
