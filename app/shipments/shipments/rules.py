"""What makes a shipment one shipment, and who moves it. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access.permissions import Role
from app.core.actor import Actor
from app.core.clock import MOST_AHEAD
from app.core.errors import DomainError, Forbidden, Kind, NotFound, invalid, missing
from app.core.ids import encode
from app.core.text import Text
from app.shipments.states import SHIPMENT

_DRIVING = {"load", "dispatch", "arrive", "deliver", "track", "estimate"}
"""What only the shipment's carrier may do, and the hub: what its driver knows."""

_NOT_YOURS = Text(
    "Only the carrier of this shipment moves it, or the hub.",
    "Hanya pengangkut pengiriman ini, atau BTC, yang menjalankannya.",
)
_NO_PART = Text(
    "Only its buyer, its carrier or the hub can say that the goods were not taken.",
    "Hanya pembeli, pengangkut, atau BTC yang bisa mencatat penolakan.",
)


@dataclass(frozen=True)
class Plan:
    """What rides in a shipment, which way, and what its carrier has to know."""

    lot_ids: tuple[UUID, ...]
    from_site_id: UUID
    to_site_id: UUID
    carrier_id: UUID | None
    waybill: str | None
    temperature_min: Decimal | None
    temperature_max: Decimal | None

    @classmethod
    def of_row(cls, row: Any, lot_ids: Sequence[UUID]) -> Plan:
        """The plan of a shipment as it stands."""
        return cls(
            tuple(lot_ids),
            row.from_site_id,
            row.to_site_id,
            row.carrier_id,
            row.waybill,
            row.temperature_min,
            row.temperature_max,
        )


class LineComplete(DomainError):
    """Enough was received for the line that a lot was weighed for."""

    kind = Kind.CONFLICT
    code = "order_line_complete"
    title = Text("The order has enough of it", "Pesanan sudah terpenuhi")
    advice = Text(
        "Leave out the lots in lot_ids: their order lines are complete, the goods are the sellers' "
        "again.",
        "Keluarkan lot dalam lot_ids: baris pesanannya sudah terpenuhi, barangnya kembali milik "
        "penjual.",
    )


def audience(row: Any) -> tuple[UUID, ...]:
    """The parties besides the hub that may hear of a shipment: its buyer and its carrier."""
    return (row.buyer_id, row.carrier_id) if row.carrier_id else (row.buyer_id,)


def carries(row: Any, actor: Actor) -> bool:
    """Whether *actor* is the shipment's carrier, or the hub."""
    return bool(actor.hub or row.carrier_id == actor.party_id)


def check_carries(row: Any, actor: Actor) -> None:
    """Raises Forbidden for anybody but the shipment's carrier and the hub.

    A party that buys and drives sees shipments it only receives; those it does not move.
    """
    if not carries(row, actor):
        raise Forbidden(_NOT_YOURS)


def check_takes_part(row: Any, actor: Actor) -> None:
    """Raises Forbidden for anybody but the shipment's buyer, its carrier and the hub."""
    if not (carries(row, actor) or row.buyer_id == actor.party_id):
        raise Forbidden(_NO_PART)


def check_happened(row: Any, at: datetime | None, now: datetime) -> None:
    """Raises Invalid for a time before the shipment left, or one that has not come yet."""
    left = max(time for time in (row.dispatched_at, row.arrived_at, row.created_at) if time)
    if at is not None and not left <= at <= now + MOST_AHEAD:
        raise invalid(
            "/occurred_at",
            "not_then",
            "Expected a time after it left, or arrived, and not in the future; check the clock.",
            "Harus setelah pengiriman berangkat atau tiba, dan bukan waktu yang belum terjadi; "
            "periksa jamnya.",
        )


def allowed(row: Any, actor: Actor) -> list[str]:
    """What *actor* may do with the shipment now."""
    actions = actor.allowed(SHIPMENT, row.status)
    return actions if carries(row, actor) else [a for a in actions if a not in _DRIVING]


