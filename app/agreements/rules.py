"""Which periods an agreement has, and shares of a quantity. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from app.agreements.models import Period
from app.core.quantity import quantum_of

_DAY = timedelta(days=1)


def periods(period: str, starts_on: date, ends_on: date) -> Iterator[tuple[date, date]]:
    """First and last day of every week or month that [*starts_on*, *ends_on*] touches.

    Weeks are those of ISO 8601, Monday to Sunday; `once` is the whole time. The first and the last
    period are cut at the agreement's own days; their quota is a whole period's, as the line says
    "per month" and not "per day".
    """
    first = starts_on
    while first <= ends_on:
        last = min(ends_on, _last_day(period, first, ends_on))
        yield first, last
        first = last + _DAY


def _last_day(period: str, day: date, ends_on: date) -> date:
    """The last day of the calendar's period in which *day* lies."""
    if period == Period.WEEK:
        return day + timedelta(days=6 - day.weekday())
    if period == Period.MONTH:
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY
    return ends_on


def share(quantity: Decimal, percent: Decimal, base_unit: str) -> Decimal:
    """*percent* of *quantity*, rounded down to what is counted: a gram, or a whole piece."""
    quantum = quantum_of(base_unit)
    return (quantity * percent / 100 / quantum).to_integral_value(ROUND_DOWN) * quantum
