"""Everything that callers change of imports: uploading, applying, throwing away."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert
from starlette.requests import Request

from app.access.authorize import authorized
from app.access.doors import Door
from app.access.permissions import Permission as P
from app.catalog.imports import queries
from app.catalog.imports.keeping import note
from app.catalog.imports.models import ImportFormat, OnError
from app.catalog.imports.queries import IMPORTS
from app.catalog.imports.report import turn
from app.catalog.sellers import active_seller
from app.catalog.states import IMPORT, ImportStatus
from app.core.errors import DomainError, Forbidden, Kind, invalid
from app.core.ids import PartyId, new_id
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import Change, record
from app.http.uploads import Upload

MOST_BYTES = 20 * 2**20

FORMATS = {
    "text/csv": ImportFormat.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ImportFormat.XLSX,
    "application/x-ndjson": ImportFormat.NDJSON,
}

_LOOK = Door(P.IMPORT_CREATE)


@dataclass(frozen=True)
class Wishes:
    """How an uploaded file is to be treated; see `POST /v1/imports`."""

    dry_run: bool
    on_error: OnError
    submit: bool
    seller_id: PartyId | None


async def kept(request: Request, upload: Upload) -> str:
    """The name under which the file is in the store when this returns.

    Who may not import hears that before anything is stored. The same request sent again has the
    same name, so that it leaves no second file; one that becomes no import is deleted the next day.
    """
    async with _LOOK.open(request):
        tx = await _LOOK(request)
        who, key = tx.actor, request.headers.get("idempotency-key", "")
        said = f"{who.party_id}|{who.key_id}|{who.livemode}|{key}|".encode() + upload.sha256
        name = f"imports/{sha256(said).hexdigest()[:32]}"
        await note(tx, name)
    await request.app.state.files.put(name, upload.path, upload.media_type)
    return name


async def create(tx: Tx, upload: Upload, wishes: Wishes) -> Row[Any]:
    """Take a file; the worker validates it. Raises Invalid or Forbidden for a wrong seller."""
    seller_id = await _seller(tx, wishes.seller_id)
    import_id = new_id()
    values: dict[str, Any] = {
        "id": import_id,
        "status": ImportStatus.VALIDATING,
        "seller_id": seller_id,
        "created_by": tx.actor.party_id,
        "key_id": tx.actor.key_id,
        "file": upload.opened,
        "filename": upload.filename,
        "format": FORMATS[upload.media_type],
        "sha256": upload.sha256,
        "on_error": wishes.on_error,
        "submit": wishes.submit,
        "dry_run": wishes.dry_run,
        "livemode": tx.actor.livemode,
        "created_at": tx.now,
    }
    row = await tx.row(insert(IMPORTS).values(values).returning(*IMPORTS.c))
    assert row is not None
    data = {"filename": row.filename}
    change = Change(IMPORT, "create", row.id, 1, row.status, audience=(seller_id,), data=data)
    await record(tx, [change])
    return row


async def _seller(tx: Tx, seller_id: UUID | None) -> UUID:
    """Whose catalogue it becomes: the caller's own, or whom the operator names."""
    own = tx.actor.party_id
    if seller_id is None and tx.actor.hub:
        raise invalid(
            "query:seller_id",
            "missing",
            "Say whose products these are; the operator imports for a seller.",
            "Isi seller_id; operator mengimpor atas nama penjual.",
        )
    if not tx.actor.hub and seller_id not in (None, own):
        raise Forbidden(
            Text(
                "You import products only for yourself; leave seller_id out.",
                "Anda hanya bisa mengimpor produk sendiri; kosongkan seller_id.",
            )
        )
    return (await active_seller(tx, seller_id or own, "query:seller_id")).id  # type: ignore[no-any-return]


class HasWrongRows(DomainError):
    """A file of which some rows are not right, and nobody has said that they be left out."""

    kind = Kind.CONFLICT
    code = "import_has_wrong_rows"
    title = Text("Some rows are not right", "Ada baris yang belum benar")
    advice = Text(
        'Send {"on_error": "skip"} to have the good rows written without them, or correct the '
        "file and upload it again.",
        'Kirim {"on_error": "skip"} untuk menyimpan baris yang benar saja, atau perbaiki berkas '
        "lalu unggah lagi.",
    )


async def apply(tx: Tx, import_id: UUID, on_error: OnError | None) -> Row[Any]:
    """Have the worker write the good rows of a file that was validated.

    *on_error* in place of what was said with the file. Raises WrongState, and HasWrongRows when
    there are bad rows that are not to be skipped.
    """
    row = await authorized(tx, queries.found(tx, import_id, lock=True))
    IMPORT.check("apply", row.status)
    on_error = on_error or OnError(row.on_error)
    if row.invalid and on_error == OnError.ABORT:
        raise HasWrongRows
    return await turn(tx, row, "apply", ImportStatus.APPLYING, on_error=on_error)


async def cancel(tx: Tx, import_id: UUID) -> Row[Any]:
    """Throw the file away; nothing of it was written."""
    row = await authorized(tx, queries.found(tx, import_id, lock=True))
    return await turn(tx, row, "cancel", ImportStatus.CANCELLED)
