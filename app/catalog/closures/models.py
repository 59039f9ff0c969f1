"""The table of closures: days on which a seller makes and hands over nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.states import CLOSURE
from app.db.base import Base, Id, Recorded, status_of


class Closure(Base):
    """Days on which a seller makes and hands over nothing: Lebaran, a wedding, a harvest."""

    __tablename__ = "closures"
    __table_args__ = (
        status_of(CLOSURE),
        CheckConstraint("ends_on >= starts_on", name="days"),
        Index("ix_closures_seller", "seller_id", "ends_on"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str | None]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
