"""The rows of an order's lines: what is asked for, at the terms that hold when it is placed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import asyncpg

from app.catalog.commodities.queries import unknown_goods
from app.core.errors import FieldError, Invalid, invalid
from app.core.ids import new_id
from app.core.money import line_amount
from app.core.quantity import factor, to_base
from app.core.text import Text
from app.orders.commands.terms import agreed_price, check_amount, own_price
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


def commodity_line(asked: OrderIn, n: int, line: OrderLineIn, term: asyncpg.Record) -> Any:
    """The row of a line that names a commodity. Raises NotFound, or Invalid for what cannot be."""
    pointer = f"/lines/{n}"
    if term["grade"] is None:
        raise unknown_goods(pointer, commodity_known=term["commodity_id"] is not None)
    base = term["base_unit"]
    price = (
        own_price(line.price, base, pointer)
        if asked.agreement_id is None
        else agreed_price(line.price, term, pointer)
    )
    return {
        **line_row(n, line, base, price),
        "commodity_id": term["commodity_id"],
        "grade": term["grade"],
        "agreement_line_id": term["agreement_line_id"],
        "quota_period_id": term["quota_period_id"],
    }


def line_row(n: int, line: OrderLineIn, base: str, price: dict[str, Any]) -> dict[str, Any]:
    """The row of a new line of goods kept in *base* at *price*; of what goods is not said yet."""
    pointer = f"/lines/{n}"
    requested = to_base(line.quantity, base, f"{pointer}/quantity")
    check_amount(line_amount(requested, price["price_amount"], price["price_per"]), pointer)
    return {
        "id": new_id(),
        "position": n + 1,
        "base_unit": base,
        "entered_value": line.quantity.value,
        "entered_unit": line.quantity.unit,
        "unit_factor": factor(line.quantity.unit, base),
        "requested": requested,
        **price,
        **_NOTHING_YET,
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
        "confirmed",
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
    ),
    Decimal(0),
)
