"""From a frozen content to a PDF: what stands in it, literally, the same every time."""

from __future__ import annotations

import re
from ctypes import create_string_buffer
from typing import Any

import psutil
import pypdfium2
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import raw

from app.core.text import Language
from app.files.sandbox import Limits, Sandbox
from app.shipments.documents.contents import CONTENT, AnyContent
from app.shipments.documents.printing import pdf_of, printable
from app.shipments.documents.words import REASONS
from app.shipments.receipts.schemas import VerdictReason
from tests.shipments.documents import papers
from tests.shipments.documents.papers import NUMBER, pages, printed, text

EVERY = [papers.surat_jalan, papers.load_list, papers.lot_label, papers.bast]
every = pytest.mark.parametrize("made", EVERY, ids=lambda made: made.__name__)


def test_a_delivery_note_says_who_what_where_and_how_much() -> None:
    said = text(printed(papers.surat_jalan([papers.lot(1), papers.lot(2, grade=None, count=None)])))
    for word in (
        *("Surat Jalan", NUMBER, "22 November 2026", "Blitar Trade Center", "Kabupaten Blitar"),
        *("PT Sumber Pangan", "Gudang Cakung", "Kota Administrasi Jakarta Timur"),
        *("CV Angkut Bersama", "AG 8123 KL", "Colt Diesel", "Pak Slamet", "SHP-2026-000017"),
        *("BTC-7K3M9QX2PT", "15 sampai 25,5 °C", "Berat bersih", "Halaman 1 dari 1"),
        "1 LOT-2026-000001 Telur ayam ras Medium 20.000 1.234,5 kg",
        "2 LOT-2026-000002 Telur ayam ras – – 1.234,5 kg",
        "Total 2 lot 20.000 2.469 kg",
        *("Pengirim", "Pengemudi", "Penerima"),
    ):
        assert word in said, word


def test_english_has_its_own_words_points_and_commas() -> None:
    said = text(printed(papers.surat_jalan(language="en", replaces="SJ/BTC/2026/000016")))
    for word in ("Delivery note", "In place of SJ/BTC/2026/000016", "1,234.5 kg", "20,000"):
        assert word in said
    assert "15 to 25.5 °C" in said
    assert "Surat" not in said


def test_units_are_not_added_to_each_other() -> None:
    pieces = papers.Amount(value=papers.Decimal(40), unit="pcs")
    lots = [papers.lot(1), papers.lot(2, quantity=pieces, count=None), papers.lot(3)]
    said = text(printed(papers.surat_jalan(lots)))
    assert "Total 3 lot 40.000 2.469 kg 40 pcs" in said
    assert "Isi bersih" in said


def test_a_load_list_says_what_is_on_board_after_every_stop() -> None:
    said = text(printed(papers.load_list()))
    for word in (
        *("Daftar Muat", "LEG-2026-000003", "Kandang Garum", "Kandang Wlingi", "Gudang BTC"),
        "22 November 2026 pukul 14.05 WIB sampai 15.05 WIB",
        "Gang belakang pasar",
        "Muatan setelah ini: 300 kg dari 1.000 kg, sisa 700 kg",
        "Muatan setelah ini: 750 kg dari 1.000 kg, sisa 250 kg",
        "Muatan setelah ini: 0 kg dari 1.000 kg, sisa 1.000 kg",
        "ORD-2026-000001 Telur ayam ras Medium 300 kg 300 kg",
    ):
        assert word in said, word


