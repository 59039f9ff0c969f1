"""Writing sheets: CSV and XLSX as an Indonesian Excel opens them, with nothing live in them.

A sheet is a list of columns and rows of texts; numbers are decimals as text and become numbers only
in columns that hold numbers. What a spreadsheet would take for a formula is shown as text: CSV
marks it with an apostrophe, which imports take off again; XLSX says of every cell what it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import xlsxwriter

from app.catalog.imports.columns import CLEAR, Column

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ESCAPED = (*(f"'{sign}" for sign in _FORMULA), "''")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_WIDTHS = {"words": 24, "code": 18, "rupiah": 12, "quantity": 12, "whole": 12}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


class Heading(NamedTuple):
    """A column of a sheet: its heading, and whether it holds words, codes or numbers."""

    name: str
    shape: str = "words"


def heading_of(column: Column) -> Heading:
    """The heading of a column of imports."""
    return Heading(column.heading.id, column.shape)


def csv_lines(
    headings: Sequence[Heading], rows: Iterable[Sequence[str]], *, as_typed: bool = False
) -> bytes:
    """*rows* as lines of CSV: semicolons, decimal commas, CRLF, UTF-8.

    *as_typed*: these are cells of a file that was sent, which shall be read as they were then.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    numeric = [heading.shape in ("rupiah", "quantity", "whole") for heading in headings]
    for row in rows:
        writer.writerow(
            _comma(cell)
            if number and not as_typed and _NUMBER.fullmatch(cell)
            else _still(cell, as_typed)
            for cell, number in zip(row, numeric, strict=True)
        )
    return out.getvalue().encode()


def csv_head(headings: Sequence[Heading]) -> bytes:
    """The first line, after the mark by which Excel knows UTF-8."""
    names = [Heading(heading.name) for heading in headings]
    return BOM.encode() + csv_lines(names, [[heading.name for heading in headings]])


def _comma(number: str) -> str:
    return number.replace(".", ",")


def _still(text: str, as_typed: bool) -> str:
    """*text* with an apostrophe in front where a spreadsheet would take it for a formula.

    One that begins with such an apostrophe gets another, for an import takes one off.
    """
    live = _FORMULA if as_typed else (*_FORMULA, *_ESCAPED)
    return f"'{text}" if text.startswith(live) and not (as_typed and text == CLEAR) else text


def build_xlsx(source: str, target: str) -> None:
    """Make the workbook *target* of the sheet in *source* (see `spool`); for the sandbox."""
    with Path(source).open("rb") as lines:
        as_typed, *said = orjson.loads(next(lines))
        headings = [Heading(*one) for one in said]
        save_xlsx(target, headings, map(orjson.loads, lines), as_typed=as_typed)


def save_xlsx(
    target: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[str]],
    *,
    as_typed: bool = False,
) -> None:
    """Make the workbook *target* of *rows*, keeping none of them; for the sandbox."""
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        write_sheet(book, "Produk", headings, rows, as_typed=as_typed)


def spool(headings: Sequence[Heading], *, as_typed: bool = False) -> bytes:
    """The first line of a file for `build_xlsx`; the rows follow as lines of JSON lists."""
    return orjson.dumps([as_typed, *map(list, headings)]) + b"\n"


def write_sheet(
    book: Any,
    name: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[str]],
    *,
    as_typed: bool = False,
) -> Any:
    """Add a worksheet to *book*: headings that stay in sight, filters, formats of the columns."""
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
    text, whole = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0"})
    decimal = book.add_format({"num_format": "#,##0.###"})
    for n, heading in enumerate(headings):
        kept = text if heading.shape == "code" else None
        sheet.set_column(n, n, _WIDTHS[heading.shape], kept)
    sheet.freeze_panes(1, 0)
    for n, heading in enumerate(headings):
        sheet.write_string(0, n, heading.name, bold)
    numeric = [heading.shape in ("rupiah", "quantity", "whole") for heading in headings]
    last = 0
    for last, row in enumerate(rows, 1):
        for n, cell in enumerate(row):
            if not cell:
                continue
            if numeric[n] and (cell.isdecimal() if as_typed else _NUMBER.fullmatch(cell)):
                sheet.write_number(last, n, Decimal(cell), decimal if "." in cell else whole)
            else:
                sheet.write_string(last, n, cell if as_typed else _marked(cell), text)
    sheet.autofilter(0, 0, max(last, 1), len(headings) - 1)
    return sheet


def _marked(text: str) -> str:
    """*text* as an XLSX cell: only what an import would read otherwise gets its apostrophe."""
    return f"'{text}" if text == CLEAR or text.startswith(_ESCAPED) else text
