"""Tables of photos and of the files they are kept in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Instant, Recorded


class PhotoFiles(Base):
    """The sizes of one picture of one seller in the file store, named by the original's hash.

    Written before the first file is, so none is ever forgotten. Width and height are those of the
    largest size, and are there once a photo is: until then the files are nobody's, and are deleted
    a day after they were last ``asked_at``.
    """

    __tablename__ = "photo_files"
    __table_args__ = (
        CheckConstraint("num_nulls(width, height) IN (0, 2)", name="size"),
        Index("ix_photo_files_unused", "asked_at", postgresql_where=text("width IS NULL")),
    )

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    asked_at: Mapped[Instant]


class Photo(Base):
    """A photo of a listing, kept in a few sizes under the hash of what was uploaded.

    It is seen once the listing's ``photo_ids`` name it. Its files cannot go while it is there.
    """

    __tablename__ = "photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["listing_id", "seller_id", "livemode"],
            ["listings.id", "listings.seller_id", "listings.livemode"],
        ),
        ForeignKeyConstraint(
            ["seller_id", "livemode", "sha256"],
            ["photo_files.seller_id", "photo_files.livemode", "photo_files.sha256"],
        ),
        UniqueConstraint("listing_id", "sha256"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
        Index("ix_photos_files", "seller_id", "livemode", "sha256"),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
