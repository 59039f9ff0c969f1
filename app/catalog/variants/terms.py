"""What a seller says of a variant, as the columns of its row: all quantities in one unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.catalog.variants.options import check_option
from app.catalog.variants.schemas import VariantFields
from app.core.errors import Invalid, invalid
from app.core.ids import new_id
from app.core.money import MOST, Price, per_base, rupiah
from app.core.quantity import Quantity, plain, to_base
from app.db.errors import refuse_by

refuse_by(
    "uq_variants_seller_id_livemode_sku",
    lambda: invalid(
        "/sku",
        "sku_taken",
        "Another variant of this seller has the same sku; each sku is taken only once.",
        "Varian lain dari penjual ini sudah memakai sku yang sama; pakai sku lain.",
    ),
)
refuse_by(
    "uq_variants_options",
    lambda: invalid(
        "",
        "variant_twice",
        "Two variants have the same size, colour, flavour and pack; let one of these differ.",
        "Dua varian sama ukuran, warna, rasa, dan kemasannya; bedakan salah satunya.",
    ),
)

_OWN_PRICE = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")


def price_columns(price: Price, unit: str, pointer: str) -> dict[str, Any]:
    """The columns of *price*, for goods sold in *unit*. Raises Invalid for units that differ."""
    per = per_base(price, unit, pointer)
    if price.amount > per * MOST:
        raise invalid(
            pointer,
            "price_range",
            f"That is more than {rupiah(MOST).en} for one {unit}; check what the price is for.",
            f"Harganya lebih dari {rupiah(MOST).id} per {unit}; periksa satuan harganya.",
        )
    return {
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per,
    }


def variant_columns(
    asked: VariantFields, unit: str, listed: Decimal, pointer: str
) -> dict[str, Any]:
    """The row of a variant of a listing sold in *unit* for *listed*, with a new id.

    Raises Invalid for units that do not meet, tiers dearer than the price, options that advertise.
    """
    for name in ("size", "colour", "flavour", "pack"):
        check_option(getattr(asked, name), f"{pointer}/{name}")
    amount = asked.price.amount if asked.price else listed
    if asked.price_tiers and asked.price_tiers[0].amount >= amount:
        raise dearer(f"{pointer}/price_tiers", amount)
    net, gross = asked.net_weight, asked.gross_weight
    weights = {
        "net_weight_g": to_base(net, "g", f"{pointer}/net_weight") if net else None,
        "gross_weight_g": to_base(gross, "g", f"{pointer}/gross_weight") if gross else None,
    }
    _check_weights(weights["net_weight_g"], weights["gross_weight_g"], pointer)
    for name, quantity in (("capacity", asked.capacity), ("low_stock_at", asked.low_stock_at)):
        weights[name] = _said(quantity, unit, f"{pointer}/{name}")
    price = asked.price
    own = price_columns(price, unit, f"{pointer}/price") if price else dict.fromkeys(_OWN_PRICE)
    plain_fields = asked.model_dump(
        include={"sku", "gtin", "size", "colour", "flavour", "pack", "lead_days"}
    )
    return {
        "id": new_id(),
        **plain_fields,
        **weights,
        **own,
        "availability": str(asked.availability),
        "capacity_period": asked.capacity_period and str(asked.capacity_period),
        "price_tiers": [
            {"from": plain(tier.from_), "amount": plain(tier.amount)} for tier in asked.price_tiers
        ],
    }


def dearer(pointer: str, amount: Decimal) -> Invalid:
    """The refusal of tiers that cost as much as a single piece, or more."""
    return invalid(
        pointer,
        "tier_dearer",
        f"A tier must be cheaper than the price, {rupiah(amount).en}.",
        f"Harga grosir harus lebih murah daripada harga satuan, {rupiah(amount).id}.",
    )


def _said(quantity: Quantity | None, unit: str, pointer: str) -> Any:
    return to_base(quantity, unit, pointer) if quantity else None


def _check_weights(net: Any, gross: Any, pointer: str) -> None:
    if net is not None and gross is not None and gross < net:
        raise invalid(
            f"{pointer}/gross_weight",
            "less_than_net",
            "With its packing it cannot weigh less than without.",
            "Berat kotor tidak boleh kurang dari berat bersih.",
        )