def test_a_load_list_owns_up_to_what_nobody_weighed() -> None:
    whole = papers.load_list()
    unweighed = whole.stops[0].loads[0].model_copy(update={"kilograms": None})
    stop = whole.stops[0].model_copy(update={"loads": [unweighed]})
    said = text(printed(whole.model_copy(update={"stops": [stop]})))
    assert "0 kg, ditambah barang yang tidak ditimbang" in said
    assert "sisa" not in said


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ("no", ["Belum ditandatangani", "tanpa jawaban sampai 24 November 2026 pukul 14.05 WIB"]),
        ("signed", ["Ditandatangani dalam sistem", "23 November 2026"]),
        ("deemed_signed", ["Dianggap ditandatangani", "tenggat lewat tanpa jawaban"]),
    ],
)
def test_a_goods_receipt_says_what_became_of_every_lot(signed: str, words: list[str]) -> None:
    said = text(printed(papers.bast(signed)))
    for word in (
        *("Berita Acara Serah Terima", "BAST-2026-000012", "SHP-2026-000017", "Gudang Cakung"),
        "kg 1.000 990 980 7,5 2,5 10 pecah: Retak di perjalanan",
        "Total kg 1.000 990 980 7,5 2,5 10",
        *words,
    ):
        assert word in said, word


def test_every_label_is_one_piece_of_100_by_60_millimetres() -> None:
    labels = [papers.label(1), papers.label(2, goods="Kopi robusta " * 15, grade="Mutu " * 12)]
    labels.append(papers.label(3, origin="Kabupaten yang namanya panjang sekali " * 5))
    pdf = pypdfium2.PdfDocument(printed(papers.lot_label(*labels)))
    sizes = {tuple(round(points / 72 * 25.4) for points in page.get_size()) for page in pdf}
    pdf.close()
    assert sizes == {(100, 60)}
    found = pages(printed(papers.lot_label(*labels)))
    assert len(found) == 3
    for n, said in enumerate(found, 1):
        assert f"LOT-2026-{n:06d}" in said
        assert "Tanggal produksi 20 November 2026 Baik sebelum 11 Desember 2026" in said
        assert "1.234,5 kg" in said


def test_the_code_on_a_label_is_the_address_it_was_given() -> None:
    """Read off the picture, module by module."""
    address = papers.label().qr
    modules = segno.make(address, error="m", micro=False, boost_error=False).matrix
    pdf = pypdfium2.PdfDocument(printed(papers.lot_label()))
    picture = pdf[0].render(scale=8).to_pil().convert("L")
    pdf.close()
    dark = picture.point(lambda grey: 255 if grey < 128 else 0)
    corner = [0.67, 0.22, 0.97, 0.71]
    right = dark.crop([round(part * dark.size[n % 2]) for n, part in enumerate(corner)])
    left, top, end, bottom = right.getbbox()
    side = (end - left) / len(modules)
    assert abs((bottom - top) - (end - left)) <= 2
    seen = [
        [
            right.getpixel((left + side * (x + 0.5), top + side * (y + 0.5))) > 0
            for x in range(len(modules))
        ]
        for y in range(len(modules))
    ]
    assert seen == [[bool(module) for module in row] for row in modules]


def test_three_hundred_lots_have_their_headings_on_every_page() -> None:
    found = pages(printed(papers.surat_jalan([papers.lot(n) for n in range(1, 301)])))
    assert len(found) > 5
    for n, said in enumerate(found, 1):
        assert f"Halaman {n} dari {len(found)}" in said
        assert NUMBER in said
    assert all("No. Lot Barang Mutu Jumlah Berat bersih" in said for said in found[:-1])
    whole = " ".join(found)
    assert all(f"LOT-2026-{n:06d}" in whole for n in range(1, 301))
    assert "Total 300 lot 6.000.000 370.350 kg" in whole


@every
def test_the_same_content_is_the_same_file(made: Any) -> None:
    assert printed(made()) == printed(made())
    assert printed(made()) != printed(made(), "SJ/BTC/2026/000018")
    found = pypdfium2.PdfDocument(printed(made()))
    dated = found.get_metadata_value("CreationDate")
    found.close()
    assert dated == "D:20261122070500Z", "the day of issue, not of printing"


