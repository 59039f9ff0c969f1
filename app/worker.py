"""The other door: what happens without a caller. Passed deadlines, and old keys thrown away.

Every waiting state has a deadline and a stated outcome of silence. `DEADLINES` is the one place
where such timers hook in: each is a function that acts on what is overdue, at most `BATCH` things,
through the same commands that callers use, and says how many it dealt with. Two workers may run;
rows being dealt with by one are skipped by the other. It may be killed at any point: what was not
committed is simply still overdue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog

from app import reconcile
from app.access.enter import acting_as_hub
from app.agreements.amendments.ends import lapse_amendments
from app.agreements.commands import carry_over, end_agreements, lapse_proposals
from app.allocation.commands import time_out as time_out_allocations
from app.catalog.imports import work as imports
from app.catalog.offers.commands import expire as expire_offers
from app.catalog.photos.commands import forget_unused
from app.catalog.search.vocabulary import recount
from app.catalog.shelf.gate import hold_daily
from app.core import vault
from app.core.errors import DomainError
from app.db.engine import Database
from app.db.tx import Tx
from app.epcis import projector
from app.files.store import FileStore
from app.idempotency.purge import forget_old_keys
from app.orders.amendments.waiting import expire as expire_order_amendments
from app.orders.commands import expire as expire_orders
from app.parties.bootstrap import find_hub
from app.parties.calendar import lapse, warn_of_expiry
from app.quotes.commands import expire as expire_quotes
from app.settings import Settings
from app.shipments.claims.answering import close_claims, deem_claims_accepted
from app.shipments.evidence import commands as evidence
from app.shipments.lots.commands import expire as expire_lots
from app.shipments.receipts.silence import deem_signed, post_overdue, settle_overdue
from app.shipments.shipments.commands import close_shipments
from app.shipments.telemetry import days as telemetry
from app.shipments.tracking.delays import flag_delays

log = structlog.get_logger("worker")

Deadline = Callable[[Tx, int], Awaitable[int]]

DEADLINES: list[Deadline] = [
    carry_over,
    close_shipments,
    close_claims,
    deem_claims_accepted,
    deem_signed,
    end_agreements,
    expire_lots,
    expire_offers,
    expire_order_amendments,
    expire_orders,
    expire_quotes,
    flag_delays,
    forget_old_keys,
    lapse,
    lapse_amendments,
    lapse_proposals,
    hold_daily,
    telemetry.make_ahead,
    post_overdue,
    settle_overdue,
    time_out_allocations,
    warn_of_expiry,
]
BATCH = 100
"""How many overdue things one transaction deals with."""

RECONCILE_EVERY = 600.0
"""Seconds between two looks at the ledgers, and two counts of the words on the shelf."""


async def run(settings: Settings) -> None:
    """Work until cancelled: `btc worker`."""
    assert settings.database_url is not None
    assert settings.secret is not None
    vault.unlock(settings.secret.get_secret_value())
    database = Database(settings.database_url.get_secret_value(), size=2, public_size=1)
    try:
        files = FileStore.open(settings)
        async with asyncio.TaskGroup() as both:  # a long import must not hold up deadlines
            both.create_task(loop(database, files, settings))
            both.create_task(imports.loop(database, files))
            both.create_task(projector.loop(database, settings.gs1_prefix))
    finally:
        await database.close()


async def loop(database: Database, files: FileStore, settings: Settings) -> None:
    """Look for passed deadlines every few seconds, for ever; now and then at the ledgers."""
    reconciled = -RECONCILE_EVERY
    while True:
        try:
            await turn(database)
            await clear(database, files)
            if monotonic() - reconciled >= RECONCILE_EVERY:
                await reconcile.report(database)
                await count_words(database)
                await forget_telemetry(database, settings.telemetry_days)
                reconciled = monotonic()
        except DomainError as error:
            log.warning("database_away", code=error.code)
        except Exception as error:
            log.exception("defect", exc_info=error)
        await asyncio.sleep(settings.worker_interval)


async def turn(database: Database) -> int:
    """Act on everything that is overdue now, in both worlds; how many things that was."""
    hub = await find_hub(database)
    if hub is None:
        return 0
    done = 0
    for livemode in (True, False):
        for deadline in DEADLINES:
            done += await _drain(database, hub, deadline, livemode=livemode)
    return done


async def count_words(database: Database) -> None:
    """Count anew in how many titles each word stands: which of them is suggested first."""
    async with acting_as_hub(database, UUID(int=0), livemode=True) as tx:
        await recount(tx)


async def forget_telemetry(database: Database, days: int) -> int:
    """Drop the readings from the road that are older than *days*, of both worlds; how many days."""
    async with acting_as_hub(database, UUID(int=0), livemode=True) as tx:
        return await telemetry.forget(tx, timedelta(days=days))


async def clear(database: Database, files: FileStore) -> int:
    """Delete files that nothing refers to, in both worlds; how many things they were of."""

    async def forget_unused_photos(tx: Tx, most: int) -> int:
        return await forget_unused(tx, files, most)

    async def forget_unused_evidence(tx: Tx, most: int) -> int:
        return await evidence.forget_unused(tx, files, most)

    hub = await find_hub(database)
    if hub is None:
        return 0
    return sum(
        [
            await _drain(database, hub, forget, livemode=livemode)
            for livemode in (True, False)
            for forget in (forget_unused_photos, forget_unused_evidence)
        ]
    )


async def _drain(database: Database, hub: UUID, deadline: Deadline, *, livemode: bool) -> int:
    """All that is overdue of one kind. A defect in it must not hold up the other kinds."""
    done = 0
    try:
        while (count := await _once(database, hub, deadline, livemode=livemode)) > 0:
            done += count
    except DomainError as error:
        log.warning("deadline_refused", name=deadline.__name__, code=error.code)
    except Exception as error:
        log.exception("defect", name=deadline.__name__, exc_info=error)
    return done


async def _once(database: Database, hub: UUID, deadline: Deadline, *, livemode: bool) -> int:
    async with acting_as_hub(database, hub, livemode=livemode) as tx:
        count = await deadline(tx, BATCH)
    if count:
        log.info("deadline", name=deadline.__name__, count=count, livemode=livemode)
    return count
