"""`/v1/variants`: how a listing is sold, what there is of it, and when it can be had."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import ANYBODY, Opens, OpensToAnybody
from app.access.permissions import Permission as P
from app.catalog.listings.shown import variant_out
from app.catalog.shelf import queries as shelf
from app.catalog.variants import commands, queries
from app.catalog.variants.schemas import (
    AdjustIn,
    ReceiveIn,
    StockMovementOut,
    VariantIn,
    VariantOut,
    VariantPatch,
    quantity_of,
)
from app.catalog.variants.slots import AvailabilityOut, availability
from app.core.errors import invalid
from app.core.ids import ListingId, VariantId
from app.db.tx import Tx
from app.http.conditional import IfMatch
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Day, NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["listings"])

FURTHEST = timedelta(days=400)


@router.post("/v1/listings/{listing_id}/variants", status_code=201)
async def variant_create(
    listing_id: ListingId, asked: VariantIn, tx: Annotated[Tx, Commands(P.VARIANT_CREATE)]
) -> VariantOut:
    """Add a size, colour, flavour or pack. It is on the shelf at once if its listing is."""
    row, listing = await commands.create(tx, listing_id, asked)
    return variant_out(listing, row._asdict(), tx.actor)


@router.get("/v1/listings/{listing_id}/availability")
async def listing_availability(
    listing_id: ListingId,
    tx: Annotated[Tx, OpensToAnybody(P.LISTING_READ)],
    starts_on: Annotated[Day | None, Query(description="From today on if left out.")] = None,
    ends_on: Annotated[Day | None, Query(description="Two weeks if left out.")] = None,
) -> AvailabilityOut:
    """How much of each variant can be ordered for which days: free stock, free kitchen days."""
    first = max(starts_on or tx.today, tx.today)
    last = ends_on or min(first, tx.today + FURTHEST) + timedelta(days=13)
    if not first <= last <= tx.today + FURTHEST:
        raise invalid(
            "query:ends_on",
            "window",
            f"Ask for days from today to {tx.today + FURTHEST}.",
            f"Mintalah hari dari hari ini sampai {tx.today + FURTHEST}.",
        )
    unit = await authorized(tx, shelf.unit(tx, listing_id))
    if tx.actor is not ANYBODY:
        await tx.as_hub()  # what stands on the shelf is for every caller, whoever sells it
    return availability(await queries.available(tx, listing_id, first, last), unit, first, last)


@router.get("/v1/variants/{variant_id}")
async def variant_read(
    variant_id: VariantId, tx: Annotated[Tx, Opens(P.VARIANT_READ)]
) -> VariantOut:
    """A variant of yours with its stock. Anybody finds it in its listing, without the numbers."""
    row, listing = await authorized(tx, queries.readable(tx, variant_id))
    return variant_out(listing, row._asdict(), tx.actor)


@router.patch(
    "/v1/variants/{variant_id}",
    openapi_extra={
        "requestBody": {
            "content": {
                "application/merge-patch+json": {
                    "schema": {"$ref": "#/components/schemas/VariantPatch"}
                }
            }
        }
    },
)
async def variant_edit(
    variant_id: VariantId,
    asked: VariantPatch,
    tx: Annotated[Tx, Opens(P.VARIANT_EDIT)],
    if_match: IfMatch = None,
) -> VariantOut:
    """Change price, weight, capacity or codes (JSON Merge Patch); it holds at once."""
    row, listing = await commands.edit(tx, variant_id, asked, if_match)
    return variant_out(listing, row._asdict(), tx.actor)


@router.post("/v1/variants/{variant_id}/receive")
async def variant_receive(
    variant_id: VariantId, asked: ReceiveIn, tx: Annotated[Tx, Commands(P.VARIANT_RECEIVE)]
) -> VariantOut:
    """Goods came in. Sent twice with one Idempotency-Key they came in once."""
    row, listing = await commands.receive(tx, variant_id, asked)
    return variant_out(listing, row._asdict(), tx.actor)


@router.post("/v1/variants/{variant_id}/adjust")
async def variant_adjust(
    variant_id: VariantId, asked: AdjustIn, tx: Annotated[Tx, Commands(P.VARIANT_ADJUST)]
) -> VariantOut:
    """Say what was counted; the books follow. Never below what is kept for orders."""
    row, listing = await commands.adjust(tx, variant_id, asked)
    return variant_out(listing, row._asdict(), tx.actor)


@router.post("/v1/variants/{variant_id}/retire")
async def variant_retire(
    variant_id: VariantId,
    tx: Annotated[Tx, Commands(P.VARIANT_RETIRE)],
    asked: NoteIn | None = None,
) -> VariantOut:
    """Sell it no more. Orders that have it keep it."""
    row, listing = await commands.retire(tx, variant_id, asked.note if asked else None)
    return variant_out(listing, row._asdict(), tx.actor)


@router.get("/v1/variants/{variant_id}/movements")
async def variant_movements(
    variant_id: VariantId, tx: Annotated[Tx, Opens(P.VARIANT_READ)], paging: Paged
) -> Page[StockMovementOut]:
    """Everything that ever moved its stock, newest first."""
    _, listing = await authorized(tx, queries.readable(tx, variant_id))
    rows, cursor = await queries.movements(tx, variant_id, paging)
    data = [
        StockMovementOut.model_validate(
            row._asdict() | {"quantity": quantity_of(row.quantity, listing.unit)}
        )
        for row in rows
    ]
    return Page(data=data, next_cursor=cursor)
