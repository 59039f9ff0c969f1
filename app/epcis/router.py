"""`/v1/epcis`: traceability as GS1 EPCIS 2.0 and its REST binding define it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Header, Path
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import EpcisCaptureId, encode
from app.db.tx import Tx
from app.epcis import queries
from app.epcis.capture import MOST_BYTES, MOST_EVENTS, Document, read, take
from app.epcis.models import ErrorBehaviour
from app.epcis.parameters import QueryParameterWrong, conditions
from app.epcis.queries import Part
from app.epcis.schemas import (
    CaptureJobOut,
    EpcisQuery,
    EpcisQueryDocument,
    QueryBase,
    capture_out,
    query_document,
)
from app.http.language import language_of
from app.http.lists import Paged
from app.http.query import asks, query_of
from app.http.routes import Route
from app.http.uploads import Takes, Upload
from app.http.wire import Page

LINKED = "application/ld+json"
VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0", "GS1-Extensions": "btc"}
LIMITS = {
    "GS1-EPCIS-Capture-Limit": str(MOST_EVENTS),
    "GS1-EPCIS-Capture-File-Size-Limit": str(MOST_BYTES),
}


class EpcisRoute(Route):
    """A route of the binding: its versions in every answer, its words for wrong parameters."""

    def get_route_handler(self) -> Any:
        """The handler, whose answers say the versions."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response: Response = await inner(request)
            response.headers.update(VERSIONS)
            return response

        return handle

    async def _refuse_unknown(self, request: Request) -> None:
        for name, count in Counter(k for k, _ in request.query_params.multi_items()).items():
            if name not in self.query_names:
                raise QueryParameterWrong.of(
                    name, "This query does not know it.", "Kueri ini tidak mengenalnya."
                )
            if count > 1:
                raise QueryParameterWrong.of(
                    name, "Once, with | between values.", "Satu kali, nilai dipisah dengan |."
                )
        await super()._refuse_unknown(request)


router = APIRouter(route_class=EpcisRoute, tags=["traceability"])
_DOCUMENT: dict[int | str, dict[str, Any]] = {200: {"model": EpcisQueryDocument}}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not a query of the standard", "content": _PROBLEM},
    413: {"description": "More match than maxEventCount", "content": _PROBLEM},
}


@router.get("/v1/epcis/events", response_class=Response, responses=_DOCUMENT | _REFUSED)
@asks(EpcisQuery)
async def epcis_event_list(tx: Annotated[Tx, Opens(P.EPCIS_READ)], request: Request) -> Response:
    """The events of goods that are yours or came to you, and those you captured.

    Parameters are the standard's; several values of one stand with `|` between them. Follow the
    Link header `rel="next"` until there is none. Without `orderBy` events come in the order in
    which they were recorded: keep the `recordTime` of the last one, and ask from there later.
    """
    asked = query_of(request, EpcisQuery)
    wanted = conditions(request.query_params)
    if asked.maxEventCount is not None:
        if asked.eventCountLimit is not None:
            raise QueryParameterWrong.of(
                "maxEventCount",
                "Either this or eventCountLimit, not both.",
                "Pilih salah satu: ini atau eventCountLimit.",
            )
        await queries.check_count(tx, wanted, asked.maxEventCount)
    rows, token = await queries.events(tx, wanted, _part(asked))
    response = _document(request, query_document(rows, tx.now))
    if token is not None:
        said = [(k, v) for k, v in request.query_params.items() if k != "nextPageToken"]
        query = urlencode([*said, ("nextPageToken", token)])
        response.headers["link"] = f'<{quote(request.scope["path"])}?{query}>; rel="next"'
    return response


def _part(asked: QueryBase) -> Part:
    return Part(
        order_by=asked.orderBy,
        descending=asked.orderBy is not None and asked.orderDirection == "DESC",
        per_page=asked.perPage,
        most=asked.eventCountLimit,
        token=asked.nextPageToken,
    )


def _document(request: Request, document: dict[str, Any]) -> Response:
    linked = LINKED in request.headers.get("accept", "")
    response = Response(orjson.dumps(document), media_type=LINKED if linked else "application/json")
    response.headers["cache-control"] = "no-store"
    return response


@router.get("/v1/epcis/events/{epcis_event_id:path}", response_class=Response, responses=_DOCUMENT)
async def epcis_event_read(
    epcis_event_id: Annotated[
        str,
        Path(
            max_length=2000,
            examples=["ni:///sha-256;022ae77df6b76f03f70a1aee6bb0d44ed437970ee820a78f48c76335"],
        ),
    ],
    tx: Annotated[Tx, Opens(P.EPCIS_READ)],
    request: Request,
) -> Response:
    """One event by its id, percent-encoded; and its error declaration if it turned out wrong."""
    rows = await authorized(tx, _found(tx, epcis_event_id))
    return _document(request, query_document(rows, tx.now))


async def _found(tx: Tx, event_id: str) -> Any:
    return await queries.of_id(tx, event_id) or None


@router.post("/v1/epcis/capture", status_code=202, response_class=Response)
async def epcis_capture(
    document: Annotated[Upload, Takes("application/json", LINKED, most=MOST_BYTES, opened_by=read)],
    tx: Annotated[Tx, Opens(P.EPCIS_CAPTURE)],
    behaviour: Annotated[
        ErrorBehaviour,
        Header(alias="GS1-Capture-Error-Behaviour", description="What a wrong event means."),
    ] = ErrorBehaviour.ROLLBACK,
) -> Response:
    """Tell what happened to goods on your side: an EPCISDocument of at most 1 000 events.

    The job that Location names says what became of each event. They are kept as your words: you and
    the hub read them, and no order, lot or shipment changes by them. What you have told before
    under the same eventID (without one, what it says names it) is not stored twice; so no
    Idempotency-Key is needed.
    """
    opened: Document = document.opened
    name = encode("cap", await take(tx, opened, behaviour))
    return Response(
        status_code=202,
        headers={"location": f"/v1/epcis/capture/{name}", "cache-control": "no-store"} | LIMITS,
    )


@router.get("/v1/epcis/capture")
async def epcis_capture_list(
    tx: Annotated[Tx, Opens(P.EPCIS_READ)], request: Request, paging: Paged
) -> Page[CaptureJobOut]:
    """What you have sent, newest first, and what became of it."""
    rows, cursor = await queries.captures(tx, paging)
    language = language_of(request)
    return Page(data=[capture_out(row, language) for row in rows], next_cursor=cursor)


@router.get("/v1/epcis/capture/{capture_id}")
async def epcis_capture_read(
    capture_id: EpcisCaptureId, tx: Annotated[Tx, Opens(P.EPCIS_READ)], request: Request
) -> CaptureJobOut:
    """What became of a document you sent: what is stored of it, what is wrong with the rest."""
    row = await authorized(tx, queries.capture(tx, capture_id))
    return capture_out(row, language_of(request))
