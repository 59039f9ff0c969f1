"""Shipments as the page gets to know them, made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.shipments.page.view import View

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
"""Sunday, half past two in the afternoon in Blitar."""


def event(minutes_ago: float, status: str = "in_transit", **fields: Any) -> dict[str, Any]:
    """A fact from the road."""
    return {"status": status, "occurred_at": NOW - timedelta(minutes=minutes_ago)} | fields


def view(**fields: Any) -> View:
    """A shipment on its way from Blitar to Jakarta."""
    known = {
        "tracking_code": "BTC-7K3M9QX2PT",
        "number": "SHP-2026-000123",
        "status": "in_transit",
        "tracking_status": "in_transit",
        "from_region": "Kabupaten Blitar",
        "to_region": "Kota Administrasi Jakarta Timur",
        "livemode": True,
        "events": [event(5, place="Tol Ngawi, km 579"), event(400, "picked_up")],
    }
    return View.model_validate(known | fields)
