"""The table of inspections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Qty


class Inspection(Base):
    """A sample taken of a lot, what was read off it, and the verdict. Append-only."""

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("sample > 0", name="sample"),
        Index("ix_inspections_lot", "lot_id", "id"),
    )

    id: Mapped[Id]
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lots.id"))
    inspector: Mapped[str]
    sample: Mapped[Qty]
    sample_unit: Mapped[str]
    readings: Mapped[list[Any]] = mapped_column(JSONB)
    verdict: Mapped[list[Any]] = mapped_column(JSONB)
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    note: Mapped[str | None]
    party_id: Mapped[UUID]
    at: Mapped[Instant]
    livemode: Mapped[bool]
