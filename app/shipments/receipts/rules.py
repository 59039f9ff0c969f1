"""What a goods receipt may say. Pure: no session, no clock.

Nothing weighs more on arrival than it did on departure, every lot is judged once, and the parts of
a verdict add up to what was received. What is missing is short.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.core.errors import Invalid, invalid
from app.core.quantity import plain, to_base
from app.orders.progress import Verdict
from app.shipments.receipts.schemas import GoodsReceiptLineIn


@dataclass(frozen=True)
class Carried:
    """A lot as it left: whose line it is for, how much it was, in which unit."""

    order_line_id: UUID
    quantity: Decimal
    unit: str


@dataclass(frozen=True)
class Judged:
    """What arrived of one lot, in base units."""

    lot_id: UUID
    order_line_id: UUID
    shipped: Decimal
    verdict: Verdict
    reason: str | None = None
    note: str | None = None
    photo_ids: tuple[UUID, ...] = ()

    @property
    def received(self) -> Decimal:
        """What arrived of it, good or bad."""
        return self.shipped - self.verdict.short


def judge(asked: Sequence[GoodsReceiptLineIn], carried: Mapping[UUID, Carried]) -> list[Judged]:
    """The lines of a receipt in base units, of some of the lots *carried* or of all.

    Raises Invalid at the first that cannot be.
    """
    judged: dict[UUID, Judged] = {}
    for n, line in enumerate(asked):
        lot = carried.get(line.lot_id)
        if lot is None:
            raise _lot(n, "lot_unknown", "is not in this shipment", "tidak ada di pengiriman ini")
        if line.lot_id in judged:
            raise _lot(n, "duplicate", "is named twice", "disebut dua kali")
        judged[line.lot_id] = _line(n, line, lot)
    return list(judged.values())


def check_whole(judged: Sequence[Judged], carried: Collection[UUID]) -> None:
    """Raises Invalid while lots of the shipment are not judged."""
    missing = len(carried) - len(judged)
    if missing:
        raise invalid(
            "/lines",
            "lots_missing",
            f"Lots of the shipment not in lines: {missing}; say 0 for what did not arrive.",
            f"{missing} lot dari pengiriman belum ada; isi 0 untuk yang tidak tiba.",
        )


def _line(n: int, line: GoodsReceiptLineIn, lot: Carried) -> Judged:
    amounts = {
        name: to_base(getattr(line, name), lot.unit, f"/lines/{n}/{name}")
        for name in ("received", "accepted", "downgraded", "rejected")
    }
    received = amounts.pop("received")
    parts = sum(amounts.values(), Decimal(0))
    if parts != received:
        raise invalid(
            f"/lines/{n}/received",
            "sum",
            f"accepted + downgraded + rejected is {plain(parts)}, not {plain(received)}.",
            f"accepted + downgraded + rejected adalah {plain(parts)}, bukan {plain(received)}.",
        )
    if received > lot.quantity:
        raise invalid(
            f"/lines/{n}/received",
            "more_than_shipped",
            f"Only {plain(lot.quantity)} {lot.unit} of this lot left; no more can arrive.",
            f"Lot ini berangkat {plain(lot.quantity)} {lot.unit}; tidak bisa tiba lebih banyak.",
        )
    verdict = Verdict(**amounts, short=lot.quantity - received)
    return Judged(
        line.lot_id,
        lot.order_line_id,
        lot.quantity,
        verdict,
        line.reason,
        line.note,
        tuple(line.photo_ids),
    )


def _lot(n: int, code: str, en: str, id: str) -> Invalid:
    return invalid(f"/lines/{n}/lot_id", code, f"This lot {en}.", f"Lot ini {id}.")


def per_order_line(lines: Iterable[Judged]) -> dict[UUID, Verdict]:
    """The verdicts summed per order line."""
    sums: dict[UUID, Verdict] = {}
    for line in lines:
        was = sums.get(line.order_line_id, Verdict(Decimal(0), Decimal(0), Decimal(0)))
        sums[line.order_line_id] = Verdict(
            was.accepted + line.verdict.accepted,
            was.downgraded + line.verdict.downgraded,
            was.rejected + line.verdict.rejected,
            was.short + line.verdict.short,
        )
    return sums


def inverse(verdicts: Mapping[UUID, Verdict]) -> dict[UUID, Verdict]:
    """What takes *verdicts* back again, exactly."""
    return {
        line_id: Verdict(-was.accepted, -was.downgraded, -was.rejected, -was.short)
        for line_id, was in verdicts.items()
    }
