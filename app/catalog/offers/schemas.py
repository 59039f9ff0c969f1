"""Wire shapes of supply offers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.catalog.models import OfferKind, OfferPer
from app.catalog.states import SUPPLY_OFFER, SupplyOfferStatus
from app.core.actor import Actor
from app.core.ids import CommodityId, OfferPeriodId, PartyId, SiteId, SupplyOfferId
from app.core.money import Price
from app.core.quantity import Quantity, QuantityOrNone
from app.http.wire import Code, Day, Request, Stateful

_LOT: dict[str, Any] = {
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
_DAILY = _LOT | {"per": "day", "kind": "forecast", "available_until": "2026-12-31"}
_PER = (
    "The quantity is for the whole window (lot), or for each day or each week of it. Weeks end on "
    "Sundays; one that the window cuts promises a whole week's quantity."
)
_KIND = "A commitment can be allocated; a forecast only tells what is likely to come."


class SupplyOfferIn(Request):
    """A promise of a quantity, once or for each day or week, to be fetched from one site."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LOT, _DAILY]})

    commodity_id: CommodityId
    grade: Code
    quantity: Quantity = Field(description="Packages (peti, tray) need a pack_size.")
    per: OfferPer = Field(OfferPer.LOT, description=_PER)
    kind: OfferKind = Field(OfferKind.COMMITMENT, description=_KIND)
    available_from: Day
    available_until: Day = Field(description="The last day, included; 366 days at most.")
    site_id: SiteId
    floor_price: Price | None = Field(None, description="Below this you are not asked.")
    pack_size: Quantity | None = Field(None, description="You are asked for whole packs of this.")
    min_pickup: Quantity | None = Field(None, description="You are asked for this much or nothing.")


_ADJUSTED: dict[str, Any] = {"quantity": {"value": "12", "unit": "peti"}, "from_day": "2026-12-04"}
_DAY_OFF: dict[str, Any] = {
    "quantity": {"value": "0", "unit": "kg"},
    "from_day": "2026-12-25",
    "until_day": "2026-12-25",
}


class OfferAdjustIn(Request):
    """What you really have in each period, from a day on or for some days."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ADJUSTED, _DAY_OFF]})

    quantity: QuantityOrNone = Field(
        description="Per day, week or lot, as the offer says; what is taken of it is part of it. "
        "Nothing is possible for days that end with until_day."
    )
    from_day: Day | None = Field(
        None, description="The first day that changes, today unless said; a week changes whole."
    )
    until_day: Day | None = Field(
        None, description="The last day that changes; without it, the offer's last."
    )


class SupplyOfferOut(Stateful):
    """A promise, and how much of it is taken: quantities in the commodity's base unit.

    ``quantity`` is what each period offers (``per`` lot, day or week) unless it was adjusted by
    itself; the sums over all periods are ``total``, ``reserved``, ``committed``, ``delivered``.
    ``available`` is what can still be asked of it: total − reserved − committed − delivered of the
    periods that are not over, and nothing unless it is open. Of a forecast it is what may come.
    """

    id: SupplyOfferId
    seller_id: PartyId
    site_id: SiteId
    commodity_id: CommodityId
    grade: str
    status: SupplyOfferStatus
    kind: OfferKind
    per: OfferPer
    quantity: Quantity
    entered: Quantity
    total: QuantityOrNone
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


class OfferPeriodOut(BaseModel):
    """A day or week of an offer, or all of a lot: what it offers and what of it is taken.

    ``available`` is quantity − reserved − committed − delivered while the offer is open and the
    period is not over, else nothing: what was not asked for yesterday is gone.
    """

    id: OfferPeriodId
    starts_on: date
    ends_on: date
    quantity: QuantityOrNone
    reserved: QuantityOrNone
    committed: QuantityOrNone
    delivered: QuantityOrNone
    available: QuantityOrNone


def offer_out(row: Any, actor: Actor) -> SupplyOfferOut:
    """An offer's row (with ``base_unit`` and its periods' sums) on the wire."""
    floor = None
    if row.floor_amount is not None:
        per = {"value": row.floor_per_value, "unit": row.floor_per_unit}
        floor = {"amount": row.floor_amount, "currency": row.floor_currency, "per": per}
    values = row._asdict() | {
        "quantity": row.offered,
        "entered": {"value": row.entered_value, "unit": row.entered_unit},
        "floor_price": floor,
        "allowed_actions": [
            action
            for action in actor.allowed(SUPPLY_OFFER, row.status)
            if action != "commit" or row.kind == OfferKind.FORECAST
        ],
    }
    sizes = ("quantity", "total", *_COUNTED, "pack_size", "min_pickup")
    return SupplyOfferOut(**_in_units(values, row.base_unit, sizes))


def period_out(row: Any, base_unit: str) -> OfferPeriodOut:
    """A period's row (with ``available``) on the wire."""
    values = row._asdict() | {"quantity": row.offered}
    return OfferPeriodOut(**_in_units(values, base_unit, ("quantity", *_COUNTED)))


_COUNTED = ("reserved", "committed", "delivered", "available")


def _in_units(values: dict[str, Any], unit: str, names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if values[name] is not None:
            values[name] = {"value": values[name], "unit": unit}
    return values
