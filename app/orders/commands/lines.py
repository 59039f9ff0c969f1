"""The rows of an order's lines: what is asked for, at the terms that hold when it is placed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.catalog.commodities.queries import unknown_goods
from app.core.errors import FieldError, Invalid, invalid
from app.core.ids import new_id
from app.core.money import line_amount
from app.core.quantity import factor, to_base
from app.core.text import Text
from app.orders.commands.terms import (
    DEFAULT_TOLERANCE,
    Tolerance,
    agreed_price,
    check_agreed,
    check_amount,
    own_price,
)
from app.orders.schemas import OrderIn, OrderLineIn

_REQUIRED = Text("This field is required.", "Isian ini wajib.")
_ONE_SORT = Text(
    "A line names a commodity and grade, or a listing's variant; not both.",
    "Satu baris menyebut komoditas dan mutu, atau varian produk tayang; tidak keduanya.",
)


def check_sorts(asked: OrderIn) -> None:
    """Raises Invalid unless every line names either a commodity and grade or a variant.

    A variant has the price of its listing; no agreement is about it.
    """
    errors = [
        FieldError(f"/lines/{n}/{name}", code, said)
        for n, line in enumerate(asked.lines)
        for name, code, said in _wrong(line)
    ]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)
    for n, line in enumerate(asked.lines):
        if line.variant_id is not None and asked.agreement_id is not None:
            raise invalid(
                f"/lines/{n}/variant_id",
                "not_in_agreement",
                "No agreement is about goods of a listing; order them without agreement_id.",
                "Kontrak tidak memuat produk tayang; pesan tanpa agreement_id.",
            )


def _wrong(line: OrderLineIn) -> list[tuple[str, str, Text]]:
    if line.variant_id is None:
        names = ("commodity_id", "grade")
        return [(name, "missing", _REQUIRED) for name in names if getattr(line, name) is None]
    if line.commodity_id is not None or line.grade is not None:
        return [("variant_id", "commodity_or_variant", _ONE_SORT)]
    return []


def commodity_lines(
    asked: OrderIn, terms: Sequence[asyncpg.Record], tolerances: Sequence[Tolerance] | None
) -> dict[int, dict[str, Any]]:
    """The rows of the lines that name a commodity, by their places in the order.

    Raises NotFound, or Invalid for what cannot be.
    """
    named = {n: line for n, line in enumerate(asked.lines) if line.variant_id is None}
    requested = {n: _requested(asked, n, line, terms[n]) for n, line in named.items()}
    together: dict[UUID, Decimal] = {}
    for n, quantity in requested.items():
        drawn = terms[n]["agreement_line_id"]
        together[drawn] = together.get(drawn, Decimal(0)) + quantity
    lines = {}
    for n, line in named.items():
        term, pointer = terms[n], f"/lines/{n}"
        price = (
            own_price(
                line.price,
                term["base_unit"],
                pointer,
                tolerances[n] if tolerances else DEFAULT_TOLERANCE,
            )
            if asked.agreement_id is None
            else agreed_price(term, together[term["agreement_line_id"]], pointer)
        )
        lines[n] = {
            **line_row(asked, n, term["base_unit"], requested[n], price),
            **{name: term[name] for name in _OF_COMMODITY},
        }
    return lines


_OF_COMMODITY = ("commodity_id", "grade", "agreement_line_id", "quota_period_id")


def _requested(asked: OrderIn, n: int, line: OrderLineIn, term: asyncpg.Record) -> Decimal:
    """How much the line asks for, in its commodity's base unit."""
    pointer = f"/lines/{n}"
    if term["grade"] is None:
        raise unknown_goods(pointer, commodity_known=term["commodity_id"] is not None)
    if asked.agreement_id is not None:
        check_agreed(line.price, term, pointer)
    return to_base(line.quantity, term["base_unit"], f"{pointer}/quantity")


def line_row(
    asked: OrderIn, n: int, base: str, requested: Decimal, price: dict[str, Any]
) -> dict[str, Any]:
    """The row of a new line of so much kept in *base* at *price*; of what goods is not said yet."""
    line = asked.lines[n]
    amount = line_amount(requested, price["price_amount"], price["price_per"])
    check_amount(amount, f"/lines/{n}")
    return {
        **_NOTHING_YET,
        "id": new_id(),
        "position": n + 1,
        "ship_to_site_id": line.ship_to_site_id or asked.ship_to_site_id,
        "deliver_on": line.deliver_on or asked.deliver_on,
        "base_unit": base,
        "entered_value": line.quantity.value,
        "entered_unit": line.quantity.unit,
        "unit_factor": factor(line.quantity.unit, base),
        "requested": requested,
        **price,
    }


_NOTHING_YET: dict[str, Any] = dict.fromkeys(
    (
        "commodity_id",
        "grade",
        "agreement_line_id",
        "quota_period_id",
        "variant_id",
        "listing_id",
        "seller_id",
        "stock_pool_id",
        "title",
        "price_inputs",
        "confirmed",
        "short_closed_at",
        "done_at",
        "reason",
        "note",
    )
) | dict.fromkeys(
    (
        "allocated",
        "shipped",
        "received",
        "accepted",
        "downgraded",
        "rejected",
        "short",
        "over",
        "short_closed",
        "over_tolerance_pct",
    ),
    Decimal(0),
)
