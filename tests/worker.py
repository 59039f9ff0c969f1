"""The worker's timers at another time, through the same door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.access.enter import acting_as_hub
from app.core import clock
from app.db.engine import Database
from app.parties.bootstrap import find_hub
from app.worker import BATCH, Deadline


async def at(app: Any, later: timedelta, deadline: Deadline, *, livemode: bool = True) -> int:
    """Run *deadline* as it would run *later* than now; how much it dealt with."""
    database: Database = app.state.database
    hub = await find_hub(database)
    assert hub is not None
    async with acting_as_hub(database, hub, livemode=livemode, now=clock.now() + later) as tx:
        return await deadline(tx, BATCH)


async def all_at(app: Any, later: timedelta, deadline: Deadline) -> int:
    """The same until nothing is left: other tests leave things that are overdue by then, too."""
    done = 0
    while count := await at(app, later, deadline):
        done += count
    return done
