"""`GET /v1/events` and `GET /v1/history/{object_id}`: what happened, and who did it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from app.access.authorize import permit
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.errors import NotFound
from app.core.ids import ApiKeyId, EventId, PartyId, decode, encode
from app.core.states import MACHINES
from app.db.tx import Tx
from app.http.lists import position, seal
from app.http.routes import Route
from app.http.wire import Listed
from app.webhooks import queries

router = APIRouter(route_class=Route, tags=["events"])


class EventOut(BaseModel):
    """One thing that happened. ``data`` holds ids and facts; read the object for the rest."""

    id: EventId
    type: str = Field(examples=["order.confirmed"])
    timestamp: datetime
    object_id: str = Field(examples=["ord_01jd0000000000000000000000"])
    aggregate_version: int = Field(description="The object's version; drop what is older.")
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events, oldest first. ``next_cursor`` is never null: keep it and ask again later."""

    data: list[EventOut]
    next_cursor: str


class HistoryOut(BaseModel):
    """One transition, with who did it and why."""

    action: str
    from_status: str
    to_status: str
    version: int
    reason: str | None
    note: str | None
    party_id: PartyId
    key_id: ApiKeyId | None
    at: datetime


@router.get("/v1/events")
async def event_list(
    tx: Annotated[Tx, Opens(P.EVENT_READ)],
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> EventPage:
    """What happened to the objects you may see, oldest first, nothing left out, nothing twice.

    Keep `next_cursor` and send it back: an empty page means nothing new yet. Events of transactions
    that are still running, and everything begun after them, appear once those have ended.
    """
    start = position("events", cursor) if cursor is not None else ("0", 0)
    rows = await queries.events(tx, start, limit)
    last = (rows[-1]["xid"], rows[-1]["seq"]) if rows else start
    return EventPage(data=[_event(row) for row in rows], next_cursor=seal("events", *last))


def _event(row: Any) -> EventOut:
    return EventOut(
        id=row["id"],
        type=row["type"],
        timestamp=row["occurred_at"],
        object_id=encode(MACHINES[row["object"]].prefix, row["object_id"]),
        aggregate_version=row["version"],
        data=row["data"],
    )


@router.get("/v1/history/{object_id}")
async def history_list(
    object_id: Annotated[str, Path(examples=["ord_01jd0000000000000000000000"], max_length=60)],
    tx: Annotated[Tx, Opens(P.HISTORY_READ)],
) -> Listed[HistoryOut]:
    """Every transition of one object with its actor and reason: for the hub's desk."""
    permit(tx)
    rows = await queries.history(tx, _object(object_id))
    if not rows:
        raise NotFound
    return Listed(data=[HistoryOut.model_validate(dict(row)) for row in rows])


def _object(text: str) -> UUID:
    prefix = text.rpartition("_")[0]
    if all(machine.prefix != prefix for machine in MACHINES.values()):
        raise NotFound
    try:
        return decode(prefix, text)
    except ValueError:
        raise NotFound from None
