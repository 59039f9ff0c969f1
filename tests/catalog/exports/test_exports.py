"""Exports: the sheet says what is there, opens without doing anything, and goes back in."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.catalog.exports import answers
from app.catalog.exports.rows import HEADINGS
from app.catalog.exports.sheets import Heading, build_xlsx, csv_lines, spool
from app.catalog.imports.columns import COLUMNS
from app.catalog.imports.prepare import _value
from tests.api import Api, Party, money
from tests.catalog.imports.sending import XLSX, imported, send
from tests.catalog.listing_helpers import licensed, listing
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

NASTY = '=HYPERLINK("http://example.test")'


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


async def goods(seller: Party, hub: Api) -> None:
    """Listings of every sort that a sheet can say."""
    await licensed(hub, seller, "pirt", "halal")
    await listing(
        seller,
        hub,
        "published",
        external_reference="007",
        title=NASTY,
        description="-",
        story="'=x",
        ingredients='+62\nsatu; dua, "tiga"',
        category="snacks.chips",
        hs_code="012345",
        shelf_life_days=30,
        storage="chilled",
        variants=[
            {"sku": "01", "flavour": "asli", "gtin": "8991234567891"},
            {
                "flavour": "pedas",
                "price": money(16000, "1", "pcs"),
                "price_tiers": [{"from": "10", "amount": "15000"}],
                "stock": {"value": "5", "unit": "pcs"},
            },
        ],
    )
    await listing(
        seller,
        hub,
        description="@asli",
        unit="kg",
        price=money(28500, "2.5"),
        min_order={"value": "1.125", "unit": "kg"},
        variants=[{"stock": {"value": "1250.5", "unit": "kg"}}],
    )
    made = {
        "availability": "made_to_order",
        "capacity": {"value": "4", "unit": "pcs"},
        "capacity_period": "week",
        "lead_days": 14,
    }
    await listing(seller, hub, "submitted", external_reference="B", variants=[made])
    await listing(seller, hub, "archived", external_reference="C")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_was_exported_and_not_touched_changes_nothing(
    app: Any, hub: Api, seller: Party, form: str
) -> None:
    await goods(seller, hub)
    before = (await seller.read("/v1/listings", mine="true"))["data"]
    answer = await seller.get("/v1/listings/export", format=form)
    assert answer.status_code == 200
    assert f'filename="produk.{form}"' in answer.headers["content-disposition"]
    kind = XLSX if form == "xlsx" else "text/csv"
    made = await imported(app, seller, answer.content, kind, dry_run="false")
    assert made["problems"] == []
    assert (made["status"], made["rows"], made["unchanged"]) == ("done", 5, 5)
    assert (await seller.read("/v1/listings", mine="true"))["data"] == before


async def test_what_was_changed_in_it_changes(app: Any, hub: Api, seller: Party) -> None:
    await listing(seller, hub, external_reference="A")
    data = (await seller.get("/v1/listings/export", format="csv")).content
    made = await imported(app, seller, data.replace(b";350000;", b";99000;"), dry_run="false")
    assert (made["status"], made["updates"]) == ("done", 1)
    assert (await seller.read("/v1/listings", mine="true"))["data"][0]["price"]["amount"] == "99000"


async def test_a_csv_for_an_indonesian_excel(hub: Api, seller: Party) -> None:
    await goods(seller, hub)
    text = (await seller.get("/v1/listings/export", format="csv")).content
    assert text.startswith(b"\xef\xbb\xbfKode produk;Nama;")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert text.count(b"\r\n") == len(lines)
    head, first = lines[0], dict(zip(lines[0], lines[1], strict=True))
    assert head[-3:] == ["Status", "Tayang", "Id"]
    assert (first["Status"], first["Tayang"]) == ("tayang", "ya")
    assert first["Nama"] == f"'{NASTY}"
    assert first["Kategori"] == "Keripik"
    assert first["Penyimpanan"] == "dingin"
    kilo = next(line for line in lines if "28500" in line)
    assert {"2,5", "1,125", "1250,5"} <= set(kilo)
    live = [c for line in lines for c in line if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert live == []


async def test_a_workbook_without_anything_live(hub: Api, seller: Party) -> None:
    await goods(seller, hub)
    data = (await seller.get("/v1/listings/export")).content
    parts = zipfile.ZipFile(io.BytesIO(data))
    sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    assert "#,##0" in parts.read("xl/styles.xml").decode() or 'numFmtId="3"' in (
        parts.read("xl/styles.xml").decode()
    )
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["Kode produk"] == "007"
    assert first["Nama"] == NASTY
    assert first["Harga"] == 350000
    assert first["Barcode"] == "8991234567891"


async def test_filters_and_whose_it_is(hub: Api, seller: Party) -> None:
    await listing(seller, hub, external_reference="A")
    await listing(seller, hub, "published", external_reference="B", category="household.decor")
    other = await hub.party("seller")

    async def codes(who: Api, **query: str) -> list[str]:
        text = (await who.get("/v1/listings/export", format="csv", **query)).text
        return [line.split(";")[0] for line in text.split("\r\n")[1:-1]]

    assert await codes(seller) == ["A", "B"]
    assert await codes(seller, status="draft") == ["A"]
    assert await codes(seller, category="household") == ["B"]
    assert await codes(other) == []
    assert await codes(other, seller_id=seller.id) == []
    assert await codes(hub, seller_id=seller.id) == ["A", "B"]


async def test_a_long_export_comes_in_pages(
    app: Any, seller: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"P{n};Batik {n};clothing;1000;pcs;35.72" for n in range(230)]
    data = "\r\n".join(["kode produk;nama;kategori;harga;satuan;kode wilayah", *lines])
    await imported(app, seller, data.encode(), dry_run="false")
    text = (await seller.get("/v1/listings/export", format="csv")).text
    assert [line.split(";")[0] for line in text.split("\r\n")[1:-1]] == [
        f"P{n}" for n in range(230)
    ]
    monkeypatch.setattr("app.catalog.exports.router.MOST_XLSX", 229)
    problem(await seller.get("/v1/listings/export"), 422, "export_too_large")
    assert answers.MOST_XLSX == 10_000


async def test_buyers_have_nothing_to_export(hub: Api) -> None:
    buyer = await hub.party("buyer")
    problem(await buyer.get("/v1/listings/export"), 403, "forbidden")
    problem(await send(buyer, b"kode produk;nama\n"), 403, "forbidden")


WORDS = Heading("Nama")


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20))
def test_any_text_survives_csv_and_is_never_a_formula(text: str) -> None:
    said = text.strip()
    line = csv_lines([WORDS, WORDS], [[said, "x"]]).decode()
    cell = next(csv.reader(io.StringIO(line, newline=""), delimiter=";"))[0]
    assert not cell.startswith(("=", "+", "-", "@"))
    if cell:
        assert _value(cell, "title", False) == said


@given(st.lists(st.sampled_from(["-", "'-", "''a", "=1", "'=1", "15.000", "1,5", "a"]), max_size=8))
def test_cells_of_corrections_stay_what_they_meant(cells: list[str]) -> None:
    for name, shape in (("title_en", "words"), ("stock", "quantity")):
        lines = csv_lines([Heading(name, shape)] * 2, [[c, "x"] for c in cells], as_typed=True)
        back = [row[0] for row in csv.reader(io.StringIO(lines.decode()), delimiter=";")]
        for cell, again in zip(cells, back, strict=True):
            assert _meant(again, name) == _meant(cell, name)


def _meant(cell: str, name: str) -> Any:
    try:
        return _value(cell, name, False)
    except Exception as error:
        return str(error)


def test_a_workbook_of_cells_as_they_were(tmp_path: Any) -> None:
    source, target = tmp_path / "rows", tmp_path / "made.xlsx"
    source.write_bytes(
        spool([Heading("Stok", "quantity")], as_typed=True) + b'["15.000"]\n["-"]\n["12"]\n'
    )
    build_xlsx(str(source), str(target))
    rows = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()
    assert rows == [["Stok"], ["15.000"], ["-"], [12]]


def test_every_column_of_an_import_is_exported() -> None:
    assert [heading.name for heading in HEADINGS[:-3]] == [c.heading.id for c in COLUMNS]


async def test_the_status_is_said_in_words(hub: Api, seller: Party) -> None:
    await listing(seller, hub, "draft")
    await listing(seller, hub, "changes_requested")
    text = (await seller.get("/v1/listings/export", format="csv")).text
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [line["Status"] for line in lines] == ["draf", "perlu diperbaiki"]
