"""Every SELECT on telemetry. Who may read it is whoever may read its shipment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, Table, select

from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.telemetry.models import TemperatureBreach

BREACHES: Table = TemperatureBreach.__table__  # type: ignore[assignment]

POINTS = 500
"""How many points a track is drawn with."""

# Only the shipment's carrier measures, and the hub: $4 is null for the hub.
_CARRIED = """
SELECT id, tracking_code, status, created_at, dispatched_at, delivered_at, ended_at,
  temperature_min::float8, temperature_max::float8,
  ARRAY(SELECT device FROM telemetry_devices d WHERE d.shipment_id = s.id) AS devices
FROM shipments s
WHERE (id = ANY($1) OR tracking_code = ANY($2)) AND livemode = $3
  AND ($4::uuid IS NULL OR carrier_id = $4)
"""
_DEVICES = """
SELECT device, first_at, last_at, latitude, longitude, position_at, temperature_c, temperature_at,
  breach_id
FROM telemetry_devices WHERE shipment_id = $1 ORDER BY device
"""
# The newest position of a stretch is the greatest array that begins with its time: no sorting.
_TRACK = """
SELECT device, at, place[2] AS latitude, place[3] AS longitude, temperature_lowest,
  temperature_highest, readings
FROM (
  SELECT device, max(at) AS at, count(*) AS readings, min(temperature_c) AS temperature_lowest,
    max(temperature_c) AS temperature_highest,
    max(ARRAY[extract(epoch FROM at)::float8, latitude, longitude])
      FILTER (WHERE latitude IS NOT NULL) AS place
  FROM telemetry
  WHERE shipment_id = $1 AND at >= $2 AND at <= $3 AND ($4::text IS NULL OR device = $4)
  GROUP BY device, date_bin($5, at, $2)
) stretch ORDER BY at, device
"""


async def carried(
    tx: Tx, ids: Collection[UUID], codes: Collection[str]
) -> Sequence[asyncpg.Record]:
    """The shipments with those ids or codes that the caller carries, and their ``devices``."""
    actor = tx.actor
    only = None if actor.hub else actor.party_id
    return await tx.sql(_CARRIED, list(ids), list(codes), actor.livemode, only)


async def devices(tx: Tx, shipment_id: UUID) -> Sequence[asyncpg.Record]:
    """What is known of each sensor of a shipment."""
    return await tx.sql(_DEVICES, shipment_id)


async def track(
    tx: Tx, shipment_id: UUID, since: datetime, until: datetime, device: str | None, lines: int
) -> Sequence[asyncpg.Record]:
    """The way of a shipment in at most `POINTS` points, for *lines* sensors together."""
    stretches = max(POINTS // lines, 1)
    # A reading at the very end begins no stretch of its own.
    wide = (until - since) // stretches + timedelta(microseconds=1)
    return await tx.sql(_TRACK, shipment_id, since, until, device, wide)


async def breaches(
    tx: Tx, shipment_id: UUID, paging: Paging
) -> tuple[Sequence[Row[Any]], str | None]:
    """The breaches of a shipment, newest first."""
    found = select(BREACHES).where(TemperatureBreach.shipment_id == shipment_id)
    return await page(tx, "temperature_breaches", found, TemperatureBreach.id, paging)
