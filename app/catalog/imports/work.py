"""The worker's part: uploaded files are validated and applied in the background, one by one.

It may be killed at any point. Validating writes nothing but its report, and begins again when the
time that it asked for has passed; applying is one transaction, which is there whole or not at all.
Two workers may run: an import that one holds is passed over by the other.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, update

from app.catalog.imports import report
from app.catalog.imports.apply import How, Spoilt, apply, tally_of, weigh
from app.catalog.imports.batches import products
from app.catalog.imports.keeping import forget, forget_unused
from app.catalog.imports.models import Import, OnError
from app.catalog.imports.moves import moving
from app.catalog.imports.prepare import Prepared, prepare
from app.catalog.imports.products import Product
from app.catalog.imports.queries import IMPORTS, held, left_out, next_of
from app.catalog.imports.tally import Tally
from app.catalog.imports.walls import Met
from app.catalog.imports.works import FileGone, HeldUp, ImportBroken, Works
from app.catalog.sellers import active_seller
from app.catalog.states import ImportStatus
from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError, Kind
from app.db.engine import Database
from app.db.tx import Tx
from app.files.sandbox import Limits, Sandbox
from app.files.store import FileStore
from app.parties.bootstrap import find_hub

log = structlog.get_logger("imports")

EVERY = 1.0
"""Seconds between two looks for work."""

LIMITS = Limits(cpu_seconds=60, seconds=90, processes=1)
"""For one file of 50 000 rows; photos have a sandbox of their own and do not wait for it."""

_ALONE = timedelta(minutes=2)
"""For how long whoever validates a file may not be heard of."""
_ATTEMPTS = 5
"""How often a file is tried on which the service itself fails."""
_PATIENCE = 12
"""How often one is tried that others are in the way of, or a part of the service: for an hour."""
_SOON, _LATE = timedelta(seconds=5), timedelta(minutes=10)
"""The first pause before it is tried again, and the longest; each is twice the one before."""


async def loop(database: Database, files: FileStore) -> None:
    """Work on what was uploaded, for ever."""
    sandbox = Sandbox(LIMITS)
    try:
        while True:
            try:
                await turn(database, files, sandbox)
            except DomainError as error:
                log.warning("imports_wait", code=error.code)
            except Exception as error:
                log.exception("defect", exc_info=error)
            await asyncio.sleep(EVERY)
    finally:
        await sandbox.close()


async def turn(database: Database, files: FileStore, sandbox: Sandbox) -> int:
    """Work on everything that waits now, in both worlds; how many steps that were."""
    hub = await find_hub(database)
    if hub is None:
        return 0
    works = Works(database, files, sandbox, hub)
    done = 0
    for livemode in (True, False):
        for status in (ImportStatus.VALIDATING, ImportStatus.APPLYING):
            while await step(works, status, livemode=livemode):
                done += 1
        done += await forget(works, livemode=livemode)
        done += await forget_unused(works, livemode=livemode)
    return done


async def step(works: Works, status: ImportStatus, *, livemode: bool) -> bool:
    """Work on the oldest import of *status*; False when there is none."""
    async with works.tx(livemode=livemode) as tx:
        import_id = await next_of(tx, status)
        if import_id is None:
            return False
        row = await held(tx, import_id, status)
        assert row is not None, "just found, and locked"
        if status == ImportStatus.VALIDATING:
            await _claim(tx, import_id)
    act = _validate if status == ImportStatus.VALIDATING else _apply
    try:
        await act(works, row)
    except DomainError as error:
        await _refused(works, row, error)
    except Exception as error:
        log.exception("defect", import_id=str(row.id), exc_info=error)
        await _try_later(works, row, _ATTEMPTS, ImportBroken())
    return True


async def _claim(tx: Tx, import_id: UUID, **values: Any) -> None:
    until = clock.now() + _ALONE
    where = (Import.id == import_id) & (Import.status == ImportStatus.VALIDATING)
    await tx.run(update(IMPORTS).where(where).values(claimed_until=until, **values))


async def _refused(works: Works, row: Row[Any], error: DomainError) -> None:
    """What passes by itself is tried again later; anything else is the end of this import."""
    if error.kind == Kind.UNAVAILABLE:
        log.warning("import_waits", import_id=str(row.id), code=error.code)
        await _try_later(works, row, _PATIENCE, HeldUp())
        return
    async with works.tx(livemode=row.livemode) as tx:
        again = await held(tx, row.id, row.status)
        if again is not None:
            await report.failed(tx, again, error)


async def _try_later(works: Works, row: Row[Any], most: int, end: DomainError) -> None:
    """Have it tried again after a pause; after *most* tries *end* is the end of it."""
    async with works.tx(livemode=row.livemode) as tx:
        again = await held(tx, row.id, row.status)
        if again is None:
            return
        if again.attempts + 1 >= most:
            await report.failed(tx, again, end)
            return
        pause = min(_SOON * 2**again.attempts, _LATE)
        later = {"claimed_until": tx.now + pause, "attempts": again.attempts + 1}
        await tx.run(update(IMPORTS).where(Import.id == row.id).values(later))


async def _validate(works: Works, row: Row[Any]) -> None:
    """Read the file and hold it against the catalogue. Raises what makes it no good."""
    with tempfile.TemporaryDirectory(prefix="btc-import-") as folder:
        made, prepared = await _prepared(works, row, Path(folder))
    async with works.tx(livemode=row.livemode) as tx:
        await active_seller(tx, row.seller_id, "/seller_id")
        tally = await tally_of(tx, row.seller_id, submit=row.submit)
        free = await moving(tx, row.seller_id, prepared)
    async for part in products(prepared):
        async with works.tx(livemode=row.livemode) as tx:
            await weigh(tx, row.seller_id, part, tally, free)
            await _claim(tx, row.id, rows=made.rows, read=tally.read)
    async with works.tx(livemode=row.livemode) as tx:
        again = await held(tx, row.id, ImportStatus.VALIDATING)
        if again is not None:  # not cancelled meanwhile
            await report.validated(tx, again, tally, made.fields)


async def _prepared(works: Works, row: Row[Any], folder: Path) -> tuple[Prepared, bytes]:
    """The products of the uploaded file, kept beside it for when it is applied."""
    data = await works.files.get(row.file)
    if data is None:
        raise FileGone
    source, target = folder / "file", folder / "products"
    await asyncio.to_thread(source.write_bytes, data)
    made = await works.sandbox.run(prepare, str(source), row.format, str(target))
    await works.files.put(f"{row.file}.rows", target, "application/x-ndjson")
    return made, await asyncio.to_thread(target.read_bytes)


async def _apply(works: Works, row: Row[Any]) -> None:
    """Write the good rows. What became bad since is left out, or is the end of it."""
    prepared = await works.files.get(f"{row.file}.rows")
    if prepared is None:
        raise FileGone
    skip = row.on_error == OnError.SKIP
    spoilt: list[Product] = []
    search_from: int | None = None
    while True:
        try:
            async with works.tx(livemode=row.livemode) as tx:
                again = await held(tx, row.id, ImportStatus.APPLYING)
                if again is not None:
                    out = await left_out(tx, row.id)
                    out |= {line.row for product in spoilt for line in product.lines}
                    await _written(tx, again, prepared, How(out, skip, search_from), spoilt)
                return
        except Met as met:
            search_from = met.part
        except Spoilt as found:
            spoilt += found.products
            search_from = None
            if not skip:
                break
    async with works.tx(livemode=row.livemode) as tx:
        again = await held(tx, row.id, ImportStatus.APPLYING)
        if again is not None:
            await report.spoilt(tx, again, spoilt)


async def _written(tx: Tx, row: Row[Any], prepared: bytes, how: How, spoilt: list[Product]) -> None:
    service = tx.actor
    tx.actor = _author(row)
    tally: Tally = await apply(tx, row, prepared, how)
    tx.actor = service
    for product in spoilt:
        tally.add(product, None)
    await report.applied(tx, row, tally)


def _author(row: Row[Any]) -> Actor:
    """Whoever asked for the import: what it writes is their act, in history and events."""
    by_hub = row.created_by != row.seller_id
    return Actor(row.created_by, row.key_id, by_hub, row.livemode)
