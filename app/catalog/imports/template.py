"""The empty sheet to begin from: examples, drop-downs, and a page that explains every column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

import xlsxwriter

from app.catalog.categories import tree
from app.catalog.exports.sheets import Heading, csv_head, csv_lines, heading_of, write_sheet
from app.catalog.imports.cells import folded
from app.catalog.imports.columns import COLUMNS, PERIODS, STORAGES, category_names
from app.core.quantity import UNITS

_ROWS_WITH_CHOICES = 2_000
_CITY, _REGENCY = "35.72", "35.05"

_CHIPS = {
    "external_reference": "KRP-BLB",
    "title": "Keripik belimbing Karangsari",
    "description": "Iris tipis, renyah, tanpa pengawet.",
    "category": "Keripik",
    "price": "15000",
    "price_per": "1",
    "unit": "pcs",
    "origin_region_code": "35.72.02.1005",
    "ingredients": "Belimbing, gula, garam, minyak kelapa",
    "shelf_life_days": "180",
    "storage": "suhu ruang",
    "pack": "pouch 200 g",
    "net_weight_g": "200",
    "gross_weight_g": "215",
    "price_tiers": "10=14000; 50=13500",
    "low_stock_at": "5",
}
EXAMPLES: list[dict[str, str]] = [
    _CHIPS | {"sku": "KRP-BLB-ORI", "flavour": "original", "stock": "40"},
    _CHIPS | {"sku": "KRP-BLB-PDS", "flavour": "pedas", "stock": "25", "price": "16000"},
    {
        "external_reference": "SBL-PCL",
        "title": "Sambal pecel Blitar 250 g",
        "category": "Sambal dan bumbu",
        "price": "18000",
        "unit": "pcs",
        "origin_region_code": "35.72.01",
        "ingredients": "Kacang tanah, gula merah, cabai, daun jeruk, garam",
        "shelf_life_days": "120",
        "storage": "suhu ruang",
        "net_weight_g": "250",
        "stock": "60",
    },
    {
        "external_reference": "BTK-KOI",
        "title": "Batik tulis motif koi 2 m",
        "category": "Batik dan kain",
        "price": "350000",
        "unit": "pcs",
        "origin_region_code": "35.72.03",
        "story": "Dibatik tangan oleh ibu-ibu Kelurahan Turi.",
        "colour": "biru",
        "capacity": "4",
        "capacity_period": "minggu",
        "lead_days": "14",
    },
    {
        "external_reference": "GLK-01",
        "title": "Gula kelapa cetak",
        "category": "Gula kelapa dan madu",
        "price": "22000",
        "unit": "kg",
        "origin_region_code": "35.05.01",
        "min_order": "2,5",
        "order_step": "0,5",
        "storage": "suhu ruang",
        "stock": "120",
        "low_stock_at": "10",
    },
]
"""Goods of Blitar (examples): one product of two variants, one made to order, one by the kilo."""

_GUIDE = (
    "Satu baris = satu varian. Varian dari produk yang sama memakai kode produk yang sama.",
    "Kolom bertanda * wajib untuk produk baru.",
    "Untuk mengubah produk yang sudah ada, cukup isi kode produk dan kolom yang berubah.",
    "Sel kosong: isi lama tetap. Tanda - (satu strip): isi lama dihapus.",
    "Pakai koma untuk desimal (2,5). Harga boleh 15000, 15.000, atau Rp 15.000.",
    "Kode wilayah kelurahan dan kecamatan di Blitar ada di lembar Wilayah.",
    "Hapus baris contoh sebelum mengirim.",
)


@lru_cache
def csv_template() -> bytes:
    """The template as CSV."""
    headings = _starred()
    return csv_head(headings) + csv_lines(headings, _rows(), as_typed=True)


def _starred() -> list[Heading]:
    """The headings, with a star where a new product needs the column; reading passes over it."""
    return [
        heading_of(column)._replace(name=f"{column.heading.id}{'*' if column.needed else ''}")
        for column in COLUMNS
    ]


@lru_cache
def xlsx_template() -> bytes:
    """The template as a workbook; some 20 ms when first asked for."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = write_sheet(book, "Produk", _starred(), _rows(), as_typed=True)
        _choices(book, sheet)
        _regions(book)
        _explain(book)
    return out.getvalue()


def _rows() -> list[list[str]]:
    return [[row.get(column.field, "") for column in COLUMNS] for row in EXAMPLES]


def _choices(book: Any, sheet: Any) -> None:
    """Drop-downs; the categories are a list too long for a cell's own, so it has a sheet."""
    names = [node.name.id for node in tree().values() if node.parent is not None]
    names = [name for name in names if folded(name) in category_names()]
    words = book.add_worksheet("Kategori")
    for n, name in enumerate(names):
        words.write_string(n, 0, name)
    words.set_column(0, 0, 40)
    lists: dict[str, Any] = {
        "category": f"=Kategori!$A$1:$A${len(names)}",
        "unit": list(UNITS),
        "storage": list(STORAGES),
        "capacity_period": list(PERIODS),
    }
    for n, column in enumerate(COLUMNS):
        if column.field in lists:
            rule = {
                "validate": "list",
                "source": lists[column.field],
                "error_title": "Tidak ada dalam daftar",
                "error_message": f"Isi: {column.expected.id}"[:255],
            }
            sheet.data_validation(1, n, _ROWS_WITH_CHOICES, n, rule)


def _regions(book: Any) -> None:
    """The codes of where goods of Blitar are made: sellers do not know them by heart."""
    sheet, bold = book.add_worksheet("Wilayah"), book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    for n, (word, width) in enumerate((("Kode", 18), ("Nama wilayah", 36), ("Di", 36))):
        sheet.set_column(n, n, width, text)
        sheet.write_string(0, n, word, bold)
    city_first = sorted(blitar(), key=lambda cells: (not cells[0].startswith(_CITY), cells[0]))
    for n, cells in enumerate(city_first, 1):
        for m, cell in enumerate(cells):
            sheet.write_string(n, m, cell)


def blitar() -> Iterator[tuple[str, str, str]]:
    """Code, name and surroundings of the city's kelurahan and of the regency's kecamatan."""
    data = files("app.regions").joinpath("data/regions.csv").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    for row in csv.DictReader(data.splitlines()):
        code, name, parent, level = row["code"], row["name"], row["parent_code"], row["level"]
        names[code] = name
        if code.startswith(f"{_CITY}.") and level == "village":
            yield code, f"Kelurahan {name}", f"Kecamatan {names[parent]}, {names[_CITY]}"
        elif code.startswith(f"{_REGENCY}.") and level == "district":
            yield code, f"Kecamatan {name}", names[_REGENCY]


def _explain(book: Any) -> None:
    sheet = book.add_worksheet("Petunjuk")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 42, wrap)
    for n, line in enumerate(_GUIDE):
        sheet.merge_range(n, 0, n, 3, line, wrap)
    top = len(_GUIDE) + 1
    for n, word in enumerate(("Nama kolom", "Isi yang diharapkan", "Contoh", "Wajib?")):
        sheet.write_string(top, n, word, bold)
    for n, column in enumerate(COLUMNS, top + 1):
        needed = "wajib untuk produk baru" if column.needed else "boleh kosong"
        cells = (column.heading.id, column.expected.id, column.example, needed)
        for m, cell in enumerate(cells):
            sheet.write_string(n, m, cell)
