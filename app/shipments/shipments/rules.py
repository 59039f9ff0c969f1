"""What makes a shipment one shipment. Pure: no session, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.access.permissions import Role
from app.core.errors import NotFound, invalid, missing


def check_lots(rows: Sequence[Mapping[str, Any]]) -> None:
    """Raises NotFound for a lot that is not there, Invalid for a repeat or another buyer's."""
    seen = set()
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
        if row["buyer_id"] != rows[0]["buyer_id"]:
            raise invalid(
                f"/lot_ids/{n}",
                "other_buyer",
                "This lot is for another buyer; a shipment goes to one buyer.",
                "Lot ini untuk pembeli lain; satu pengiriman hanya untuk satu pembeli.",
            )


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
