"""`/v1/imports`: a sheet of products, from the template to the catalogue."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from app.access.authorize import authorized
from app.access.doors import Opens, OpensToAnybody
from app.access.permissions import Permission as P
from app.catalog.exports import sheets
from app.catalog.exports.answers import named
from app.catalog.exports.router import SHEET, SheetFormat
from app.catalog.imports import commands, corrections, queries, template
from app.catalog.imports.columns import BY_FIELD
from app.catalog.imports.commands import FORMATS, MOST_BYTES, Wishes, kept
from app.catalog.imports.models import OnError
from app.catalog.imports.schemas import ApplyIn, CellProblemOut, ImportOut, RowProblemOut
from app.catalog.states import IMPORT, ImportStatus
from app.core.ids import ImportId, PartyId
from app.db.tx import Tx
from app.http.lists import Paged, Paging
from app.http.routes import Route
from app.http.uploads import Takes, Upload
from app.http.wire import Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["imports"])

SHOWN = 20
"""Rows with problems that stand in the import itself."""


@router.get("/v1/imports/template", response_class=Response, responses=SHEET)
async def template_read(
    _tx: Annotated[Tx, OpensToAnybody()], format: SheetFormat = SheetFormat.XLSX
) -> Response:
    """The empty sheet: headings, examples, drop-downs, and in XLSX a page that explains it all."""
    if format == SheetFormat.CSV:
        return Response(
            template.csv_template(), media_type=sheets.CSV, headers=named("templat-produk.csv")
        )
    data = await asyncio.to_thread(template.xlsx_template)
    return Response(data, media_type=sheets.XLSX, headers=named("templat-produk.xlsx"))


@router.post("/v1/imports", status_code=202)
async def import_create(
    file: Annotated[Upload, Takes(*FORMATS, most=MOST_BYTES, opened_by=kept)],
    tx: Annotated[Tx, Commands(P.IMPORT_CREATE)],
    dry_run: Annotated[
        bool, Query(description="Only look; apply it afterwards with /apply.")
    ] = True,
    on_error: Annotated[
        OnError, Query(description="What happens to the good rows when some are not.")
    ] = OnError.ABORT,
    submit: Annotated[
        bool, Query(description="New products ask for curation, if their licences are there.")
    ] = False,
    seller_id: Annotated[
        PartyId | None, Query(description="Whose products; required of the operator.")
    ] = None,
) -> ImportOut:
    """Send a sheet of products: CSV, XLSX or NDJSON, at most 20 MB, 50 000 rows, 60 columns.

    A row is a variant; rows with one product code are one listing, made if the code is new and
    changed if it is not. The file is read in the background: follow it with `GET`. With
    `dry_run=false` it is applied at once when it is good. Either all good rows are written or none;
    a product with a wrong row is not written at all.
    """
    wishes = Wishes(dry_run, on_error, submit, seller_id)
    return _out(await commands.create(tx, file, wishes), tx)


@router.get("/v1/imports")
async def import_list(
    tx: Annotated[Tx, Opens(P.IMPORT_READ)], paging: Paged, status: ImportStatus | None = None
) -> Page[ImportOut]:
    """Your imports, newest first."""
    rows, cursor = await queries.imports(tx, paging, status)
    return Page(data=[_out(row, tx) for row in rows], next_cursor=cursor)


@router.get("/v1/imports/{import_id}")
async def import_read(import_id: ImportId, tx: Annotated[Tx, Opens(P.IMPORT_READ)]) -> ImportOut:
    """How far it has come, what it would do or did, and the first rows that are not right."""
    row = await authorized(tx, queries.found(tx, import_id))
    rows, _ = await queries.problems(tx, import_id, Paging(SHOWN, None))
    return _out(row, tx, [_problem(one) for one in rows])


@router.get("/v1/imports/{import_id}/problems")
async def problem_list(
    import_id: ImportId, tx: Annotated[Tx, Opens(P.IMPORT_READ)], paging: Paged
) -> Page[RowProblemOut]:
    """Every row that is not right: row, column, what stood there and what is expected."""
    await authorized(tx, queries.found(tx, import_id))
    rows, cursor = await queries.problems(tx, import_id, paging)
    return Page(data=[_problem(one) for one in rows], next_cursor=cursor)


@router.get("/v1/imports/{import_id}/corrections", response_class=Response, responses=SHEET)
async def correction_read(
    import_id: ImportId,
    tx: Annotated[Tx, Opens(P.IMPORT_READ)],
    request: Request,
    format: SheetFormat = SheetFormat.XLSX,
) -> Response:
    """The rows that were not written, as they were, with a column that says what is wrong.

    Where nothing of the file was written, all of its rows; else the bad ones and those held back.
    Correct them and send the file again; that column is passed over. All rows are there as long as
    the file is kept, for seven days.
    """
    row = await authorized(tx, queries.found(tx, import_id))
    told = await queries.wrong_rows(tx, import_id)
    state = request.app.state
    data = await corrections.sheet(row, told, format, state.files, state.sandbox)
    kind = sheets.CSV if format == SheetFormat.CSV else sheets.XLSX
    return Response(data, media_type=kind, headers=named(f"perbaikan.{format}"))


@router.post("/v1/imports/{import_id}/apply")
async def import_apply(
    import_id: ImportId,
    tx: Annotated[Tx, Commands(P.IMPORT_APPLY)],
    asked: ApplyIn | None = None,
) -> ImportOut:
    """Write the good rows of a file that is `ready`. All of them are written, or none.

    Where it has bad rows as well, say `{"on_error": "skip"}` unless it was sent with that.
    """
    return _out(await commands.apply(tx, import_id, asked.on_error if asked else None), tx)


@router.post("/v1/imports/{import_id}/cancel")
async def import_cancel(
    import_id: ImportId, tx: Annotated[Tx, Commands(P.IMPORT_CANCEL)]
) -> ImportOut:
    """Throw the file away; nothing of it was written."""
    return _out(await commands.cancel(tx, import_id), tx)


def _out(row: Row[Any], tx: Tx, problems: list[RowProblemOut] | None = None) -> ImportOut:
    allowed = tx.actor.allowed(IMPORT, row.status)
    return ImportOut(**row._asdict() | {"allowed_actions": allowed, "problems": problems})


def _problem(found: Any) -> RowProblemOut:
    errors = [
        CellProblemOut(**error, column=BY_FIELD[error["field"]].heading.id)
        for error in found["errors"]
    ]
    return RowProblemOut(row=found["row"], errors=errors)
