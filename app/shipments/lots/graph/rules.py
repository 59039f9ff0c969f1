"""How much of a lot is meant, and whether that can be. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.core.errors import DomainError, Invalid, Kind, invalid
from app.core.ids import encode
from app.core.quantity import Quantity, plain, to_base
from app.core.text import Text
from app.shipments.lots.graph.held import Held
from app.shipments.lots.graph.work import ZERO, Out
from app.shipments.lots.states import LOT


class NotInLot(DomainError):
    """More was to be taken out of a lot than there is."""

    kind = Kind.CONFLICT
    code = "not_in_lot"
    title = Text("Not that much in the lot", "Isi lot tidak sebanyak itu")
    advice = Text(
        "left says what is in it; take at most that.",
        "Isian left menunjukkan isinya; ambil paling banyak sejumlah itu.",
    )


def part(lot: Held, quantity: Quantity | None, count: int | None, at: str = "") -> Out:
    """So much of *lot*, checked: all of it unless said. *at* is where that stands in the request.

    Pieces are balanced as weight is: of a lot that was counted, a part says how many, and what is
    left has some too. Raises NotInLot, Invalid.
    """
    asked = lot.balance if quantity is None else to_base(quantity, lot.unit, f"{at}/quantity")
    if asked > lot.balance:
        raise not_in_lot(lot, lot.balance)
    return Out(asked, pieces(lot, asked, count, at))


def pieces(
    lot: Held, quantity: Decimal, count: int | None, at: str, *, least: int = 1
) -> int | None:
    """How many pieces go with *quantity* of *lot*. Raises Invalid as `part`."""
    if lot.count_balance is None:
        return count
    if not lot.count_balance:  # what it weighs came back, and its pieces are elsewhere
        if count:
            raise not_counted()
        return None
    if quantity == lot.balance:
        if count not in (None, lot.count_balance):
            raise _count(at, lot.count_balance, lot.count_balance)
        return lot.count_balance
    if count is None:
        raise count_needed(at)
    if not least <= count < lot.count_balance:
        raise _count(at, least, lot.count_balance - 1)
    return count


def lost(lot: Held, quantity: Quantity, count: int | None) -> tuple[Decimal, int]:
    """So much of *lot*, and so many pieces, that are no more: maybe none, where they only dried."""
    asked = to_base(quantity, lot.unit, "/quantity")
    if asked > lot.balance:
        raise not_in_lot(lot, lot.balance)
    if lot.count_balance is None and count:
        raise not_counted()
    return asked, pieces(lot, asked, count, "", least=0) or 0


def repacked(lots: Sequence[Held], outs: Sequence[Out]) -> tuple[Decimal, int]:
    """What is missing after *lots* were packed into *outs*: weight and pieces; never more.

    Raises NotInLot for more, Invalid where pieces do not fit.
    """
    had = sum((lot.balance for lot in lots), ZERO)
    packed = sum((out.quantity for out in outs), ZERO)
    if packed > had:
        raise not_in_lot(lots[0], had)
    counts = [lot.count_balance for lot in lots]
    there = sum(count or 0 for count in counts)
    if None in counts or not there:
        return had - packed, 0
    for n, out in enumerate(outs):
        if out.count is None:
            raise count_needed(f"/parts/{n}")
    named = sum(out.count or 0 for out in outs)
    if named > there or (packed == had and named < there):
        raise _count("/parts/0", there if packed == had else len(outs), there)
    return had - packed, there - named


def check_twice(lots: Sequence[Held]) -> None:
    """Raises Invalid for a lot that is named twice."""
    seen = set()
    for n, lot in enumerate(lots):
        if lot.id in seen:
            raise invalid(
                f"/lot_ids/{n}",
                "duplicate",
                "This lot is named twice.",
                "Lot ini disebut dua kali.",
            )
        seen.add(lot.id)


def not_in_lot(lot: Held, left: Decimal) -> NotInLot:
    """The refusal of more than *left*."""
    return NotInLot(
        Text("There are {left} {unit} in it.", "Isinya {left} {unit}.").filled(
            left=plain(left), unit=lot.unit
        ),
        lot_id=encode(LOT.prefix, lot.id),
        left=plain(left),
        unit=lot.unit,
    )


def count_needed(at: str) -> Invalid:
    """The refusal of a part of a counted lot of which nobody says how many pieces it has."""
    return invalid(
        f"{at}/count",
        "count_needed",
        "The lot was counted: say how many pieces this part has.",
        "Lot ini sudah dihitung: isi berapa butir/buah bagian ini.",
    )


def not_counted() -> Invalid:
    """The refusal of a number of pieces of a lot that was only weighed."""
    return invalid(
        "/count",
        "not_counted",
        "The pieces in this lot were never counted.",
        "Isi lot ini tidak pernah dihitung per butir/buah.",
    )


def _count(at: str, least: int, most: int) -> Invalid:
    if least > most:
        en, id = "The one piece in it goes whole.", "Isinya hanya satu, tidak bisa dibagi."
        return invalid(f"{at}/count", "count_range", en, id)
    if least == most:
        return invalid(
            f"{at}/count", "count_range", f"Expected {most} pieces.", f"Harus {most} butir/buah."
        )
    return invalid(
        f"{at}/count",
        "count_range",
        f"Expected {least} to {most} pieces.",
        f"Harus {least} sampai {most} butir/buah.",
    )
