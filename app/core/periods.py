"""The days, weeks and months that a stretch of time touches: buckets of quota and of supply."""

from __future__ import annotations

from datetime import date, timedelta

_DAY = timedelta(days=1)


def periods(per: str, first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each ``day``, ``week`` or ``month`` from *first* to *last*, included.

    Weeks are those of ISO 8601, Monday to Sunday; anything else (``once``, ``lot``) is the whole
    stretch. The first and the last are cut at its own days and are whole ones all the same: "per
    week" is what can be had of a week, not a seventh of it for each day.
    """
    found = []
    while first <= last:
        end = min(last, _last_day(per, first, last))
        found.append((first, end))
        first = end + _DAY
    return found


def _last_day(per: str, day: date, last: date) -> date:
    """The last day of the calendar's period in which *day* lies."""
    match per:
        case "day":
            return day
        case "week":
            return day + timedelta(days=6 - day.weekday())
        case "month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY
        case _:
            return last
