"""Files as rows: which column is which, what is wrong with a file; NDJSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from app.catalog.imports.cells import ErrorCell, Raw
from app.catalog.imports.columns import BY_FIELD, CLEAR, IGNORED, heading_key, known_headings
from app.catalog.imports.tiers import written
from app.core.errors import DomainError, FieldError, Kind
from app.core.text import Text

MOST_ROWS = 50_000
MOST_COLUMNS = 60
HEADING_WITHIN = 20
"""Rows at the top among which the headings are looked for."""


class SheetUnreadable(DomainError):
    """The file as a whole cannot be used: not what it says it is, too large, wrong headings."""

    kind = Kind.INVALID
    code = "sheet_unreadable"
    title = Text("The file cannot be used", "Berkas tidak bisa dipakai")
    advice = Text(
        "Correct what errors says, or begin from the template (GET /v1/imports/template).",
        "Perbaiki yang disebut dalam errors, atau mulai dari templat (GET /v1/imports/template).",
    )


def unreadable(code: str, en: str, id: str, pointer: str = "") -> SheetUnreadable:
    """The refusal of a file for one reason."""
    said = Text(en, id)
    return SheetUnreadable(said, errors=[FieldError(pointer, code, said)])


Row = tuple[int, dict[str, Raw]]
"""A row's number as its writer sees it, and its cells that are not empty, by field."""


@dataclass
class Table:
    """What a file says: the fields of its columns in their order, and its rows."""

    fields: list[str]
    rows: Iterator[Row]
    uncertain: bool = False
    """commas stand between the cells: a lone group of three digits may be English"""


def of_lines(lines: Iterable[tuple[int, Sequence[Raw]]], *, uncertain: bool = False) -> Table:
    """The table whose headings stand in one of the first of *lines*. Raises SheetUnreadable."""
    rest = iter(lines)
    fields = _headings(rest)
    return Table([f for f in fields if f], _rows(fields, rest), uncertain)


def _headings(lines: Iterator[tuple[int, Sequence[Raw]]]) -> list[str]:
    known, widest = known_headings(), 0
    for n, line in lines:
        widest = max(widest, len(line))
        said = [str(cell) if isinstance(cell, str) else "" for cell in line]
        if sum(heading_key(cell) in known for cell in said) >= 2:
            return _fields(said)
        if n >= HEADING_WITHIN:
            break
    if widest > MOST_COLUMNS:
        raise _too_wide(widest)
    raise unreadable(
        "no_headings",
        "No row with known headings was found, such as Product code, Name, Category, Price.",
        "Tidak ada baris judul kolom yang dikenal, misalnya Kode produk, Nama, Kategori, Harga.",
    )


def _fields(said: list[str]) -> list[str]:
    """The field of each heading; empty where the column is not read. Raises SheetUnreadable."""
    while said and not said[-1].strip():
        said.pop()
    known, errors = known_headings(), []
    fields: list[str] = []
    if len(said) > MOST_COLUMNS:
        raise _too_wide(len(said))
    for heading in said:
        key = heading_key(heading)
        field = known.get(key, "")
        if not field and key and key not in IGNORED:
            errors.append(_unknown(heading))
        if field and field in fields:
            errors.append(_twice(heading))
        fields.append(field)
    if "external_reference" not in fields:
        errors.append(_absent("external_reference"))
    if errors:
        raise SheetUnreadable(errors[0].detail, errors=errors)
    return fields


def _too_wide(columns: int) -> SheetUnreadable:
    return unreadable(
        "too_many_columns",
        f"The file has {columns} columns; at most {MOST_COLUMNS} are read.",
        f"Berkas punya {columns} kolom; paling banyak {MOST_COLUMNS}.",
    )


def _unknown(heading: str) -> FieldError:
    near = get_close_matches(heading_key(heading), known_headings(), 1, 0.5)
    column = BY_FIELD[known_headings()[near[0]]] if near else None
    en = f"; is {column.heading.en} meant?" if column else "; take it out."
    id = f"; maksudnya {column.heading.id}?" if column else "; hapus kolom ini."
    name = heading[:60]
    said = Text(f"No column is called {name}{en}", f"Tidak ada kolom bernama {name}{id}")
    return FieldError(name, "heading_unknown", said)


def _twice(heading: str) -> FieldError:
    said = Text(f"The column {heading} stands there twice.", f"Kolom {heading} ada dua kali.")
    return FieldError(heading[:60], "heading_twice", said)


def _absent(field: str) -> FieldError:
    name = BY_FIELD[field].heading
    said = Text(f"The column {name.en} is missing.", f"Kolom {name.id} belum ada.")
    return FieldError(name.id, "heading_missing", said)


def _rows(fields: list[str], lines: Iterator[tuple[int, Sequence[Raw]]]) -> Iterator[Row]:
    count = 0
    for n, line in lines:
        cells = {
            field: cell
            for field, cell in zip(fields, line, strict=False)
            if field and not (isinstance(cell, str) and not cell.strip())
        }
        if not cells:
            continue
        count += 1
        if count > MOST_ROWS:
            raise unreadable(
                "too_many_rows",
                f"The file has more than {MOST_ROWS} rows; send it in several parts.",
                f"Berkas punya lebih dari {MOST_ROWS} baris; kirim dalam beberapa bagian.",
            )
        yield n, cells


def read_ndjson(path: Path) -> Table:
    """A file with one JSON object a line, its names those of the fields. Raises SheetUnreadable."""
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    objects = [(n, _object(n, line)) for n, line in enumerate(lines, 1) if line.strip()]
    names = dict.fromkeys(name for _, said in objects for name in said)
    unknown = [n for n in names if n not in BY_FIELD and heading_key(n) not in IGNORED]
    if unknown:
        errors = [_unknown(name) for name in unknown[:20]]
        raise SheetUnreadable(errors[0].detail, errors=errors)
    fields = [column for column in BY_FIELD if column in names]
    if "external_reference" not in fields:
        error = _absent("external_reference")
        raise SheetUnreadable(error.detail, errors=[error])
    pairs = ((n, [_cell(said.get(f, "")) for f in fields]) for n, said in objects)
    return Table(fields, _rows(fields, pairs))


def _object(n: int, line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise unreadable(
            "not_json",
            f"Line {n} is no JSON object.",
            f"Baris {n} bukan objek JSON.",
        )
    return said


def _cell(value: Any) -> Raw:
    """A JSON value as a cell; null takes a value away, as ``-`` does in a sheet."""
    if value is None:
        return CLEAR
    if isinstance(value, str | int):  # bool included
        return value
    if isinstance(value, list) and all(
        isinstance(t, dict) and set(t) == {"from", "amount"} for t in value
    ):
        return written([{k: str(v) for k, v in t.items()} for t in value]) or CLEAR
    return ErrorCell(orjson.dumps(value).decode()[:60], formula=False)
