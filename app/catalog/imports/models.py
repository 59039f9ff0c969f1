"""Tables of imports: the uploaded file's progress and report, and the rows that were not right."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.states import IMPORT
from app.db.base import Base, Id, Instant, Recorded, one_of, status_of


class ImportFormat(StrEnum):
    """What sort of file was uploaded."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"


class OnError(StrEnum):
    """What happens to the good rows of a file that has bad ones.

    ``abort``: nothing is written. ``skip``: the good rows are, the bad ones can be downloaded.
    """

    ABORT = "abort"
    SKIP = "skip"


class Import(Base):
    """One uploaded file. Counts are rows of the file, its heading not counted.

    ``held`` rows are right themselves, but another row of their product is not. ``file`` names what
    the file store keeps until ``forgotten_at``. ``created_by`` and ``key_id`` say who asked, and so
    who acts when it is applied. A worker that validates says until when it is to be left alone.
    """

    __tablename__ = "imports"
    __table_args__ = (
        status_of(IMPORT),
        one_of("format", ImportFormat),
        one_of("on_error", OnError),
        UniqueConstraint("id", "seller_id", "livemode"),
        CheckConstraint("read >= 0 AND invalid >= 0 AND held >= 0 AND applied >= 0", name="counts"),
        Index("ix_imports_seller", "seller_id", "id"),
        Index("ix_imports_work", "status", "id"),
        Index("ix_imports_file", "file"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    created_by: Mapped[UUID]
    key_id: Mapped[UUID | None]
    file: Mapped[str]
    filename: Mapped[str | None]
    format: Mapped[str]
    sha256: Mapped[bytes]
    on_error: Mapped[str]
    submit: Mapped[bool]
    dry_run: Mapped[bool]
    rows: Mapped[int | None]
    read: Mapped[int] = mapped_column(server_default="0")
    fields: Mapped[list[str]] = mapped_column(server_default="{}")
    invalid: Mapped[int] = mapped_column(server_default="0")
    held: Mapped[int] = mapped_column(server_default="0")
    creates: Mapped[int] = mapped_column(server_default="0")
    updates: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    applied: Mapped[int] = mapped_column(server_default="0")
    submitted: Mapped[int] = mapped_column(server_default="0")
    lacking: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    livemode: Mapped[bool]
    created_at: Mapped[Recorded]
    finished_at: Mapped[Instant | None]
    claimed_until: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    forgotten_at: Mapped[Instant | None]


class ImportFile(Base):
    """A file that was sent, and who sent it; written before the file is, so none is ever forgotten.

    Looked at a day after it was last ``asked_at``: what became no import by then is deleted.
    """

    __tablename__ = "import_files"
    __table_args__ = (Index("ix_import_files_asked_at", "asked_at"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"))
    livemode: Mapped[bool]
    asked_at: Mapped[Instant]


class ImportProblem(Base):
    """A row that was not right: its cells as they were, and what is wrong with which of them."""

    __tablename__ = "import_problems"
    __table_args__ = (
        ForeignKeyConstraint(
            ["import_id", "seller_id", "livemode"],
            ["imports.id", "imports.seller_id", "imports.livemode"],
        ),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    seller_id: Mapped[UUID]
    cells: Mapped[dict[str, Any]] = mapped_column(JSONB)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    livemode: Mapped[bool]
