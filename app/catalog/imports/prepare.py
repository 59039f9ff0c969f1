"""Inside the sandbox: from an uploaded file to a file of products, one JSON object a line.

Everything that needs no database is decided here, in another process: the service's own event loop
sees finished products, a few hundred at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from app.catalog.imports.cells import MOST_TEXT, NotRight, Raw, shown
from app.catalog.imports.columns import BY_FIELD, CLEAR, NEEDED, OPTIONS
from app.catalog.imports.csv_files import read_csv
from app.catalog.imports.products import Line, Problem, Product, as_cells, problem
from app.catalog.imports.tables import Table, read_ndjson, unreadable
from app.catalog.variants.schemas import MOST_VARIANTS
from app.core.text import Text

MOST_PREPARED = 64 * 2**20
"""Bytes of the file of products."""

_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r", "''")


class Prepared(NamedTuple):
    """What was made: the fields of the file's columns in their order, its rows."""

    fields: list[str]
    rows: int


def prepare(source: str, form: str, target: str) -> Prepared:
    """Write the products of the file *source* (csv, xlsx, ndjson) to *target*.

    Raises SheetUnreadable for a file that cannot be used as a whole; what is wrong with a row
    stands with the row.
    """
    table = _table(Path(source), form)
    products, rows = _gathered(table)
    if not rows:
        raise unreadable(
            "no_rows", "There are no rows below the headings.", "Tidak ada baris di bawah judul."
        )
    size = 0
    with Path(target).open("wb") as file:
        for product in products:
            line = product.dump()
            size += len(line)
            if size > MOST_PREPARED:
                raise unreadable(
                    "too_much_text",
                    "The rows have too much text together; send the file in several parts.",
                    "Isi baris terlalu panjang; kirim berkas dalam beberapa bagian.",
                )
            file.write(line + b"\n")
    return Prepared(table.fields, rows)


def _table(source: Path, form: str) -> Table:
    if form == "xlsx":
        from app.catalog.imports.workbook import read_workbook

        return read_workbook(source)
    return read_ndjson(source) if form == "ndjson" else read_csv(source)


def _gathered(table: Table) -> tuple[list[Product], int]:
    """The products of *table*; a row without a code is a product of its own, and wrong."""
    found: dict[str, Product] = {}
    skus: dict[str, int] = {}
    rows = 0
    for n, cells in table.rows:
        rows += 1
        line, listing = _line(n, cells, table.uncertain)
        reference = listing.pop("external_reference", None)
        key = reference or f"\n{n}"
        product = found.setdefault(key, Product(reference or ""))
        _join(product, line, listing)
        _only_once(skus, line)
    return list(found.values()), rows


def _line(n: int, raw: dict[str, Raw], uncertain: bool) -> tuple[Line, dict[str, Any]]:
    """A row's line, and what it says of the listing."""
    line = Line(n, cells=as_cells(raw))
    listing: dict[str, Any] = {}
    for name, cell in raw.items():
        column = BY_FIELD[name]
        try:
            value = _value(cell, name, uncertain)
        except NotRight as wrong:
            line.problems.append(problem(name, wrong.code, wrong.why, shown(cell)))
            continue
        (listing if column.of == "listing" else line.said)[name] = value
    if "external_reference" not in raw:
        line.problems.append(_empty("external_reference"))
    return line, listing


def _value(cell: Raw, name: str, uncertain: bool) -> Any:
    if isinstance(cell, str):
        if cell.strip() == CLEAR:
            return _cleared(name)
        if len(cell) > 10 * MOST_TEXT:
            cell = cell[: 10 * MOST_TEXT]
        if cell.startswith(_ESCAPED):
            cell = cell[1:]  # what an export wrote so that no spreadsheet takes it for a formula
    return BY_FIELD[name].read(cell, uncertain)


def _cleared(name: str) -> None:
    """What ``-`` says: nothing. Raises NotRight for what every product needs."""
    if name in NEEDED:
        raise NotRight("missing", "This may not be left out.", "Isian ini wajib.")


def _empty(name: str) -> Problem:
    return problem(name, "missing", Text("This cell is empty.", "Sel ini kosong."))


def _join(product: Product, line: Line, listing: dict[str, Any]) -> None:
    """Add *line* to *product*; what it says of the listing must be what the first rows said."""
    for name, value in listing.items():
        if product.listing.setdefault(name, value) != value:
            first = product.lines[0].row
            why = Text(
                f"Row {first} of the original file says something else of the same product.",
                f"Berbeda dengan baris {first} di berkas asal untuk produk yang sama.",
            )
            line.problems.append(problem(name, "differs", why, str(line.cells.get(name, ""))))
    for other in product.lines[:MOST_VARIANTS]:
        if _same(other, line):
            why = Text(
                f"Row {other.row} of the original file is the same variant; let size, colour, "
                "flavour or pack differ.",
                f"Sama dengan varian di baris {other.row} di berkas asal; bedakan ukuran, warna, "
                "rasa, atau kemasannya.",
            )
            line.problems.append(problem("external_reference", "variant_twice", why))
            break
    if len(product.lines) >= MOST_VARIANTS:
        why = Text(
            f"A product has at most {MOST_VARIANTS} variants.",
            f"Satu produk paling banyak {MOST_VARIANTS} varian.",
        )
        line.problems.append(problem("external_reference", "too_many_variants", why))
    product.lines.append(line)


def _same(one: Line, other: Line) -> bool:
    """Whether two rows name one variant: by sku where both say one, else by their options."""
    skus = one.said.get("sku"), other.said.get("sku")
    if all(skus):
        return False  # the same sku twice is said by _only_once
    return all(one.said.get(name) == other.said.get(name) for name in OPTIONS)


def _only_once(skus: dict[str, int], line: Line) -> None:
    sku = line.said.get("sku")
    if sku is not None and skus.setdefault(sku, line.row) != line.row:
        why = Text(
            f"Row {skus[sku]} of the original file has the same SKU; each is used only once.",
            f"SKU ini sudah dipakai di baris {skus[sku]} di berkas asal; pakai SKU lain.",
        )
        line.problems.append(problem("sku", "sku_twice", why, sku))
