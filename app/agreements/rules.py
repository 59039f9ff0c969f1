"""Which periods an agreement has. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta


def months(starts_on: date, ends_on: date) -> Iterator[tuple[date, date]]:
    """First and last day of every calendar month that [*starts_on*, *ends_on*] touches.

    The first and the last are cut at the agreement's own days; their quota is a whole month's, as
    the line says "per month" and not "per day".
    """
    first = starts_on
    while first <= ends_on:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(ends_on, next_month - timedelta(days=1))
        first = next_month
