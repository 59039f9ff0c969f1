"""The table of idempotency keys."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Instant

KEPT = timedelta(days=7)
"""How long an answer can be replayed; afterwards natural unique keys still guard."""


class IdempotencyKey(Base):
    """One answered request. ``id`` is a hash of party, API key, operation and the caller's key."""

    __tablename__ = "idempotency_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    party_id: Mapped[UUID]
    operation: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Instant] = mapped_column(index=True)
