"""Wire shapes of allocations."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.allocation.models import Policy
from app.allocation.planning import Excluded
from app.allocation.rules import Limit
from app.allocation.states import AllocationStatus
from app.core.ids import (
    AllocationId,
    AllocationRunId,
    CommodityId,
    OrderId,
    OrderLineId,
    PartyId,
    SiteId,
    SupplyOfferId,
    VariantId,
)
from app.core.money import Money, Price
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Note, Request, Stateful


class GiveBackReason(StrEnum):
    """Why a seller brings less than it was asked for, or nothing."""

    NO_STOCK = "no_stock"
    PRICE = "price"
    QUALITY = "quality"
    TRANSPORT = "transport"
    SCHEDULE = "schedule"
    OTHER = "other"


class AllocateIn(Request):
    """By which rule the order is divided over sellers' offers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": "fair_share"}]})

    policy: Policy = Policy.FAIR_SHARE


class AllocationDeclineIn(Request):
    """Why the seller cannot bring it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_stock"}]})

    reason: GiveBackReason
    note: Note | None = None


class ReduceIn(AllocationDeclineIn):
    """How much the seller can bring instead, and why not all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"quantity": {"value": "120", "unit": "kg"}, "reason": "no_stock"}]
        }
    )

    quantity: Quantity = Field(
        description="Less than asked for; packages count by the offer's pack."
    )


class Said(BaseModel):
    """One sentence in both languages."""

    en: str
    id: str


class Rule(StrEnum):
    """How a share came about: by a policy, or because nobody else sells these goods."""

    FAIR_SHARE = Policy.FAIR_SHARE.value
    LISTING = "listing"


class WhyOut(BaseModel):
    """Why this share has its size. ``level`` is null when everybody brings all they have.

    The seller of a listing is asked for all that was ordered of it (`listing`): nothing limits it.
    """

    rule: Rule
    limited_by: Limit | None
    level: QuantityOrNone | None = Field(
        description="The common level: nobody with more to bring got less, packs aside."
    )
    said: Said


class AllocationOut(Stateful):
    """A share of an order given to one seller; quantities in the unit of the order's line.

    Of a commodity it is taken from ``offer_id`` and picked up at ``site_id``. Of a listing
    (``variant_id``, ``title``) it is taken from its stock, and these are null.
    ``proposed`` is what was asked of the seller, ``quantity`` what holds now, ``weighed`` how much
    of it stands in lots.
    """

    id: AllocationId
    status: AllocationStatus
    order_id: OrderId
    order_line_id: OrderLineId
    offer_id: SupplyOfferId | None
    seller_id: PartyId
    site_id: SiteId | None
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    proposed: Quantity
    quantity: Quantity
    weighed: QuantityOrNone
    left_to_weigh: QuantityOrNone
    price: Price
    amount: Money = Field(description="Price × quantity, whole rupiah.")
    deliver_on: date
    respond_by: datetime = Field(description="Unanswered by then, it goes to others.")
    why: WhyOut
    reason: str | None
    note: str | None
    created_at: datetime


class AllocatedLineOut(BaseModel):
    """What a run did for one line: needed = allocated + unallocated.

    ``excluded`` counts the open offers of these goods that bring nothing, by reason.
    """

    line_id: OrderLineId
    needed: QuantityOrNone
    allocated: QuantityOrNone
    unallocated: QuantityOrNone
    offers_considered: int
    excluded: dict[Excluded, int]


class AllocateOut(BaseModel):
    """What a run came to. ``run_id`` is null when no line lacked anything."""

    run_id: AllocationRunId | None
    lines: list[AllocatedLineOut]
    data: list[AllocationOut] = Field(description="The shares this run offered to sellers.")
