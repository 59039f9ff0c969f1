"""The days of telemetry: one partition each, made ahead and dropped whole.

The service may not make or drop tables; two functions that belong to the owner do it, one at a
time. To attach a day holds up nobody who reads or writes; to drop one waits for those who do, and
gives up rather than have everybody wait behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from app.db.tx import Tx

AHEAD = 3
"""How many days are ready before they begin."""


def day_of(at: datetime) -> date:
    """The day in whose partition a reading of that instant lies."""
    return at.astimezone(UTC).date()


async def make(tx: Tx, days: Iterable[date]) -> int:
    """Have the partitions of *days* be there; how many had to be made."""
    made: int = await tx.sql_value("SELECT btc_telemetry_make($1)", sorted(days))
    return made


async def make_ahead(tx: Tx, _most: int) -> int:
    """Have today and the next days be there; how many had to be made. Run by the worker."""
    today = day_of(tx.now)
    return await make(tx, [today + timedelta(days=n) for n in range(AHEAD + 1)])


async def forget(tx: Tx, kept: timedelta) -> int:
    """Drop the days of which all is older than *kept*; how many. Run by the worker."""
    dropped: int = await tx.sql_value("SELECT btc_telemetry_forget($1)", day_of(tx.now - kept))
    return dropped
