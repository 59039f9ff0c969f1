"""`/v1/evidence`: photos that show what was found."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import EvidenceId, encode
from app.db.tx import Tx
from app.files.images import MEDIA_TYPES
from app.http.conditional import NOT_MODIFIED
from app.http.routes import Route
from app.http.stored import JPEG, unchanging
from app.http.uploads import Takes, Upload
from app.idempotency.doors import Commands
from app.shipments.evidence import queries
from app.shipments.evidence.intake import MOST_BYTES, stored
from app.shipments.evidence.schemas import EvidenceOut, evidence_out

router = APIRouter(route_class=Route, tags=["shipments"])


@router.post("/v1/evidence", status_code=201)
async def evidence_create(
    photo: Annotated[Upload, Takes(*MEDIA_TYPES, most=MOST_BYTES, opened_by=stored)],
    tx: Annotated[Tx, Commands(P.EVIDENCE_CREATE)],
) -> EvidenceOut:
    """Upload a photo of what you found: the file itself is the body.

    At most 20 MB and 40 megapixels; JPEG, PNG or WebP.

    Name it then in an inspection, a goods receipt or a claim, and whoever sees that sees the photo;
    what nothing names is deleted after seven days. Kept is one upright JPEG without anything the
    phone wrote into the file (place, time, model). The same file again is the same photo.
    """
    row = await authorized(tx, queries.evidence(tx, photo.opened))
    return evidence_out(row, tx.actor)


@router.get("/v1/evidence/{evidence_id}")
async def evidence_read(
    evidence_id: EvidenceId, tx: Annotated[Tx, Opens(P.EVIDENCE_READ)]
) -> EvidenceOut:
    """A photo that you uploaded, or that something you may see names."""
    return evidence_out(await authorized(tx, queries.evidence(tx, evidence_id)), tx.actor)


@router.get(
    "/v1/evidence/{evidence_id}/file",
    response_class=Response,
    responses=JPEG | NOT_MODIFIED,
)
async def evidence_file_read(
    evidence_id: EvidenceId, tx: Annotated[Tx, Opens(P.EVIDENCE_READ)], request: Request
) -> Response:
    """The picture itself. It never changes: your own cache may keep it for a year."""
    row = await authorized(tx, queries.evidence(tx, evidence_id))
    name = encode("evd", row.id)
    return unchanging(
        request, row.file_key, row.media_type, tag=f'"{name}"', filename=f"{name}.jpg"
    )
