"""`/v1/documents`: papers with numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import DocumentId, GoodsReceiptId, LegId, ShipmentId
from app.db.tx import Tx
from app.http.conditional import NOT_MODIFIED
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.documents import commands, links, queries
from app.shipments.documents.contents import DocumentKind
from app.shipments.documents.pdf import MEDIA_TYPE, download
from app.shipments.documents.schemas import (
    DocumentIn,
    DocumentLinkIn,
    DocumentLinkOut,
    DocumentOut,
    document_out,
)

router = APIRouter(route_class=Route, tags=["documents"])

_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/v1/documents", status_code=201)
async def document_issue(
    asked: DocumentIn, request: Request, tx: Annotated[Tx, Commands(P.DOCUMENT_ISSUE)]
) -> DocumentOut:
    """Issue a document: what is true now is frozen, under the next number of its kind and year.

    A delivery note (`surat_jalan`) or load list is issued by the carrier or the hub, labels
    (`lot_label`, at most 500 lots) by the seller of the lots or the hub, a goods receipt (`bast`)
    by its buyer or the hub. Issued again about the same in the same language, it gets a new number
    and names the one it replaces; labels replace nothing. Prices are never on them, and farms only
    on load lists. What was cancelled, or is a draft, is 409 `document_not_possible`.
    """
    return document_out(await commands.issue(tx, asked, _address(request)))


@router.get("/v1/documents")
async def document_list(
    tx: Annotated[Tx, Opens(P.DOCUMENT_READ)],
    paging: Paged,
    kind: Annotated[DocumentKind | None, Query()] = None,
    shipment_id: Annotated[ShipmentId | None, Query()] = None,
    leg_id: Annotated[LegId | None, Query()] = None,
    receipt_id: Annotated[GoodsReceiptId | None, Query()] = None,
) -> Page[DocumentOut]:
    """The documents that are for you: delivery notes and goods receipts for the buyer, delivery
    notes and load lists for the carrier, labels for the seller, all for the hub. Newest first."""
    rows, cursor = await queries.documents(
        tx, paging, kind=kind, shipment_id=shipment_id, leg_id=leg_id, receipt_id=receipt_id
    )
    return Page(data=[document_out(row._mapping) for row in rows], next_cursor=cursor)


@router.get("/v1/documents/{document_id}")
async def document_read(
    document_id: DocumentId, tx: Annotated[Tx, Opens(P.DOCUMENT_READ)]
) -> DocumentOut:
    """One document: its number, what it is about, and whether another holds in its place."""
    row = await authorized(tx, queries.document(tx, document_id))
    return document_out(row._mapping)


@router.get(
    "/v1/documents/{document_id}/pdf",
    response_class=Response,
    responses=_PDF | NOT_MODIFIED,
)
async def document_download(
    document_id: DocumentId, request: Request, tx: Annotated[Tx, Opens(P.DOCUMENT_READ)]
) -> Response:
    """The document as PDF/A. It never changes: the same bytes every time."""
    row = await authorized(tx, queries.document(tx, document_id))
    return download(request, row._asdict())


@router.post("/v1/documents/{document_id}/link")
async def document_link(
    document_id: DocumentId,
    asked: DocumentLinkIn,
    request: Request,
    tx: Annotated[Tx, Opens(P.DOCUMENT_LINK)],
) -> DocumentLinkOut:
    """A link that opens this document for whoever has it, without a key, for at most a week.

    For the driver's phone, or a gate without a login. It cannot be taken back before it expires.
    """
    row = await authorized(tx, queries.document(tx, document_id))
    expires_at = (tx.now + timedelta(hours=asked.hours)).replace(microsecond=0)
    token = links.token_of(row.id, expires_at)
    return DocumentLinkOut(url=f"{_address(request)}/d/{token}", expires_at=expires_at)


def _address(request: Request) -> str:
    """Where people reach the service: what is printed, and what a link begins with."""
    settings = request.app.state.settings
    return str(settings.public_url or request.base_url).rstrip("/")
