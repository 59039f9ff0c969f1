"""Wire shapes of quota periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.ids import AgreementLineId, CommodityId
from app.core.quantity import QuantityOrNone

_NAMES = (
    "quota",
    "overdraw",
    "carried_in",
    "carried_out",
    "reserved",
    "consumed",
    "released",
    "left",
)


class QuotaOut(BaseModel):
    """One period of one line.

    ``left`` is quota + overdraw + carried_in − carried_out − reserved − consumed.
    """

    line_id: AgreementLineId
    commodity_id: CommodityId
    grade: str
    period_start: date
    period_end: date
    quota: QuantityOrNone
    overdraw: QuantityOrNone = Field(description="How much more than the quota may be drawn.")
    carried_in: QuantityOrNone = Field(description="What the period before left.")
    carried_out: QuantityOrNone = Field(description="What this one left for the next.")
    reserved: QuantityOrNone = Field(description="Held by open orders.")
    consumed: QuantityOrNone = Field(description="Received and kept.")
    released: QuantityOrNone = Field(
        description="Ever given back by orders that ended, were cut or received short; it is free "
        "again, and no part of the balance."
    )
    left: QuantityOrNone
    forecast: QuantityOrNone | None = Field(
        description="What sellers' open offers still promise of these goods on days of this "
        "period, forecasts included. Only the hub sees it. What could come in several periods "
        "counts for each of them."
    )


def quota_out(
    rows: Sequence[Mapping[str, Any]], forecast: Mapping[UUID, Decimal] | None
) -> list[QuotaOut]:
    """Periods' rows on the wire, with what is promised within each, if that is to be shown."""
    return [_out(row, None if forecast is None else forecast[row["id"]]) for row in rows]


def _out(row: Mapping[str, Any], promised: Decimal | None) -> QuotaOut:
    unit = row["base_unit"]
    numbers = {name: {"value": row[name], "unit": unit} for name in _NAMES}
    coming = None if promised is None else {"value": promised, "unit": unit}
    return QuotaOut(**dict(row) | numbers | {"forecast": coming})
