"""Frozen contents made by hand, and PDFs read back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pypdfium2

from app.core.text import Language
from app.shipments.documents.contents import (
    CONTENT,
    Amount,
    AnyContent,
    Bast,
    Label,
    Load,
    LoadList,
    Lot,
    LotLabel,
    Place,
    Stop,
    SuratJalan,
    Vehicle,
    Verdict,
)
from app.shipments.documents.printing import pdf_of

AT = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
NUMBER = "SJ/BTC/2026/000017"
VEHICLE = Vehicle(
    carrier="CV Angkut Bersama", plate="AG 8123 KL", kind="Colt Diesel", driver="Pak Slamet"
)
CAKUNG = Place(name="Gudang Cakung", region="Kota Administrasi Jakarta Timur")


def common(language: Language = "id", **fields: Any) -> dict[str, Any]:
    """What every document says of itself."""
    said = {"issued_at": AT, "language": language, "livemode": True}
    return said | {"hub": "Blitar Trade Center", "replaces": None} | fields


def lot(n: int = 1, **fields: Any) -> dict[str, Any]:
    """The *n*-th lot of eggs: 1 234.5 kg."""
    said = {"number": f"LOT-2026-{n:06d}", "goods": "Telur ayam ras", "grade": "Medium"}
    amount = {"quantity": Amount(value=Decimal("1234.5"), unit="kg"), "count": 20_000}
    return said | amount | fields


def surat_jalan(lots: list[dict[str, Any]] | None = None, **fields: Any) -> SuratJalan:
    """A delivery note."""
    receiver = fields.pop("receiver", "PT Sumber Pangan")
    return SuratJalan(
        **common(**fields),
        shipment="SHP-2026-000017",
        tracking_code="BTC-7K3M9QX2PT",
        tracking_url="https://btc.example/t/BTC-7K3M9QX2PT",
        origin="Kabupaten Blitar",
        receiver=receiver,
        destination=CAKUNG,
        vehicle=VEHICLE,
        temperature=(Decimal("15.00"), Decimal("25.50")),
        lots=[Lot(**one) for one in lots or [lot()]],
    )


def load_list(**fields: Any) -> LoadList:
    """A collection round: two farms, then the hub."""
    loads = [
        Load(
            reference=f"ORD-2026-00000{n}",
            goods="Telur ayam ras",
            grade="Medium",
            quantity=Amount(value=Decimal(weight), unit="kg"),
            lots=None,
            kilograms=Decimal(weight),
        )
        for n, weight in ((1, 300), (2, 450))
    ]
    none: tuple[None, None] = (None, None)
    farm = {"arrive": (AT, AT.replace(hour=8)), "unloads": [], "note": "Gang belakang pasar"}
    return LoadList(
        **common(**fields),
        about="LEG-2026-000003",
        vehicle=VEHICLE,
        capacity=Decimal(1000),
        depart_at=AT,
        stops=[
            Stop(place=Place(name="Kandang Garum", region="Blitar"), loads=loads[:1], **farm),
            Stop(place=Place(name="Kandang Wlingi", region="Blitar"), loads=loads[1:], **farm),
            Stop(
                place=Place(name="Gudang BTC", region="Blitar"),
                arrive=none,
                note=None,
                loads=[],
                unloads=loads,
            ),
        ],
    )


def label(n: int = 1, **fields: Any) -> Label:
    """The *n*-th lot's label."""
    said = {
        "produced_on": date(2026, 11, 20),
        "best_before_on": date(2026, 12, 11),
        "origin": "Kabupaten Blitar",
        "qr": f"https://id.gs1.org/01/09520123000017/10/LOT-2026-{n:06d}",
    }
    return Label(**lot(n) | said | fields)


def lot_label(*labels: Label, **fields: Any) -> LotLabel:
    """Labels."""
    return LotLabel(**common(**fields), labels=list(labels) or [label()])


def bast(signed: str = "no", lines: int = 1, **fields: Any) -> Bast:
    """A goods receipt: 1 000 kg left, 990 came, 2.5 broken, 7.5 of a lower grade."""
    line = Verdict(
        number="LOT-2026-000001",
        goods="Telur ayam ras",
        grade="Medium",
        unit="kg",
        shipped=Decimal(1000),
        received=Decimal(990),
        accepted=Decimal(980),
        downgraded=Decimal("7.5"),
        rejected=Decimal("2.5"),
        short=Decimal(10),
        reason="broken",
        note="Retak di perjalanan",
    )
    return Bast(
        **common(**fields),
        receipt="BAST-2026-000012",
        shipment="SHP-2026-000017",
        origin="Kabupaten Blitar",
        receiver="PT Sumber Pangan",
        destination=CAKUNG,
        vehicle=VEHICLE,
        delivered_at=AT,
        posted_at=AT,
        sign_by=AT.replace(day=24),
        signed=signed,
        signed_at=None if signed == "no" else AT.replace(day=23),
        lines=[line] * lines,
    )


def printed(content: AnyContent, number: str = NUMBER) -> bytes:
    """The PDF of a content."""
    return pdf_of(number, CONTENT.dump_json(content))


def pages(pdf: bytes) -> list[str]:
    """What one reads on each page: words with one blank between them."""
    found = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in found]
    finally:
        found.close()


def text(pdf: bytes) -> str:
    """What one reads in all of it."""
    return " ".join(pages(pdf))
