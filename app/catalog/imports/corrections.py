"""The rows that were not written, with what is wrong with them: to be corrected and sent again.

The sheet is made in the sandbox: of an import that failed it has every row, however long the file.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Row

from app.catalog.exports import sheets
from app.catalog.exports.sheets import Heading, heading_of
from app.catalog.imports.columns import BY_FIELD
from app.catalog.imports.models import OnError
from app.catalog.imports.products import Product
from app.catalog.imports.works import FileGone
from app.catalog.states import ImportStatus
from app.files.sandbox import Sandbox
from app.files.store import FileStore

_NOTHING_WRITTEN = {ImportStatus.FAILED, ImportStatus.CANCELLED}


async def sheet(
    row: Row[Any], told: Sequence[asyncpg.Record], form: str, files: FileStore, sandbox: Sandbox
) -> bytes:
    """The sheet (*form* csv or xlsx) of what was not written of the import *row*.

    *told* are the rows that are not right, and those held back with them. Raises FileGone where
    every row is needed and the file is kept no more.
    """
    with tempfile.TemporaryDirectory(prefix="btc-corrections-") as folder:
        wrong, prepared, target = (Path(folder) / name for name in ("wrong", "prepared", "made"))
        lines = b"".join(orjson.dumps(list(one)) + b"\n" for one in told)
        await asyncio.to_thread(wrong.write_bytes, lines)
        if _whole(row) and len(told) < row.rows:
            data = await files.get(f"{row.file}.rows")
            if data is None:
                raise FileGone
            await asyncio.to_thread(prepared.write_bytes, data)
        paths = (str(wrong), str(prepared), str(target))
        await sandbox.run(build, row.fields, *paths, form)
        return await asyncio.to_thread(target.read_bytes)


def _whole(row: Row[Any]) -> bool:
    """Whether every row of the file is still to be sent: none was written, or none would be."""
    aborts = row.status == ImportStatus.READY and row.on_error == OnError.ABORT
    return bool(row.fields) and (aborts or row.status in _NOTHING_WRITTEN)


def build(fields: list[str], wrong: str, prepared: str, target: str, form: str) -> None:
    """Make the sheet *target* of the rows in *wrong*, with those in *prepared* if it is there."""
    headings = [*(heading_of(BY_FIELD[name]) for name in fields), Heading("Masalah")]
    with Path(wrong).open("rb") as lines:
        found = {n: (cells, said(errors)) for n, cells, errors in map(orjson.loads, lines)}
    if Path(prepared).exists():
        with Path(prepared).open("rb") as lines:
            for n, cells in _cells_of(lines):
                found.setdefault(n, (cells, ""))
    rows = (
        [*(str(cells.get(name, "")) for name in fields), why]
        for _, (cells, why) in sorted(found.items())
    )
    if form == "csv":
        made = sheets.csv_head(headings) + sheets.csv_lines(headings, rows, as_typed=True)
        Path(target).write_bytes(made)
        return
    sheets.save_xlsx(target, headings, rows, as_typed=True)


def _cells_of(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for product in map(Product.load, lines):
        yield from ((line.row, line.cells) for line in product.lines)


def said(errors: Sequence[dict[str, Any]]) -> str:
    """All problems of a row in one cell."""
    if not errors:
        return "Baris ini benar, tetapi baris lain dari produk yang sama belum benar."
    return "\n".join(
        f"{BY_FIELD[error['field']].heading.id}: {error['message']['id']} "
        f"Yang diharapkan: {error['expected']['id']}."
        for error in errors
    )
