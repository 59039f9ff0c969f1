"""`/v1/listings/overview`: a seller's own view."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.overview import queries
from app.catalog.overview.rules import ORDER, to_do
from app.catalog.overview.schemas import (
    ChangesOut,
    LastEditedOut,
    OverviewOut,
    by_out,
    to_do_out,
)
from app.core.ids import PartyId
from app.db.tx import Tx
from app.http.language import language_of
from app.http.routes import Route
from app.parties.queries import licences_of

router = APIRouter(route_class=Route, tags=["listings"])


@router.get("/v1/listings/overview")
async def listing_overview(
    tx: Annotated[Tx, Opens(P.LISTING_OVERVIEW)],
    request: Request,
    seller_id: Annotated[PartyId | None, Query(description="Of whom; for the hub.")] = None,
) -> OverviewOut:
    """How your goods stand and what to do next, in plain words; the hub names a seller."""
    seller = queries.whose(tx.actor, seller_id)
    found = await queries.counts(tx, seller)
    rows = await queries.to_do(tx, seller, ORDER)
    held = (await licences_of(tx, [seller])).get(seller, [])
    language = language_of(request)
    todo = to_do(rows, found, held, tx.today)
    changes = found["changes"] or {}
    return OverviewOut(
        seller_id=seller,
        by_status=found["by_status"] or {},
        on_shelf=found["on_shelf"],
        sellable=0 if found["closed"] else found["in_stock"],
        blocked=found["blocked"],
        sold_out=found["sold_out"],
        low_stock=found["low_stock"],
        closed_today=found["closed"],
        open_changes=ChangesOut(
            submitted=changes.get("submitted", 0),
            changes_requested=changes.get("changes_requested", 0),
        ),
        last_edited=_last_edited(found["last_edited"], seller),
        to_do=[to_do_out(one, language) for one in todo],
    )


def _last_edited(last: dict[str, Any] | None, seller: UUID) -> LastEditedOut | None:
    if last is None:
        return None
    return LastEditedOut(
        listing_id=UUID(last["listing_id"]),
        title=last["title"],
        at=last["at"],
        by=by_out(UUID(last["party_id"]), seller),
    )
