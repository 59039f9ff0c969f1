"""The table of photos that show what was found."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Recorded


class Evidence(Base):
    """A photo: whose it is, where its file lies, and who else may see it.

    ``audience`` grows when the photo is named by an inspection, a receipt or a claim: whoever may
    see that may see its photos.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name="size"),
        Index("ix_evidence_party", "party_id", "id"),
        Index("ix_evidence_unused", "created_at", postgresql_where=text("NOT attached")),
    )

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    audience: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    file_key: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    attached: Mapped[bool] = mapped_column(server_default="false")
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
