"""What became of an import, written with its transition: counts, problems, or why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from app.catalog.imports.batches import batches
from app.catalog.imports.models import OnError
from app.catalog.imports.products import Line, Product
from app.catalog.imports.queries import IMPORTS
from app.catalog.imports.tally import Tally
from app.catalog.states import IMPORT, ImportStatus
from app.core.errors import DomainError
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move

_PROBLEMS = """
INSERT INTO import_problems (import_id, seller_id, livemode, row, cells, errors)
SELECT $2, $3, $4, p.row, p.cells, p.errors
FROM jsonb_to_recordset($1::jsonb) AS p(row int, cells jsonb, errors jsonb)
ON CONFLICT (import_id, row) DO UPDATE SET errors = excluded.errors
"""
_ENDS = {ImportStatus.DONE, ImportStatus.PARTLY_FAILED, ImportStatus.FAILED, ImportStatus.CANCELLED}


async def write_problems(tx: Tx, row: Row[Any], wrong: Sequence[Product]) -> None:
    """Keep all rows of the products that are *wrong*: what is right of them is held back too."""
    lines = [line for product in wrong for line in product.lines]
    for part in batches(lines):
        said = orjson.dumps([_kept(line) for line in part]).decode()
        await tx.sql(_PROBLEMS, said, row.id, row.seller_id, row.livemode)


def _kept(line: Line) -> dict[str, Any]:
    return {"row": line.row, "cells": line.cells, "errors": line.problems}


async def turn(tx: Tx, row: Row[Any], action: str, to: str, **values: Any) -> Row[Any]:
    """*row* (locked) after *action*; its seller and the hub hear of it."""
    if to in _ENDS:
        values["finished_at"] = tx.now
    return await move(
        tx,
        IMPORT,
        IMPORTS,
        row,
        action,
        to,
        audience=(row.seller_id,),
        data={"filename": row.filename},
        claimed_until=None,
        attempts=0,
        **values,
    )


async def validated(tx: Tx, row: Row[Any], tally: Tally, fields: list[str]) -> None:
    """Every row was looked at: the file is ready, or may not be written."""
    await write_problems(tx, row, tally.wrong)
    good = tally.creates + tally.updates + tally.unchanged
    # What is only looked at may still be applied with its bad rows left out, if its owner says so.
    ready = good > 0 and (not tally.wrong or row.dry_run or row.on_error == OnError.SKIP)
    row = await turn(
        tx,
        row,
        "validate",
        ImportStatus.READY if ready else ImportStatus.FAILED,
        fields=fields,
        rows=tally.read,
        read=tally.read,
        invalid=tally.invalid,
        held=tally.held_back,
        **tally.columns(),
    )
    if ready and not row.dry_run:
        await turn(tx, row, "apply", ImportStatus.APPLYING)


async def applied(tx: Tx, row: Row[Any], tally: Tally) -> None:
    """All good rows are written."""
    await write_problems(tx, row, tally.wrong)
    invalid, held = row.invalid + tally.invalid, row.held + tally.held_back
    await turn(
        tx,
        row,
        "finish",
        ImportStatus.PARTLY_FAILED if invalid else ImportStatus.DONE,
        applied=tally.creates + tally.updates,
        invalid=invalid,
        held=held,
        **tally.columns(),
    )


async def spoilt(tx: Tx, row: Row[Any], wrong: Sequence[Product]) -> None:
    """Nothing was written: rows that were right are so no more, and none shall be skipped."""
    await write_problems(tx, row, wrong)
    invalid = sum(bool(line.problems) for product in wrong for line in product.lines)
    held = sum(not line.problems for product in wrong for line in product.lines)
    await turn(tx, row, "finish", ImportStatus.FAILED, invalid=invalid, held=held)


async def failed(tx: Tx, row: Row[Any], error: DomainError) -> None:
    """The file as a whole is no good; nothing was written."""
    action = "validate" if row.status == ImportStatus.VALIDATING else "finish"
    problem = {
        "code": error.code,
        "message": error.detail._asdict(),
        "errors": [
            {"pointer": e.pointer, "code": e.code, "message": e.detail._asdict()}
            for e in error.errors
        ],
    }
    await turn(tx, row, action, ImportStatus.FAILED, problem=problem)


BROKEN = Text(
    "The file could not be worked on because of a mistake of ours; nothing was written. Tell BTC.",
    "Berkas gagal diproses karena kesalahan kami; tidak ada yang tersimpan. Hubungi BTC.",
)
