"""The table of regions."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, one_of

LEVELS = ("province", "regency", "district", "village")


class Region(Base):
    """One region, e.g. ``35.72.01.1002`` Ngadirejo; ``parent_code`` is its district."""

    __tablename__ = "regions"
    __table_args__ = (one_of("level", LEVELS),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    level: Mapped[str]
    postal_code: Mapped[str | None]
