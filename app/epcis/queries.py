"""Every SELECT on EPCIS events and captures, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select, true, tuple_

from app.core.actor import Actor
from app.db.tx import Tx
from app.epcis.models import EpcisCapture, EpcisEvent
from app.epcis.parameters import EVENTS, Condition, QueryParameterWrong, QueryTooLarge, instant
from app.http.lists import BadCursor, Paging, page, seal, unseal

CAPTURES: Table = EpcisCapture.__table__  # type: ignore[assignment]

_SHOWN = (EVENTS.c.id, EVENTS.c.record_time, EVENTS.c.event_time, EVENTS.c.body)
_COLUMNS: dict[str, tuple[Any, ...]] = {
    "": (EVENTS.c.id,),
    "eventTime": (EVENTS.c.event_time, EVENTS.c.id),
    "recordTime": (EVENTS.c.record_time, EVENTS.c.id),
}


@dataclass(frozen=True)
class Part:
    """Which part of the events that match is asked for, and in which order."""

    order_by: str | None
    descending: bool
    per_page: int
    most: int | None
    """`eventCountLimit`: no more than these, over all pages"""
    token: str | None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """A party sees what it was told and what it captured; the hub its own copies and all captures.

    The hub is told everything, so it does not read what was told others besides.
    """
    own = EpcisEvent.party_id == actor.party_id
    if actor.hub:
        own = or_(EpcisEvent.party_id.is_(None), EpcisEvent.captured)
    return and_(EpcisEvent.livemode == actor.livemode, own)


async def events(
    tx: Tx, conditions: Sequence[Condition], part: Part
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the events the caller may see that match, and the token of the next one."""
    found = select(*_SHOWN).where(visible_to(tx.actor), *conditions)
    most = part.most
    if part.token is not None:
        found, most = _continued(found, part)
    order = _COLUMNS[part.order_by or ""]
    found = found.order_by(*(one.desc() if part.descending else one.asc() for one in order))
    size = part.per_page if most is None else min(part.per_page, most)
    rows = await tx.rows(found.limit(size + 1))
    more = len(rows) > size and (most is None or most > size)
    if not more:
        return rows[:size], None
    last = rows[size - 1]
    at = getattr(last, order[0].name).isoformat() if part.order_by else ""
    left = "" if most is None else most - size
    return rows[:size], seal(_kind(part), at, last.id.hex, left)


def _kind(part: Part) -> str:
    return f"epcis_events_by_{part.order_by or 'id'}"


def _continued(found: Select[Any], part: Part) -> tuple[Select[Any], int | None]:
    """*found* behind the token's position, and how many may still come."""
    try:
        at, last, left = unseal(_kind(part), part.token or "", 3)
        position: tuple[Any, ...] = (UUID(hex=last),)
        if part.order_by:
            position = (instant("nextPageToken", at), *position)
        most = min(max(int(left), 1), 2**31) if left else None
    except (BadCursor, ValueError):
        raise QueryParameterWrong.of(
            "nextPageToken",
            "This token is not of this query; start again without it.",
            "Token ini bukan dari kueri ini; mulai lagi tanpa token.",
        ) from None
    here = tuple_(*_COLUMNS[part.order_by or ""])
    behind = here < tuple_(*position) if part.descending else here > tuple_(*position)
    return found.where(behind), most


async def check_count(tx: Tx, conditions: Sequence[Condition], most: int) -> None:
    """Raises QueryTooLarge if more than *most* events match."""
    some = select(true()).select_from(EVENTS).where(visible_to(tx.actor), *conditions)
    count = await tx.value(select(func.count()).select_from(some.limit(most + 1).subquery()))
    if count > most:
        raise QueryTooLarge(max_event_count=most)


async def of_id(tx: Tx, event_id: str) -> Sequence[Row[Any]]:
    """The event of that id, and its error declaration if there is one; what the caller sees."""
    found = select(*_SHOWN).where(visible_to(tx.actor), EVENTS.c.event_id == event_id)
    return await tx.rows(found.order_by(EVENTS.c.id).limit(100))


def _captures(actor: Actor) -> Select[Any]:
    own = true() if actor.hub else EpcisCapture.party_id == actor.party_id
    return select(CAPTURES).where(EpcisCapture.livemode == actor.livemode, own)


async def capture(tx: Tx, capture_id: UUID) -> Row[Any] | None:
    """A capture the caller may see."""
    return await tx.row(_captures(tx.actor).where(CAPTURES.c.id == capture_id))


async def captures(tx: Tx, paging: Paging) -> tuple[Sequence[Row[Any]], str | None]:
    """The captures the caller may see, newest first."""
    return await page(tx, "epcis_captures", _captures(tx.actor), CAPTURES.c.id, paging)
