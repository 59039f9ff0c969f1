"""`GET /v1/product-feed`: everything sellable, for outlets that fill their own shops with it."""

from __future__ import annotations

from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.access.doors import OpensToAnybody
from app.access.enter import enter
from app.access.permissions import Permission as P
from app.catalog.categories import Category
from app.catalog.shelf import feed
from app.core.ids import PartyId
from app.db.engine import Database
from app.db.tx import Tx
from app.http.routes import Route

router = APIRouter(route_class=Route, tags=["listings"])

_NDJSON: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One listing a line, each as in `GET /v1/listings/{listing_id}`.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}


@router.get("/v1/product-feed", response_class=StreamingResponse, responses=_NDJSON)
async def product_feed_read(
    request: Request,
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    category: Category | None = None,
    seller_id: Annotated[PartyId | None, Query()] = None,
) -> StreamingResponse:
    """Everything that can be ordered today, one listing a line (NDJSON), with full photo addresses.

    For filling a shop from nothing. Keep it up to date with `GET /v1/listings?updated_since=`,
    from a time before this was asked for: then nothing is missed.
    """
    database: Database = request.app.state.database
    key = request.headers.get("authorization")

    async def read(statement: str, given: list[Any]) -> list[asyncpg.Record]:
        if key is None:
            async with database.public() as connection:
                return list(await connection.driver.fetch(statement, *given))
        async with database.transaction() as connection:
            await enter(connection, key)
            return list(await connection.driver.fetch(statement, *given))

    lines = feed.everything(
        read,
        livemode=tx.actor.livemode,
        base=str(request.base_url).rstrip("/"),
        category=category,
        seller_id=seller_id,
    )
    return StreamingResponse(lines, media_type="application/x-ndjson")
