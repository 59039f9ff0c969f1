"""`/v1/listings/facets` and `/v1/listings/suggestions`: what helps a person to find."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from app.access.doors import OpensToAnybody
from app.access.permissions import Permission as P
from app.catalog.listings.filters import ShelfFilters
from app.catalog.search import vocabulary
from app.catalog.search.facets import facets
from app.catalog.search.shown import FacetsOut, SuggestionOut, facets_shown
from app.catalog.search.understanding import understand
from app.db.tx import Tx
from app.http.language import language_of
from app.http.query import asks, query_of
from app.http.routes import Route
from app.http.wire import Listed, Typed

router = APIRouter(route_class=Route, tags=["listings"])


@router.get("/v1/listings/facets")
@asks(ShelfFilters)
async def listing_facets(
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)], request: Request
) -> FacetsOut:
    """How the hits of a search divide: by category, kelurahan, licence, and what can be ordered."""
    wanted = query_of(request, ShelfFilters).wanted()
    livemode = tx.actor.livemode
    understood = await understand(tx, wanted.q, livemode=livemode)
    found = await facets(tx, understood, wanted, livemode=livemode)
    return await facets_shown(tx, found, language_of(request))


@router.get("/v1/listings/suggestions")
async def listing_suggestions(
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    q: Annotated[Typed, Query(examples=["krip"])],
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> Listed[SuggestionOut]:
    """What the words being typed may become: completed, or with their typos mended."""
    found = await vocabulary.suggest(tx, q, livemode=tx.actor.livemode, limit=limit)
    return Listed(data=[SuggestionOut(text=one.text, category=one.category) for one in found])
