"""`/v1/listings/export`: own products as a sheet, to look at, to change and to send back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.categories import Category
from app.catalog.exports import rows
from app.catalog.exports.answers import MOST_XLSX, Export, ExportTooLarge
from app.catalog.exports.sheets import XLSX
from app.catalog.states import ListingStatus
from app.core.ids import PartyId
from app.db.tx import Tx
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["imports"])


class SheetFormat(StrEnum):
    """What sort of sheet is made."""

    XLSX = "xlsx"
    CSV = "csv"


_BINARY = {"schema": {"type": "string", "format": "binary"}}
SHEET: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sheet", "content": {XLSX: _BINARY, "text/csv": _BINARY}}
}
"""How OpenAPI describes an answer that is a sheet."""


@router.get("/v1/listings/export", response_class=Response, responses=SHEET)
async def export_read(
    tx: Annotated[Tx, Opens(P.IMPORT_READ)],
    request: Request,
    format: SheetFormat = SheetFormat.XLSX,
    status: ListingStatus | None = None,
    category: Category | None = None,
    seller_id: PartyId | None = None,
) -> Response:
    """Your products as a sheet with the columns of imports, one row for each variant.

    Change it and send it to `POST /v1/imports`: what you leave as it is stays as it is. The
    operator gets every seller's products unless `seller_id` names one. XLSX has at most 10 000
    rows, CSV any number (semicolons, decimal commas, UTF-8 with BOM).
    """
    owner = seller_id if tx.actor.hub else tx.actor.party_id
    chosen = (tx.actor.livemode, owner, status, category)
    if format == SheetFormat.XLSX and await rows.count(tx, chosen) > MOST_XLSX:
        raise ExportTooLarge
    return Export(request, chosen, format)
