"""Wholesale prices in one cell: ``10=14000; 50=13500``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.catalog.imports.cells import NotRight, Raw, quantity, rupiah, shown
from app.catalog.variants.schemas import MOST_TIERS

_QUANTITY = quantity()
_TIER = re.compile(r"([^=:]+?)\s*[=:]\s*(.+)")


def tiers(raw: Raw, uncertain: bool) -> list[dict[str, str]]:
    """Tiers as on the wire, ascending. Raises NotRight."""
    found = []
    for part in filter(None, (p.strip() for p in re.split(r"[;\n]", shown(raw)))):
        match = _TIER.fullmatch(part)
        if match is None:
            raise NotRight(
                "tiers",
                f"In {part} there is no = between quantity and price.",
                f"Pada {part} tidak ada tanda = di antara jumlah dan harga.",
            )
        start, amount = match.groups()
        found.append({"from": _QUANTITY(start, uncertain), "amount": rupiah(amount, uncertain)})
    return ordered(found)


def ordered(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """*found*, if there are not too many and their quantities ascend. Raises NotRight."""
    steps = [Decimal(tier["from"]) for tier in found]
    if len(found) > MOST_TIERS or steps != sorted(set(steps)):
        raise NotRight(
            "tiers_order",
            f"At most {MOST_TIERS} prices, the smallest quantity first, each only once.",
            f"Paling banyak {MOST_TIERS} harga, dari jumlah terkecil, masing-masing sekali.",
        )
    return found


def written(said: list[dict[str, Any]]) -> str:
    """Tiers as they stand in a cell."""
    return "; ".join(f"{tier['from'].replace('.', ',')}={tier['amount']}" for tier in said)