@every
def test_only_fonts_that_came_along_are_used(made: Any) -> None:
    found = _fonts(printed(made()))
    assert found
    assert {re.split("[- ]", name)[0] for name in found} <= {"LibertinusSerif", "DejaVu"}


def _fonts(pdf: bytes) -> set[str]:
    found = pypdfium2.PdfDocument(pdf)
    names = set()
    for page in found:
        for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            name = create_string_buffer(100)
            raw.FPDFFont_GetFamilyName(raw.FPDFTextObj_GetFont(thing), name, 100)
            names.add(name.value.decode())
    found.close()
    return names


@every
@pytest.mark.parametrize("language", ["id", "en"])
def test_it_is_made_to_be_kept_and_knows_no_price(made: Any, language: Language) -> None:
    pdf = printed(made(language=language))
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>A<" in pdf
    assert "Rp" not in text(pdf)


@every
def test_papers_of_the_test_world_say_so(made: Any) -> None:
    assert "UJI COBA" in text(printed(made(livemode=False)))
    assert "UJI COBA" not in text(printed(made()))


@pytest.mark.parametrize(
    "said",
    [
        '#eval("1 + 1")',
        "#panic()",
        "*tebal* _miring_ `kode`",
        "$x^2$ dan \\alpha",
        "= Judul",
        "- satu / dua",
        "<label> @rujukan",
        "// catatan /* lagi */",
        "http://contoh.example/~a",
        "\"kutip\" 'tunggal' -- --- ...",
        '}]) #read("/etc/passwd")',
        "שלום",
        "C\u0327edil\u0301la \u00bd \u20ac",
    ],
)
def test_what_people_wrote_is_printed_as_they_wrote_it(said: str) -> None:
    lots = [papers.lot(goods=said)]
    assert said in text(printed(papers.surat_jalan(lots)))
    assert said in text(printed(papers.lot_label(papers.label(goods=said))))


def test_what_cannot_be_shown_is_named() -> None:
    assert printable("telur \U0001f95a") == "telur [U+1F95A]"
    assert printable("a\u202eb") == "a[U+202E]b", "what turns the reading around is no reading"
    assert printable("a\u200bb \ufeff\ue000 中") == "a[U+200B]b [U+FEFF][U+E000] [U+4E2D]"
    assert printable("dua\nbaris\tdan\u2028tiga") == "dua baris dan tiga"


def test_a_word_without_end_stays_on_the_page() -> None:
    word = "W" * 200
    pdf = printed(papers.surat_jalan([papers.lot(goods=word)], receiver=word))
    assert word in text(pdf).replace(" ", "").replace("\u200b", "")
    found = pypdfium2.PdfDocument(pdf)
    width = found[0].get_width()
    rights = [
        thing.get_bounds()[2] for thing in found[0].get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT])
    ]
    found.close()
    assert max(rights) <= width - 40


@settings(max_examples=60)
@given(st.text(max_size=80), st.sampled_from(EVERY))
def test_no_text_whatever_breaks_a_document(said: str, made: Any) -> None:
    content: AnyContent = made(hub=said, replaces=said)
    assert printed(content).startswith(b"%PDF-")


@pytest.mark.parametrize("reason", VerdictReason)
def test_every_reason_has_its_words(reason: VerdictReason) -> None:
    assert REASONS[reason].id


@pytest.mark.anyio
async def test_printing_many_does_not_fill_the_sandbox() -> None:
    """Typst remembers what it set; unless it is made to forget, each document stays in memory."""
    sandbox = Sandbox(Limits(processes=1))
    try:
        taken = []
        for n in range(13):
            labels = [papers.label(60 * n + m) for m in range(60)]
            content = CONTENT.dump_json(papers.lot_label(*labels))
            assert (await sandbox.run(pdf_of, NUMBER, content)).startswith(b"%PDF-")
            taken.append(sum(child.memory_info().rss for child in psutil.Process().children()))
        assert max(taken[1:]) - taken[0] < 40 * 2**20
    finally:
        await sandbox.close()
