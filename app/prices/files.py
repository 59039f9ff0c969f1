"""Readings in a CSV file: what it must look like, and what is wrong with it, row by row.

The first line names the columns ``read_on``, ``amount`` and, if there is one, ``note``; commas or
semicolons stand between cells; a blank line is passed over. Amounts have a decimal point and no
thousands' separators, whatever the delimiter: what could be read in two ways is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from starlette.requests import Request

from app.core.errors import FieldError
from app.core.text import Text
from app.http.uploads import Upload
from app.http.validation import field_errors
from app.prices.readings import Reading
from app.prices.schemas import PriceReadingIn

MOST_BYTES = 4 * 2**20
MOST_ROWS = 10_000
_NEEDED, _POSSIBLE = {"read_on", "amount"}, {"read_on", "amount", "note"}

_ENCODING = Text(
    "The file is not UTF-8 text. Save it as CSV (UTF-8) and send it again.",
    "Berkas bukan teks UTF-8. Simpan sebagai CSV (UTF-8) lalu kirim ulang.",
)
_HEADINGS = Text(
    "The first line must name the columns read_on, amount and, if you like, note.",
    "Baris pertama harus berisi nama kolom read_on, amount, dan bila perlu note.",
)
_BROKEN = Text(
    "From line {line} on the file cannot be read; perhaps a quotation mark is open.",
    "Mulai baris {line} berkas tidak terbaca; mungkin tanda kutip belum ditutup.",
)
_CELLS = Text(
    "This line has {count} cells, and the first line has {columns}. Quote a text with a comma.",
    "Baris ini berisi {count} sel, baris judul {columns}. Beri tanda kutip pada teks berkoma.",
)
_SPLIT = Text(
    "A note of digits alone: perhaps a thousands' separator has split the amount. Write 26500.",
    "Catatan hanya berisi angka: mungkin pemisah ribuan memecah amount. Tulis 26500.",
)
_MANY = Text(
    "A file may hold {most} readings. Send it in parts.",
    "Satu berkas paling banyak {most} data. Kirim dalam beberapa bagian.",
)
_NOTHING = Text("The file holds no readings.", "Berkas tidak berisi data.")


class Sheet(NamedTuple):
    """What a file says: its readings, and what is wrong with it."""

    readings: list[Reading]
    wrong: list[FieldError]


class _Unreadable(Exception):
    """From here on nothing can be made of the file."""

    def __init__(self, pointer: str, code: str, said: Text) -> None:
        super().__init__(code)
        self.problem = FieldError(pointer, code, said)


async def opened(request: Request, upload: Upload) -> Sheet:
    """The file as a sheet, read in the sandbox. What is wrong is told after who may record."""
    sheet: Sheet = await request.app.state.sandbox.run(sheet_of, str(upload.path))
    return sheet


def sheet_of(path: str) -> Sheet:
    """The file at *path* as a sheet; for the sandbox."""
    sheet = Sheet([], [])
    try:
        for line, cells in _rows(_decoded(Path(path).read_bytes())):
            _read(sheet, line, cells)
    except _Unreadable as found:
        sheet.wrong.append(found.problem)
    if not sheet.readings and not sheet.wrong:
        sheet.wrong.append(FieldError("", "too_short", _NOTHING))
    return sheet


def _read(sheet: Sheet, line: int, cells: dict[str, str]) -> None:
    if cells.get("note", "").isdigit():
        sheet.wrong.append(FieldError(f"line:{line}/note", "number_uncertain", _SPLIT))
        return
    try:
        said = PriceReadingIn.model_validate(cells)
    except ValidationError as error:
        found = [e | {"loc": ("line", line, *e["loc"])} for e in error.errors(include_url=False)]
        sheet.wrong.extend(field_errors(found))
        return
    sheet.readings.append(Reading(f"line:{line}", said.read_on, said.amount, said.note))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unreadable("", "encoding", _ENCODING) from None


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines after the headings: their numbers, and their cells that are not empty."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = _lines(text, delimiter)
    columns = [cell.strip().lower() for cell in next(lines, (1, []))[1]]
    if len(set(columns)) < len(columns) or not _NEEDED <= set(columns) <= _POSSIBLE:
        raise _Unreadable("line:1", "headings", _HEADINGS)
    count = 0
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise _Unreadable(f"line:{line}", "too_long", _MANY.filled(most=MOST_ROWS))
        if len(cells) > len(columns):
            wide = _CELLS.filled(count=len(cells), columns=len(columns))
            raise _Unreadable(f"line:{line}", "cells", wide)
        named = zip(columns, cells, strict=False)
        yield line, {column: said for column, cell in named if (said := cell.strip())}


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _Unreadable(f"line:{line}", "csv_broken", _BROKEN.filled(line=line)) from None
        yield line, cells
