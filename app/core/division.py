"""Dividing a whole into parts that add up to it exactly: largest remainders (Hamilton's method)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

K = TypeVar("K", bound=Any)


def divide(total: Decimal, weights: Mapping[K, Decimal], quantum: Decimal) -> dict[K, Decimal]:
    """*total* in proportion to *weights*, every part a multiple of *quantum*; they sum to it.

    What rounding down leaves goes, a quantum each, to those with the largest remainders; of equal
    ones the smaller key has it. *total* is a multiple of *quantum*, and something weighs. Where the
    weights are multiples too and *total* is at most their sum, no part is more than its weight.
    """
    exponent = min((weight.as_tuple().exponent for weight in weights.values()), default=0)
    scale = -min(int(exponent), 0)
    # In whole numbers: a decimal quotient would be rounded at some digit.
    shares = {key: int(weight.scaleb(scale)) for key, weight in weights.items()}
    whole, units = sum(shares.values()), int(total / quantum)
    parts = {key: units * share // whole for key, share in shares.items()}
    left = units - sum(parts.values())
    if left:
        first = sorted(shares, key=lambda key: (-(units * shares[key] % whole), key))
        for key in first[:left]:
            parts[key] += 1
    return {key: part * quantum for key, part in parts.items()}
