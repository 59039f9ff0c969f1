"""`/v1/supply-offers`: what sellers promise to bring."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.models import OfferKind, OfferPer
from app.catalog.offers import adjusting, commands, queries
from app.catalog.offers.queries import Wanted
from app.catalog.offers.schemas import (
    OfferAdjustIn,
    OfferPeriodOut,
    SupplyOfferIn,
    SupplyOfferOut,
    offer_out,
    period_out,
)
from app.catalog.states import SupplyOfferStatus
from app.core.errors import invalid
from app.core.ids import CommodityId, PartyId, SiteId, SupplyOfferId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Code, Day, Listed, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["supply offers"])


@router.post("/v1/supply-offers", status_code=201)
async def supply_offer_create(
    asked: SupplyOfferIn, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_CREATE)]
) -> SupplyOfferOut:
    """Promise a quantity of a commodity from one of your sites: once, every day or every week.

    Twenty *peti* of 15 kg are 300 kg; you are asked for whole packs, at least your smallest
    pick-up, never below your floor price. Eggs and chicken need an NKV (409 `licence_missing`).
    A `forecast` tells the hub what is likely to come and is not allocated before you `commit` it.
    """
    return offer_out(await commands.create(tx, asked), tx.actor)


async def _wanted(
    status: Annotated[
        list[SupplyOfferStatus] | None, Query(description="Repeat it for more than one.")
    ] = None,
    seller_id: Annotated[PartyId | None, Query()] = None,
    site_id: Annotated[SiteId | None, Query()] = None,
    commodity_id: Annotated[CommodityId | None, Query()] = None,
    grade: Annotated[Code | None, Query()] = None,
    kind: Annotated[OfferKind | None, Query()] = None,
    per: Annotated[OfferPer | None, Query()] = None,
    available_on: Annotated[
        Day | None, Query(description="Offers whose window has this day.")
    ] = None,
    available: Annotated[
        bool | None,
        Query(
            description="true: open, and something is free from today on, or on `available_on` "
            "where that is given; false: nothing is."
        ),
    ] = None,
) -> Wanted:
    return Wanted(
        status=status,
        seller_id=seller_id,
        site_id=site_id,
        commodity_id=commodity_id,
        grade=grade,
        kind=kind,
        per=per,
        available_on=available_on,
        available=available,
    )


@router.get("/v1/supply-offers")
async def supply_offer_list(
    tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)],
    paging: Paged,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Page[SupplyOfferOut]:
    """Your own offers; every offer for the hub. Newest first."""
    rows, cursor = await queries.offers(tx, paging, wanted)
    return Page(data=[offer_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/supply-offers/{offer_id}")
async def supply_offer_read(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)]
) -> SupplyOfferOut:
    """One offer, and how much of it is taken."""
    return offer_out(await authorized(tx, queries.offer(tx, offer_id)), tx.actor)


@router.get("/v1/supply-offers/{offer_id}/periods")
async def supply_offer_periods(
    offer_id: SupplyOfferId,
    tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)],
    start: Annotated[
        Day | None, Query(alias="from", description="Its first day if left out.")
    ] = None,
    end: Annotated[Day | None, Query(alias="to", description="Its last day if left out.")] = None,
) -> Listed[OfferPeriodOut]:
    """Each day or week of an offer, or the one period of a lot: 366 at most, in their order.

    Shown are the periods that touch `from` to `to`.
    """
    offer = await authorized(tx, queries.offer(tx, offer_id))
    if start and end and end < start:
        raise invalid(
            "query:to", "window", "to lies before from.", "Isian to lebih awal dari from."
        )
    rows = await queries.periods(tx, offer_id, start, end)
    return Listed(data=[period_out(row, offer.base_unit) for row in rows])


@router.post("/v1/supply-offers/{offer_id}/pause")
async def supply_offer_pause(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_PAUSE)]
) -> SupplyOfferOut:
    """Be asked for nothing new for now. What was asked for stands; the offer ends on its day."""
    return offer_out(await commands.pause(tx, offer_id), tx.actor)


@router.post("/v1/supply-offers/{offer_id}/resume")
async def supply_offer_resume(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_RESUME)]
) -> SupplyOfferOut:
    """Be asked again."""
    return offer_out(await commands.resume(tx, offer_id), tx.actor)


@router.post("/v1/supply-offers/{offer_id}/commit")
async def supply_offer_commit(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_COMMIT)]
) -> SupplyOfferOut:
    """Turn a forecast into a promise that can be allocated; it needs what a new offer needs."""
    return offer_out(await commands.commit(tx, offer_id), tx.actor)


@router.post("/v1/supply-offers/{offer_id}/adjust")
async def supply_offer_adjust(
    offer_id: SupplyOfferId,
    asked: OfferAdjustIn,
    tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_ADJUST)],
) -> SupplyOfferOut:
    """Say what you really have, more or less than you promised, without phoning the hub.

    From today or `from_day` on; with `until_day` only so long, after which the offer is as before.
    Never below what is taken (409 `below_taken`, which says how much that is).
    """
    return offer_out(await adjusting.adjust(tx, offer_id, asked), tx.actor)


@router.post("/v1/supply-offers/{offer_id}/withdraw")
async def supply_offer_withdraw(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_WITHDRAW)]
) -> SupplyOfferOut:
    """Promise no more than what is already allocated. What was confirmed stays confirmed."""
    return offer_out(await commands.withdraw(tx, offer_id), tx.actor)
