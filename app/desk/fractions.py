"""Parts of a whole, exactly: ``"0.125"`` is one eighth, at most four places."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Annotated

from app.core.quantity import DecimalText

PLACES = Decimal("0.0001")
_EXACT = Context(prec=60)  # enough for sums of any quantities; the default's 28 is not

Fraction = Annotated[Decimal, DecimalText(places=4, most=Decimal(1), zero=True)]


def part(some: Decimal, whole: Decimal) -> Decimal | None:
    """*some* as a fraction of *whole*, half-up; None of nothing."""
    if not whole:
        return None
    with localcontext(_EXACT):
        return (some / whole).quantize(PLACES, ROUND_HALF_UP)
