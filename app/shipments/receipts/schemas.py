"""Wire shapes of goods receipts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import (
    CommodityId,
    EvidenceId,
    GoodsReceiptId,
    LotId,
    OrderId,
    OrderLineId,
    PartyId,
    ShipmentId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Note, Request, Stateful
from app.shipments.evidence.schemas import PhotoIds
from app.shipments.shipments.schemas import MOST_LOTS
from app.shipments.states import GOODS_RECEIPT, GoodsReceiptStatus


class VerdictReason(StrEnum):
    """Why goods were downgraded, rejected or missing."""

    BROKEN = "broken"
    SPOILED = "spoiled"
    DIRTY = "dirty"
    WRONG_GRADE = "wrong_grade"
    WRONG_GOODS = "wrong_goods"
    UNDERWEIGHT = "underweight"
    MOISTURE = "moisture"
    TOO_WARM = "too_warm"
    PACKING_DAMAGED = "packing_damaged"
    TOO_LATE = "too_late"
    LOST = "lost"
    OTHER = "other"


class ReverseReason(StrEnum):
    """Why a receipt does not hold."""

    MISCOUNTED = "miscounted"
    WRONG_SHIPMENT = "wrong_shipment"
    WRONG_LOT = "wrong_lot"
    DISPUTED = "disputed"
    NOT_NEEDED = "not_needed"
    OTHER = "other"


class GoodsReceiptLineIn(Request):
    """What arrived of one lot. received = accepted + downgraded + rejected."""

    lot_id: LotId
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    reason: VerdictReason | None = Field(
        None,
        description="Say why when something is downgraded, rejected or short; it may be left out.",
    )
    note: Note | None = None
    photo_ids: PhotoIds = Field(default_factory=list)


def _kg(value: str) -> dict[str, Any]:
    return {"value": value, "unit": "kg"}


_LINE: dict[str, Any] = {
    "lot_id": "lot_01k68000000000000000000000",
    "received": _kg("147"),
    "accepted": _kg("144"),
    "downgraded": _kg("3"),
    "rejected": _kg("0"),
    "reason": "broken",
}


class GoodsReceiptIn(Request):
    """What arrived: every lot of the shipment exactly once; a draft may leave some for later."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"shipment_id": "shp_01k68000000000000000000000", "lines": [_LINE]}]
        }
    )

    shipment_id: ShipmentId
    lines: list[GoodsReceiptLineIn] = Field(max_length=MOST_LOTS)
    draft: bool = Field(False, description="Only note it down for now: nothing moves until /post.")


class GoodsReceiptPatch(Request):
    """A JSON Merge Patch (RFC 7396) of a draft: its lines, all of them as they are now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lines": [_LINE]}]})

    lines: list[GoodsReceiptLineIn] = Field(max_length=MOST_LOTS)


class GoodsReceiptReverseIn(Request):
    """Why it does not hold."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "miscounted", "note": "Dua peti terhitung dua kali."}]
        }
    )

    reason: ReverseReason
    note: Note | None = None


class ExpectedLotOut(BaseModel):
    """A lot of the shipment as it left, in the commodity's base unit."""

    lot_id: LotId
    number: str = Field(description="What is written on the crates.", examples=["LOT-2026-000123"])
    order_line_id: OrderLineId
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    shipped: Quantity
    count: int | None = Field(description="Pieces that left, where counted.")
    best_before_on: date | None


class GoodsReceiptLineOut(ExpectedLotOut):
    """What arrived of one lot, in the commodity's base unit. short = shipped - received."""

    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    short: QuantityOrNone
    reason: VerdictReason | None
    note: str | None
    photo_ids: list[EvidenceId]
    seller_id: PartyId | None = Field(
        description="For the hub only; null for goods of several sellers."
    )


class GoodsReceiptTotalOut(BaseModel):
    """What this shipment brought of one order line, and what the line is about."""

    order_id: OrderId
    order_line_id: OrderLineId
    expected: QuantityOrNone = Field(
        description="What the order line is about in all: promised and brought over, less given up."
    )
    kept: QuantityOrNone = Field(
        description="Accepted and downgraded of the line so far, by all receipts that count."
    )
    shipped: QuantityOrNone
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    short: QuantityOrNone


