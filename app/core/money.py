"""Money: whole rupiah, exact. Multiply, round once per line half-up; no float ever touches it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from app.core.quantity import DecimalText, Quantity, factor, wrong_unit
from app.core.text import Text

MOST = Decimal(1_000_000_000_000)
"""No single price is larger (a thousand thousand million rupiah)."""

MOST_TOTAL = Decimal(10) ** 16
"""No line costs more; what would is a slip of the pen."""

_EXACT = Context(prec=60)  # enough for any quantity times any price; the default's 28 is not

Rupiah = Annotated[Decimal, DecimalText(places=0, most=MOST)]
RupiahTotal = Annotated[Decimal, DecimalText(places=0, most=MOST_TOTAL * 1000, zero=True)]


class Money(BaseModel):
    """An amount: ``{"amount": "28500000", "currency": "IDR"}``, whole rupiah."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: RupiahTotal
    currency: Literal["IDR"] = "IDR"


class Price(BaseModel):
    """An amount per quantity: Rp 2 850 000 per 100 kg is a price as good as Rp 28 500 per kg."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Rupiah
    currency: Literal["IDR"]
    per: Quantity


def per_base(price: Price, base_unit: str, pointer: str) -> Decimal:
    """The quantity the price is for, in *base_unit*. Raises Invalid when the units do not meet."""
    by = factor(price.per.unit, base_unit)
    if by is None:
        raise wrong_unit(price.per.unit, base_unit, f"{pointer}/per")
    return price.per.value * by


def rupiah(amount: Decimal) -> Text:
    """Whole rupiah as people read them: ``Rp 1,250,000``, in Indonesian ``Rp 1.250.000``."""
    said = f"Rp {amount:,.0f}"
    return Text(said, said.replace(",", "."))


def line_amount(quantity: Decimal, amount: Decimal, per: Decimal) -> Decimal:
    """What *quantity* costs at *amount* per *per* (same unit): whole rupiah, half-up."""
    with localcontext(_EXACT):
        return (quantity * amount / per).quantize(Decimal(1), ROUND_HALF_UP)
