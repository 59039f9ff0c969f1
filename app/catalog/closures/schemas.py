"""Wire shapes of closures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field
from sqlalchemy import Row

from app.catalog.states import CLOSURE, ClosureStatus
from app.core.actor import Actor
from app.core.ids import ClosureId, PartyId
from app.http.wire import Day, Note, Request, Stateful

_EXAMPLE: dict[str, Any] = {
    "starts_on": "2027-03-08",
    "ends_on": "2027-03-14",
    "note": "Libur Lebaran; dapur buka lagi tanggal 15.",
}


class ClosureIn(Request):
    """Days on which nothing is made or handed over; both days are included."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    starts_on: Day = Field(description="Today or later.")
    ends_on: Day = Field(description="The last day, at most a year after the first.")
    note: Note | None = Field(None, description="For yourself and the hub.")
    seller_id: PartyId | None = Field(
        None, description="Whose it is. Required of the operator; others close only themselves."
    )


class ClosureOut(Stateful):
    """While it lasts, none of the seller's goods are `sellable`; they stay on the shelf."""

    id: ClosureId
    seller_id: PartyId
    status: ClosureStatus
    starts_on: date
    ends_on: date
    note: str | None
    created_at: datetime


def closure_out(row: Row[Any], actor: Actor) -> ClosureOut:
    """A closure's row on the wire."""
    return ClosureOut(**row._asdict(), allowed_actions=actor.allowed(CLOSURE, row.status))
