"""Shortcuts to rounds of vehicles, through the API alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api import Api, Party
from tests.shipments.story import Story


async def store(hub: Api, region_code: str = "35.05.01") -> str:
    """A fresh site of a party that plays the hub."""
    return await (await hub.party("operator")).site("store", region_code)


def ago(minutes: float) -> dict[str, str]:
    """A time in a request's body, so many minutes ago."""
    return {"occurred_at": (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}


def body(
    kind: str, carrier: Party | None, stops: list[str], loads: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    """A leg's body: *stops* are sites; four tonnes unless *fields* say otherwise."""
    return {
        "kind": kind,
        "carrier_id": carrier and carrier.id,
        "vehicle": {"plate": "AG 8123 KT", "capacity_kg": fields.pop("capacity", "4000")},
        "stops": [{"site_id": site} for site in stops],
        "loads": loads,
    } | fields


def collects(allocation: Any, from_stop: int, to_stop: int, **fields: Any) -> dict[str, Any]:
    """A load: an allocation, from its farm to the hub."""
    said = {"allocation_id": allocation["id"], "from_stop": from_stop, "to_stop": to_stop}
    return said | fields


def carries(shipment: Any, from_stop: int, to_stop: int, **fields: Any) -> dict[str, Any]:
    """A load: a shipment from stop to stop."""
    said = {"shipment_id": shipment["id"], "from_stop": from_stop, "to_stop": to_stop}
    return said | fields


async def collecting(tale: Story, **fields: Any) -> dict[str, Any]:
    """The body of a round to all farms of *tale*, for all they bring, ending at a store."""
    last = await store(tale.hub)
    stops = [*tale.sites, last]
    loads = [collects(a, n + 1, len(stops)) for n, a in enumerate(tale.allocations)]
    return body("collection", tale.carrier, stops, loads, **fields)


async def at_the_store(tale: Story, site: str, *lots: Any) -> Any:
    """A planned shipment of *lots* that starts at a store."""
    return await tale.hub.do("/v1/shipments", tale.shipment_body(*lots, from_site_id=site))


def stop(leg: Any, position: int) -> Any:
    """One of the stops of a leg, as shown."""
    return next(each for each in leg["stops"] if each["position"] == position)
