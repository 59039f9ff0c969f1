"""Files as Excel, phones and strangers make them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from app.catalog.imports import tables, workbook
from app.catalog.imports.columns import COLUMNS
from app.catalog.imports.prepare import prepare
from app.catalog.imports.products import Product
from app.catalog.imports.tables import SheetUnreadable
from app.catalog.imports.template import EXAMPLES, csv_template, xlsx_template
from app.catalog.imports.work import LIMITS
from app.files.sandbox import Sandbox, TooCostly
from tests.catalog.imports.sending import HEAD, xlsx_of

pytestmark = pytest.mark.anyio

LINE = ["A", "Batik", "clothing", "15000", "pcs", "35.72", "10"]


def products(tmp_path: Path, data: bytes, form: str = "csv") -> list[Product]:
    """The products of *data*."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    prepare(str(source), form, str(target))
    return [Product.load(line) for line in target.read_bytes().splitlines()]


def one(tmp_path: Path, data: bytes, form: str = "csv") -> Product:
    (found,) = products(tmp_path, data, form)
    return found


def codes(product: Product) -> list[str]:
    return [p["code"] for line in product.lines for p in line.problems]


def refusal(tmp_path: Path, data: bytes, form: str = "csv") -> Any:
    with pytest.raises(SheetUnreadable) as told:
        products(tmp_path, data, form)
    return told.value.errors[0]


