"""The columns of the sheet: headings, examples, what is expected, and how a cell is read.

One list for everything: reading imports, the template and its explanations, exports, corrections.
A row of the sheet is a variant; rows of one product code are one listing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from app.catalog.categories import tree
from app.catalog.imports import cells, codes
from app.catalog.imports.cells import Reader, folded
from app.catalog.imports.tiers import tiers
from app.catalog.listings.models import Storage
from app.catalog.variants.models import CapacityPeriod
from app.core.quantity import UNITS
from app.core.text import Text

CLEAR = "-"
"""What a cell says to take a value away; an empty cell leaves it as it is."""

STORAGES = {"suhu ruang": Storage.AMBIENT, "dingin": Storage.CHILLED, "beku": Storage.FROZEN}
PERIODS = {"hari": CapacityPeriod.DAY, "minggu": CapacityPeriod.WEEK}
_OTHER_UNITS = {
    "gram": "g",
    "gr": "g",
    "kilogram": "kg",
    "kilo": "kg",
    "kwintal": "kuintal",
    "buah": "pcs",
    "biji": "pcs",
    "dus": "karton",
    "kardus": "karton",
    "sak": "karung",
    "baki": "tray",
}


@dataclass(frozen=True)
class Column:
    """One column. ``field`` is its name in the API and in NDJSON.

    ``shape`` says how spreadsheets keep it: words, a code (text, or zeros are lost), whole rupiah,
    a quantity or a whole number.
    """

    field: str
    heading: Text
    example: str
    expected: Text
    read: Reader
    of: Literal["listing", "variant"]
    shape: Literal["words", "code", "rupiah", "quantity", "whole"] = "words"
    needed: bool = False


def category_names() -> dict[str, str]:
    """Codes of categories by code and by name in both languages, folded."""
    found: dict[str, str] = {}
    for code, node in reversed(tree().items()):  # of two with one name the department is meant
        for name in (node.name.en, node.name.id, code):
            found[folded(name)] = code
    return found


def _names(said: dict[str, Any]) -> dict[str, str]:
    return {folded(n): str(v) for name, v in said.items() for n in (name, f"per {name}", str(v))}


def _words(most: int) -> Text:
    return Text(f"words, at most {most} characters", f"teks, paling banyak {most} karakter")


def _units() -> dict[str, str]:
    return {folded(name): name for name in UNITS} | _OTHER_UNITS


_QUANTITY = Text('a quantity such as "10" or "2,5"', 'jumlah seperti "10" atau "2,5"')
_GRAMS = Text('grams, such as "200"', 'gram, misalnya "200"')
_OPTION = _words(60)
_UNIT_LIST = ", ".join(UNITS)
_STORAGE_LIST = ", ".join(STORAGES)


def _listing(
    field: str, en: str, id: str, example: str, expected: Text, read: Reader, **rest: Any
) -> Column:
    return Column(field, Text(en, id), example, expected, read, "listing", **rest)


def _variant(
    field: str, en: str, id: str, example: str, expected: Text, read: Reader, **rest: Any
) -> Column:
    return Column(field, Text(en, id), example, expected, read, "variant", **rest)


# fmt: off
COLUMNS: tuple[Column, ...] = (
    _listing("external_reference", "Product code", "Kode produk", "KRP-01", Text(
        "your own code of the product, at most 100 characters; rows of one product repeat it",
        "kode produk buatan sendiri, paling banyak 100 karakter; varian satu produk memakai kode "
        "yang sama"), cells.code(100), shape="code", needed=True),
    _listing("title", "Name", "Nama", "Keripik belimbing manis", _words(200), cells.text(200),
             needed=True),
    _listing("title_en", "Name (English)", "Nama Inggris", "Sweet starfruit chips", _words(200),
             cells.text(200)),
    _listing("description", "Description", "Deskripsi", "Iris tipis, renyah.", _words(2000),
             cells.text(2000)),
    _listing("description_en", "Description (English)", "Deskripsi Inggris", "Thin and crisp.",
             _words(2000), cells.text(2000)),
    _listing("category", "Category", "Kategori", "Keripik", Text(
        "a category's name or code, such as Chips or snacks.chips",
        "nama atau kode kategori, misalnya Keripik atau snacks.chips"),
        cells.choice(category_names()), needed=True),
    _variant("price", "Price", "Harga", "15000", Text(
        'whole rupiah, such as "15000" or "15.000"', 'rupiah utuh, misalnya "15000" atau "15.000"'),
        cells.rupiah, shape="rupiah", needed=True),
    _variant("price_per", "Per", "Per", "1", Text(
        'for how many units the price is, such as "1"',
        'harga itu untuk berapa satuan, misalnya "1"'), cells.quantity(), shape="quantity"),
    _listing("unit", "Unit", "Satuan", "pcs", Text(
        f"one of {_UNIT_LIST}", f"salah satu dari {_UNIT_LIST}"), cells.choice(_units()),
        needed=True),
    _listing("origin_region_code", "Region code", "Kode wilayah", "35.72.02.1005", Text(
        "Kemendagri's code of where it is made, such as 35.72.02.1005",
        "kode wilayah Kemendagri tempat pembuatan, misalnya 35.72.02.1005"), codes.region,
        shape="code", needed=True),
    _listing("ingredients", "Ingredients", "Komposisi", "Belimbing, gula, garam, minyak kelapa",
             _words(2000), cells.text(2000)),
    _listing("shelf_life_days", "Shelf life (days)", "Masa simpan hari", "180", Text(
        "whole days from 1 to 3650", "jumlah hari, 1 sampai 3650"), cells.whole(1, 3650),
        shape="whole"),
    _listing("storage", "Storage", "Penyimpanan", "suhu ruang", Text(
        "one of ambient, chilled, frozen", f"salah satu dari {_STORAGE_LIST}"),
        cells.choice(_names(STORAGES))),
    _listing("story", "Story", "Cerita", "Dibuat Bu Sumiati sejak 2011.", _words(2000),
             cells.text(2000)),
    _listing("hs_code", "HS code", "Kode HS", "200899", Text(
        "6 or 8 digits, only for export", "6 atau 8 angka, hanya untuk ekspor"), codes.hs_code,
        shape="code"),
    _listing("min_order", "Minimum order", "Minimal pesan", "5", _QUANTITY, cells.quantity(),
             shape="quantity"),
    _listing("order_step", "Order step", "Kelipatan", "5", _QUANTITY, cells.quantity(),
             shape="quantity"),
    _variant("sku", "SKU", "SKU", "KRP-01-200", Text(
        "your own code of the variant, used only once",
        "kode varian buatan sendiri, dipakai sekali saja"), cells.code(100), shape="code"),
    _variant("size", "Size", "Ukuran", "M", _OPTION, cells.text(60)),
    _variant("colour", "Colour", "Warna", "biru", _OPTION, cells.text(60)),
    _variant("flavour", "Flavour", "Rasa", "pedas", _OPTION, cells.text(60)),
    _variant("pack", "Pack", "Kemasan", "pouch 200 g", _OPTION, cells.text(60)),
    _variant("net_weight_g", "Net weight (g)", "Berat bersih g", "200", _GRAMS, cells.quantity(),
             shape="quantity"),
    _variant("gross_weight_g", "Gross weight (g)", "Berat kotor g", "220", _GRAMS,
             cells.quantity(), shape="quantity"),
    _variant("gtin", "Barcode", "Barcode", "8991234567891", Text(
        "a barcode of 8, 12, 13 or 14 digits", "barcode 8, 12, 13, atau 14 angka"), codes.gtin,
        shape="code"),
    _variant("price_tiers", "Wholesale price", "Harga grosir", "10=14000; 50=13500", Text(
        "quantity=price, ascending, such as 10=14000; 50=13500",
        "jumlah=harga, dari yang terkecil, misalnya 10=14000; 50=13500"), tiers),
    _variant("stock", "Stock", "Stok", "40", Text(
        "what was counted, 0 or more", "jumlah hasil hitung, 0 atau lebih"),
        cells.quantity(zero=True), shape="quantity"),
    _variant("low_stock_at", "Low stock", "Stok menipis", "5", _QUANTITY, cells.quantity(),
             shape="quantity"),
    _variant("capacity", "Capacity", "Kapasitas", "20", Text(
        "made to order: how much in a day or a week",
        "barang pesanan: berapa banyak dalam sehari atau seminggu"), cells.quantity(),
        shape="quantity"),
    _variant("capacity_period", "Per day or week", "Per hari atau minggu", "minggu", Text(
        "day or week", "hari atau minggu"), cells.choice(_names(PERIODS))),
    _variant("lead_days", "Lead days", "Hari pengerjaan", "7", Text(
        "whole days from order to goods, 0 to 365",
        "jumlah hari dari pesan sampai jadi, 0 sampai 365"), cells.whole(0, 365), shape="whole"),
)
# fmt: on

BY_FIELD: dict[str, Column] = {column.field: column for column in COLUMNS}
LISTING_FIELDS = tuple(c.field for c in COLUMNS if c.of == "listing")
VARIANT_FIELDS = tuple(c.field for c in COLUMNS if c.of == "variant")
OPTIONS = ("size", "colour", "flavour", "pack")
NEEDED = tuple(c.field for c in COLUMNS if c.needed)

IGNORED = frozenset({"masalah", "problem", "status", "tayang", "on shelf", "id"})
"""Headings, folded, of what this service adds to corrections and exports."""


def heading_key(said: str) -> str:
    """A heading as headings are compared: ``Harga* (Rp)`` is ``harga``."""
    return folded(said) if "(" not in said else folded(re.sub(r"\(rp\)", "", said.casefold()))


@lru_cache
def known_headings() -> dict[str, str]:
    """The field behind every heading that is understood, in either language or by field name."""
    return {
        heading_key(name): column.field
        for column in COLUMNS
        for name in (column.heading.en, column.heading.id, column.field)
    }
