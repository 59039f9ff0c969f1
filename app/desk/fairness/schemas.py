"""Wire shapes of how the trade was divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from app.core.ids import CommodityId, PartyId
from app.core.quantity import QuantityOrNone
from app.desk.asked import Subject
from app.desk.fairness.queries import By
from app.desk.fairness.rules import gini
from app.desk.fractions import Fraction, part


class PartyNamed(BaseModel):
    """A party."""

    id: PartyId
    name: str


class RegionNamed(BaseModel):
    """The region in which sites stand: a kelurahan, or the district if no more was said of them."""

    code: str = Field(examples=["35.72.02.1005"])
    name: str = Field(examples=["Karangsari"])
    level: str = Field(examples=["village"])
    within: str | None = Field(description="The region around it.", examples=["Sukorejo"])


class Divided(BaseModel):
    """What was brought of what could have been."""

    quantity: QuantityOrNone = Field(
        description="Allocated to be delivered on these days, and said yes to or brought already."
    )
    share: Fraction | None = Field(description="Of everything brought; null of nothing.")
    offered: QuantityOrNone = Field(
        description="What could have been brought: offered for these days, whatever became of it. "
        "Weeks and lots that reach beyond them count whole; of withdrawn and paused offers counts "
        "what was taken."
    )
    offered_share: Fraction | None = Field(description="Of everything offered; null of nothing.")
    allocations: int = Field(ge=0)


class FairShareOut(Divided):
    """One seller, or one kelurahan; the other is null."""

    seller: PartyNamed | None
    region: RegionNamed | None


class OthersOut(Divided):
    """All who are not listed one by one, together."""

    count: int = Field(ge=0)


class FairnessOut(BaseModel):
    """How a commodity's trade was divided over sellers or places."""

    commodity_id: CommodityId
    commodity: str = Field(examples=["eggs"])
    grades: list[str] = Field(examples=[["medium", "large"]])
    starts_on: date
    ends_on: date
    by: By
    gini: Fraction | None = Field(
        description="Of the quantities of all who offered or brought something: 0 when all brought "
        "the same, (n − 1)/n when one of n brought everything. Null when nobody brought any."
    )
    gini_offered: Fraction | None = Field(
        description="Of what they offered, to compare: large farms offer more than small ones, and "
        "a fair division is at most as unequal as that."
    )
    largest_share: Fraction | None
    served: int = Field(description="How many brought something.", ge=0)
    not_served: int = Field(description="How many offered, and brought nothing.", ge=0)
    total: Divided
    data: list[FairShareOut] = Field(description="Who brought most first.")
    others: OthersOut


Row = Mapping[str, Any]


class Whole:
    """The sums that shares are parts of."""

    def __init__(self, rows: Sequence[Row], unit: str) -> None:
        self.unit = unit
        self.quantity = sum((row["quantity"] for row in rows), Decimal(0))
        self.offered = sum((row["offered"] for row in rows), Decimal(0))

    def divided(self, rows: Sequence[Row]) -> dict[str, Any]:
        """The fields of what *rows* brought together."""
        some = Whole(rows, self.unit)
        return {
            "quantity": QuantityOrNone(value=some.quantity, unit=self.unit),
            "share": part(some.quantity, self.quantity),
            "offered": QuantityOrNone(value=some.offered, unit=self.unit),
            "offered_share": part(some.offered, self.offered),
            "allocations": sum(row["allocations"] for row in rows),
        }


def fairness_out(
    about: Subject, by: By, rows: Sequence[Row], most: int, named: Mapping[object, Row]
) -> FairnessOut:
    """The division on the wire: the first *most* of *rows* one by one, the others together."""
    whole = Whole(rows, about.base_unit)
    served = sum(row["quantity"] > 0 for row in rows)
    return FairnessOut(
        commodity_id=about.commodity_id,
        commodity=about.code,
        grades=about.grades,
        starts_on=about.start,
        ends_on=about.end,
        by=by,
        gini=gini([row["quantity"] for row in rows]),
        gini_offered=gini([row["offered"] for row in rows]),
        largest_share=whole.divided(rows[:1])["share"],
        served=served,
        not_served=len(rows) - served,
        total=Divided(**whole.divided(rows)),
        data=[
            FairShareOut(**_whose(by, named[row["key"]]), **whole.divided([row]))
            for row in rows[:most]
        ],
        others=OthersOut(count=len(rows[most:]), **whole.divided(rows[most:])),
    )


def _whose(by: By, name: Row) -> dict[str, Any]:
    if by == By.SELLER:
        return {"seller": PartyNamed(id=name["key"], name=name["name"]), "region": None}
    region = {field: name[field] for field in ("name", "level", "within")}
    return {"seller": None, "region": RegionNamed(code=name["key"], **region)}
