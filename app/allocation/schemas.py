"""Wire shapes of allocations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

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
from app.core.quantity import Quantity, QuantityOrNone, plain
from app.http.wire import Note, Request, Stateful

Gap = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    Field(
        description="How far, relatively, the result may be from the best there is; 0: it is the "
        "best, by the policy's own measure.",
        examples=["0"],
    ),
]


class GiveBackReason(StrEnum):
    """Why a seller brings less than it was asked for, or nothing."""

    NO_STOCK = "no_stock"
    PRICE = "price"
    QUALITY = "quality"
    TRANSPORT = "transport"
    SCHEDULE = "schedule"
    OTHER = "other"


class ShareIn(Request):
    """A share named by hand: so much of an offer for a line of the order."""

    line_id: OrderLineId
    offer_id: SupplyOfferId
    quantity: Quantity = Field(description="Packages count by the offer's pack.")


_BY_HAND: dict[str, Any] = {
    "policy": "manual",
    "shares": [
        {
            "line_id": "oln_01jd0000000000000000000000",
            "offer_id": "off_01jd0000000000000000000000",
            "quantity": {"value": "4", "unit": "peti"},
        }
    ],
}


class AllocateIn(Request):
    """By which rule the order is divided over sellers' offers.

    `fair_share`: everybody the same, as far as they can. `pro_rata`: everybody the same part of
    what they have left. `lowest_cost`: the lowest floor prices first. `fewest_pickups`: as few
    places as possible. `manual`: the `shares` you name, and no others.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": "fair_share"}, _BY_HAND]})

    policy: Policy = Policy.FAIR_SHARE
    shares: list[ShareIn] | None = Field(
        None, min_length=1, max_length=2000, description="Only with the policy `manual`."
    )


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
    PRO_RATA = Policy.PRO_RATA.value
    LOWEST_COST = Policy.LOWEST_COST.value
    FEWEST_PICKUPS = Policy.FEWEST_PICKUPS.value
    MANUAL = Policy.MANUAL.value
    LISTING = "listing"


class WhyOut(BaseModel):
    """Why this share has its size, in numbers and as a sentence.

    The seller of a listing is asked for all that was ordered of it (`listing`): nothing limits it,
    and the numbers are null.
    """

    rule: Rule
    limited_by: Limit | None
    level: QuantityOrNone | None = Field(
        description="The common level: nobody with more to bring got less, packs aside. Null "
        "where there is none, or everybody brings all they have."
    )
    free: QuantityOrNone | None = Field(description="What the offer had left.")
    had: QuantityOrNone | None = Field(description="What was asked of the seller before.")
    needed: QuantityOrNone | None = Field(
        description="What all lines that were decided on together still lacked."
    )
    sellers: int | None = Field(description="How many sellers could bring something.")
    supply: QuantityOrNone | None = Field(description="How much they could bring together.")
    said: Said


class ShareOut(BaseModel):
    """A share of an order for one seller; quantities in the unit of the order's line.

    Of a commodity it is taken from ``offer_id`` and picked up at ``site_id``. Of a listing
    (``variant_id``, ``title``) it is taken from its stock, and these are null.
    """

    order_id: OrderId
    order_line_id: OrderLineId
    offer_id: SupplyOfferId | None
    seller_id: PartyId
    site_id: SiteId | None
    commodity_id: CommodityId | None
    grade: str | None
    variant_id: VariantId | None
    title: str | None = Field(examples=["Keripik Belimbing Manis, pedas, 200 g"])
    quantity: Quantity
    price: Price
    amount: Money = Field(description="Price × quantity, whole rupiah.")
    deliver_on: date
    why: WhyOut


class AllocationOut(Stateful, ShareOut):
    """A share of an order given to one seller, and how far it has come.

    ``proposed`` is what was asked of the seller, ``quantity`` what holds now, ``weighed`` how much
    of it stands in lots.
    """

    id: AllocationId
    status: AllocationStatus
    proposed: Quantity
    weighed: QuantityOrNone
    left_to_weigh: QuantityOrNone
    respond_by: datetime = Field(description="Unanswered by then, it goes to others.")
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
    policy: Policy
    gap: Gap
    lines: list[AllocatedLineOut]
    data: list[AllocationOut] = Field(description="The shares this run offered to sellers.")


class AllocatePreviewOut(BaseModel):
    """What a run would come to now: the same answer, nothing of it stored."""

    policy: Policy
    gap: Gap
    lines: list[AllocatedLineOut]
    data: list[ShareOut] = Field(description="The shares it would offer to sellers.")
