"""Exports on their way out: read in pages, each in a short transaction of its own.

They are made when the operation's own transaction is over: no long download holds a connection.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.access.enter import enter
from app.catalog.exports import rows, sheets
from app.catalog.exports.rows import HEADINGS, Chosen
from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.db.engine import Database
from app.db.tx import Tx

MOST_XLSX = 10_000
"""Rows of a workbook; CSV has no limit."""


class ExportTooLarge(DomainError):
    """More rows than a workbook is made of."""

    kind = Kind.INVALID
    code = "export_too_large"
    title = Text("Too many rows for XLSX", "Baris terlalu banyak untuk XLSX")
    advice = Text(
        f"A workbook has at most {MOST_XLSX} rows here: ask for format=csv, or narrow it down with "
        "status, category or seller_id.",
        f"Berkas XLSX paling banyak {MOST_XLSX} baris: pakai format=csv, atau persempit dengan "
        "status, category, atau seller_id.",
    )


def named(name: str) -> dict[str, str]:
    """Headers of a file that is saved as *name*, and by no cache."""
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}


class Export(Response):
    """The sheet of *chosen* listings; whoever calls is looked at again for each page."""

    def __init__(self, request: Request, chosen: Chosen, form: str) -> None:
        super().__init__()
        self.request, self.chosen, self.form = request, chosen, form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make and send it. What refuses it before its first byte is answered as a problem."""
        if self.form == "csv":
            pages = self._pages()
            first = await anext(pages)
            answer = StreamingResponse(
                self._lines(first, pages), media_type=sheets.CSV, headers=named("produk.csv")
            )
            await answer(scope, receive, send)
            return
        with tempfile.TemporaryDirectory(prefix="btc-export-") as folder:
            path = await self._workbook(Path(folder))
            headers = named("produk.xlsx")
            workbook = FileResponse(path, media_type=sheets.XLSX, headers=headers)
            await workbook(scope, receive, send)

    async def _pages(self) -> AsyncIterator[list[list[str]]]:
        database: Database = self.request.app.state.database
        key = self.request.headers.get("authorization")
        last: UUID | None = UUID(int=0)
        while last is not None:
            async with database.transaction() as connection:
                tx = Tx(connection, await enter(connection, key))
                found, last = await rows.page(tx, self.chosen, last)
            yield found

    async def _lines(
        self, first: list[list[str]], pages: AsyncIterator[list[list[str]]]
    ) -> AsyncIterator[bytes]:
        yield sheets.csv_head(HEADINGS) + sheets.csv_lines(HEADINGS, first)
        async for page in pages:
            yield sheets.csv_lines(HEADINGS, page)

    async def _workbook(self, folder: Path) -> Path:
        source, target = folder / "rows", folder / "produk.xlsx"
        with source.open("wb") as file:
            file.write(sheets.spool(HEADINGS))
            async for page in self._pages():
                lines = b"".join(orjson.dumps(row) + b"\n" for row in page)
                await asyncio.to_thread(file.write, lines)
        await self.request.app.state.sandbox.run(sheets.build_xlsx, str(source), str(target))
        return target
