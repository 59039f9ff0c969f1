"""Rules of the API for what buyers see of a variant at once: its options, its wholesale prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.catalog.imports.columns import OPTIONS
from app.catalog.imports.prices import Priced
from app.catalog.imports.products import problem
from app.catalog.imports.ways import Way
from app.catalog.variants.options import check_option
from app.catalog.variants.terms import dearer
from app.core.errors import Invalid


def check_offers(ways: Sequence[Way], listed: Priced, *, repriced: bool = True) -> None:
    """Note with its row what an option or a wholesale price may not say.

    *listed* is the listing's price; if it is not *repriced*, wholesale prices that stand and whose
    own price stays are not looked at again.
    """
    for way in ways:
        for name in OPTIONS:
            if name in way.changed:
                _check_option(way, name)
        tiers = way.after["price_tiers"]
        if tiers and (repriced or {"price", "price_tiers"} & {*way.changed}):
            amount = Decimal((way.own_price or listed)[0])
            if Decimal(tiers[0]["amount"]) >= amount:
                _tell(way, "price_tiers", dearer("", amount))


def _check_option(way: Way, name: str) -> None:
    try:
        check_option(way.after[name], "")
    except Invalid as refusal:
        _tell(way, name, refusal)


def _tell(way: Way, name: str, refusal: Invalid) -> None:
    (error,) = refusal.errors
    value = str(way.line.cells.get(name, ""))
    way.line.problems.append(problem(name, error.code, error.detail, value))
