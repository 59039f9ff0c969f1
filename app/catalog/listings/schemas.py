"""Wire shapes of listings. One shape for everybody; what is not a reader's business is null."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from app.catalog.models import Category
from app.catalog.states import LISTING, ListingStatus
from app.core.actor import Actor
from app.core.ids import ListingId, PartyId
from app.core.money import Price, Rupiah
from app.core.quantity import Positive, UnitName
from app.http.wire import Name, Note, Reference, RegionCode, Request, Stateful, price_of


class ReviewReason(StrEnum):
    """Why the curator wants changes, or refuses."""

    INCOMPLETE = "incomplete"
    WRONG_CATEGORY = "wrong_category"
    MISLEADING_CLAIM = "misleading_claim"
    PRICE_UNCLEAR = "price_unclear"
    NOT_FROM_BLITAR = "not_from_blitar"
    LICENCE_IN_DOUBT = "licence_in_doubt"
    PROHIBITED_GOODS = "prohibited_goods"
    DUPLICATE = "duplicate"
    OTHER = "other"


_EXAMPLE: dict[str, Any] = {
    "title": "Keripik Belimbing Manis 200 g",
    "description": "Keripik belimbing dari Karangsari, iris tipis, renyah.",
    "category": "snacks",
    "price": {"amount": "15000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}},
    "unit": "pcs",
    "origin_region_code": "35.72.02.1005",
    "external_reference": "produk-01",
}


class ListingIn(Request):
    """A seller's own product."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    title: Name
    description: Note | None = None
    category: Category
    price: Price = Field(description="Per a quantity in `unit`, or in one that converts to it.")
    unit: UnitName = Field(description="The unit in which it is sold.")
    origin_region_code: RegionCode = Field(description="Where it was made; see GET /v1/regions.")
    external_reference: Reference | None = None
    seller_id: PartyId | None = Field(
        None, description="Whose it is. Required of the operator; others write only for themselves."
    )


def _unsaid() -> Any:
    """A field that the patch does not name; never read, see ``exclude_unset``."""


class PerPatch(Request):
    """What a price is for."""

    value: Positive = Field(default_factory=_unsaid)
    unit: UnitName = Field(default_factory=_unsaid)


class PricePatch(Request):
    """Parts of a price."""

    amount: Rupiah = Field(default_factory=_unsaid)
    currency: Literal["IDR"] = Field(default_factory=_unsaid)
    per: PerPatch = Field(default_factory=_unsaid)


class ListingPatch(Request):
    """A JSON Merge Patch (RFC 7396): what it does not name stays; null removes the description."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"price": {"amount": "16000"}, "description": None}]}
    )

    title: Name = Field(default_factory=_unsaid)
    description: Note | None = Field(default_factory=_unsaid)
    category: Category = Field(default_factory=_unsaid)
    price: PricePatch = Field(default_factory=_unsaid)
    unit: UnitName = Field(default_factory=_unsaid)
    origin_region_code: RegionCode = Field(default_factory=_unsaid)


class ReviewIn(Request):
    """Why not (yet)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "incomplete", "note": "Tulis berat bersih di judul."}]
        }
    )

    reason: ReviewReason
    note: Note | None = None


class SellerOut(BaseModel):
    """Who sells it."""

    id: PartyId
    name: str


class ListingOut(Stateful):
    """A listing. `external_reference`, `review_reason` and `review_note` are null, and
    `allowed_actions` empty, for everybody but its seller and the hub."""

    id: ListingId
    status: ListingStatus
    title: str
    description: str | None
    category: Category
    unit: str
    price: Price
    origin_region_code: str
    seller: SellerOut
    external_reference: str | None
    review_reason: ReviewReason | None = Field(
        description="What the curator last said, if it was no."
    )
    review_note: str | None
    created_at: datetime
    updated_at: datetime


def listing_out(row: Row[Any], actor: Actor) -> ListingOut:
    """A listing's row on the wire, as *actor* may read it."""
    values = row._asdict()
    if not (actor.hub or row.seller_id == actor.party_id):
        values |= {"external_reference": None, "review_reason": None, "review_note": None}
        allowed: list[str] = []
    else:
        allowed = actor.allowed(LISTING, row.status)
    return ListingOut(
        **values,
        price=price_of(row),
        seller=SellerOut(id=row.seller_id, name=row.seller_name),
        allowed_actions=allowed,
    )
