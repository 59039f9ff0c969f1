"""The story's days. All are counted from its first one, so that telling it again asks the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.demo.book import Doc


@dataclass(frozen=True)
class Days:
    """The calendar of a story that began on *first*; days on the wire are ISO dates."""

    first: date

    def after(self, days: int) -> str:
        """The day so many *days* after the first."""
        return (self.first + timedelta(days=days)).isoformat()

    @property
    def quota_month(self) -> date:
        """The first day of the month after the first day's: the month of the big quota."""
        return _next_month(self.first)

    def in_quota_month(self, day: int) -> str:
        """The *day*-th of the quota month."""
        return self.quota_month.replace(day=day).isoformat()

    def end_of_quota_month(self, months: int = 1) -> str:
        """The last day of the quota month, or of the month so many *months* from it."""
        end = self.quota_month
        for _ in range(months):
            end = _next_month(end)
        return (end - timedelta(days=1)).isoformat()

    def delivery(self, order: Doc) -> str:
        """The day on which an *order* of the book is to arrive."""
        if "deliver_day" in order:
            return self.after(order["deliver_day"])
        return self.in_quota_month(order["deliver_day_of_quota_month"])


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
