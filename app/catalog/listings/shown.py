"""A listing as its seller and the hub see it: the row and all that belongs to it, on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.catalog.listings import queries
from app.catalog.listings.schemas import ListingOut, PendingOut, PhotoOut, SellerOut
from app.catalog.states import LISTING, VARIANT, ListingStatus
from app.catalog.variants.models import Availability
from app.catalog.variants.schemas import StockOut, VariantOut, quantity_of
from app.core.actor import Actor
from app.core.ids import encode
from app.core.money import Price
from app.core.quantity import Quantity, QuantityOrNone
from app.db.tx import Tx

_PRICE = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")


async def shown(tx: Tx, listing_id: UUID) -> ListingOut:
    """A listing of the caller's as a command has left it; one round trip."""
    row = await queries.whole(tx, listing_id)
    assert row is not None, "the command found it"
    return listing_out(row, tx.actor)


def listing_out(row: Row[Any], actor: Actor) -> ListingOut:
    """A whole listing (`queries.whole`) on the wire, for its seller or the hub."""
    details = row._mapping
    variants = details["variants"] or []
    change = details["change"]
    sold = [variant_out(row, one, actor) for one in variants]
    on_shelf = row.status == ListingStatus.PUBLISHED and not row.blocked
    return ListingOut(
        **row._asdict()
        | {
            "price": _lowest(row, variants),
            "seller": SellerOut(id=row.seller_id, name=row.seller_name),
            "min_order": quantity_of(row.min_order, row.unit),
            "order_step": quantity_of(row.order_step, row.unit),
            "variants": sold,
            "photos": [photo_out(one) for one in details["photos"] or []],
            "sellable": on_shelf and not details["closed"] and any(v.in_stock for v in sold),
            "blocked": row.blocked,
            "change": change and PendingOut(**change | {"id": UUID(change["id"])}),
            "allowed_actions": actor.allowed(LISTING, row.status),
        }
    )


def _price(row: Row[Any], variant: Mapping[str, Any]) -> Price:
    """What holds for *variant*: its own price, or the listing's."""
    own = variant["price_amount"] is not None
    said = variant if own else row._mapping
    return Price.model_construct(
        amount=Decimal(said["price_amount"]),
        currency=said["price_currency"],
        per=Quantity.model_construct(
            value=Decimal(said["price_per_value"]), unit=said["price_per_unit"]
        ),
    )


def _lowest(row: Row[Any], variants: Sequence[Mapping[str, Any]]) -> Price:
    def of_one_unit(variant: Mapping[str, Any]) -> Decimal:
        said = variant if variant["price_amount"] is not None else row._mapping
        return Decimal(said["price_amount"]) / Decimal(said["price_per"])

    # Without variants (all retired) the listing's own price is all there is to say.
    return _price(row, min(variants, key=of_one_unit, default=dict.fromkeys(_PRICE)))


def variant_out(listing: Row[Any], variant: Mapping[str, Any], actor: Actor) -> VariantOut:
    """A variant of *listing*, with its pool's ``stock`` and ``reserved``, on the wire."""
    counted = variant["availability"] == Availability.STOCK
    stock = _stock(variant, listing.unit) if counted else None
    return VariantOut(
        **dict(variant)
        | {
            "id": UUID(str(variant["id"])),
            "listing_id": listing.id,
            "price": _price(listing, variant),
            "own_price": variant["price_amount"] is not None,
            "net_weight": quantity_of(variant["net_weight_g"], "g"),
            "gross_weight": quantity_of(variant["gross_weight_g"], "g"),
            "capacity": quantity_of(variant["capacity"], listing.unit),
            "in_stock": stock is None or stock.available.value > 0,
            "stock": stock,
            "allowed_actions": actor.allowed(VARIANT, variant["status"]),
        }
    )


def _stock(variant: Mapping[str, Any], unit: str) -> StockOut:
    on_hand, reserved = Decimal(variant["stock"]), Decimal(variant["reserved"])
    return StockOut(
        on_hand=QuantityOrNone(value=on_hand, unit=unit),
        reserved=QuantityOrNone(value=reserved, unit=unit),
        available=QuantityOrNone(value=on_hand - reserved, unit=unit),
        low_stock_at=quantity_of(variant["low_stock_at"], unit),
    )


def photo_out(photo: Mapping[str, Any]) -> PhotoOut:
    """A photo (``id, width, height``) with the addresses of its sizes."""
    at = f"/v1/photos/{encode('pho', UUID(str(photo['id'])))}"
    return PhotoOut(
        id=UUID(str(photo["id"])),
        width=photo["width"],
        height=photo["height"],
        large=f"{at}/large",
        medium=f"{at}/medium",
        thumb=f"{at}/thumb",
    )
