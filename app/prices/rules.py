"""How a price comes about: fixed, tiered by quantity, or indexed to a price series. Pure, exact.

Everything is a fraction until the one rounding at the end; no float takes part. The readings an
indexed price needs come with the terms, by `queries.READING`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

from app.catalog.variants.rules import tier_at
from app.core.errors import DomainError, Kind, invalid
from app.core.money import MOST, rupiah
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.prices.models import PriceRule
from app.prices.schemas import Fallback, PriceIndex, QuantityTier, RuledPrice


class PriceMissing(DomainError):
    """An indexed price needs a reading that nobody has recorded."""

    kind = Kind.CONFLICT
    code = "price_missing"
    title = Text("No price for this day yet", "Harga acuan belum tersedia")
    advice = Text(
        "The price follows a series of which no fresh enough reading is recorded. Ask the hub to "
        "record it (POST /v1/price-series/…/readings), then order again.",
        "Harga mengikuti harga acuan yang datanya belum ada atau sudah terlalu lama. Minta BTC "
        "mencatatnya (POST /v1/price-series/…/readings), lalu pesan lagi.",
    )
    _exactly = Text(
        "The price follows {series}, but it has no reading from {first} to {last}. Ask the hub to "
        "record one (POST /v1/price-series/…/readings), then order again.",
        "Harga mengikuti {series}, tetapi belum ada data dari {first} sampai {last}. Minta BTC "
        "mencatatnya (POST /v1/price-series/…/readings), lalu pesan lagi.",
    )

    @classmethod
    def between(cls, series: str, first: date, last: date) -> PriceMissing:
        """The refusal that says which reading was looked for."""
        return cls(
            cls._exactly.filled(series=series, first=first, last=last),
            series=series,
            looked_for={"from": first.isoformat(), "to": last.isoformat()},
        )


@dataclass(frozen=True)
class Priced:
    """A price for the ``per`` of its term, and what it was made of (None: a fixed price is itself).

    ``inputs`` is ready for JSON, all decimals as plain text; it is frozen on the line.
    """

    amount: Decimal
    inputs: dict[str, Any] | None


def priced(term: Mapping[str, Any], quantity: Decimal) -> Priced:
    """The price *term* gives for *quantity* (base units). Raises PriceMissing.

    *term* has ``price_rule``, ``price_amount`` and ``price_per`` (base units); for ``tiered``
    ``price_tiers``; for ``indexed`` ``price_index``, ``series_id``, ``priced_on`` (the Jakarta day
    the order is placed) and the columns of `queries.READING`.
    """
    if term["price_rule"] == PriceRule.TIERED:
        return _tiered(term, quantity)
    if term["price_rule"] == PriceRule.INDEXED:
        return _indexed(term)
    return Priced(term["price_amount"], None)


def _tiered(term: Mapping[str, Any], quantity: Decimal) -> Priced:
    tier = tier_at(term["price_tiers"], quantity)
    amount = term["price_amount"] if tier is None else Decimal(tier["amount"])
    return Priced(amount, {"rule": "tiered", "tier": tier, "amount": plain(amount)})


def _indexed(term: Mapping[str, Any]) -> Priced:
    index = index_of(term["price_index"])
    fallback = _fallback(index, term)
    reads = fallback != Fallback.PRICE
    rounded = limited_by = None
    amount: Decimal = term["price_amount"]
    if reads:
        rounded = following(index, term["reading_amount"], term["series_per"], term["price_per"])
        amount, limited_by = limited(index, rounded)
    inputs = {
        "rule": "indexed",
        "series": term["series_code"],
        "series_id": str(index.series_id),
        "read_on": term["read_on"].isoformat() if reads else None,
        "reading": plain(term["reading_amount"]) if reads else None,
        "revision": term["reading_revision"] if reads else None,
        "lag_days": index.lag_days,
        "spread_pct": plain(index.spread_pct),
        "spread_amount": plain(index.spread_amount),
        "before_limits": None if rounded is None else plain(rounded),
        "limited_by": limited_by,
        "round_to": plain(index.round_to),
        "fallback": None if fallback is None else str(fallback),
        "amount": plain(amount),
    }
    return Priced(amount, inputs)


def _fallback(index: PriceIndex, term: Mapping[str, Any]) -> Fallback | None:
    """What stands in for the reading; None when it is there. Raises PriceMissing."""
    last = term["priced_on"] - timedelta(days=index.lag_days)
    first = last - timedelta(days=index.max_age_days)
    if term["read_on"] is not None and term["read_on"] >= first:
        return None
    if index.fallback == Fallback.REFUSE:
        raise PriceMissing.between(term["series_code"], first, last)
    return index.fallback if term["read_on"] is not None else Fallback.PRICE


def following(index: PriceIndex, reading: Decimal, series_per: Decimal, per: Decimal) -> Decimal:
    """What a *reading* for *series_per* makes for *per* (both base units), before the limits."""
    base = Fraction(reading) * Fraction(per) / Fraction(series_per)
    value = base * (1 + Fraction(index.spread_pct) / 100) + Fraction(index.spread_amount)
    step = int(index.round_to)
    return Decimal(floor(value / step + Fraction(1, 2)) * step)


def limited(index: PriceIndex, amount: Decimal) -> tuple[Decimal, str | None]:
    """*amount* held between the limits, and which of them it met.

    Limits come after rounding: what was agreed as floor or ceiling holds to the rupiah. Where none
    was agreed, a price is at least one step of rounding and at most the largest there is.
    """
    least, most = index.floor_amount or index.round_to, index.ceiling_amount or MOST
    if amount < least:
        return least, "floor"
    if amount > most:
        return most, "ceiling"
    return amount, None


def index_of(stored: Mapping[str, Any]) -> PriceIndex:
    """A price index as it stands in the column ``price_index``."""
    return PriceIndex.model_validate({**stored, "series_id": UUID(stored["series_id"])})


def check_rule(rule: RuledPrice, base_unit: str, pointer: str) -> None:
    """Raises Invalid for a rule that cannot be meant; its fields stand at *pointer*."""
    _check_parts(rule, pointer)
    _check_tiers(rule, base_unit, f"{pointer}/price_tiers")
    if rule.price_index is not None:
        _check_index(rule.price_index, f"{pointer}/price_index")


def _check_parts(rule: RuledPrice, pointer: str) -> None:
    """Each rule with its own field, and without the other's."""
    for needed_by, name in (
        (PriceRule.TIERED, "price_tiers"),
        (PriceRule.INDEXED, "price_index"),
    ):
        said = getattr(rule, name) is not None
        if rule.price_rule == needed_by and not said:
            raise invalid(
                f"{pointer}/{name}",
                "missing",
                f"A price by the rule {needed_by} needs {name}.",
                f"Harga dengan aturan {needed_by} memerlukan {name}.",
            )
        if rule.price_rule != needed_by and said:
            raise invalid(
                f"{pointer}/{name}",
                "price_rule",
                f"Only the rule {needed_by} takes {name}; set price_rule, or leave it out.",
                f"{name} hanya untuk aturan {needed_by}; isi price_rule, atau kosongkan.",
            )


