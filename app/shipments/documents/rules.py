"""What a document can be about, and who may ask for it. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.actor import Actor
from app.core.errors import DomainError, Forbidden, Invalid, Kind, invalid
from app.core.ids import encode
from app.core.text import Text
from app.shipments.documents.contents import DocumentKind
from app.shipments.documents.schemas import DocumentIn
from app.shipments.legs.states import LegStatus
from app.shipments.lots.states import LotStatus
from app.shipments.states import GoodsReceiptStatus, ShipmentStatus

ABOUT: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.SURAT_JALAN: ("shipment_id",),
    DocumentKind.LOAD_LIST: ("shipment_id", "leg_id"),
    DocumentKind.LOT_LABEL: ("lot_ids",),
    DocumentKind.BAST: ("receipt_id",),
}
"""The field that says what a kind is about: exactly one of these."""

_FIELDS = ("shipment_id", "leg_id", "receipt_id", "lot_ids")
_NO_LABEL = {LotStatus.REJECTED, LotStatus.EXPIRED, LotStatus.RECALLED}

_CARRIER_ONLY = Text(
    "This paper is issued by the carrier, or by the hub.",
    "Dokumen ini diterbitkan oleh pengangkut atau BTC.",
)
_POOLED = Text(
    "Goods of other sellers are in this lot; its label is the hub's to print.",
    "Lot ini juga berisi barang penjual lain; labelnya dicetak oleh BTC.",
)


class NotPossible(DomainError):
    """What the document would be about does not happen, has not happened yet, or was taken back."""

    kind = Kind.CONFLICT
    code = "document_not_possible"
    title = Text("No document about this", "Dokumen tidak bisa dibuat")
    advice = Text(
        "Read the object it would be about: its status says what became of it.",
        "Lihat data yang bersangkutan; statusnya menjelaskan apa yang terjadi.",
    )


def subject_of(asked: DocumentIn) -> str:
    """The field that says what the document is about. Raises Invalid unless it is just one."""
    possible = ABOUT[asked.kind]
    said = [name for name in _FIELDS if getattr(asked, name) is not None]
    if len(said) == 1 and said[0] in possible:
        return said[0]
    raise _subject(asked.kind, possible, [*(n for n in said if n not in possible), possible[0]][0])


def _subject(kind: DocumentKind, possible: Sequence[str], wrong: str) -> Invalid:
    return invalid(
        f"/{wrong}",
        "subject",
        f"A {kind} is about one thing: say {' or '.join(possible)}, and nothing else.",
        f"Satu {kind} tentang satu hal: isi {' atau '.join(possible)} saja.",
    )


def check_carries(row: Any, actor: Actor) -> None:
    """Raises Forbidden for whoever only receives."""
    if not (actor.hub or row.carrier_id == actor.party_id):
        raise Forbidden(_CARRIER_ONLY)


def check_sells(rows: Sequence[Any], actor: Actor) -> None:
    """Raises Forbidden for a lot in which are also goods of others."""
    if not actor.hub and any(row.seller_id != actor.party_id for row in rows):
        raise Forbidden(_POOLED)


def check_happens(row: Any) -> None:
    """Raises NotPossible for a shipment or a leg that was cancelled."""
    if row.status in (ShipmentStatus.CANCELLED, LegStatus.CANCELLED):
        raise NotPossible(
            Text(
                f"{row.number} was cancelled; nothing leaves with it.",
                f"{row.number} sudah dibatalkan; tidak ada yang berangkat.",
            ),
            current_status=row.status,
        )


def check_posted(row: Any) -> None:
    """Raises NotPossible for a goods receipt that is a draft, or was reversed."""
    if row.status in (GoodsReceiptStatus.DRAFT, GoodsReceiptStatus.REVERSED):
        raise NotPossible(
            Text(
                f"{row.number} does not hold: it is not posted, or was reversed.",
                f"{row.number} tidak berlaku: belum dicatat resmi, atau sudah dibatalkan.",
            ),
            current_status=row.status,
        )


def check_labels(rows: Sequence[Any]) -> None:
    """Raises NotPossible for lots that must not go out, or of which nothing is left."""
    unfit = [row["id"] for row in rows if row["status"] in _NO_LABEL or not row["quantity"]]
    if unfit:
        raise NotPossible(
            Text(
                "There are no labels for goods that were rejected, recalled, expired or used up.",
                "Tidak ada label untuk barang yang ditolak, ditarik, kedaluwarsa, atau habis.",
            ),
            lot_ids=[encode("lot", lot_id) for lot_id in unfit],
        )