def csv_text(*lines: list[str], delimiter: str = ";", end: str = "\r\n") -> str:
    return end.join(delimiter.join(line) for line in (HEAD, *lines))


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_any_excel_writes_it(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    line = ["A", "Kopi ½ café", *LINE[2:]]
    text = csv_text(line, delimiter=delimiter, end=end)
    made = one(tmp_path, text.encode(encoding))
    assert made.listing["title"] == "Kopi ½ café"
    assert not made.wrong


def test_sep_titles_blank_rows_and_quotes(tmp_path: Path) -> None:
    text = "sep=;\r\nDaftar produk Bu Sumi;;\r\n;;\r\n" + csv_text(
        ["", "", "", "", "", "", ""], ["A", '"Dua\nbaris; ya"', *LINE[2:]], ["  ", *[""] * 6]
    )
    made = one(tmp_path, text.encode())
    assert made.listing["title"] == "Dua\nbaris; ya"
    assert made.lines[0].row == 5


def test_english_csv_does_not_guess_thousands(tmp_path: Path) -> None:
    line = [*LINE[:6], '"1,250"']
    assert codes(one(tmp_path, csv_text(line, delimiter=",").encode())) == ["number_uncertain"]
    assert one(tmp_path, csv_text([*LINE[:6], "1.250"]).encode()).lines[0].said["stock"] == "1250"


def test_headings_that_are_not_right(tmp_path: Path) -> None:
    def told(*heads: str) -> tuple[str, str]:
        error = refusal(tmp_path, ";".join(heads).encode() + b"\r\nA;B;C")
        return error.code, error.detail.id

    assert told("Kode produk", "Hrga", "Nama")[0] == "heading_unknown"
    assert "Harga?" in told("Kode produk", "Hrga", "Nama")[1]
    assert told("Kode produk", "Nama", "nama*")[0] == "heading_twice"
    assert told("Nama", "Harga")[0] == "heading_missing"
    assert told("apa", "saja")[0] == "no_headings"


def test_caps_say_what_was_exceeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = ";".join([*HEAD, *(f"k{n}" for n in range(60))]).encode()
    assert refusal(tmp_path, wide).code == "too_many_columns"
    unknown = ";".join(f"k{n}" for n in range(61)).encode()
    assert refusal(tmp_path, unknown).code == "too_many_columns"
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    many = csv_text(*([f"A{n}", *LINE[1:]] for n in range(3))).encode()
    assert refusal(tmp_path, many).code == "too_many_rows"
    assert refusal(tmp_path, csv_text().encode()).code == "no_rows"
    long = csv_text(["A", "x" * 2001, *LINE[2:]]).encode()
    assert codes(one(tmp_path, long)) == ["too_long"]
    assert len(one(tmp_path, long).lines[0].cells["title"]) == 2000
    broken = csv_text(["A", '"' + "x" * 140_000, *LINE[2:]]).encode()
    assert refusal(tmp_path, broken).code == "csv_broken"


def test_rows_of_one_product(tmp_path: Path) -> None:
    heads = ";".join([*HEAD, "Warna", "SKU"])

    def of(*lines: str) -> Product:
        return one(tmp_path, "\r\n".join([heads, *lines]).encode())

    first = "A;Batik;clothing;15000;pcs;35.72;1"
    assert codes(of(f"{first};biru;S1", "A;;;16000;;;2;merah;S2")) == []
    assert codes(of(f"{first};biru;", "A;Lain;;;;;;merah;")) == ["differs"]
    assert codes(of(f"{first};biru;", "A;;;;;;2;biru;")) == ["variant_twice"]
    assert codes(of(f"{first};biru;S1", "A;;;;;;2;merah;S1")) == ["sku_twice"]
    many = [f"A;;;;;;1;w{n};" for n in range(50)]
    assert codes(of(f"{first};biru;", *many)) == ["too_many_variants"]
    assert codes(one(tmp_path, f"{heads}\r\n;Batik;clothing".encode())) == ["missing"]


def test_a_dash_clears_and_empty_says_nothing(tmp_path: Path) -> None:
    said = one(tmp_path, b"kode produk;deskripsi;nama;cerita\r\nA;-;;'-x").listing
    assert said == {"description": None, "story": "-x"}
    assert codes(one(tmp_path, b"kode produk;nama\r\nA;-")) == ["missing"]


def test_ndjson(tmp_path: Path) -> None:
    line = {
        "external_reference": "A",
        "title": "Batik",
        "price": 15000,
        "stock": "2.5",
        "description": None,
        "price_tiers": [{"from": "10", "amount": 14000}],
    }
    made = one(tmp_path, orjson.dumps(line) + b"\n\n", "ndjson")
    assert made.listing == {"title": "Batik", "description": None}
    assert made.lines[0].said == {
        "price": "15000",
        "stock": "2.5",
        "price_tiers": [{"from": "10", "amount": "14000"}],
    }
    floats = orjson.dumps({"external_reference": "A", "price": 15000.5})
    assert codes(one(tmp_path, floats, "ndjson")) == ["json_value"]
    assert refusal(tmp_path, b"[1]", "ndjson").code == "not_json"
    assert refusal(tmp_path, b'{"external_reference":"A","prise":1}', "ndjson").code == (
        "heading_unknown"
    )


def test_a_workbook_with_every_trap(tmp_path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        hidden = book.add_worksheet("rahasia")
        hidden.write_row(0, 0, HEAD)
        hidden.hide()
        book.add_worksheet("catatan").write(0, 0, "halo")
        sheet = book.add_worksheet("Produk")
        sheet.activate()
        sheet.write_row(2, 1, [*HEAD, "Barcode", "Kemasan", "Warna", "SKU"])
        sheet.merge_range(3, 1, 4, 1, "A")
        sheet.write_row(3, 2, ["Batik", "clothing"])
        sheet.write_formula(3, 4, "=5*3000", None, 15000)
        sheet.write_row(3, 5, ["pcs", 35.72, 1.5, 8991234567891])
        march = book.add_format({"num_format": "d-mmm"})
        sheet.write_datetime(3, 9, date(2026, 3, 1), march)
        sheet.write_formula(3, 10, "=Lain!A1", None, "#REF!")
        sheet.write(3, 11, 7)
        sheet.write_row(4, 10, ["merah "])
        sheet.write_blank(4000, 3, None, march)
    made = one(tmp_path, out.getvalue(), "xlsx")
    assert made.reference == "A"
    first, second = made.lines
    assert (first.row, second.row) == (4, 5)
    assert first.said["price"] == "15000"
    assert first.said["gtin"] == "8991234567891"
    assert first.said["sku"] == "7"
    assert made.listing["origin_region_code"] == "35.72"
    assert codes(made) == ["became_date", "formula_error"]
    assert second.said["colour"] == "merah"


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("kosong").write(0, 0, "halo")
        hidden = book.add_worksheet("rahasia")
        hidden.write_row(0, 0, HEAD)
        hidden.write_row(1, 0, LINE)
        hidden.hide()
    assert refusal(tmp_path, out.getvalue(), "xlsx").code == "no_headings"


def bomb(size: int, *, lying: bool = False) -> bytes:
    """A workbook of which one sheet unfolds to *size* bytes; a lying one says it has one."""
    source, out = zipfile.ZipFile(io.BytesIO(xlsx_of([HEAD, LINE]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", b" " * size + b"</sheetData>")
            target.writestr(name, data)
    made = out.getvalue()
    if lying:
        info = next(
            i for i in zipfile.ZipFile(io.BytesIO(made)).infolist() if "sheet1" in i.filename
        )
        told = info.file_size.to_bytes(4, "little")
        made = re.sub(re.escape(told), (1000).to_bytes(4, "little"), made)
    return made


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(LIMITS)
    yield made
    await made.close()


async def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path, sandbox: Sandbox) -> None:
    source = tmp_path / "bomb.xlsx"
    source.write_bytes(bomb(workbook.MOST_UNPACKED))
    assert source.stat().st_size < 2**20
    with pytest.raises(SheetUnreadable) as told:
        await sandbox.run(prepare, str(source), "xlsx", str(tmp_path / "out"))
    assert told.value.errors[0].code == "unpacked_too_large"


def test_a_bomb_that_lies_about_its_size_is_no_workbook(tmp_path: Path) -> None:
    assert refusal(tmp_path, bomb(50_000_000, lying=True), "xlsx").code == "not_xlsx"


async def test_a_cell_in_the_last_corner_costs_nobody_anything(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A sheet of two cells that would be seventeen thousand million: the sandbox ends it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Kode produk")
        sheet.write(1_048_575, 16_383, "x")
    source = tmp_path / "corner.xlsx"
    source.write_bytes(out.getvalue())
    with pytest.raises((TooCostly, SheetUnreadable)):
        await sandbox.run(prepare, str(source), "xlsx", str(tmp_path / "out"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_a_good_file(tmp_path: Path, form: str) -> None:
    data = csv_template() if form == "csv" else xlsx_template()
    made = products(tmp_path, data, form)
    assert not any(product.wrong for product in made), [codes(p) for p in made]
    assert sum(len(product.lines) for product in made) == len(EXAMPLES) == 5
    assert max(len(product.lines) for product in made) == 2
    assert all(product.listing["origin_region_code"] for product in made)


@pytest.mark.parametrize("at", [3, 300])
def test_a_nul_byte_is_called_by_its_name(tmp_path: Path, at: int) -> None:
    data = csv_text(*([f"A{n}", *LINE[1:]] for n in range(20))).encode()
    told = refusal(tmp_path, data[:at] + b"\x00" + data[at:])
    line = data[:at].count(b"\n") + 1
    assert (told.code, f"Baris {line} berkas berisi byte NUL" in told.detail.id) == (
        "nul_byte",
        True,
    )


def test_the_template_knows_the_regions_of_blitar() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_template()))
    head, *rows = book.get_sheet_by_name("Wilayah").to_python()
    assert head == ["Kode", "Nama wilayah", "Di"]
    assert len([r for r in rows if r[0].startswith("35.72.") and len(r[0]) == 13]) == 21
    assert len([r for r in rows if r[0].startswith("35.05.") and len(r[0]) == 8]) == len(rows) - 21
    assert len(rows) == 21 + 22
    assert rows[0][0].startswith("35.72."), "the city first"
    assert ["35.72.01.1001", "Kecamatan Kepanjenkidul, Kota Blitar"] in [[r[0], r[2]] for r in rows]


def test_both_templates_star_what_is_needed() -> None:
    first = csv_template().decode("utf-8-sig").split("\r\n")[0].split(";")
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_template()))
    assert first == book.get_sheet_by_index(0).to_python()[0]
    assert [name for name in first if name.endswith("*")] == [
        f"{column.heading.id}*" for column in COLUMNS if column.needed
    ]


def test_the_template_helps() -> None:
    parts = zipfile.ZipFile(io.BytesIO(xlsx_template()))
    sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<dataValidation ") == 4
    assert "Petunjuk" in parts.read("xl/workbook.xml").decode()
    assert "<f>" not in sheet
