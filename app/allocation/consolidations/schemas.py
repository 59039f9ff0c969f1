"""Wire shapes of consolidations."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.allocation.models import Policy, Trigger
from app.allocation.planning import Excluded
from app.allocation.schemas import Gap
from app.core.ids import (
    AllocationRunId,
    CommodityId,
    OrderId,
    OrderLineId,
    PartyId,
    SiteId,
    SupplyRequestId,
    VariantId,
)
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Day, Request

MOST_ORDERS = 200
MOST_LINES = 2000


class ConsolidateIn(Request):
    """Which lines are filled together: of these orders, or of these days; and by which rule.

    Every condition narrows; `order_ids` or a day is needed. Only what lines still lack is filled.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "deliver_on": "2026-12-01",
                    "commodity_id": "com_01jd0000000000000000000000",
                    "policy": "fewest_pickups",
                },
                {"order_ids": ["ord_01jd0000000000000000000000"], "policy": "fair_share"},
            ]
        }
    )

    order_ids: list[OrderId] | None = Field(None, min_length=1, max_length=MOST_ORDERS)
    deliver_on: Day | None = Field(None, description="Lines of this day.")
    deliver_from: Day | None = Field(None, description="Lines of this day and later.")
    deliver_until: Day | None = Field(None, description="Lines of this day and earlier.")
    commodity_id: CommodityId | None = None
    ship_to_site_id: SiteId | None = Field(None, description="Lines that go there.")
    policy: Policy = Field(
        Policy.FAIR_SHARE, description="Not `manual`: that names shares of one order."
    )


class ConsolidatedLineOut(BaseModel):
    """What a run did for one line: needed = allocated + unallocated.

    ``excluded`` counts the open offers of these goods that brought nothing, by reason.
    """

    order_id: OrderId
    order_line_id: OrderLineId
    number: str = Field(description="The order's.", examples=["BTC-2026-000123"])
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    deliver_on: date
    ship_to_site_id: SiteId
    needed: Quantity
    allocated: QuantityOrNone
    unallocated: QuantityOrNone
    level: QuantityOrNone | None
    excluded: dict[Excluded, int]


class GoodsTotalOut(BaseModel):
    """What one seller is asked to bring of one sort of goods on one day, from one place."""

    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    deliver_on: date
    site_id: SiteId | None
    parts: int
    quantity: Quantity


class AskedSellerOut(BaseModel):
    """What one seller is asked for, over all lines: one supply request."""

    supply_request_id: SupplyRequestId | None = Field(description="Null in a preview.")
    seller_id: PartyId
    totals: list[GoodsTotalOut]


class ConsolidationPreviewOut(BaseModel):
    """What one decision over all these lines would come to now; nothing of it is stored."""

    policy: Policy
    gap: Gap
    lines: list[ConsolidatedLineOut]
    sellers: list[AskedSellerOut]


class ConsolidationOut(ConsolidationPreviewOut):
    """One decision, as it was made: what its lines got then, and whom it asked.

    What sellers answered since is told by the supply requests. What an order did not need any more
    later is off what its sellers were asked for.
    """

    id: AllocationRunId
    trigger: Trigger
    at: datetime


class ConsolidationSummaryOut(BaseModel):
    """One decision in a list: over how many lines, how many of them stayed short."""

    id: AllocationRunId
    policy: Policy
    gap: Gap
    trigger: Trigger
    at: datetime
    orders: int
    lines: int
    short_lines: int
    sellers: int
