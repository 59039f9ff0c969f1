"""Wire shapes of goods receipts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import GoodsReceiptId, LotId, OrderLineId, PartyId, ShipmentId
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Note, Request, Stateful
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


class GoodsReceiptLineIn(Request):
    """What arrived of one lot. received = accepted + downgraded + rejected."""

    lot_id: LotId
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    reason: VerdictReason | None = Field(
        None, description="Say why when something is downgraded, rejected or short."
    )
    note: Note | None = None


def _kg(value: str) -> dict[str, Any]:
    return {"value": value, "unit": "kg"}


class GoodsReceiptIn(Request):
    """What arrived: every lot of the shipment exactly once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "shipment_id": "shp_01k68000000000000000000000",
                    "lines": [
                        {
                            "lot_id": "lot_01k68000000000000000000000",
                            "received": _kg("147"),
                            "accepted": _kg("144"),
                            "downgraded": _kg("3"),
                            "rejected": _kg("0"),
                            "reason": "broken",
                        }
                    ],
                }
            ]
        }
    )

    shipment_id: ShipmentId
    lines: list[GoodsReceiptLineIn] = Field(min_length=1, max_length=MOST_LOTS)


class GoodsReceiptLineOut(BaseModel):
    """What arrived of one lot, in the commodity's base unit. short = shipped - received."""

    lot_id: LotId
    number: str
    order_line_id: OrderLineId
    shipped: Quantity
    received: QuantityOrNone
    accepted: QuantityOrNone
    downgraded: QuantityOrNone
    rejected: QuantityOrNone
    short: QuantityOrNone
    reason: VerdictReason | None
    note: str | None
    seller_id: PartyId | None = Field(description="For the hub only.")


class GoodsReceiptOut(Stateful):
    """A goods receipt (BAST). Silence until ``sign_by`` accepts the goods: `deemed_signed`."""

    id: GoodsReceiptId
    number: str = Field(examples=["BAST-2026-000001"])
    status: GoodsReceiptStatus
    shipment_id: ShipmentId
    buyer_id: PartyId
    sign_by: datetime
    signed_at: datetime | None
    livemode: bool
    created_at: datetime


class GoodsReceiptDetail(GoodsReceiptOut):
    """A goods receipt with its verdict, lot by lot."""

    lines: list[GoodsReceiptLineOut]


def receipt_out(row: Any, actor: Actor) -> GoodsReceiptOut:
    """A receipt's row on the wire."""
    return GoodsReceiptOut(**row._asdict(), allowed_actions=_allowed(row, actor))


def receipt_detail(row: Any, actor: Actor) -> GoodsReceiptDetail:
    """A receipt's row with its ``lines`` on the wire."""
    fields = row._asdict()
    fields["lines"] = [_line(line, actor) for line in fields["lines"]]
    return GoodsReceiptDetail(**fields, allowed_actions=_allowed(row, actor))


def _allowed(row: Any, actor: Actor) -> list[str]:
    # Only the buyer itself signs, even where the hub's own party may buy too.
    actions = actor.allowed(GOODS_RECEIPT, row.status)
    return actions if row.buyer_id == actor.party_id else [a for a in actions if a != "sign"]


def _line(said: dict[str, Any], actor: Actor) -> GoodsReceiptLineOut:
    amounts = {
        name: QuantityOrNone.model_construct(value=Decimal(said[name]), unit=said["unit"])
        for name in ("received", "accepted", "downgraded", "rejected", "short")
    }
    return GoodsReceiptLineOut(
        **amounts,
        lot_id=UUID(said["lot_id"]),
        number=said["number"],
        order_line_id=UUID(said["order_line_id"]),
        shipped=Quantity.model_construct(value=Decimal(said["shipped"]), unit=said["unit"]),
        reason=said["reason"],
        note=said["note"],
        seller_id=UUID(said["seller_id"]) if actor.hub else None,
    )
