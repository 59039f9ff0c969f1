"""What documents say: frozen when they are issued, stored as JSON.

It and the document's number, which is drawn last of all, are everything a PDF is made of.

Each kind is written for those who will hold it in their hands:

- a delivery note rides with the goods to the buyer: the hub sends, the origin is a region;
- a label sticks on the goods, all the way to the buyer: a region, no farm;
- a goods receipt (BAST) is the buyer's and the hub's: no farm either;
- a load list is the driver's: it alone names the farms, because somebody must find them.

No document knows a price.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.core.text import Language


class DocumentKind(StrEnum):
    """Which paper it is."""

    SURAT_JALAN = "surat_jalan"
    LOAD_LIST = "load_list"
    LOT_LABEL = "lot_label"
    BAST = "bast"


class Frozen(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Frozen):
    """So much of it, in a unit of trade."""

    value: Decimal
    unit: str


class Place(Frozen):
    """Somebody's place: a site by its name, or only a region."""

    name: str
    region: str | None


class Vehicle(Frozen):
    """Who drives, and what."""

    carrier: str
    plate: str | None = None
    kind: str | None = None
    driver: str | None = None


class Lot(Frozen):
    """Goods by their lot's number."""

    number: str
    goods: str
    grade: str | None
    quantity: Amount
    count: int | None


class Content(Frozen):
    """What every document says of itself."""

    issued_at: datetime
    language: Language
    livemode: bool
    hub: str
    """the hub's own name"""
    replaces: str | None
    """the number of the document in whose place this one stands"""


class SuratJalan(Content):
    """A delivery note: what leaves for one place of one buyer."""

    kind: Literal[DocumentKind.SURAT_JALAN] = DocumentKind.SURAT_JALAN
    shipment: str
    tracking_code: str
    tracking_url: str
    origin: str
    """the region the goods leave from"""
    receiver: str
    destination: Place
    vehicle: Vehicle
    temperature: tuple[Decimal | None, Decimal | None]
    """°C within which the goods must be kept"""
    lots: list[Lot]


class Load(Frozen):
    """What is loaded or unloaded at a stop."""

    reference: str
    goods: str
    grade: str | None
    quantity: Amount | None
    lots: int | None
    """how many lots they are, where a whole shipment is loaded"""
    kilograms: Decimal | None
    """None where the goods are counted and nobody weighed them"""


class Stop(Frozen):
    """A place on the way, and what happens there."""

    place: Place
    arrive: tuple[datetime | None, datetime | None]
    """not before, not after"""
    note: str | None
    loads: list[Load]
    unloads: list[Load]


class LoadList(Content):
    """What a driver loads and unloads, stop by stop."""

    kind: Literal[DocumentKind.LOAD_LIST] = DocumentKind.LOAD_LIST
    about: str
    """the number of the shipment, or of the leg"""
    vehicle: Vehicle
    capacity: Decimal | None
    """kilograms"""
    depart_at: datetime | None
    stops: list[Stop]


class Label(Lot):
    """One label: 100 by 60 mm."""

    produced_on: date
    best_before_on: date | None
    origin: str
    qr: str
    """what its QR code says: an address to follow"""


class LotLabel(Content):
    """Labels, one for each lot."""

    kind: Literal[DocumentKind.LOT_LABEL] = DocumentKind.LOT_LABEL
    labels: list[Label]


class Verdict(Frozen):
    """What became of one lot."""

    number: str
    goods: str
    grade: str | None
    unit: str
    shipped: Decimal
    received: Decimal
    accepted: Decimal
    downgraded: Decimal
    rejected: Decimal
    short: Decimal
    reason: str | None
    note: str | None


class Bast(Content):
    """The hand-over: what arrived of a shipment, and whether both sides say so."""

    kind: Literal[DocumentKind.BAST] = DocumentKind.BAST
    receipt: str
    shipment: str
    origin: str
    receiver: str
    destination: Place
    vehicle: Vehicle
    delivered_at: datetime | None
    posted_at: datetime
    sign_by: datetime
    signed: Literal["no", "signed", "deemed_signed"]
    signed_at: datetime | None
    lines: list[Verdict]


AnyContent = SuratJalan | LoadList | LotLabel | Bast

CONTENT: TypeAdapter[AnyContent] = TypeAdapter(Annotated[AnyContent, Field(discriminator="kind")])
