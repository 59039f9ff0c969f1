"""Prices of a sheet: one for each row, kept as the listing's price and variants' own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalog.imports.standing import Standing
from app.catalog.imports.ways import Way
from app.core.quantity import plain

Priced = tuple[str, str]
"""An amount, and per how much of the listing's unit."""


def priced_new(ways: Sequence[Way]) -> Priced:
    """The price of a new listing, the first row's; rows that say another keep their own."""
    price = _said(ways[0], ("", "1"))
    _own(ways, price)
    return price


def repriced(ways: Sequence[Way], standing: Standing) -> Priced | None:
    """The new price of a listing that is there; None when it stays. Ways learn their own.

    It changes only when every variant for which it holds is in the file: what is not named keeps
    the price it has.
    """
    listing: Priced = (plain(standing.row["price_amount"]), plain(standing.row["price_per"]))
    inherits = {v["id"] for v in standing.variants if v["price_amount"] is None}
    wanted: dict[str, Priced] = {}
    for way in ways:
        if way.before is not None:
            now = listing if way.before["id"] in inherits else _of(way.before)
            way.own_price = None if way.before["id"] in inherits else now
            wanted[way.before["id"]] = _said(way, now)
    price = listing
    if inherits and inherits <= wanted.keys():
        named = (way.before["id"] for way in ways if way.before is not None)
        price = next(wanted[variant_id] for variant_id in named if variant_id in inherits)
    for way in ways:
        if way.before is not None:
            said = wanted[way.before["id"]]
            own = way.before["id"] not in inherits or said != price
            _set(way, said if own else None)
    _own([way for way in ways if way.before is None], price)
    return None if price == listing else price


def _set(way: Way, price: Priced | None) -> None:
    if price != way.own_price:
        way.changed.append("price")
        way.own_price = price


def _said(way: Way, now: Priced) -> Priced:
    """The price that a row says, *now* where it does not."""
    said = way.line.said
    return said.get("price") or now[0], said.get("price_per") or now[1]


def _own(ways: Sequence[Way], listing: Priced) -> None:
    """Give new variants a price of their own where they say another than the listing's."""
    for way in ways:
        said = _said(way, listing)
        way.own_price = None if said == listing else said


def _of(variant: Mapping[str, Any]) -> Priced:
    return variant["price_amount"], variant["price_per"]
