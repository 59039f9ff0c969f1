"""Every SELECT on imports, and who may see which: their seller's, and everything for the hub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, select, text, true

from app.catalog.imports.models import Import, ImportProblem
from app.catalog.states import ImportStatus
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page, seal, unseal

IMPORTS: Table = Import.__table__  # type: ignore[assignment]
PROBLEMS: Table = ImportProblem.__table__  # type: ignore[assignment]
_KIND = "import_problems"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The caller's own, in its world; everything of its world for the hub."""
    world: Any = text("imports.livemode" if actor.livemode else "NOT imports.livemode")
    return and_(world, true() if actor.hub else Import.seller_id == actor.party_id)


async def found(tx: Tx, import_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The import, if the caller may see it."""
    chosen = select(IMPORTS).where(Import.id == import_id, visible_to(tx.actor))
    return await tx.row(chosen.with_for_update(key_share=True) if lock else chosen)


async def imports(
    tx: Tx, paging: Paging, status: ImportStatus | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the imports the caller may see, newest first."""
    chosen = select(IMPORTS).where(visible_to(tx.actor))
    if status is not None:
        chosen = chosen.where(Import.status == status)
    return await page(tx, "imports", chosen, Import.id, paging)


_PROBLEMS = """
SELECT row, errors FROM import_problems
WHERE import_id = $1 AND row > $2 AND errors <> '[]' ORDER BY row LIMIT $3
"""
_WRONG_ROWS = "SELECT row, cells, errors FROM import_problems WHERE import_id = $1 ORDER BY row"


async def problems(
    tx: Tx, import_id: UUID, paging: Paging
) -> tuple[list[asyncpg.Record], str | None]:
    """One page of the rows that are not right, in the file's order."""
    after = 0
    if paging.cursor is not None:
        said = unseal(_KIND, paging.cursor, 1)[0]
        after = int(said) if said.isdecimal() and len(said) < 9 else 0
    rows = await tx.sql(_PROBLEMS, import_id, after, paging.limit + 1)
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return rows, seal(_KIND, rows[-1]["row"]) if more else None


async def left_out(tx: Tx, import_id: UUID) -> set[int]:
    """The rows that are not written: wrong ones, and those held back with them."""
    query = "SELECT row FROM import_problems WHERE import_id = $1"
    return {row["row"] for row in await tx.sql(query, import_id)}


async def wrong_rows(tx: Tx, import_id: UUID) -> list[asyncpg.Record]:
    """``row, cells, errors`` of all rows that are not written, in the file's order."""
    return await tx.sql(_WRONG_ROWS, import_id)


_NEXT = {
    status: f"""
SELECT * FROM imports WHERE status = '{status}' AND livemode = $1
  AND (claimed_until IS NULL OR claimed_until < $2)
ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
    for status in (ImportStatus.VALIDATING, ImportStatus.APPLYING)
}


async def next_of(tx: Tx, status: ImportStatus) -> UUID | None:
    """The oldest import of *status* that nobody works on, locked."""
    row = await tx.sql_row(_NEXT[status], tx.actor.livemode, tx.now)
    return None if row is None else row["id"]


async def held(tx: Tx, import_id: UUID, status: ImportStatus) -> Row[Any] | None:
    """The import, locked, if it still has *status* and nobody else holds it."""
    return await tx.row(
        select(IMPORTS)
        .where(Import.id == import_id, Import.status == status)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def past(tx: Tx, before: datetime) -> Sequence[Row[Any]]:
    """A few imports from *before*, locked, whose files are still kept and not being written."""
    return await tx.rows(
        select(IMPORTS)
        .where(
            Import.livemode == tx.actor.livemode,
            Import.created_at < before,
            Import.forgotten_at.is_(None),
            Import.status != ImportStatus.APPLYING,
        )
        .order_by(Import.id)
        .limit(10)
        .with_for_update(key_share=True, skip_locked=True)
    )
