"""Sending sheets, and having the worker work on them, through the service's own doors."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import xlsxwriter

from app.catalog.imports import work
from app.files.sandbox import Sandbox
from tests.api import Api

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["Kode produk", "Nama", "Kategori", "Harga", "Satuan", "Kode wilayah", "Stok"]


async def send(
    who: Api, data: bytes, media_type: str = "text/csv", key: str | None = None, **query: Any
) -> httpx.Response:
    """The raw answer to an upload."""
    headers = {"idempotency-key": key or uuid4().hex, "content-type": media_type}
    if who.key:
        headers["authorization"] = f"Bearer {who.key}"
    return await who.client.post("/v1/imports", content=data, headers=headers, params=query)


async def work_off(app: Any) -> int:
    """Have the worker do all that waits."""
    sandbox = Sandbox(work.LIMITS)
    try:
        return await work.turn(app.state.database, app.state.files, sandbox)
    finally:
        await sandbox.close()


async def imported(
    app: Any, who: Api, data: bytes, media_type: str = "text/csv", **query: Any
) -> Any:
    """The import of *data* when the worker is done with it."""
    sent = await send(who, data, media_type, **query)
    assert sent.status_code == 202, sent.text
    await work_off(app)
    return await who.read(f"/v1/imports/{sent.json()['id']}")


def row(code: str, **said: str) -> dict[str, str]:
    """A row that is right."""
    return dict(
        zip(
            HEAD,
            [code, f"Batik {code}", "clothing", "15000", "pcs", "35.72.02.1005", "10"],
            strict=True,
        )
    ) | {name.replace("_", " "): value for name, value in said.items()}


def csv_of(rows: Sequence[dict[str, str]], delimiter: str = ";") -> bytes:
    """A CSV of *rows*, with the headings of all of them."""
    heads = list(dict.fromkeys(name for one in rows for name in one))
    lines = [heads, *([one.get(name, "") for name in heads] for one in rows)]
    return "\r\n".join(delimiter.join(line) for line in lines).encode()


def xlsx_of(lines: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with *lines* as an Excel would have them; numbers are numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Produk")
        for n, line in enumerate(lines):
            for m, cell in enumerate(line):
                sheet.write(n, m, cell)
    return out.getvalue()
