"""Wire shapes of lots."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from app.core.actor import Actor
from app.core.ids import AllocationId, CommodityId, LotId, OrderId, PartyId, SiteId, VariantId
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Day, Request, Stateful
from app.shipments.states import LOT, LotStatus


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


class LotOut(Stateful):
    """Identified goods. ``balance`` is what is not in a shipment; lots are loaded whole."""

    id: LotId
    number: str = Field(description="What is written on the crates.", examples=["LOT-2026-000123"])
    status: LotStatus
    allocation_id: AllocationId
    order_id: OrderId
    seller_id: PartyId
    site_id: SiteId | None = Field(
        description="Where the goods are picked up; null for goods of a listing."
    )
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    net_weight: Quantity
    balance: QuantityOrNone
    count: int | None
    produced_on: date
    livemode: bool
    created_at: datetime


def lot_out(row: Any, actor: Actor) -> LotOut:
    """A lot's row on the wire."""
    fields = row._asdict()
    unit = fields.pop("base_unit")
    fields["net_weight"] = Quantity.model_construct(value=fields["quantity"], unit=unit)
    fields["balance"] = QuantityOrNone.model_construct(value=fields["balance"], unit=unit)
    return LotOut(**fields, allowed_actions=actor.allowed(LOT, row.status))
