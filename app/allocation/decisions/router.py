"""`/v1/supply-offers/…/decisions`: why an offer was asked for so much, or for nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from sqlalchemy import Row

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.allocation.decisions import queries
from app.allocation.decisions.schemas import DecisionOut, NotAsked, NotAskedOut
from app.allocation.models import Policy
from app.allocation.schemas import Said
from app.allocation.shown import quantity, quantity_or_none, why_out
from app.allocation.words import EXCLUDED
from app.catalog.models import OfferKind
from app.catalog.offers import queries as offers
from app.catalog.states import SupplyOfferStatus
from app.core.ids import SupplyOfferId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page

router = APIRouter(route_class=Route, tags=["supply offers"])


@router.get("/v1/supply-offers/{offer_id}/decisions")
async def supply_offer_decisions(
    offer_id: SupplyOfferId, tx: Annotated[Tx, Opens(P.SUPPLY_OFFER_READ)], paging: Paged
) -> Page[DecisionOut]:
    """Every decision over the goods of this offer since it exists, for days of its window.

    Newest first: how much was needed in all, what the offer was asked for and why; or why it was
    asked for nothing, and what to do about it. Of other sellers it tells sums only.
    """
    offer = await authorized(tx, offers.offer(tx, offer_id))
    await tx.as_hub()
    rows, cursor = await queries.decisions(tx, offer, paging)
    return Page(data=[_decision_out(row, offer) for row in rows], next_cursor=cursor)


def _decision_out(row: Any, offer: Row[Any]) -> DecisionOut:
    unit, share = row["base_unit"], row["share"]
    why = None if share is None else why_out(row["why"], unit)
    return DecisionOut.model_construct(
        at=row["at"],
        policy=Policy(row["policy"]),
        deliver_on=row["deliver_on"],
        needed=quantity(row["needed"], unit),
        found=quantity_or_none(row["found"], unit),
        share=quantity_or_none(share or Decimal(0), unit),
        why=why,
        not_asked=None if why else _not_asked_out(row, offer),
    )


def _not_asked_out(row: Any, offer: Row[Any]) -> NotAskedOut:
    reason = _not_asked(row, offer)
    said = EXCLUDED[reason]
    return NotAskedOut.model_construct(
        reason=reason, said=Said.model_construct(en=said.en, id=said.id)
    )


def _not_asked(row: Any, offer: Row[Any]) -> NotAsked:
    """The rule's reason; or else what kept the offer from ever being before the rule."""
    then = row["status_then"]
    found: list[tuple[bool, str]] = [
        (row["reason"] is not None, row["reason"]),
        (row["elsewhere"], NotAsked.FOR_OTHER_LINES),
        (then == SupplyOfferStatus.PAUSED, NotAsked.PAUSED),
        (then != SupplyOfferStatus.OPEN, NotAsked.ENDED),
        (offer.kind == OfferKind.FORECAST or row["committed_later"], NotAsked.FORECAST),
        (not row["covered"], NotAsked.NOT_AVAILABLE_THEN),
        (row["policy"] == Policy.MANUAL, NotAsked.NOT_NAMED),
        (True, NotAsked.NOTHING_LEFT),
    ]
    return NotAsked(next(reason for holds, reason in found if holds))
