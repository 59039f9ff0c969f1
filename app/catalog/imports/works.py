"""What working on imports needs, and how an import ends that could not be worked on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from app.access.enter import acting_as_hub
from app.catalog.imports import report
from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.db.engine import Database
from app.db.tx import Tx
from app.files.sandbox import Sandbox
from app.files.store import FileStore


class ImportBroken(DomainError):
    """A file on which the service itself failed, again and again."""

    kind = Kind.INTERNAL
    code = "import_broken"
    title = Text("The import failed", "Impor gagal")
    advice = report.BROKEN


class HeldUp(DomainError):
    """A file that waited for others, or for a part of the service, until its patience ended."""

    kind = Kind.UNAVAILABLE
    code = "import_held_up"
    title = Text("The import was held up", "Impor tertahan")
    advice = Text(
        "For an hour others kept changing the same products, or a part of the service was away; "
        "nothing was written. Upload the file again.",
        "Selama satu jam produk yang sama terus diubah pihak lain, atau sebagian layanan terganggu;"
        " tidak ada yang tersimpan. Unggah lagi berkasnya.",
    )


class FileGone(DomainError):
    """The uploaded file is not in the store any more."""

    kind = Kind.NOT_FOUND
    code = "import_file_gone"
    title = Text("The file is gone", "Berkas tidak ada lagi")
    advice = Text("Upload the file again.", "Unggah lagi berkasnya.")


@dataclass
class Works:
    """What working on imports needs."""

    database: Database
    files: FileStore
    sandbox: Sandbox
    hub: UUID

    @asynccontextmanager
    async def tx(self, *, livemode: bool) -> AsyncIterator[Tx]:
        """A transaction of the service itself."""
        async with acting_as_hub(self.database, self.hub, livemode=livemode) as tx:
            yield tx
