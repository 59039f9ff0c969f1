"""The words and numbers of documents, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from app.catalog.curation.words import day_name
from app.core.clock import JAKARTA, day
from app.core.quantity import UNITS, plain
from app.core.text import Language, Text
from app.shipments.documents.contents import Amount, DocumentKind
from app.shipments.receipts.schemas import VerdictReason

TITLES: dict[DocumentKind, Text] = {
    DocumentKind.SURAT_JALAN: Text("Delivery note", "Surat Jalan"),
    DocumentKind.LOAD_LIST: Text("Load list", "Daftar Muat"),
    DocumentKind.LOT_LABEL: Text("Lot labels", "Label Lot"),
    DocumentKind.BAST: Text("Goods receipt", "Berita Acara Serah Terima"),
}

_R = VerdictReason
REASONS: dict[str, Text] = {
    _R.BROKEN: Text("broken", "pecah"),
    _R.SPOILED: Text("spoiled", "busuk"),
    _R.DIRTY: Text("dirty", "kotor"),
    _R.WRONG_GRADE: Text("wrong grade", "mutu tidak sesuai"),
    _R.WRONG_GOODS: Text("wrong goods", "barang tidak sesuai"),
    _R.UNDERWEIGHT: Text("underweight", "berat kurang"),
    _R.MOISTURE: Text("moisture", "kadar air"),
    _R.TOO_WARM: Text("too warm", "terlalu hangat"),
    _R.PACKING_DAMAGED: Text("packing damaged", "kemasan rusak"),
    _R.TOO_LATE: Text("too late", "terlambat"),
    _R.LOST: Text("lost", "hilang"),
    _R.OTHER: Text("other", "lain-lain"),
}

MARK = Text("TEST", "UJI COBA")
"""Printed across the papers of the test world."""

DATED = Text("Blitar, {day}", "Blitar, {day}")
REPLACES = Text("In place of {number}", "Pengganti {number}")
FOOTER = Text(
    "Issued by {hub}, {at}. Prices are not part of this paper.",
    "Diterbitkan oleh {hub}, {at}. Dokumen ini tidak memuat harga.",
)
PAGE, OF = Text("Page", "Halaman"), Text("of", "dari")
SIGN_HERE = Text("Name, signature, date", "Nama, tanda tangan, tanggal")
FOLLOW = Text("Follow the goods", "Lacak kiriman")
NONE = "–"

NUMBER = Text("No.", "No.")
LOT = Text("Lot", "Lot")
LOTS = Text("{count} lots", "{count} lot")
GOODS, GRADE = Text("Goods", "Barang"), Text("Grade", "Mutu")
COUNT, TOTAL = Text("Count", "Jumlah"), Text("Total", "Total")
NET_WEIGHT, NET = Text("Net weight", "Berat bersih"), Text("Net", "Isi bersih")

SENDER, RECEIVER = Text("From", "Pengirim"), Text("To", "Penerima")
CARRIER, VEHICLE = Text("Carrier", "Pengangkut"), Text("Vehicle", "Kendaraan")
DRIVER = Text("Driver", "Pengemudi")
SHIPMENT, KEEP = Text("Shipment", "Pengiriman"), Text("Keep at", "Suhu simpan")
KEEP_BETWEEN = Text("{low} to {high} °C", "{low} sampai {high} °C")
KEEP_ABOVE = Text("at least {low} °C", "paling rendah {low} °C")
KEEP_BELOW = Text("at most {high} °C", "paling tinggi {high} °C")
CHECK_ON_ARRIVAL = Text(
    "Count and weigh on arrival, before signing. What is missing or broken belongs in the goods "
    "receipt of this shipment.",
    "Hitung dan timbang saat barang tiba, sebelum tanda tangan. Barang kurang atau rusak dicatat "
    "dalam berita acara serah terima pengiriman ini.",
)

ABOUT, DEPART = Text("Load list of", "Untuk"), Text("Departs", "Berangkat")
CAPACITY, ROUND = Text("Capacity", "Kapasitas"), Text("Round", "Rute")
STOPS = Text("{count} stops", "{count} perhentian")
LOAD, UNLOAD = Text("Load", "Muat"), Text("Unload", "Bongkar")
REFERENCE, KILOGRAMS = Text("Reference", "Rujukan"), Text("Weight", "Berat")
QUANTITY = Text("Quantity", "Banyaknya")
BETWEEN = Text("{first} to {last}", "{first} sampai {last}")
FROM_ON = Text("from {first}", "mulai {first}")
UNTIL = Text("until {last}", "sampai {last}")
ON_BOARD = Text("On board afterwards: {weight}", "Muatan setelah ini: {weight}")
ROOM = Text(" of {capacity}, room for {room}", " dari {capacity}, sisa {room}")
UNWEIGHED = Text(", and goods not weighed", ", ditambah barang yang tidak ditimbang")

PRODUCED, BEST_BEFORE = Text("Produced on", "Tanggal produksi"), Text("Best before", "Baik sebelum")
ORIGIN = Text("Origin: {region}", "Asal: {region}")

OPENING = Text(
    "On {day} {hub} handed over to {receiver}, at {place}, the goods of shipment {shipment}. "
    "They were counted and judged lot by lot:",
    "Pada {day}, {hub} menyerahkan kepada {receiver}, di {place}, barang pengiriman {shipment}. "
    "Barang dihitung dan dinilai per lot:",
)
RECEIPT, POSTED = Text("Receipt", "Penerimaan"), Text("Recorded", "Dicatat")
SHIPPED, RECEIVED = Text("Shipped", "Dikirim"), Text("Received", "Tiba")
ACCEPTED, DOWNGRADED = Text("Accepted", "Diterima"), Text("Downgraded", "Turun mutu")
REJECTED, SHORT = Text("Rejected", "Ditolak"), Text("Short", "Kurang")
WHY, UNIT = Text("Reason", "Keterangan"), Text("Unit", "Satuan")
SIGNATURE = Text("Signature", "Tanda tangan")
NOT_SIGNED = Text("Not signed yet", "Belum ditandatangani")
SIGN_BY = Text("without answer by {at}: accepted", "tanpa jawaban sampai {at}: dianggap diterima")
SIGNED = Text("Signed in the system", "Ditandatangani dalam sistem")
DEEMED = Text("Deemed signed", "Dianggap ditandatangani")
DEEMED_WHY = Text("the term ended without an answer", "tenggat lewat tanpa jawaban")
HANDED_OVER, TAKEN_OVER = (
    Text("Handed over by", "Yang menyerahkan"),
    Text("Received by", "Yang menerima"),
)


class Tongue:
    """One language: its words, days, times, numbers."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, text: Text, **values: object) -> str:
        """*text*, its placeholders filled with *values* exactly as they are."""
        said = text.say(self.language)
        return said.format(**values) if values else said

    def day(self, of: datetime) -> str:
        """``22 November 2026``: the day in Blitar and Jakarta."""
        return day_name(day(of)).say(self.language)

    def time(self, at: datetime, after: datetime | None = None) -> str:
        """``22 November 2026 pukul 14.05 WIB``; only the hour on the same day as *after*."""
        local = at.astimezone(JAKARTA)
        hour = f"{local:%H.%M} WIB" if self.language == "id" else f"{local:%H:%M} (UTC+7)"
        if after is not None and day(after) == day(at):
            return hour
        return f"{self.day(at)}{' pukul ' if self.language == 'id' else ', '}{hour}"

    def number(self, value: Decimal | int) -> str:
        """``12.345,5`` in Indonesian, ``12,345.5`` in English."""
        said = f"{Decimal(plain(Decimal(value))):,f}"
        return said.translate(_SWAPPED) if self.language == "id" else said

    def amount(self, value: Decimal, unit: str) -> str:
        """``12.345,5 kg``, not to be torn apart at the end of a line."""
        return f"{self.number(value)}\N{NO-BREAK SPACE}{unit}"

    def count(self, value: int | None) -> str:
        """A number of pieces, where they were counted."""
        return NONE if value is None else self.number(value)

    def net(self, amounts: Iterable[Amount]) -> str:
        """What a column of *amounts* is called: a weight where all of them are."""
        weighed = all(UNITS[amount.unit].kind == "mass" for amount in amounts)
        return self(NET_WEIGHT if weighed else NET)


_SWAPPED = str.maketrans(",.", ".,")
