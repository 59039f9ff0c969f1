"""CSV files of any Excel: which encoding, which delimiter, which rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.catalog.imports.cells import Raw
from app.catalog.imports.columns import heading_key, known_headings
from app.catalog.imports.tables import HEADING_WITHIN, Table, of_lines, unreadable


def read_csv(path: Path) -> Table:
    """A CSV file. Raises SheetUnreadable."""
    text = _decoded(path.read_bytes())
    if (nul := text.find("\x00")) >= 0:
        n = text.count("\n", 0, nul) + 1
        raise unreadable(
            "nul_byte",
            f"Line {n} of the file holds a NUL byte: it is damaged, or no text. Save it as CSV "
            "(UTF-8) once more.",
            f"Baris {n} berkas berisi byte NUL: berkas rusak atau bukan teks. Simpan ulang sebagai "
            "CSV (UTF-8).",
        )
    first, newline, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and newline:
        text = rest
    delimiter = _delimiter(text)
    lines = _parsed(text, delimiter)
    return of_lines(((n, line) for n, line in lines), uncertain=delimiter == ",")


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if data[:200].count(0) >= len(data[:200]) // 4:  # UTF-16 without its mark: every other byte
        return data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what Excel writes when it says "CSV"


def _delimiter(text: str) -> str:
    """Of ``; , tab`` the one that makes the most known headings of the first lines."""
    head = text[:100_000].splitlines()[:HEADING_WITHIN]
    known = known_headings()

    def found(delimiter: str) -> int:
        rows = csv.reader(head, delimiter=delimiter)
        return max((sum(heading_key(c) in known for c in row) for row in rows), default=0)

    return max(";,\t", key=found)


def _parsed(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Raw]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    n = 0
    while True:
        n += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise unreadable(
                "csv_broken",
                f"From row {n} on the file cannot be read; perhaps a quotation mark is open.",
                f"Mulai baris {n} berkas tidak terbaca; mungkin tanda kutip belum ditutup.",
            ) from None
        yield n, row