class GoodsReceiptOut(Stateful):
    """A goods receipt (BAST). Silence until ``sign_by`` accepts the goods: `deemed_signed`."""

    id: GoodsReceiptId
    number: str = Field(examples=["BAST-2026-000001"])
    status: GoodsReceiptStatus
    shipment_id: ShipmentId
    buyer_id: PartyId
    posted_at: datetime | None
    posted_by_rule: bool = Field(
        description="Nobody wrote one for three days after delivery: all as it left."
    )
    sign_by: datetime | None = Field(description="Null in a draft.")
    claim_by: datetime | None = Field(
        description="Until when the buyer may complain (POST /v1/claims). Null in a draft."
    )
    signed_at: datetime | None
    reversed_at: datetime | None
    reason: ReverseReason | None = Field(description="Why it was reversed.")
    note: str | None
    livemode: bool
    created_at: datetime


class GoodsReceiptDetail(GoodsReceiptOut):
    """A goods receipt with its verdict, lot by lot.

    ``missing`` are the lots that a draft does not judge yet; ``totals`` are per order line.
    """

    lines: list[GoodsReceiptLineOut]
    missing: list[ExpectedLotOut]
    totals: list[GoodsReceiptTotalOut]


def receipt_out(row: Any, actor: Actor) -> GoodsReceiptOut:
    """A receipt's row on the wire."""
    return GoodsReceiptOut(**row._asdict(), allowed_actions=_allowed(row, actor))


def receipt_detail(row: Any, actor: Actor) -> GoodsReceiptDetail:
    """A receipt's row with its ``lines``, ``missing`` lots and ``totals`` on the wire."""
    fields = row._asdict()
    fields["lines"] = [_line(line, actor) for line in fields["lines"] or ()]
    fields["missing"] = [ExpectedLotOut(**_lot(lot)) for lot in fields["missing"] or ()]
    fields["totals"] = [_total(total) for total in fields["totals"] or ()]
    return GoodsReceiptDetail(**fields, allowed_actions=_allowed(row, actor))


def _allowed(row: Any, actor: Actor) -> list[str]:
    """What *actor* may do with the receipt now.

    Only the buyer itself signs, even where the hub's own party may buy too; what its silence has
    accepted, only the hub reverses.
    """
    actions = actor.allowed(GOODS_RECEIPT, row.status)
    if row.buyer_id != actor.party_id:
        actions = [action for action in actions if action != "sign"]
    if row.posted_by_rule and not actor.hub:
        actions = [action for action in actions if action != "reverse"]
    return actions


def _quantities(said: dict[str, Any], *names: str) -> dict[str, QuantityOrNone]:
    return {
        name: QuantityOrNone.model_construct(value=Decimal(said[name]), unit=said["unit"])
        for name in names
    }


def _lot(said: dict[str, Any]) -> dict[str, Any]:
    ids = ("lot_id", "order_line_id", "commodity_id", "variant_id")
    return {
        **{name: None if said[name] is None else UUID(said[name]) for name in ids},
        **{name: said[name] for name in ("number", "grade", "title", "count", "best_before_on")},
        "shipped": Quantity.model_construct(value=Decimal(said["shipped"]), unit=said["unit"]),
    }


def _line(said: dict[str, Any], actor: Actor) -> GoodsReceiptLineOut:
    return GoodsReceiptLineOut(
        **_lot(said),
        **_quantities(said, "received", "accepted", "downgraded", "rejected", "short"),
        reason=said["reason"],
        note=said["note"],
        photo_ids=[UUID(photo_id) for photo_id in said["photo_ids"]],
        seller_id=UUID(said["seller_id"]) if actor.hub and said["seller_id"] else None,
    )


def _total(said: dict[str, Any]) -> GoodsReceiptTotalOut:
    amounts = ("shipped", "received", "accepted", "downgraded", "rejected", "short")
    return GoodsReceiptTotalOut(
        order_id=UUID(said["order_id"]),
        order_line_id=UUID(said["order_line_id"]),
        **_quantities(said, "expected", "kept", *amounts),
    )
