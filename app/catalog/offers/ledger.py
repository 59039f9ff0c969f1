"""The ledger of supply offers' periods: free → reserved → committed → delivered, and back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.catalog.models import OfferMovementKind
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.quantity import plain
from app.core.text import Text
from app.db import ledger
from app.db.tx import Tx

K = OfferMovementKind

LEDGER = ledger.Ledger(
    table="offer_periods",
    movements="offer_movements",
    row="period_id",
    owner="seller_id",
    cause="allocation_id",
    limits=("offered",),
    kinds={
        K.RESERVE: {"reserved": 1},
        K.RELEASE: {"reserved": -1},
        K.COMMIT: {"reserved": -1, "committed": 1},
        K.UNCOMMIT: {"committed": -1},
        K.DELIVER: {"committed": -1, "delivered": 1},
        K.UNDELIVER: {"committed": 1, "delivered": -1},
    },
    part_of=("supply_offers", "offer_id"),
)


class OfferExhausted(DomainError):
    """An offer has less left than was asked of it."""

    kind = Kind.CONFLICT
    code = "offer_exhausted"
    title = Text("Offer used up", "Penawaran sudah habis")
    advice = Text(
        "Less is left of the offer than that: some was taken, or it was made smaller, meanwhile. "
        "left says what remains; ask for at most that.",
        "Sisa penawaran kurang dari jumlah itu: sebagian baru saja diambil, atau penawarannya "
        "dikurangi. Isian left menunjukkan sisanya; minta paling banyak sejumlah itu.",
    )


class Entry(NamedTuple):
    """One movement of one period of an offer for one allocation, in base units."""

    period_id: UUID
    seller_id: UUID
    allocation_id: UUID
    quantity: Decimal


async def move(tx: Tx, kind: OfferMovementKind, entries: Sequence[Entry]) -> None:
    """Move the offers' counters and write the movements; one round trip.

    Raises OfferExhausted, naming what is left, when an offer cannot give that much; then nothing
    may be kept of the transaction.
    """
    short = await LEDGER.move(tx, kind, [ledger.Entry(*entry) for entry in entries])
    if short:
        left = await LEDGER.left(tx, short)
        raise OfferExhausted(left={encode("opd", row): plain(q) for row, q in left.items()})
