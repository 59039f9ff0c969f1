"""Every SELECT on supply offers, and who may see which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, select, true

from app.catalog.models import Commodity, SupplyOffer
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every offer of its world, a seller its own: a floor price is nobody else's."""
    mine = true() if actor.hub else SupplyOffer.seller_id == actor.party_id
    return and_(SupplyOffer.livemode == actor.livemode, mine)


def _select() -> Select[Any]:
    return select(*SupplyOffer.__table__.c, Commodity.base_unit).join(
        Commodity, Commodity.id == SupplyOffer.commodity_id
    )


async def offer(tx: Tx, offer_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The offer, if the caller may see it."""
    found = _select().where(SupplyOffer.id == offer_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True, of=SupplyOffer) if lock else found)


async def offers(
    tx: Tx,
    paging: Paging,
    *,
    commodity_id: UUID | None,
    status: str | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The offers the caller may see, newest first."""
    found = _select().where(visible_to(tx.actor))
    if commodity_id is not None:
        found = found.where(SupplyOffer.commodity_id == commodity_id)
    if status is not None:
        found = found.where(SupplyOffer.status == status)
    return await page(tx, "supply_offers", found, SupplyOffer.id, paging)
