"""API keys as they are stored: never the key itself, only its keyed hash."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Recorded


class ApiKey(Base):
    """One key of one party for one world. ``permissions`` narrows what ``roles`` allow."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]
    roles: Mapped[list[str]]
    permissions: Mapped[list[str]]
    livemode: Mapped[bool]
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    created_at: Mapped[Recorded]
