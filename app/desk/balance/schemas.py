"""Wire shapes of the commodity balance."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from app.core.ids import CommodityId
from app.core.quantity import QuantityOrNone


class DemandOut(BaseModel):
    """What orders ask for, and how far sellers have said yes."""

    ordered: QuantityOrNone = Field(
        description="Of orders that were not declined, cancelled or expired: as confirmed, or as "
        "requested while they wait for an answer; with what is brought over, less what was "
        "short-closed."
    )
    confirmed: QuantityOrNone = Field(description="The part of `ordered` that the hub promised.")
    asked: QuantityOrNone = Field(description="Allocated, and waiting for the sellers' answer.")
    committed: QuantityOrNone = Field(description="Allocated, and the sellers will, or did, bring.")
    unallocated: QuantityOrNone = Field(
        description="Ordered of lines that are not done, with no seller yet."
    )


class BalanceDay(DemandOut):
    """One day. Licences, packs, smallest pick-ups and floor prices are for the allocation to look
    at: `covered` is what can come at best."""

    date: date
    promised: QuantityOrNone = Field(
        description="Offered for this very day: what is taken of it, and what is free."
    )
    free: QuantityOrNone = Field(description="What is free of `promised`.")
    flexible: QuantityOrNone = Field(
        description="Free of weeks and lots that can be brought this day or another: counts for "
        "each of their days, and is never to be added up over days."
    )
    forecast: QuantityOrNone = Field(
        description="What may come besides, by forecasts that cover this day; not to be relied on."
    )
    covered: QuantityOrNone = Field(
        description="How much of `unallocated` what is free can still cover, nothing used twice; "
        "nearer days come first."
    )
    short: QuantityOrNone = Field(description="`unallocated` less `covered`.")


class BalanceTotal(DemandOut):
    """All days together. A week or lot counts once, with all of its days."""

    promised: QuantityOrNone = Field(description="Offered for these days: taken and free.")
    free: QuantityOrNone = Field(description="What is free of `promised`.")
    forecast: QuantityOrNone = Field(description="What may come besides, by forecasts.")
    covered: QuantityOrNone
    short: QuantityOrNone


class GradeBalance(BaseModel):
    """One grade: nothing of another can stand in for it."""

    grade: str
    total: BalanceTotal
    days: list[BalanceDay] = Field(description="Every day, in order.")


class BalanceOut(BaseModel):
    """What is ordered of a commodity and what sellers bring, from day to day."""

    commodity_id: CommodityId
    commodity: str = Field(examples=["eggs"])
    starts_on: date
    ends_on: date
    grades: list[GradeBalance]
