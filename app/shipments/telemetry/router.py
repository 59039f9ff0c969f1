"""`/v1/telemetry` and what of it belongs to one shipment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.errors import invalid
from app.core.ids import ShipmentId
from app.db.tx import Tx
from app.http.batches import Batch, TakesBatch, refused_items
from app.http.language import language_of
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Instant, Page
from app.shipments.shipments.queries import shipment
from app.shipments.telemetry import commands, queries
from app.shipments.telemetry.schemas import (
    MOST_BYTES,
    TelemetryIn,
    TelemetryOut,
    TelemetryPointOut,
    TelemetryReadingIn,
    TelemetryRecordedOut,
    TemperatureBreachOut,
    device_out,
)

router = APIRouter(route_class=Route, tags=["shipments"])


@router.post("/v1/telemetry")
async def telemetry_record(
    request: Request,
    batch: Annotated[Batch[TelemetryReadingIn], TakesBatch(TelemetryIn, most_bytes=MOST_BYTES)],
    tx: Annotated[Tx, Opens(P.TELEMETRY_RECORD)],
) -> TelemetryRecordedOut:
    """Report what sensors on your shipments measured, up to ten thousand readings at once.

    Each is taken or refused by itself. A reading is known by shipment, device and time, so a batch
    may be sent again at any time, and needs no Idempotency-Key: repeats change nothing. Late ones
    are stored; what is shown is the newest.
    """
    done = await commands.record(tx, batch)
    refused = refused_items(done.wrong, language_of(request))
    return TelemetryRecordedOut(accepted=done.accepted, repeated=done.repeated, refused=refused)


@router.get("/v1/shipments/{shipment_id}/telemetry")
async def telemetry_read(
    shipment_id: ShipmentId,
    tx: Annotated[Tx, Opens(P.TELEMETRY_READ)],
    since: Annotated[
        Instant | None, Query(description="From the first reading, if unsaid.")
    ] = None,
    until: Annotated[Instant | None, Query(description="To the newest reading, if unsaid.")] = None,
    device: Annotated[str | None, Query(max_length=64, description="Of this sensor only.")] = None,
) -> TelemetryOut:
    """Where a shipment was and how warm, as its sensors saw it, in at most 500 points.

    A point stands for a stretch of time and keeps its coldest and warmest reading.
    """
    row = await authorized(tx, shipment(tx, shipment_id))
    if since and until and until < since:
        raise invalid(
            "query:until",
            "before_since",
            "until is before since.",
            "until lebih awal daripada since.",
        )
    known = [one for one in await queries.devices(tx, shipment_id) if one["first_at"]]
    lines = [one for one in known if device in (None, one["device"])]
    points = []
    if lines:
        first, last = min(d["first_at"] for d in lines), max(d["last_at"] for d in lines)
        since, until = max(since or first, first), min(until or last, last)
    if lines and since and until and since <= until:
        found = await queries.track(tx, shipment_id, since, until, device, len(lines))
        points = [TelemetryPointOut(**point) for point in found]
    return TelemetryOut(
        shipment_id=shipment_id,
        temperature_min=row.temperature_min,
        temperature_max=row.temperature_max,
        devices=[device_out(one) for one in known],
        since=since,
        until=until,
        points=points,
    )


@router.get("/v1/shipments/{shipment_id}/temperature-breaches")
async def temperature_breach_list(
    shipment_id: ShipmentId, tx: Annotated[Tx, Opens(P.TELEMETRY_READ)], paging: Paged
) -> Page[TemperatureBreachOut]:
    """When a shipment was too warm or too cold for too long. Newest first."""
    await authorized(tx, shipment(tx, shipment_id))
    rows, cursor = await queries.breaches(tx, shipment_id, paging)
    found = [TemperatureBreachOut.model_validate(row, from_attributes=True) for row in rows]
    return Page(data=found, next_cursor=cursor)
