"""Which periods a supply offer has. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from app.catalog.models import OfferPer


def periods(per: OfferPer, first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each period of an offer from *first* to *last*, both included.

    A lot is one period. Weeks end on Sundays; the first and the last are cut at the offer's own
    days and promise a whole week's quantity all the same, as quotas do: "per week" is what can be
    had of a week, not a seventh of it for each day.
    """
    if per is OfferPer.LOT:
        return [(first, last)]
    found = []
    while first <= last:
        end = first if per is OfferPer.DAY else first + timedelta(days=6 - first.weekday())
        found.append((first, min(end, last)))
        first = end + timedelta(days=1)
    return found
