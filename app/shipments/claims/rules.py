"""What may be claimed. Pure: no session, no clock.

Goods that were rejected at the gate, or never arrived, are not charged: there is nothing to credit,
they can only be sent again (or, if they lie there, be fetched). Goods that the buyer kept are
charged, so that money comes off for them however they are made good: what is sent again instead is
an order with a price of its own, and nobody pays twice. For those a photo is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.core.errors import DomainError, Kind, invalid
from app.core.ids import encode
from app.core.money import Money, line_amount, rupiah
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.shipments.claims.models import ClaimAbout, Remedy
from app.shipments.claims.schemas import ClaimLineIn
from app.shipments.claims.words import ABOUT

ANSWER_WITHIN = 3
"""Working days the hub has to answer; its silence grants everything, at its own cost.

As long as Indonesian public procurement gives for an answer to a complaint.
"""

CLOSED_AFTER = timedelta(days=7)
"""How long what ended can still be objected to, as long as goods could be claimed at all."""

A, R = ClaimAbout, Remedy
CHARGED = frozenset({A.ACCEPTED, A.DOWNGRADED})
ALLOWED = {
    A.ACCEPTED: frozenset(Remedy),
    A.DOWNGRADED: frozenset(Remedy),
    A.REJECTED: frozenset({R.REPLACEMENT, R.RETURN}),
    A.SHORT: frozenset({R.REPLACEMENT}),
}


class ClaimWindowOver(DomainError):
    """The time in which goods of a receipt could be claimed has passed."""

    kind = Kind.CONFLICT
    code = "claim_window_over"
    title = Text("Too late to claim", "Waktu klaim sudah lewat")
    advice = Text(
        "Goods can be claimed until claim_by of their receipt.",
        "Barang bisa diklaim sampai claim_by pada BAST-nya.",
    )


class AlreadyClaimed(DomainError):
    """Other claims hold so much of these goods that less is left than is asked."""

    kind = Kind.CONFLICT
    code = "already_claimed"
    title = Text("Already claimed", "Sudah diklaim")
    advice = Text(
        "Other claims are about these goods already; left says of how much they are not.",
        "Barang ini sudah ada dalam klaim lain; left menyebutkan sisa yang belum diklaim.",
    )


class NotCharged(DomainError):
    """Money is asked for goods that never fall due."""

    kind = Kind.INVALID
    code = "not_charged"
    title = Text("These goods are not charged", "Barang ini tidak ditagihkan")
    advice = Text(
        "Goods that were rejected at the gate or did not arrive never fall due, so there is "
        "nothing to credit. Ask for a replacement.",
        "Barang yang ditolak saat diterima atau tidak tiba memang tidak ditagihkan, jadi tidak ada "
        "yang perlu dikreditkan. Mintalah penggantian.",
    )


@dataclass(frozen=True)
class Received:
    """What a receipt says of one lot, what of it is claimed already, and its frozen price."""

    order_line_id: UUID
    unit: str
    price: Decimal
    per: Decimal
    quantities: Mapping[str, Decimal]
    claimed: Mapping[str, Decimal]


@dataclass(frozen=True)
class Complaint:
    """One line of a claim in base units; ``amount`` is what is asked, or could be credited."""

    lot_id: UUID
    order_line_id: UUID
    about: ClaimAbout
    quantity: Decimal
    amount: Decimal
    remedy: Remedy


def complaints(asked: Sequence[ClaimLineIn], received: Mapping[UUID, Received]) -> list[Complaint]:
    """The lines of a claim in base units.

    Raises Invalid at the first that cannot be, AlreadyClaimed when others claimed the goods.
    """
    said: dict[tuple[UUID, str], Decimal] = {}
    found = []
    for n, line in enumerate(asked):
        lot = received.get(line.lot_id)
        if lot is None:
            raise invalid(
                f"/lines/{n}/lot_id",
                "lot_unknown",
                "This lot is not in the receipt.",
                "Lot ini tidak ada di BAST.",
            )
        quantity = to_base(line.quantity, lot.unit, f"/lines/{n}/quantity")
        key = line.lot_id, line.about
        said[key] = said.get(key, Decimal(0)) + quantity
        _check_there(n, line, lot, said[key])
        check_remedy(line.remedy, line.about, f"/lines/{n}/remedy")
        if line.about in CHARGED and not line.photo_ids:
            raise invalid(
                f"/lines/{n}/photo_ids",
                "photo_needed",
                "You accepted these goods; show with at least one photo what is wrong with them.",
                "Barang ini sudah Anda terima; tunjukkan kekurangannya dengan minimal satu foto.",
            )
        amount = _asked(n, line, lot, quantity)
        found.append(
            Complaint(line.lot_id, lot.order_line_id, line.about, quantity, amount, line.remedy)
        )
    return found


def _check_there(n: int, line: ClaimLineIn, lot: Received, quantity: Decimal) -> None:
    """Raises Invalid for more than the receipt says, AlreadyClaimed for more than others leave."""
    there = lot.quantities[line.about]
    if quantity > there:
        about = ABOUT[line.about]
        raise invalid(
            f"/lines/{n}/quantity",
            "more_than_received",
            f"Of this lot the receipt says: {about.en} {plain(there)} {lot.unit}, no more.",
            f"Menurut BAST, dari lot ini {plain(there)} {lot.unit} {about.id}.",
        )
    left = there - lot.claimed[line.about]
    if quantity > left:
        raise AlreadyClaimed(
            lot_id=encode("lot", line.lot_id),
            about=line.about,
            left={"value": plain(left), "unit": lot.unit},
        )


def check_remedy(remedy: Remedy, about: ClaimAbout, pointer: str) -> None:
    """Raises NotCharged for credit of what is not charged, Invalid for what else cannot be."""
    if remedy in ALLOWED[about]:
        return
    if remedy is R.CREDIT:
        detail = NotCharged.advice
        raise NotCharged(detail, errors=invalid(pointer, NotCharged.code, *detail).errors)
    raise invalid(
        pointer,
        "nothing_to_return",
        "Goods that did not arrive cannot be returned.",
        "Barang yang tidak tiba tidak bisa dikembalikan.",
    )


def _asked(n: int, line: ClaimLineIn, lot: Received, quantity: Decimal) -> Decimal:
    """What may be taken off at most for a line: its value, or less when less is asked."""
    value = line_amount(quantity, lot.price, lot.per) if line.about in CHARGED else Decimal(0)
    if line.amount is None:
        return value
    return checked(line.amount, value, f"/lines/{n}/amount")


def checked(amount: Money, most: Decimal, pointer: str) -> Decimal:
    """An amount that was said, or granted. Raises Invalid for one that cannot be."""
    if not most:
        raise invalid(
            pointer,
            "no_money",
            "Nothing is charged for these goods, so nothing can come off; leave amount out.",
            "Barang ini tidak ditagihkan, jadi tidak ada potongan; kosongkan amount.",
        )
    if not 0 < amount.amount <= most:
        raise invalid(
            pointer,
            "more_than_value",
            f"Expected more than Rp 0 and at most {rupiah(most).en} for this quantity.",
            f"Harus lebih dari Rp 0 dan paling banyak {rupiah(most).id} untuk jumlah ini.",
        )
    return amount.amount
