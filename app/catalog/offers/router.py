"""`/v1/supply-offers`: what sellers promise to bring."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.catalog.offers import commands, queries
from app.catalog.offers.schemas import SupplyOfferIn, SupplyOfferOut, offer_out
from app.catalog.states import SupplyOfferStatus
from app.core.ids import CommodityId, SupplyOfferId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["supply offers"])


@router.post("/v1/supply-offers", status_code=201)
async def supply_offer_create(
    asked: SupplyOfferIn, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_CREATE)]
) -> SupplyOfferOut:
    """Promise a quantity of a commodity from one of your sites.

    Twenty *peti* of 15 kg are 300 kg; you are asked for whole packs, at least your smallest
    pick-up, never below your floor price. Eggs and chicken need an NKV (409 `licence_missing`).
    """
    return offer_out(await commands.create(tx, asked), tx.actor)


@router.get("/v1/supply-offers")
async def supply_offer_list(
    tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)],
    paging: Paged,
    commodity_id: Annotated[CommodityId | None, Query()] = None,
    status: Annotated[SupplyOfferStatus | None, Query()] = None,
) -> Page[SupplyOfferOut]:
    """Your own offers; every offer for the hub. Newest first."""
    rows, cursor = await queries.offers(
        tx,
        paging,
        commodity_id=commodity_id,
        status=status,
    )
    return Page(data=[offer_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/supply-offers/{offer_id}")
async def supply_offer_read(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)]
) -> SupplyOfferOut:
    """One offer, and how much of it is taken."""
    return offer_out(await authorized(tx, queries.offer(tx, offer_id)), tx.actor)


@router.post("/v1/supply-offers/{offer_id}/withdraw")
async def supply_offer_withdraw(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Commands(P.SUPPLY_OFFER_WITHDRAW)]
) -> SupplyOfferOut:
    """Promise no more than what is already allocated. What was confirmed stays confirmed."""
    return offer_out(await commands.withdraw(tx, offer_id), tx.actor)