def _check_tiers(rule: RuledPrice, base_unit: str, pointer: str) -> None:
    """Tiers rise in quantity and fall in amount, from the price itself on."""
    reached, amount = Decimal(0), rule.price.amount
    for n, tier in enumerate(rule.price_tiers or ()):
        quantity = tier_from(tier, base_unit, f"{pointer}/{n}")
        if quantity <= reached:
            raise invalid(
                f"{pointer}/{n}/from_quantity",
                "tiers_order",
                "Name the tiers in ascending order, each from a larger quantity on.",
                "Urutkan tingkat harga dari jumlah terkecil; setiap tingkat harus lebih besar.",
            )
        if tier.amount >= amount:
            less = rupiah(amount)
            raise invalid(
                f"{pointer}/{n}/amount",
                "tiers_order",
                f"Each tier is cheaper than the one before; less than {less.en} here.",
                f"Setiap tingkat lebih murah dari sebelumnya; di sini di bawah {less.id}.",
            )
        reached, amount = quantity, tier.amount


def tier_from(tier: QuantityTier, base_unit: str, pointer: str) -> Decimal:
    """From how much on *tier* holds, in *base_unit*. Raises Invalid."""
    return to_base(tier.from_quantity, base_unit, f"{pointer}/from_quantity")


def _check_index(index: PriceIndex, pointer: str) -> None:
    if index.spread_pct <= -100:
        raise invalid(
            f"{pointer}/spread_pct",
            "spread_range",
            "At -100 % or below nothing is left of the reading.",
            "Dengan -100 % atau kurang, harga acuan habis.",
        )
    least, most = index.floor_amount, index.ceiling_amount
    if most is not None and most < (least or index.round_to):
        raise invalid(
            f"{pointer}/ceiling_amount",
            "limits_order",
            "The ceiling is at least the floor, and at least round_to.",
            "Batas atas tidak boleh di bawah batas bawah atau di bawah round_to.",
        )
