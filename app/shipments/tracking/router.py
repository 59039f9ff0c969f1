"""`/v1/shipments/{id}/events`, `/v1/tracking-events`, `/v1/tracking`: the road, told and read."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from starlette.responses import Response, StreamingResponse

from app.access.authorize import authorized
from app.access.doors import Opens, OpensToAnybody
from app.access.permissions import Permission as P
from app.core.errors import NotFound
from app.core.ids import ShipmentId
from app.db.tx import Tx
from app.http.batches import Batch, TakesBatch, refused_items
from app.http.conditional import still_has
from app.http.language import language_of
from app.http.lists import Paged
from app.http.routes import Answer, Route
from app.http.wire import Listed, Page
from app.idempotency.doors import Commands
from app.shipments.shipments import codes
from app.shipments.shipments import queries as shipments
from app.shipments.shipments.router import answer
from app.shipments.shipments.shown import ShipmentDetail
from app.shipments.tracking import commands, etas, queries
from app.shipments.tracking.adapters import BiteshipIn
from app.shipments.tracking.schemas import (
    MOST_BYTES,
    EstimateIn,
    EstimateOut,
    ShipmentEventOut,
    TrackingEventIn,
    TrackingEventsIn,
    TrackingItemIn,
    TrackingOut,
    TrackingRecordedOut,
    WebhookHeardOut,
)
from app.shipments.tracking.stream import Stamp, Streams

router = APIRouter(route_class=Route, tags=["shipments"])


class EventStream(StreamingResponse):
    """An answer that goes on."""

    media_type = "text/event-stream"


Code = Annotated[
    str,
    Path(
        description="As on the waybill; case and dashes do not matter.",
        max_length=40,
        examples=["BTC-7K3M9QX2PT"],
    ),
]


@router.get("/v1/tracking/{code}", response_model=TrackingOut)
async def tracking_read(
    code: Code,
    tx: Annotated[Tx, OpensToAnybody()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Where the goods are, for anybody who has the tracking code.

    Ask again with `If-None-Match`: 304 while nothing has changed. `/stream` tells it live.
    """
    meant = codes.read_code(code)
    found = await queries.written(tx, meant) if meant else None
    if found is None:
        raise NotFound
    body = found.encode()
    headers = {"etag": f'"{sha256(body).hexdigest()[:20]}"', "cache-control": "no-cache"}
    if still_has(if_none_match, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Answer(body, media_type="application/json", headers=headers)


@router.get("/v1/tracking/{code}/stream", response_class=EventStream)
async def tracking_stream(
    code: Code,
    request: Request,
    tx: Annotated[Tx, OpensToAnybody()],
    last_event_id: Annotated[str | None, Header(max_length=60)] = None,
) -> EventStream:
    """What happens to the shipment, as it happens: server-sent events.

    `tracking` is a fact from the road, `shipment` the state afterwards without its facts. A client
    that comes back with `Last-Event-ID` (browsers do so by themselves) gets what it missed, once.
    """
    meant = codes.read_code(code)
    if meant is None or await queries.written(tx, meant) is None:
        raise NotFound
    streams: Streams = request.app.state.streams
    told = streams.open(meant, Stamp.read(last_event_id))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return EventStream(told, headers=headers)


@router.post("/v1/tracking-events")
async def tracking_event_record(
    batch: Annotated[Batch[TrackingItemIn], TakesBatch(TrackingEventsIn, most_bytes=MOST_BYTES)],
    request: Request,
    tx: Annotated[Tx, Opens(P.TRACKING_EVENT_RECORD)],
) -> TrackingRecordedOut:
    """Report up to 5 000 facts from the road at once, by the carrier or the hub.

    Each is taken or refused by itself. Needs no Idempotency-Key: a fact told again changes nothing,
    so the whole batch may be sent again after a broken connection. NDJSON is fine too.
    """
    done = await commands.record_many(tx, batch)
    refused = refused_items(done.wrong, language_of(request))
    return TrackingRecordedOut(recorded=done.recorded, repeated=done.repeated, refused=refused)


@router.post("/v1/carrier-webhooks/biteship")
async def tracking_event_receive(
    asked: BiteshipIn, tx: Annotated[Tx, Opens(P.TRACKING_EVENT_RECEIVE)]
) -> WebhookHeardOut:
    """Take what Biteship's order webhook says about a shipment of this carrier.

    Set the webhook's signature key to `Authorization` and its secret to `Bearer btc_live_…`, a key
    of the carrier; name our tracking code as the order's reference, or plan the shipment with its
    waybill. A status that is not known becomes `unknown`, never an error.
    """
    message = asked.message()
    if message is None:
        return WebhookHeardOut(recorded=False, status=None)
    return WebhookHeardOut(recorded=await commands.hear(tx, message), status=message.status)


@router.post("/v1/shipments/{shipment_id}/events", status_code=201)
async def shipment_track(
    shipment_id: ShipmentId,
    asked: TrackingEventIn,
    tx: Annotated[Tx, Commands(P.SHIPMENT_TRACK)],
) -> ShipmentDetail:
    """Report a fact from the road, by the carrier or the hub: what `allowed_actions` call `track`.

    `tracking_status` is the newest by `occurred_at`: late facts are kept and never move it
    backwards, repeats change nothing. Of `status` only dispatched becomes in_transit.
    """
    await commands.track(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.get("/v1/shipments/{shipment_id}/events")
async def tracking_event_list(
    shipment_id: ShipmentId, tx: Annotated[Tx, Opens(P.SHIPMENT_READ)], paging: Paged
) -> Page[ShipmentEventOut]:
    """What was told of a shipment, as it became known, the newest first.

    A reporter that was offline finds here what has arrived of its facts.
    """
    await authorized(tx, shipments.shipment(tx, shipment_id))
    rows, cursor = await queries.told(tx, shipment_id, paging)
    facts = [ShipmentEventOut.model_validate(row, from_attributes=True) for row in rows]
    return Page(data=facts, next_cursor=cursor)


@router.post("/v1/shipments/{shipment_id}/estimate")
async def shipment_estimate(
    shipment_id: ShipmentId,
    asked: EstimateIn,
    tx: Annotated[Tx, Commands(P.SHIPMENT_ESTIMATE)],
) -> ShipmentDetail:
    """Say when the shipment is expected from now on, by the carrier or the hub.

    Every estimate stays on record (`/estimates`); one past the promised day marks it as delayed.
    """
    await etas.estimate(tx, shipment_id, asked)
    return await answer(tx, shipment_id)


@router.get("/v1/shipments/{shipment_id}/estimates")
async def estimate_list(
    shipment_id: ShipmentId, tx: Annotated[Tx, Opens(P.SHIPMENT_READ)]
) -> Listed[EstimateOut]:
    """Every estimate of a shipment there was, the newest first."""
    await authorized(tx, shipments.shipment(tx, shipment_id))
    rows = await etas.of_shipment(tx, shipment_id)
    return Listed(data=[EstimateOut.model_validate(row, from_attributes=True) for row in rows])
