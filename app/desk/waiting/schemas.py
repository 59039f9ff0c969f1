"""Wire shapes of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from app.core.ids import PartyId, encode
from app.core.quantity import QuantityOrNone
from app.core.text import Language
from app.desk.fractions import Fraction
from app.desk.waiting.sections import SECTIONS, SectionCode

Row = Mapping[str, Any]


class ItemKind(StrEnum):
    """What an entry is about."""

    ORDER = "order"
    ORDER_LINE = "order_line"
    ORDER_AMENDMENT = "order_amendment"
    ALLOCATION = "allocation"
    CLAIM = "claim"
    SHIPMENT = "shipment"
    LOT = "lot"
    QUOTE_REQUEST = "quote_request"
    AGREEMENT = "agreement"
    AGREEMENT_LINE = "agreement_line"
    AGREEMENT_AMENDMENT = "agreement_amendment"
    PRICE_SERIES = "price_series"


K = ItemKind
# Prefix of the kind's ids, path of one, and the prefix of what the path names if that is not the
# thing itself but what it belongs to.
_KINDS: dict[str, tuple[str, str, str | None]] = {
    K.ORDER: ("ord", "/v1/orders/{}", None),
    K.ORDER_LINE: ("oln", "/v1/orders/{}", "ord"),
    K.ORDER_AMENDMENT: ("oam", "/v1/order-amendments/{}", None),
    K.ALLOCATION: ("alc", "/v1/allocations/{}", None),
    K.CLAIM: ("clm", "/v1/claims/{}", None),
    K.SHIPMENT: ("shp", "/v1/shipments/{}", None),
    K.LOT: ("lot", "/v1/lots/{}", None),
    K.QUOTE_REQUEST: ("qrq", "/v1/quote-requests/{}", None),
    K.AGREEMENT: ("agr", "/v1/agreements/{}", None),
    K.AGREEMENT_LINE: ("agl", "/v1/agreements/{}/quota", "agr"),
    K.AGREEMENT_AMENDMENT: ("agm", "/v1/agreement-amendments/{}", None),
    K.PRICE_SERIES: ("psr", "/v1/price-series/{}", None),
}


class DeskParty(BaseModel):
    """The buyer, or the seller, whom an entry concerns."""

    id: PartyId
    name: str


class DeskItem(BaseModel):
    """One entry; what does not apply to its kind is null."""

    kind: ItemKind
    id: str = Field(examples=["ord_01jd0000000000000000000000"])
    number: str | None = Field(
        description="Of the order, agreement, request, claim, shipment or lot it is about; of "
        "prices the series' code."
    )
    party: DeskParty | None
    respond_by: datetime | None = Field(description="Until when an answer is awaited.")
    due_on: date | None = Field(
        description="The day of delivery; an agreement's or a quota's last day; the day a lot is "
        "best before, null for goods that keep; of prices the day since when a newer reading is "
        "missing, null when there never was one."
    )
    quantity: QuantityOrNone | None = Field(
        description="Of lines what lacks sellers, of shares what was asked, of quotas what is "
        "left, of lots what is on hand."
    )
    used: Fraction | None = Field(
        description="Of quotas: how much of all that may be drawn is drawn."
    )
    link: str = Field(examples=["/v1/orders/ord_01jd0000000000000000000000"])


class DeskSection(BaseModel):
    """What waits for one and the same thing."""

    code: SectionCode
    count: int = Field(description="All there are.", ge=0)
    overdue: int = Field(description="Those of them whose time has passed.", ge=0)
    text: str = Field(examples=["3 pesanan menunggu jawaban BTC."])
    link: str | None = Field(
        description="The list, where there is one.", examples=["/v1/orders?status=placed"]
    )
    items: list[DeskItem] = Field(description="The most urgent first: 5 at most, 10 quotas.")


class DeskOut(BaseModel):
    """Everything that waits, in sections that are always all there."""

    at: datetime
    sections: list[DeskSection]


def desk_out(rows: Sequence[Row], at: datetime, language: Language) -> DeskOut:
    """The desk on the wire, in *language*."""
    found: dict[str, list[Row]] = {code: [] for code in SECTIONS}
    for row in rows:
        found[row["section"]].append(row)
    return DeskOut(at=at, sections=[_section(code, found[code], language) for code in SECTIONS])


def _section(code: SectionCode, rows: Sequence[Row], language: Language) -> DeskSection:
    count, overdue = (rows[0]["count"], rows[0]["overdue_count"]) if rows else (0, 0)
    return DeskSection(
        code=code,
        count=count,
        overdue=overdue,
        text=SECTIONS[code].text.filled(count=count).say(language),
        link=SECTIONS[code].link,
        items=[_item(row) for row in rows],
    )


def _item(row: Row) -> DeskItem:
    prefix, path, parent = _KINDS[row["kind"]]
    typed = encode(prefix, row["id"])
    named = typed if parent is None else encode(parent, row["parent_id"])
    quantity = row["quantity"]
    return DeskItem(
        kind=row["kind"],
        id=typed,
        number=row["number"],
        party=DeskParty(id=row["party_id"], name=row["party"]) if row["party_id"] else None,
        respond_by=row["respond_by"],
        due_on=row["due_on"],
        quantity=None if quantity is None else QuantityOrNone(value=quantity, unit=row["unit"]),
        used=row["used"],
        link=path.format(named),
    )
