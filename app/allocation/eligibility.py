"""Which offers a line may use: the right days, a floor its price reaches, a seller in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, Inexact
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.catalog.states import SupplyOfferStatus
from app.parties.states import PartyStatus

_EXACT = Context(prec=100, traps=[Inexact])


class Excluded(StrEnum):
    """Why an offer of the right goods brought nothing to a line."""

    NOT_AVAILABLE_THEN = "not_available_then"
    NOTHING_LEFT = "nothing_left"
    FLOOR_PRICE = "floor_price"
    LICENCE_MISSING = "licence_missing"
    SELLER_SUSPENDED = "seller_suspended"
    CLOSED_THEN = "closed_then"
    GAVE_BACK = "gave_back"
    TOO_LITTLE_LEFT = "too_little_left"
    PASSED_OVER = "passed_over"
    SELLER_AT_LEVEL = "seller_at_level"
    OTHERS_CHEAPER = "others_cheaper"
    NO_PICKUP_NEEDED = "no_pickup_needed"
    FOR_OTHER_LINES = "for_other_lines"


@dataclass(frozen=True)
class Need:
    """What one order line still lacks, who may not be asked for it, which seller brings what.

    ``closed`` are the sellers that hand nothing over on its day.
    """

    line_id: UUID
    order_id: UUID
    commodity_id: UUID
    grade: str
    base_unit: str
    deliver_on: date
    price_amount: Decimal
    price_per: Decimal
    quantity: Decimal
    required_licences: tuple[str, ...] = ()
    closed: frozenset[UUID] = frozenset()
    gave_back: frozenset[UUID] = frozenset()
    had: Mapping[UUID, Decimal] = field(default_factory=dict)


def exclusion(
    offer: Any, free: Decimal, need: Need, licensed: Mapping[str, set[UUID]]
) -> Excluded | None:
    """Why *offer* may not be used for *need*; None when it may."""
    if offer["status"] != SupplyOfferStatus.OPEN or free <= 0:
        return Excluded.NOTHING_LEFT
    if not offer["starts_on"] <= need.deliver_on <= offer["ends_on"]:
        return Excluded.NOT_AVAILABLE_THEN
    if offer["floor_amount"] is not None and not _reaches(need, offer):
        return Excluded.FLOOR_PRICE
    return _barred(offer, need, licensed)


def _barred(offer: Any, need: Need, licensed: Mapping[str, set[UUID]]) -> Excluded | None:
    """Why the offer's seller may not be asked."""
    seller = offer["seller_id"]
    if offer["seller_status"] != PartyStatus.ACTIVE:
        return Excluded.SELLER_SUSPENDED
    if seller in need.closed:
        return Excluded.CLOSED_THEN
    if seller in need.gave_back:
        return Excluded.GAVE_BACK
    if any(seller not in licensed[kind] for kind in need.required_licences):
        return Excluded.LICENCE_MISSING
    return None


def _reaches(need: Need, offer: Any) -> bool:
    """Whether the line's price is at least the offer's floor, cross-multiplied: no rounding."""
    floor = _EXACT.multiply(offer["floor_amount"], need.price_per)
    price = _EXACT.multiply(need.price_amount, offer["floor_per"])
    return bool(floor <= price)
