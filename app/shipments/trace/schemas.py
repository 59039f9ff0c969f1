"""Wire shapes of a trace. Its answer may be long and is written without them; a test compares."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from app.core.ids import (
    AllocationId,
    CommodityId,
    GoodsReceiptId,
    LotEventId,
    LotId,
    PartyId,
    ShipmentId,
    SiteId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.shipments.lots.models import LotEventKind
from app.shipments.lots.states import LotStatus
from app.shipments.states import GoodsReceiptStatus, ShipmentStatus

MOST_LOTS = 20_000
"""Lots that one answer shows: twice what a day of every farm of Blitar makes."""


class Direction(StrEnum):
    """To where the goods came from, or to where they went."""

    UP = "up"
    DOWN = "down"


class TracedLotOut(BaseModel):
    """A lot on the way. Of a lot that sellers share, a seller reads its own goods only."""

    id: LotId
    number: str = Field(examples=["LOT-2026-000123"])
    depth: int = Field(description="How many steps away it is, on the shortest way.", ge=0)
    status: LotStatus
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    quantity: Quantity = Field(description="All that ever was in it.")
    now: QuantityOrNone = Field(description="What is in it now, here or on a truck.")
    produced_on: date
    best_before_on: date | None
    region: str | None = Field(
        description="The regency it comes from; null where lots of several sites met.",
        examples=["Kabupaten Blitar"],
    )
    seller_id: PartyId | None = Field(
        description="For the hub, and for its seller; null when several sellers share it."
    )


class TracedStepOut(BaseModel):
    """Goods that went from one lot into another."""

    event_id: LotEventId
    kind: LotEventKind
    at: datetime
    parent_id: LotId
    child_id: LotId | None = Field(description="Null: it was lost, or its seller's again.")
    quantity: Quantity


class TracedSourceOut(BaseModel):
    """Whose goods are in the lot. A buyer reads from which region and day, and nobody's name."""

    allocation_id: AllocationId | None
    seller_id: PartyId | None
    seller_name: str | None = Field(examples=["Peternakan Pak Slamet (contoh)"])
    region: str | None = Field(examples=["Kabupaten Blitar"])
    produced_on: list[date] = Field(description="The days on which it was made.")
    quantity: Quantity = Field(description="How much of it ever was in the lot.")
    now: QuantityOrNone = Field(description="How much of it is in the lot now.")


class TracedShipmentOut(BaseModel):
    """A lot that came of it, on a truck. Where to is for the hub and the buyer."""

    lot_id: LotId
    shipment_id: ShipmentId | None
    number: str | None = Field(examples=["SHP-2026-000001"])
    status: ShipmentStatus
    dispatched_at: datetime | None
    delivered_at: datetime | None
    quantity: Quantity = Field(description="Of the lot on the truck; of a seller its own goods.")
    from_it: QuantityOrNone = Field(
        description="At most this much of that came from the lot that is traced."
    )
    buyer_id: PartyId | None
    buyer_name: str | None = Field(examples=["Pasar Jaya (contoh)"])
    site_id: SiteId | None
    place: str | None = Field(examples=["Gudang Cipinang, Kota Administrasi Jakarta Timur"])
    receipt_id: GoodsReceiptId | None
    receipt_status: GoodsReceiptStatus | None
    received: QuantityOrNone | None
    accepted: QuantityOrNone | None


class TraceOut(BaseModel):
    """A lot with everything it came of, or everything that came of it."""

    lot_id: LotId
    direction: Direction
    truncated: bool = Field(
        description=f"There is more than shown: an answer shows at most {MOST_LOTS} lots."
    )
    lots: list[TracedLotOut] = Field(description="Nearest first, beginning with the lot itself.")
    steps: list[TracedStepOut]
    sources: list[TracedSourceOut] | None = Field(description="With direction=up.")
    shipments: list[TracedShipmentOut] | None = Field(description="With direction=down.")
