"""Reconciling: counters that are stored are compared with what justifies them.

That is their movements, for the ledgers, and for what an order shows, a seller's allocation and a
quota also the things themselves along the chain (`shipments.sums`).

The database does not let them part; this looks all the same, for ever, so that a defect is noticed
the day it is made and not the day somebody is paid wrongly. The worker looks every ten minutes,
`btc doctor` whenever it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import structlog
from prometheus_client import Gauge

from app.access.enter import acting_as_hub
from app.agreements.ledger import LEDGER as QUOTA
from app.catalog.offers.ledger import LEDGER as OFFERS
from app.catalog.shelf import refresh
from app.catalog.variants.stock import LEDGER as STOCK
from app.db.engine import Database
from app.shipments import sums
from app.shipments.lots.ledger import LEDGER as LOTS

log = structlog.get_logger("reconcile")

DRIFTED = Gauge(
    "btc_ledger_rows_drifted", "Rows whose counters are not what justifies them", ["ledger"]
)


async def drifted(database: Database) -> dict[str, list[UUID]]:
    """The rows, in both worlds, that are not the sum they should be; by ledger, then by sum."""
    found: dict[str, list[UUID]] = defaultdict(list)
    for livemode in (True, False):
        async with acting_as_hub(database, UUID(int=0), livemode=livemode) as tx:
            for ledger in (QUOTA, OFFERS, STOCK, LOTS):
                found[ledger.table] += await ledger.drifted(tx)
            for name in sums.SUMS:
                found[name] += await sums.unequal(tx, name)
    return dict(found)


async def forgotten(database: Database) -> list[UUID]:
    """Listings, in both worlds, of which the shelf does not show what the tables say."""
    found: list[UUID] = []
    for livemode in (True, False):
        async with acting_as_hub(database, UUID(int=0), livemode=livemode) as tx:
            found += await refresh.drifted(tx)
    return found


async def report(database: Database) -> None:
    """Look once, count it, and say loudly when something is wrong."""
    found = await drifted(database) | {"shelf": await forgotten(database)}
    for table, rows in found.items():
        DRIFTED.labels(table).set(len(rows))
        if rows:
            log.error("ledger_drifted", table=table, rows=[str(row) for row in rows])
