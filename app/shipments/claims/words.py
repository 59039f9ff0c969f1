"""What claims are about, and why something is taken off somebody, so that a farmer understands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.core.money import rupiah
from app.core.quantity import plain
from app.core.text import Text
from app.shipments.claims.models import BorneBy
from app.shipments.claims.models import ClaimAbout as A
from app.shipments.receipts.schemas import VerdictReason as R

REASONS = {
    R.BROKEN: Text("broken", "pecah atau rusak"),
    R.SPOILED: Text("spoiled", "busuk"),
    R.DIRTY: Text("dirty", "kotor"),
    R.WRONG_GRADE: Text("of another grade", "beda mutu"),
    R.WRONG_GOODS: Text("not what was ordered", "bukan barang yang dipesan"),
    R.UNDERWEIGHT: Text("too light", "kurang berat"),
    R.MOISTURE: Text("too moist", "terlalu lembap"),
    R.TOO_WARM: Text("too warm", "terlalu hangat"),
    R.PACKING_DAMAGED: Text("in damaged packing", "kemasannya rusak"),
    R.TOO_LATE: Text("too late", "terlambat"),
    R.LOST: Text("lost", "hilang"),
    R.OTHER: Text("not as agreed", "tidak sesuai"),
}
ABOUT = {
    A.ACCEPTED: Text("accepted", "diterima"),
    A.DOWNGRADED: Text("downgraded", "turun mutu"),
    A.REJECTED: Text("rejected", "ditolak"),
    A.SHORT: Text("short", "kurang"),
}
_CLAIMED = Text(
    "A buyer claimed goods of lot {lot} that were {reason} (claim {claim}), and {amount} was "
    "granted for {quantity}; ",
    "Pembeli mengklaim barang lot {lot} yang {reason} (klaim {claim}), dan disetujui {amount} "
    "untuk {quantity}; ",
)
_BORNE = {
    BorneBy.SELLERS: Text(
        "{share} of the {whole} in this lot came from you, so your part is {part}.",
        "{share} dari {whole} isi lot ini berasal dari Anda, jadi bagian Anda {part}.",
    ),
    BorneBy.CARRIER: Text(
        "you carried it, so you bear {part}.",
        "Anda yang mengangkutnya, jadi Anda menanggung {part}.",
    ),
    BorneBy.HUB: Text("the hub bears {part}.", "BTC yang menanggung {part}."),
}


def why(row: Any) -> Text:
    """The reason of a deduction, for its party; *row* has its columns."""
    facts: dict[str, object] = {
        "reason": REASONS[R(row.reason)],
        "lot": row.lot_number,
        "claim": row.claim_number,
        "amount": rupiah(row.granted_amount),
        "quantity": _quantity(row.granted_quantity, row.base_unit),
        "part": rupiah(row.amount),
    }
    if row.share is not None:
        facts["share"] = _quantity(row.share, row.base_unit)
        facts["whole"] = _quantity(row.whole, row.base_unit)
    borne = _BORNE[BorneBy(row.borne_by)]
    return Text(_CLAIMED.en + borne.en, _CLAIMED.id + borne.id).filled(**facts)


def _quantity(value: Decimal, unit: str) -> str:
    return f"{plain(value)} {unit}"
