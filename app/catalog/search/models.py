"""Tables of the search: filled by the database whenever the shelf is written."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base

_AS_BYTES = Text(collation="C")


class ShelfWord(Base):
    """A stem of a listing on the shelf, and whether its title has it."""

    __tablename__ = "shelf_words"

    word: Mapped[str] = mapped_column(_AS_BYTES, primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    in_title: Mapped[bool] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(primary_key=True)


class SearchWord(Base):
    """A word as titles write it, its stem, and in about how many titles that stands."""

    __tablename__ = "search_vocabulary"
    __table_args__ = (
        Index("ix_search_vocabulary_slips", text("search_slips(word)"), postgresql_using="gin"),
    )

    livemode: Mapped[bool] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(_AS_BYTES, primary_key=True)
    stem: Mapped[str]
    listings: Mapped[int] = mapped_column(server_default="1")
