"""`/d/{token}`: a document opened by a link, without a key.

For people, not an operation of the API: a browser shows the PDF, or a page that says kindly why
there is none.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access.doors import ANYBODY
from app.core import clock
from app.core.errors import DomainError, NotFound
from app.db.engine import Database
from app.db.tx import Tx
from app.http.pages import page_of
from app.shipments.documents import links, queries
from app.shipments.documents.pdf import opened

router = APIRouter(include_in_schema=False)


@router.get("/d/{token}")
async def open_link(token: str, request: Request) -> Response:
    """The document of a link as PDF; a page with 404 for a wrong one, 410 when it has expired."""
    database: Database = request.app.state.database
    try:
        document_id = links.document_of(token, clock.now())
        async with database.public() as connection:
            found = await queries.linked(Tx(connection, ANYBODY), document_id)
        if found is None:
            raise NotFound(links.NO_LINK)
        return await opened(request, found)
    except DomainError as error:
        return page_of(error)
