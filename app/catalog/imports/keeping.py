"""How long uploaded files are kept, and that none is forgotten.

A file is noted (`import_files`) before it is stored, in a transaction of its own: also when the
request is refused afterwards, or the service dies, somebody knows that it is there.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import update

from app.catalog.imports import report
from app.catalog.imports.models import Import
from app.catalog.imports.queries import IMPORTS, past
from app.catalog.imports.works import Works
from app.catalog.states import IMPORT, ImportStatus
from app.db.tx import Tx

KEPT = timedelta(days=7)
"""For how long an uploaded file is kept."""
KEPT_UNUSED = timedelta(days=1)
"""For how long the file of a request is kept that became no import; none takes nearly as long."""

_FORGOTTEN_AT_ONCE = 10
_SECONDS_TO_FORGET = 10  # less than the database lets a transaction sit idle

_NOTE = """
INSERT INTO import_files (name, seller_id, livemode, asked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET asked_at = excluded.asked_at
"""
_FORGET = """
WITH old AS (
  SELECT name, EXISTS (SELECT FROM imports i WHERE i.file = f.name AND i.forgotten_at IS NULL)
    AS used
  FROM import_files f WHERE asked_at < $1 AND livemode = $3
  ORDER BY asked_at LIMIT $2 FOR UPDATE SKIP LOCKED)
DELETE FROM import_files f USING old WHERE f.name = old.name RETURNING f.name, old.used
"""


async def note(tx: Tx, name: str) -> None:
    """Remember that a file of this *name* will be in the store."""
    await tx.sql(_NOTE, name, tx.actor.party_id, tx.actor.livemode, tx.now)


async def forget(works: Works, *, livemode: bool) -> int:
    """Throw away the files of a few imports of seven days ago; how many. None stays waiting."""
    async with works.tx(livemode=livemode) as tx:
        rows = await past(tx, tx.now - KEPT)
        for row in rows:
            if "cancel" in IMPORT.allowed_actions(row.status):
                await report.turn(tx, row, "cancel", ImportStatus.CANCELLED)
            for name in (row.file, f"{row.file}.rows"):
                await works.files.delete(name)
            gone = update(IMPORTS).where(Import.id == row.id).values(forgotten_at=tx.now)
            await tx.run(gone)
    return len(rows)


async def forget_unused(works: Works, *, livemode: bool) -> int:
    """Delete a few files of a day ago that became no import; how many notes were looked at.

    Those of an import are `forget`'s. The notes stay locked until the files are gone: who sends
    the same request meanwhile waits, and then stores its file again.
    """
    async with works.tx(livemode=livemode) as tx:
        found = await tx.sql(_FORGET, tx.now - KEPT_UNUSED, _FORGOTTEN_AT_ONCE, livemode)
        unused = [row["name"] for row in found if not row["used"]]
        async with asyncio.timeout(_SECONDS_TO_FORGET):
            await asyncio.gather(*(works.files.delete(name) for name in unused))
    return len(found)
