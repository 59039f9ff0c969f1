"""Wire shapes of lots."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import (
    AllocationId,
    CommodityId,
    LegId,
    LotId,
    OrderId,
    PartyId,
    SiteId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Day, Request, Stateful
from app.shipments.lots.models import MadeAt
from app.shipments.lots.states import LOT, LotStatus


class LotIn(Request):
    """Goods of one allocation, as weighed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "allocation_id": "alc_01k68000000000000000000000",
                    "net_weight": {"value": "148.5", "unit": "kg"},
                    "count": 2640,
                    "produced_on": "2026-11-20",
                }
            ]
        }
    )

    allocation_id: AllocationId
    net_weight: Quantity = Field(
        description="What the scales say, without crates; of goods ordered by the piece or pack, "
        "how many: in the unit of the allocation."
    )
    count: int | None = Field(None, ge=1, le=100_000_000, description="Pieces, where counted.")
    produced_on: Day = Field(description="The day it was laid, picked or slaughtered.")
    leg_id: LegId | None = Field(
        None,
        description="The collection round that brings it: the lot is expected at the hub until it "
        "is received there.",
    )
    made_at: MadeAt | None = Field(
        None, description="On whose scale; where its weigher is at home unless said."
    )


class SourceOut(BaseModel):
    """What of a lot came from one allocation: how much is in it, on hand or on the road."""

    allocation_id: AllocationId
    seller_id: PartyId
    quantity: QuantityOrNone


class LotOut(Stateful):
    """Identified goods. ``balance`` is what is on hand: not in a shipment, not in another lot.

    Lots of several sellers for one order line may be pooled in one; then it has no allocation and
    no seller of its own, and ``sources`` say whose goods are in it.
    """

    id: LotId
    number: str = Field(description="What is written on the crates.", examples=["LOT-2026-000123"])
    status: LotStatus
    allocation_id: AllocationId | None = Field(description="Null when it is pooled.")
    order_id: OrderId
    seller_id: PartyId | None = Field(description="Null when it is pooled.")
    site_id: SiteId | None = Field(
        description="Where the goods are picked up; null for goods of a listing, or of several "
        "farms."
    )
    leg_id: LegId | None = Field(description="The collection round that brought it.")
    made_at: MadeAt
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    net_weight: Quantity = Field(description="All that was ever in it.")
    balance: QuantityOrNone
    count: int | None
    count_balance: int | None = Field(description="How many of the pieces are on hand.")
    produced_on: date = Field(description="Of a pooled lot: of the oldest goods in it.")
    best_before_on: date | None
    sources: list[SourceOut] | None = Field(
        description="To a seller only its own goods; null in the hub's lists."
    )
    livemode: bool
    created_at: datetime


def lot_out(row: Any, actor: Actor) -> LotOut:
    """A lot's row, with its ``sources``, on the wire."""
    fields = row._asdict()
    unit = fields.pop("base_unit")
    fields["net_weight"] = Quantity.model_construct(value=fields["quantity"], unit=unit)
    fields["balance"] = QuantityOrNone.model_construct(value=fields["balance"], unit=unit)
    if fields["sources"] is not None:
        fields["sources"] = [_source(source, unit) for source in fields["sources"]]
    return LotOut(**fields, allowed_actions=actor.allowed(LOT, row.status))


def _source(source: dict[str, Any], unit: str) -> SourceOut:
    quantity = QuantityOrNone.model_construct(value=Decimal(source["quantity"]), unit=unit)
    return SourceOut(
        allocation_id=UUID(source["allocation_id"]),
        seller_id=UUID(source["seller_id"]),
        quantity=quantity,
    )
