"""Shortcuts to shipments on the road and what is heard of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api import Api
from tests.shipments import story

Unique = Callable[[str], str]


def ago(minutes: float) -> str:
    """An instant so many minutes before now."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def on_the_road(hub: Api, unique: Unique, **fields: Any) -> tuple[story.Story, Any]:
    """A trade whose only shipment has left, and that shipment."""
    tale = await story.confirmed(hub, unique("eggs"), 100)
    lot = await tale.lot()
    shipment = await hub.do("/v1/shipments", tale.shipment_body(lot, **fields))
    return tale, await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch")
