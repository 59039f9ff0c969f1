"""A truck that has been on the road since yesterday, and what its sensors report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.core import clock
from app.core.ids import decode
from tests import trade
from tests.api import Api, Party
from tests.shipments import story
from tests.shipments.story import Story

NDJSON = "application/x-ndjson"

# Planned two days ago, underway since yesterday: what waiting would do, and limits for its goods.
_YESTERDAY = """
UPDATE shipments SET created_at = created_at - interval '2 days',
  dispatched_at = dispatched_at - interval '1 day', temperature_min = 5, temperature_max = 18
WHERE id = $1
"""


@dataclass
class Truck:
    """A shipment underway, its carrier and its receiver."""

    told: Story
    id: str
    code: str
    start: datetime

    @property
    def carrier(self) -> Party:
        return self.told.carrier

    @property
    def buyer(self) -> Party:
        return self.told.market.api

    @property
    def uuid(self) -> UUID:
        return decode("shp", self.id)

    def reading(
        self, seconds: float, degrees: float | None = 12.0, **fields: Any
    ) -> dict[str, Any]:
        """What the truck's sensor measured so many *seconds* after it had left."""
        at = (self.start + timedelta(seconds=seconds)).isoformat()
        said = {"shipment_id": self.id, "device": "gps-1", "at": at, "temperature_c": degrees}
        return said | fields

    async def send(self, *readings: Any) -> Any:
        """What became of a batch of *readings* of its carrier; it must be taken as such."""
        return await self.carrier.do("/v1/telemetry", {"readings": list(readings)})

    async def degrees(self, *degrees: float, since: float = 0, every: float = 10) -> Any:
        """Send one reading of each of *degrees*, so many seconds apart."""
        return await self.send(
            *(self.reading(since + n * every, one) for n, one in enumerate(degrees))
        )

    async def seen(self, **query: Any) -> Any:
        """What its carrier reads of it."""
        return await self.carrier.read(f"/v1/shipments/{self.id}/telemetry", **query)

    async def breaches(self) -> list[Any]:
        """Its breaches, oldest first."""
        found = await self.carrier.read(f"/v1/shipments/{self.id}/temperature-breaches", limit=100)
        return list(reversed(found["data"]))

    async def events(self) -> list[Any]:
        """What its carrier's feed says of its temperature, oldest first."""
        feed = await self.carrier.read("/v1/events", limit=100)
        return [e for e in feed["data"] if e["type"].startswith("shipment.temperature")]


async def underway(
    hub: Api, owner: asyncpg.Connection, code: str, *, market: trade.Buyer | None = None
) -> Truck:
    """A truck on the road since yesterday, with goods that want 5 to 18 degrees."""
    told = await story.confirmed(hub, code, 100, market=market)
    planned = await told.planned(await told.lot())
    await told.carrier.do(f"/v1/shipments/{planned['id']}/dispatch")
    await owner.execute(_YESTERDAY, decode("shp", planned["id"]))
    start = clock.now().replace(microsecond=0) - timedelta(hours=20)
    return Truck(told, planned["id"], planned["tracking_code"], start)


async def post(api: Api, content: bytes | list[Any], kind: str = "application/json") -> Any:
    """The raw answer to *content* as it stands; a list is sent one item a line."""
    lines = b"\n".join(map(orjson.dumps, content)) if isinstance(content, list) else content
    headers = {"authorization": f"Bearer {api.key}", "content-type": kind}
    return await api.client.post("/v1/telemetry", content=lines, headers=headers)
