"""The outbox and the history: two append-only tables written with every transition.

`events` is what the outside may read; `event_audience` says which parties may read it (the hub may
read all); `history` is what the hub keeps for itself: who did it, with which reason.

Readers must not skip an event whose transaction commits late. So events are read in the order of
(`xid`, `seq`) and only below the oldest transaction still running; see `webhooks.queries`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.db.base import Base, Id, Instant


class Xid8(UserDefinedType[int]):
    """Postgres' 64-bit transaction number, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Event(Base):
    """One transition of one object, as outsiders may read it. Never changed."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_feed", "livemode", "xid", "seq"),
        # What a listing's history says of its edits; other objects' events are read as a feed only.
        Index(
            "ix_events_listing",
            "object_id",
            "version",
            postgresql_where=text("object IN ('listing', 'variant', 'listing_change')"),
        ),
    )

    id: Mapped[Id]
    xid: Mapped[int] = mapped_column(Xid8)
    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    object: Mapped[str]
    object_id: Mapped[UUID]
    version: Mapped[int]
    data: Mapped[dict]  # type: ignore[type-arg]
    occurred_at: Mapped[Instant]
    livemode: Mapped[bool]


class EventAudience(Base):
    """A party that may read an event, in the feed's order: its own feed is one index scan."""

    __tablename__ = "event_audience"

    party_id: Mapped[UUID] = mapped_column(primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), index=True)


class Transition(Base):
    """A step that a machine knows. Written by migrations only.

    A table and not a CHECK: the text of such a CHECK is read anew by every statement that writes
    history, and was half a millisecond of each.
    """

    __tablename__ = "transitions"

    object: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    from_status: Mapped[str] = mapped_column(primary_key=True)
    to_status: Mapped[str] = mapped_column(primary_key=True)


class History(Base):
    """One transition with its actor and reason. Never changed, and only what a machine knows."""

    __tablename__ = "history"
    __table_args__ = (
        ForeignKeyConstraint(
            ["object", "action", "from_status", "to_status"],
            [
                "transitions.object",
                "transitions.action",
                "transitions.from_status",
                "transitions.to_status",
            ],
            name="fk_history_transition",
        ),
        Index("ix_history_object_id_version", "object_id", "version"),
    )

    id: Mapped[Id]
    object: Mapped[str]
    object_id: Mapped[UUID]
    version: Mapped[int]
    action: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    key_id: Mapped[UUID | None]
    party_id: Mapped[UUID]
    at: Mapped[Instant]
    livemode: Mapped[bool]
