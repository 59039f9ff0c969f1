"""What can be ordered of a listing, and for when: free stock, a kitchen's free days or weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from pydantic import BaseModel, Field

from app.catalog.variants.models import Availability
from app.catalog.variants.rules import period_of
from app.core.ids import VariantId
from app.core.quantity import QuantityOrNone


class SlotOut(BaseModel):
    """How much can be ordered for hand-over on the days from `starts_on` to `ends_on`."""

    starts_on: date
    ends_on: date
    available: QuantityOrNone


class VariantSlotsOut(BaseModel):
    """One variant: when how much of it can be had."""

    variant_id: VariantId
    availability: Availability
    slots: list[SlotOut] = Field(description="In order; days that are missing are closed.")


class AvailabilityOut(BaseModel):
    """What can be ordered of a listing in the days asked for."""

    data: list[VariantSlotsOut]


def availability(rows: Sequence[Any], unit: str, first: date, last: date) -> AvailabilityOut:
    """The rows of `variants.queries.available` as slots within *first* to *last*."""
    found = []
    for variant_id, group in groupby(rows, key=lambda row: row["id"]):
        of_one = list(group)
        found.append(
            VariantSlotsOut(
                variant_id=variant_id,
                availability=of_one[0]["availability"],
                slots=[
                    SlotOut(
                        starts_on=start,
                        ends_on=end,
                        available=QuantityOrNone(value=free, unit=unit),
                    )
                    for start, end, free in _slots(of_one, first, last)
                ],
            )
        )
    return AvailabilityOut(data=found)


def _slots(rows: Sequence[Any], first: date, last: date) -> Iterator[tuple[date, date, Decimal]]:
    one = rows[0]
    closed = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in one["closed"] or []]
    free = {row["period_start"]: row["free"] for row in rows}
    if one["availability"] == Availability.STOCK:
        for start, end in _open_spans(first, last, closed):
            yield start, end, max(free.get(None) or Decimal(0), Decimal(0))
        return
    day = first + timedelta(days=one["lead_days"])
    while day <= last:
        start, end = period_of(one["capacity_period"], day)
        left = free.get(start, one["capacity"])
        for a, b in _open_spans(max(start, day), min(end, last), closed):
            yield a, b, left
        day = end + timedelta(days=1)


def _open_spans(
    first: date, last: date, closed: Sequence[tuple[date, date]]
) -> Iterator[tuple[date, date]]:
    """The spans of days from *first* to *last* that no closure covers."""
    start = first
    for begins, ends in sorted(closed):
        if ends < start:
            continue
        if begins > last:
            break
        if begins > start:
            yield start, begins - timedelta(days=1)
        start = max(start, ends + timedelta(days=1))
    if start <= last:
        yield start, last
