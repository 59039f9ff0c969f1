"""XLSX files: looked at from outside first, then read; only ever inside the sandbox.

A workbook is a ZIP: a small one may unfold into gigabytes. Its directory says how large its parts
are, and unpacking them once, piece by piece, shows whether it speaks the truth.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from app.catalog.imports.cells import ErrorCell, Raw
from app.catalog.imports.tables import SheetUnreadable, Table, of_lines, unreadable

MOST_UNPACKED = 200 * 2**20
"""Bytes of all parts of a workbook together; 50 000 rows of this sheet have some 90 MB."""
_MOST_PARTS = 2_000
_BLOCK = 2**20
_CELL = re.compile(rb"<c\b([^>]*\bt=\"e\"[^>]*)>(.*?)</c>", re.DOTALL)
_AT = re.compile(rb"\br=\"([A-Z]{1,3})([0-9]{1,7})\"")
_VALUE = re.compile(rb"<v>([^<]{1,20})</v>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_workbook(path: Path) -> Table:
    """The first visible sheet with known headings. Raises SheetUnreadable."""
    try:
        with zipfile.ZipFile(path) as parts:
            _check(parts)
            errors = _error_cells(parts)
        book = CalamineWorkbook.from_path(path)
        refusal: SheetUnreadable | None = None
        for sheet in book.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible:
                try:
                    return of_lines(_lines(book, sheet.name, errors.get(sheet.name, {})))
                except SheetUnreadable as error:
                    refusal = _telling(refusal, error)
    except (CalamineError, zipfile.BadZipFile, KeyError, Xml.ParseError, NotImplementedError):
        raise _no_workbook() from None
    raise refusal or _no_workbook()


def _telling(before: SheetUnreadable | None, now: SheetUnreadable) -> SheetUnreadable:
    """Of two sheets' refusals the one about headings: the other sheet has none at all."""
    return now if before is None or before.errors[0].code == "no_headings" else before


def _no_workbook() -> SheetUnreadable:
    return unreadable(
        "not_xlsx",
        "This is no XLSX workbook, or it is damaged or has a password; save it anew as .xlsx.",
        "Ini bukan berkas XLSX, rusak, atau memakai sandi; simpan ulang sebagai .xlsx.",
    )


def _check(parts: zipfile.ZipFile) -> None:
    """Unpack every part once; nothing is kept. Raises SheetUnreadable."""
    infos = parts.infolist()
    if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        most = MOST_UNPACKED // 2**20
        raise unreadable(
            "unpacked_too_large",
            f"Unpacked the workbook has more than {most} MB; send it in several parts, or as CSV.",
            f"Setelah dibuka isinya lebih dari {most} MB; kirim dalam beberapa bagian atau CSV.",
        )
    for info in infos:
        with parts.open(info) as part:  # says BadZipFile when there is more than was said
            while part.read(_BLOCK):
                pass


def _error_cells(parts: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], ErrorCell]]:
    """The cells of each sheet whose formula failed, by row and column from 0.

    The reader of workbooks shows them as empty, which would be taken for "leave it as it is".
    """
    return {name: _errors_of(parts, file) for name, file in _sheet_files(parts)}


def _sheet_files(parts: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in Xml.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    }
    book = Xml.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - expat of the sandbox
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        file = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if file in parts.NameToInfo:
            yield sheet.get("name", ""), file


def _errors_of(parts: zipfile.ZipFile, file: str) -> dict[tuple[int, int], ErrorCell]:
    found: dict[tuple[int, int], ErrorCell] = {}
    kept = b""
    with parts.open(file) as part:
        while block := part.read(_BLOCK):
            kept += block
            end = kept.rfind(b"</c>") + 4  # what is cut in the middle waits for the next block
            if end > 3:
                if b't="e"' in kept:
                    found.update(_errors_in(kept[:end]))
                kept = kept[end:]
    return found


def _errors_in(xml: bytes) -> Iterator[tuple[tuple[int, int], ErrorCell]]:
    for attributes, inside in _CELL.findall(xml):
        at, value = _AT.search(attributes), _VALUE.search(inside)
        if at is not None:
            column = 0
            for letter in at.group(1):
                column = column * 26 + letter - 64
            said = value.group(1).decode("ascii", "replace") if value else "#VALUE!"
            yield (int(at.group(2)) - 1, column - 1), ErrorCell(said)


def _lines(
    book: CalamineWorkbook, name: str, errors: dict[tuple[int, int], ErrorCell]
) -> Iterator[tuple[int, list[Raw]]]:
    sheet = book.get_sheet_by_name(name)
    merged = _below(sheet.merged_cell_ranges or ())
    first = sheet.start or (0, 0)
    tops: dict[int, Raw] = {}
    for n, line in enumerate(sheet.iter_rows()):
        cells = [*([""] * first[1]), *map(_cell, line)]
        for column, (top, bottom) in _covering(merged, n):
            if column < len(cells):
                if n == top:
                    tops[column] = cells[column]
                elif n <= bottom:
                    cells[column] = tops.get(column, "")
        for column in range(len(cells)):
            if (n, column) in errors:
                cells[column] = errors[n, column]
        yield n + 1, cells


Spans = dict[int, list[tuple[int, int, int]]]


def _below(ranges: Any) -> Spans:
    """By row: the column and the first and last row of each merged area that covers it."""
    found: Spans = {}
    for (top, left), (bottom, _) in list(ranges)[:10_000]:
        for row in range(top, min(bottom, top + 1_000) + 1):
            found.setdefault(row, []).append((left, top, bottom))
    return found


def _covering(merged: Spans, row: int) -> Iterator[tuple[int, tuple[int, int]]]:
    for column, top, bottom in merged.get(row, ()):
        yield column, (top, bottom)


def _cell(value: Any) -> Raw:
    """A value of the workbook's reader as a cell; floats only ever stand for what was typed."""
    if isinstance(value, float) and not isfinite(value):
        return ErrorCell("#NUM!")
    if isinstance(value, float):
        return int(value) if value.is_integer() else Decimal(repr(value))
    if isinstance(value, str | bool | int | date):
        return value
    if isinstance(value, timedelta):
        return str(value)
    return str(value.isoformat())
