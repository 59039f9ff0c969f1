"""Time: instants are UTC, calendar days are Blitar's and Jakarta's (UTC+7, no summer time)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")

MOST_AHEAD = timedelta(minutes=5)
"""How far the clock of whoever reports something may be ahead of ours."""


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def day(instant: datetime) -> date:
    """The calendar day of *instant* in Jakarta; quotas and deliveries are counted in these."""
    return instant.astimezone(JAKARTA).date()
