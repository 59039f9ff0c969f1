"""Wire shapes of listings. One shape for everybody; what is not a reader's business is null."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.catalog.categories import Category
from app.catalog.listings.models import Storage
from app.catalog.states import ListingChangeStatus, ListingStatus
from app.catalog.variants.schemas import MOST_VARIANTS, VariantIn, VariantOut
from app.core.ids import ListingChangeId, ListingId, PartyId, PhotoId
from app.core.money import Price, Rupiah
from app.core.quantity import Positive, Quantity, UnitName
from app.http.wire import Name, Note, Reference, RegionCode, Request, Stateful

MOST_PHOTOS = 12


class ReviewReason(StrEnum):
    """Why the curator wants changes, or refuses."""

    INCOMPLETE = "incomplete"
    WRONG_CATEGORY = "wrong_category"
    MISLEADING_CLAIM = "misleading_claim"
    PRICE_UNCLEAR = "price_unclear"
    POOR_PHOTO = "poor_photo"
    NOT_FROM_BLITAR = "not_from_blitar"
    LICENCE_IN_DOUBT = "licence_in_doubt"
    PROHIBITED_GOODS = "prohibited_goods"
    DUPLICATE = "duplicate"
    OTHER = "other"


HsCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{2})?$")]
Days = Annotated[int, Field(ge=1, le=3650)]

_EXAMPLE: dict[str, Any] = {
    "title": "Keripik Belimbing Manis",
    "description": "Keripik belimbing dari Karangsari, iris tipis, renyah.",
    "category": "snacks.chips",
    "price": {"amount": "15000", "currency": "IDR", "per": {"value": "1", "unit": "pcs"}},
    "unit": "pcs",
    "origin_region_code": "35.72.02.1005",
    "ingredients": "Belimbing manis, gula, garam, minyak kelapa.",
    "shelf_life_days": 180,
    "storage": "ambient",
    "story": "Bu Sumiati menggoreng sendiri sejak 2011, dibantu empat tetangga.",
    "variants": [
        {
            "flavour": "original",
            "pack": "200 g",
            "net_weight": {"value": "200", "unit": "g"},
            "stock": {"value": "40", "unit": "pcs"},
        },
        {"flavour": "pedas", "pack": "200 g", "stock": {"value": "25", "unit": "pcs"}},
    ],
    "external_reference": "produk-01",
}


class ListingIn(Request):
    """A seller's own product. Without `variants` it is sold in one way, at the listing's price."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    title: Name
    title_en: Name | None = None
    description: Note | None = None
    description_en: Note | None = None
    category: Category = Field(description="See GET /v1/categories.")
    price: Price = Field(
        description="Per a quantity in `unit`, or in one that converts to it. Holds for every "
        "variant without a price of its own."
    )
    unit: UnitName = Field(description="The unit in which it is sold.")
    origin_region_code: RegionCode = Field(description="Where it was made; see GET /v1/regions.")
    ingredients: Note | None = Field(None, description="Food: what is in it, most first.")
    shelf_life_days: Days | None = None
    storage: Storage | None = None
    story: Note | None = Field(None, description="Who makes it, and how.")
    hs_code: HsCode | None = Field(None, description="Only for export: 6 or 8 digits.")
    min_order: Quantity | None = Field(None, description="The smallest quantity of one order.")
    order_step: Quantity | None = Field(None, description="Orders are multiples of it.")
    variants: list[VariantIn] = Field([], max_length=MOST_VARIANTS)
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
    """A JSON Merge Patch (RFC 7396): what it does not name stays; null removes what may be left
    out. From approval on, price, terms and the order of photos change at once; anything else waits
    as a change request for the curator, and the listing stays as it is until then."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"price": {"amount": "16000"}, "description": None}]}
    )

    title: Name = Field(default_factory=_unsaid)
    title_en: Name | None = None
    description: Note | None = None
    description_en: Note | None = None
    category: Category = Field(default_factory=_unsaid)
    price: PricePatch = Field(default_factory=_unsaid)
    unit: UnitName = Field(default_factory=_unsaid)
    origin_region_code: RegionCode = Field(default_factory=_unsaid)
    ingredients: Note | None = None
    shelf_life_days: Days | None = None
    storage: Storage | None = None
    story: Note | None = None
    hs_code: HsCode | None = None
    min_order: Quantity | None = None
    order_step: Quantity | None = None
    photos: list[PhotoId] = Field(
        default_factory=_unsaid,
        max_length=MOST_PHOTOS,
        description="Which photos it shows, in this order; see POST /v1/listings/{id}/photos.",
    )


class ReviewIn(Request):
    """Why not (yet)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "incomplete", "note": "Tulis berat bersih tiap kemasan."}]
        }
    )

    reason: ReviewReason
    note: Note | None = None


class SellerOut(BaseModel):
    """Who sells it."""

    id: PartyId
    name: str


class PhotoOut(BaseModel):
    """A photo: the size of the largest picture, and where each of the three is."""

    id: PhotoId
    width: int
    height: int
    large: str = Field(examples=["/v1/photos/pho_01jd0000000000000000000000/large"])
    medium: str = Field(examples=["/v1/photos/pho_01jd0000000000000000000000/medium"])
    thumb: str = Field(examples=["/v1/photos/pho_01jd0000000000000000000000/thumb"])


class BlockOut(BaseModel):
    """What keeps a published listing off the shelf."""

    code: Literal["licence_missing", "seller_suspended"]
    one_of: list[str] = Field(
        description="licence_missing: licences of which any one would lift it."
    )


class PendingOut(BaseModel):
    """An edit of what was curated that waits for the curator, or for its seller."""

    id: ListingChangeId
    status: ListingChangeStatus
    review_reason: ReviewReason | None
    review_note: str | None


class ListingOut(Stateful):
    """A listing. `external_reference`, `review_reason`, `review_note` and `change` are null,
    `blocked` and `allowed_actions` empty, for everybody but its seller and the hub."""

    id: ListingId
    status: ListingStatus
    title: str
    title_en: str | None
    description: str | None
    description_en: str | None
    category: Category
    unit: str
    price: Price = Field(description="The lowest price of its variants.")
    origin_region_code: str
    seller: SellerOut
    ingredients: str | None
    shelf_life_days: int | None
    storage: Storage | None
    story: str | None
    hs_code: str | None
    min_order: Quantity | None
    order_step: Quantity | None
    licences: list[str] = Field(description="Good licences of its seller that concern it.")
    variants: list[VariantOut]
    photos: list[PhotoOut]
    sellable: bool = Field(description="On the shelf, and some of it can be ordered today.")
    blocked: list[BlockOut]
    change: PendingOut | None
    external_reference: str | None
    review_reason: ReviewReason | None = Field(
        description="What the curator last said, if it was no."
    )
    review_note: str | None
    created_at: datetime
    updated_at: datetime
