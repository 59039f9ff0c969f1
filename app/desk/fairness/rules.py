"""How unequal a division is. Pure, exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.desk.fractions import part


def gini(amounts: Sequence[Decimal]) -> Decimal | None:
    """The Gini coefficient of *amounts*, none of them negative; None when there is nothing.

    0 when all have the same, (n − 1) / n when one of n has everything. With the amounts in
    ascending order it is Σ (2i − n − 1) · x_i / (n · Σ x_i), i = 1 … n: half the mean difference of
    all pairs, relative to the mean (A. Sen, On Economic Inequality, 1973, section 2.7). Who could
    have brought something and brought nothing counts, with 0.
    """
    ranked = sorted(amounts)
    n = len(ranked)
    spread = sum(((2 * i - n - 1) * x for i, x in enumerate(ranked, 1)), Decimal(0))
    return part(spread, n * sum(ranked, Decimal(0)))
