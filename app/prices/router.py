"""`/v1/price-series`: reference prices that indexed prices follow."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import CommodityId, PriceSeriesId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.uploads import Takes, Upload
from app.http.wire import Day, Page
from app.idempotency.doors import Commands
from app.prices import commands, queries
from app.prices.files import MOST_BYTES, opened
from app.prices.readings import Reading
from app.prices.schemas import (
    PriceReadingOut,
    PriceReadingsIn,
    PriceSeriesIn,
    PriceSeriesOut,
    RecordedOut,
    reading_out,
    series_out,
)

router = APIRouter(route_class=Route, tags=["prices"])


class Revisions(StrEnum):
    """Only what holds of each day, or also what was corrected."""

    NEWEST = "newest"
    ALL = "all"


@router.post("/v1/price-series", status_code=201)
async def price_series_create(
    asked: PriceSeriesIn, tx: Annotated[Tx, Commands(P.PRICE_SERIES_CREATE)]
) -> PriceSeriesOut:
    """Add a reference price that somebody publishes, such as the government's for eggs at the farm.

    Its readings are rupiah for `per`. Code, commodity and `per` never change: agreed prices hang on
    them. A used code is 409 `already_exists`.
    """
    row = await queries.series(tx, await commands.create(tx, asked))
    return series_out(row)


@router.get("/v1/price-series")
async def price_series_list(
    tx: Annotated[Tx, Opens(P.PRICE_SERIES_READ)],
    paging: Paged,
    commodity_id: Annotated[CommodityId | None, Query()] = None,
) -> Page[PriceSeriesOut]:
    """All reference prices, or those of one commodity, each with its newest reading."""
    rows, cursor = await queries.series_list(tx, paging, commodity_id)
    return Page(data=[series_out(row) for row in rows], next_cursor=cursor)


@router.get("/v1/price-series/{series_id}")
async def price_series_read(
    series_id: PriceSeriesId, tx: Annotated[Tx, Opens(P.PRICE_SERIES_READ)]
) -> PriceSeriesOut:
    """One reference price and its newest reading."""
    return series_out(await authorized(tx, queries.series(tx, series_id)))


@router.get("/v1/price-series/{series_id}/readings")
async def price_reading_list(
    series_id: PriceSeriesId,
    tx: Annotated[Tx, Opens(P.PRICE_SERIES_READ)],
    paging: Paged,
    since: Annotated[
        Day | None, Query(alias="from", description="The first day.", examples=["2026-11-01"])
    ] = None,
    until: Annotated[
        Day | None,
        Query(alias="to", description="The last day, included.", examples=["2026-11-30"]),
    ] = None,
    revisions: Revisions = Revisions.NEWEST,
) -> Page[PriceReadingOut]:
    """Its readings, newest day first. With `revisions=all` also the values that were corrected.

    A day without a reading has none of its own: what was read last before it holds.
    """
    await authorized(tx, queries.series(tx, series_id))
    rows, cursor = await queries.readings(
        tx,
        series_id,
        paging,
        since=since,
        until=until,
        newest=revisions == Revisions.NEWEST,
    )
    return Page(data=[reading_out(row) for row in rows], next_cursor=cursor)


@router.post("/v1/price-series/{series_id}/readings", status_code=201)
async def price_series_record(
    series_id: PriceSeriesId,
    asked: PriceReadingsIn,
    tx: Annotated[Tx, Commands(P.PRICE_SERIES_RECORD)],
) -> RecordedOut:
    """Record what was published, up to 1000 days at once: all of them, or none.

    The same value again changes nothing. Another value for a known day is a correction: it becomes
    the day's next revision, needs a `note` that says why, and leaves prices already frozen on
    orders as they are. A day to come, or a day named twice, is refused.
    """
    readings = [
        Reading(f"/readings/{n}", said.read_on, said.amount, said.note)
        for n, said in enumerate(asked.readings)
    ]
    return await commands.record(tx, series_id, readings)


@router.post("/v1/price-series/{series_id}/readings/import")
async def price_series_import(
    series_id: PriceSeriesId,
    file: Annotated[Upload, Takes("text/csv", most=MOST_BYTES, opened_by=opened)],
    tx: Annotated[Tx, Commands(P.PRICE_SERIES_IMPORT)],
) -> RecordedOut:
    """Record a CSV file: the file itself is the body, UTF-8, at most 10 000 rows and 4 MB.

    Its first line reads `read_on,amount,note` (semicolons do as well; `note` may be left out). Days
    are written `2026-11-21`, amounts `26500` or `26500.50`, never `26.500`. The rules are those of
    recording. All rows are recorded or, if any is wrong, none; `errors` names the wrong ones as
    `line:7/amount`, by their line in the file.
    """
    return await commands.import_sheet(tx, series_id, file.opened)
