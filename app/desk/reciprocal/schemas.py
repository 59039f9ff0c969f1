"""Wire shapes of two linked agreements side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.ids import AgreementId, CommodityId
from app.core.money import Money
from app.core.quantity import QuantityOrNone

Row = Mapping[str, Any]

_QUANTITIES = ("agreed", "ordered", "delivered", "open")
_VALUES = ("ordered_value", "delivered_value", "open_value")


class Valued(BaseModel):
    """Worth at the prices frozen when it was ordered, each order line to the whole rupiah."""

    ordered_value: Money
    delivered_value: Money
    open_value: Money = Field(description="What is left to come of lines that are not done.")


class ReciprocalLine(Valued):
    """One commodity and grade of one of the two."""

    commodity_id: CommodityId
    commodity: str = Field(examples=["corn"])
    grade: str
    agreed: QuantityOrNone = Field(description="The quota of all its periods together.")
    ordered: QuantityOrNone = Field(
        description="As confirmed, or as requested while the hub has not answered."
    )
    delivered: QuantityOrNone = Field(description="Accepted, or accepted as a lower grade.")
    open: QuantityOrNone = Field(description="Ordered, not delivered, of lines that are not done.")


class ReciprocalSide(Valued):
    """One of the two: what its buyer gets by it. Without lines until that buyer has confirmed."""

    agreement_id: AgreementId
    lines: list[ReciprocalLine]


class OwedOut(BaseModel):
    """Whoever has got more owes the difference to the other, in goods to come or in money."""

    debtor_agreement_id: AgreementId = Field(description="Its buyer has got more.")
    creditor_agreement_id: AgreementId
    amount: Money


class ReciprocalOut(BaseModel):
    """An agreement and its return, netted by value."""

    sides: list[ReciprocalSide] = Field(
        description="The agreement you asked for, then its return.", min_length=2, max_length=2
    )
    owed: OwedOut | None = Field(description="By what was delivered; null when it is even.")
    owed_after: OwedOut | None = Field(
        description="When what is open has been delivered too; null when it is even."
    )


def reciprocal_out(ids: tuple[UUID, UUID], rows: Sequence[Row]) -> ReciprocalOut:
    """The two agreements *ids* on the wire."""
    first, second = (_side(one, [row for row in rows if row["agreement_id"] == one]) for one in ids)
    return ReciprocalOut(
        sides=[first, second],
        owed=_owed(first, second, "delivered_value"),
        owed_after=_owed(first, second, "delivered_value", "open_value"),
    )


def _side(agreement_id: UUID, rows: Sequence[Row]) -> ReciprocalSide:
    return ReciprocalSide(
        agreement_id=agreement_id, lines=[_line(row) for row in rows], **_values(rows)
    )


def _line(row: Row) -> ReciprocalLine:
    quantities = {
        name: QuantityOrNone(value=row[name], unit=row["base_unit"]) for name in _QUANTITIES
    }
    named = {name: row[name] for name in ("commodity_id", "commodity", "grade")}
    return ReciprocalLine(**named, **quantities, **_values([row]))


def _values(rows: Sequence[Row]) -> dict[str, Money]:
    return {name: Money(amount=sum((row[name] for row in rows), Decimal(0))) for name in _VALUES}


def _owed(first: ReciprocalSide, second: ReciprocalSide, *values: str) -> OwedOut | None:
    got = {
        side.agreement_id: sum((getattr(side, name).amount for name in values), Decimal(0))
        for side in (first, second)
    }
    less, more = sorted(got, key=lambda agreement: got[agreement])
    if got[less] == got[more]:
        return None
    return OwedOut(
        debtor_agreement_id=more,
        creditor_agreement_id=less,
        amount=Money(amount=got[more] - got[less]),
    )
