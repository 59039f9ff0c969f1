"""`/v1/curation`: what waits for the curators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request

from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.curation import queries
from app.catalog.curation.findings import findings
from app.catalog.curation.schemas import CurationOut, finding_out
from app.catalog.listings.schemas import SellerOut
from app.catalog.states import LISTING, LISTING_CHANGE
from app.core.ids import encode
from app.db.tx import Tx
from app.http.language import language_of
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.parties.queries import licences_of

router = APIRouter(route_class=Route, tags=["listings"])

_PREFIX = {machine.name: machine.prefix for machine in (LISTING, LISTING_CHANGE)}


@router.get("/v1/curation")
async def curation_list(
    tx: Annotated[Tx, Opens(P.CURATION_READ)], paging: Paged, request: Request
) -> Page[CurationOut]:
    """Submitted listings and changes, those that wait longest first, each with what it lacks.

    `blocks` says that its seller has no licence for these goods today; `warns` is for the curator
    to judge.
    """
    rows, cursor = await queries.queue(tx, paging)
    if not rows:
        return Page(data=[], next_cursor=None)
    # A change is judged as its listing would be with it.
    listings: list[dict[str, Any]] = [dict(row) | row["after"] for row in rows]
    held = await licences_of(tx, {row["seller_id"] for row in rows})
    others = await queries.duplicates(
        tx,
        [row["listing_id"] for row in rows],
        [row["seller_id"] for row in rows],
        [listing["title"] for listing in listings],
    )
    language = language_of(request)
    data = []
    for row, listing in zip(rows, listings, strict=True):
        licences, other = held.get(row["seller_id"], []), others.get(row["listing_id"])
        found = findings(listing, row["weighed"], licences, other, tx.today)
        data.append(
            CurationOut(
                kind=row["kind"],
                id=encode(_PREFIX[row["kind"]], row["id"]),
                listing_id=row["listing_id"],
                title=listing["title"],
                category=listing["category"],
                seller=SellerOut(id=row["seller_id"], name=row["seller_name"]),
                submitted_at=row["submitted_at"],
                missing=[finding_out(finding, language) for finding in found],
            )
        )
    return Page(data=data, next_cursor=cursor)