def check_plan(
    plan: Plan, rows: Sequence[Mapping[str, Any]], *, buyer_id: UUID | None = None
) -> None:
    """Raises NotFound or Invalid for a plan that cannot be; *rows* are its terms, one per lot.

    The goods of a shipment that is planned anew are for the same *buyer_id* as before.
    """
    check_lots(rows, buyer_id)
    check_way(rows, with_carrier=plan.carrier_id is not None)
    if plan.waybill is not None and plan.carrier_id is None:
        raise invalid(
            "/waybill",
            "carrier_missing",
            "A waybill is its carrier's own number: say the carrier too.",
            "Nomor resi berasal dari pengangkut: isi carrier_id juga.",
        )
    low, high = plan.temperature_min, plan.temperature_max
    if low is not None and high is not None and low > high:
        raise invalid(
            "/temperature",
            "range",
            "The coldest is warmer than the warmest.",
            "Suhu terendah lebih tinggi daripada suhu tertinggi.",
        )


def promised(rows: Sequence[Mapping[str, Any]]) -> date:
    """The first day for which something in the shipment was ordered."""
    day: date = min(row["deliver_on"] for row in rows)
    return day


def ways(terms: Mapping[str, Any]) -> dict[str, Any]:
    """How the two ends of the way are said."""
    return {
        "from_place": place(terms["from_name"], terms["from_region"]),
        "to_place": place(terms["to_name"], terms["to_region"]),
        "from_region": terms["from_region"],
        "to_region": terms["to_region"],
    }


def check_lots(rows: Sequence[Mapping[str, Any]], buyer_id: UUID | None) -> None:
    """Raises NotFound for a lot that is not there, Invalid for a repeat or another buyer's."""
    seen = set()
    buyer_id = buyer_id or rows[0]["buyer_id"]
    for n, row in enumerate(rows):
        if row["id"] is None:
            raise missing(f"/lot_ids/{n}", "There is no such lot.", "Lot ini tidak ada.")
        if row["id"] in seen:
            raise invalid(
                f"/lot_ids/{n}",
                "duplicate",
                "This lot is named twice.",
                "Lot ini disebut dua kali.",
            )
        seen.add(row["id"])
        if row["buyer_id"] != buyer_id:
            raise invalid(
                f"/lot_ids/{n}",
                "other_buyer",
                "This lot is for another buyer; a shipment goes to one buyer.",
                "Lot ini untuk pembeli lain; satu pengiriman hanya untuk satu pembeli.",
            )


def check_needed(rows: Sequence[Mapping[str, Any]]) -> None:
    """Raises LineComplete for lots of lines that need no more."""
    unneeded = [row["id"] for row in rows if row["done_at"]]
    if unneeded:
        raise LineComplete(lot_ids=[encode("lot", lot_id) for lot_id in sorted(unneeded)])


def check_way(rows: Sequence[Mapping[str, Any]], *, with_carrier: bool) -> None:
    """Raises NotFound for sites or a carrier that do not fit the lots in *rows*."""
    first = rows[0]
    if first["to_party"] is None or first["to_party"] != first["buyer_id"]:
        raise _site("/to_site_id", "a site of the buyer", "lokasi milik pembeli")
    if not first["from_hub"] and first["from_party"] not in {row["seller_id"] for row in rows}:
        raise _site(
            "/from_site_id",
            "a site of the hub or of a seller of these lots",
            "lokasi BTC atau lokasi penjual lot ini",
        )
    if with_carrier and not (
        Role.CARRIER in (first["carrier_roles"] or ()) and first["carrier_status"] == "active"
    ):
        raise missing(
            "/carrier_id",
            "There is no active carrier with this id.",
            "Tidak ada pengangkut aktif dengan id ini.",
        )


def _site(pointer: str, en: str, id: str) -> NotFound:
    return missing(pointer, f"Expected {en}.", f"Harus {id}.")


def place(site: str, region: str) -> str:
    """How a place is said to those who drive: ``Kandang Garum, Kabupaten Blitar``."""
    return f"{site}, {region}"
