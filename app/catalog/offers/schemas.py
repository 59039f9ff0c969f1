"""Wire shapes of supply offers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from app.catalog.states import SUPPLY_OFFER, SupplyOfferStatus
from app.core.actor import Actor
from app.core.ids import CommodityId, PartyId, SiteId, SupplyOfferId
from app.core.money import Price
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Code, Request, Stateful

_EXAMPLE: dict[str, Any] = {
    "commodity_id": "com_01jd0000000000000000000000",
    "grade": "medium",
    "quantity": {"value": "20", "unit": "peti"},
    "pack_size": {"value": "15", "unit": "kg"},
    "min_pickup": {"value": "45", "unit": "kg"},
    "floor_price": {"amount": "25500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}},
    "available_from": "2026-12-01",
    "available_until": "2026-12-07",
    "site_id": "sit_01jd0000000000000000000000",
}


class SupplyOfferIn(Request):
    """A promise of one total quantity, to be fetched from one site within a window of days."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    commodity_id: CommodityId
    grade: Code
    quantity: Quantity = Field(description="Packages (peti, tray) need a pack_size.")
    available_from: date
    available_until: date = Field(description="The last day, included.")
    site_id: SiteId
    floor_price: Price | None = Field(None, description="Below this you are not asked.")
    pack_size: Quantity | None = Field(None, description="You are asked for whole packs of this.")
    min_pickup: Quantity | None = Field(None, description="You are asked for this much or nothing.")


class SupplyOfferOut(Stateful):
    """A promise, and how much of it is taken: quantities in the commodity's base unit.

    ``available`` is what can still be asked of it: quantity − reserved − committed − delivered.
    """

    id: SupplyOfferId
    seller_id: PartyId
    site_id: SiteId
    commodity_id: CommodityId
    grade: str
    status: SupplyOfferStatus
    quantity: Quantity
    entered: Quantity
    reserved: QuantityOrNone
    committed: QuantityOrNone
    delivered: QuantityOrNone
    available: QuantityOrNone
    pack_size: Quantity | None
    min_pickup: Quantity | None
    floor_price: Price | None
    available_from: date
    available_until: date
    created_at: datetime


def offer_out(row: Any, actor: Actor) -> SupplyOfferOut:
    """An offer's row (with ``base_unit``) on the wire."""

    def amount(value: Any) -> Any:
        return None if value is None else {"value": value, "unit": row.base_unit}

    free = row.offered - row.reserved - row.committed - row.delivered
    floor = None
    if row.floor_amount is not None:
        per = {"value": row.floor_per_value, "unit": row.floor_per_unit}
        floor = {"amount": row.floor_amount, "currency": row.floor_currency, "per": per}
    values = row._asdict() | {
        "quantity": amount(row.offered),
        "entered": {"value": row.entered_value, "unit": row.entered_unit},
        "available": amount(free),
        "floor_price": floor,
        "allowed_actions": actor.allowed(SUPPLY_OFFER, row.status),
    }
    for name in ("reserved", "committed", "delivered", "pack_size", "min_pickup"):
        values[name] = amount(values[name])
    return SupplyOfferOut(**values)
