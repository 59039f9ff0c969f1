"""The wire of EPCIS 2.0's REST binding: names and shapes are the standard's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy import Row

from app.core.ids import encode
from app.core.text import Language
from app.epcis.models import ErrorBehaviour
from app.epcis.parameters import CONDITIONS
from app.epcis.story import NAMESPACES
from app.epcis.vocabulary import CONTEXT

VALIDATION = "epcisException:ValidationException"

_EXAMPLES = {
    "eventType": "ObjectEvent|AggregationEvent",
    "EQ_bizStep": "shipping|receiving",
    "EQ_disposition": "in_transit",
    "EQ_action": "ADD",
    "MATCH_anyEPC": "https://id.gs1.org/00/095201230000000011",
    "MATCH_anyEPCClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000123",
    "EQ_bizTransaction_po": "urn:epcglobal:cbv:bt:9520123000011:ORD-2026-000123",
}


class QueryBase(BaseModel):
    """The parts of a query that are no conditions: which part of the answer, in which order."""

    model_config = ConfigDict(extra="ignore")

    orderBy: Literal["eventTime", "recordTime"] | None = Field(  # noqa: N815
        None, description="Without it the events come in the order in which they were recorded."
    )
    orderDirection: Literal["ASC", "DESC"] = Field(  # noqa: N815
        "DESC", description="Of orderBy; without orderBy events come oldest first."
    )
    eventCountLimit: Annotated[int, Field(ge=1)] | None = Field(  # noqa: N815
        None, description="Only the first so many, over all pages."
    )
    maxEventCount: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(  # noqa: N815
        None, description="413 if more than so many match."
    )
    perPage: int = Field(100, ge=1, le=1000, description="Events per page.")  # noqa: N815
    nextPageToken: str | None = Field(  # noqa: N815
        None, max_length=300, description="Of the Link header of the page before."
    )


_SAID = {
    "GE": "At or after this time; of quantities: at least this.",
    "LT": "Before this time; of quantities: less than this.",
    "GT": "Some quantity in it is greater.",
    "LE": "Some quantity in it is at most this.",
    "EQ": "Is one of these, with | between them.",
    "WD": "Is one of these places or named as a part of it, with | between them.",
    "MATCH": "Names one of these, or a lot or piece of one of these items, with | between them.",
    "EXISTS": "`true`: only events that were declared errors.",
}


def _condition(name: str) -> tuple[Any, Any]:
    shown = [_EXAMPLES[name]] if name in _EXAMPLES else None
    described = _SAID.get(name.partition("_")[0], "One of these kinds, with | between them.")
    return str | None, Field(None, max_length=4000, description=described, examples=shown)


_FIELDS: dict[str, Any] = {name: _condition(name) for name in CONDITIONS}
EpcisQuery = create_model("EpcisQuery", __base__=QueryBase, __module__=__name__, **_FIELDS)


class ResultsBody(BaseModel):
    """The events that match."""

    eventList: list[dict[str, Any]]  # noqa: N815


class QueryResults(BaseModel):
    """What a query found."""

    queryName: str = Field(examples=["SimpleEventQuery"])  # noqa: N815
    resultsBody: ResultsBody  # noqa: N815


class QueryBody(BaseModel):
    """The body of a query document."""

    queryResults: QueryResults  # noqa: N815


class EpcisQueryDocument(BaseModel):
    """Events as the standard hands them out: JSON-LD that is valid against its schema."""

    context: list[Any] = Field(alias="@context")
    type: Literal["EPCISQueryDocument"]
    schemaVersion: str = Field(examples=["2.0"])  # noqa: N815
    creationDate: datetime  # noqa: N815
    epcisBody: QueryBody  # noqa: N815


class CaptureErrorOut(BaseModel):
    """What is wrong with one event of a document."""

    type: str = Field(examples=[VALIDATION])
    title: str = Field(examples=["EPCIS event not valid"])
    detail: str = Field(examples=["a time with its offset is expected"])
    event: int = Field(description="Its place in eventList, from 0.")
    pointer: str = Field(examples=["/epcisBody/eventList/0/eventTime"])
    code: str = Field(examples=["date_time"])


class CaptureJobOut(BaseModel):
    """What became of a document that was sent."""

    captureID: str = Field(examples=["cap_01jd0000000000000000000000"])  # noqa: N815
    running: bool
    success: bool
    captureErrorBehaviour: ErrorBehaviour  # noqa: N815
    createdAt: datetime  # noqa: N815
    finishedAt: datetime  # noqa: N815
    events: int = Field(description="How many the document had.")
    stored: int = Field(description="How many of them are new.")
    errors: list[CaptureErrorOut]


def query_document(rows: Iterable[Row[Any]], now: datetime) -> dict[str, Any]:
    """The document of the events in *rows*."""
    return {
        "@context": [CONTEXT, NAMESPACES],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": now,
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {
                    "eventList": [row.body | {"recordTime": row.record_time} for row in rows]
                },
            }
        },
    }


def capture_out(row: Row[Any], language: Language) -> CaptureJobOut:
    """A capture as its sender reads it."""
    errors = [
        CaptureErrorOut(
            type=VALIDATION,
            title="EPCIS event not valid" if language == "en" else "Peristiwa EPCIS tidak sah",
            detail=error["detail"][language],
            event=error["event"],
            pointer=error["pointer"],
            code=error["code"],
        )
        for error in row.errors
    ]
    return CaptureJobOut(
        captureID=encode("cap", row.id),
        running=False,
        success=row.success,
        captureErrorBehaviour=row.error_behaviour,
        createdAt=row.created_at,
        finishedAt=row.created_at,
        events=row.events,
        stored=row.stored,
        errors=errors,
    )
