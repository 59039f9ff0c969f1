"""The terms of an order: may this buyer order this, there, then, and at which price?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.agreements.ledger import AgreementNotActive
from app.agreements.states import AgreementStatus
from app.core.errors import FieldError, Invalid, invalid, missing
from app.core.money import MOST_TOTAL, Price, per_base, rupiah
from app.core.quantity import plain
from app.core.text import Text
from app.db.tx import Tx
from app.orders.rules import DEFAULT_UNDER_TOLERANCE_PCT
from app.orders.schemas import OrderIn
from app.parties.buyers import check_buyer
from app.prices.rules import priced

FURTHEST = timedelta(days=400)
"""How far ahead an order may ask for delivery."""

Tolerance = tuple[Decimal, Decimal]
"""How many percent less, and how many more, still make a line complete."""

DEFAULT_TOLERANCE: Tolerance = (DEFAULT_UNDER_TOLERANCE_PCT, Decimal(0))


def check_header(asked: OrderIn, term: asyncpg.Record) -> None:
    """Raises for a buyer, a site or an agreement that this order cannot name."""
    check_buyer(term["buyer_roles"], term["buyer_status"])
    if asked.agreement_id is not None:
        _check_agreement(term)


def _check_agreement(term: asyncpg.Record) -> None:
    status = term["agreement_status"]
    if status is None:
        raise missing(
            "/agreement_id", "You have no such agreement.", "Anda tidak memiliki kontrak ini."
        )
    if status != AgreementStatus.ACTIVE:
        raise AgreementNotActive.now(status)


def check_sites(
    asked: OrderIn, header: asyncpg.Record, terms: Sequence[asyncpg.Record], buyer_id: UUID
) -> None:
    """Raises NotFound for a site that is not the buyer's."""
    named = [("/ship_to_site_id", header)]
    named += [
        (f"/lines/{n}/ship_to_site_id", term)
        for n, (line, term) in enumerate(zip(asked.lines, terms, strict=True))
        if line.ship_to_site_id is not None
    ]
    for pointer, term in named:
        if term["site_party"] != buyer_id:
            raise missing(
                pointer,
                "The buyer has no such site; make it with POST /v1/parties/…/sites.",
                "Pembeli tidak memiliki lokasi ini; buat dengan POST /v1/parties/…/sites.",
            )


def check_days(tx: Tx, asked: OrderIn, header: asyncpg.Record) -> None:
    """Raises Invalid, with every day that its agreement does not cover, is over or too far ahead.

    Of an agreement its own days are told first: those decide whether another day would help.
    """
    named = [("/deliver_on", asked.deliver_on)]
    named += [
        (f"/lines/{n}/deliver_on", line.deliver_on)
        for n, line in enumerate(asked.lines)
        if line.deliver_on is not None
    ]
    errors = [error for pointer, day in named for error in _wrong_day(tx, pointer, day, header)]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _wrong_day(tx: Tx, pointer: str, day: date, header: asyncpg.Record) -> Iterator[FieldError]:
    starts_on, ends_on = header["starts_on"], header["ends_on"]
    if starts_on is not None and not starts_on <= day <= ends_on:
        said = Text(
            f"The agreement runs from {starts_on} to {ends_on}.",
            f"Kontrak berlaku dari {starts_on} sampai {ends_on}.",
        )
        yield FieldError(pointer, "outside_agreement", said)
    elif not tx.today <= day <= tx.today + FURTHEST:
        said = Text(
            f"Choose a day from {tx.today} to {tx.today + FURTHEST}.",
            f"Pilih hari dari {tx.today} sampai {tx.today + FURTHEST}.",
        )
        yield FieldError(pointer, "day", said)


def own_price(
    price: Price | None, base: str, pointer: str, tolerance: Tolerance = DEFAULT_TOLERANCE
) -> dict[str, Any]:
    """The columns of a price that the order brings itself. Raises Invalid without one."""
    if price is None:
        raise invalid(
            f"{pointer}/price",
            "missing",
            "Without an agreement every line carries its price.",
            "Tanpa kontrak, setiap baris harus mencantumkan harga.",
        )
    return {
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per_base(price, base, f"{pointer}/price"),
        "under_tolerance_pct": tolerance[0],
        "over_tolerance_pct": tolerance[1],
    }


def check_agreed(price: Price | None, term: asyncpg.Record, pointer: str) -> None:
    """Raises Invalid for goods that the agreement does not name, or a price beside the agreed."""
    if price is not None:
        raise invalid(
            f"{pointer}/price",
            "price_agreed",
            "The agreement's price holds; leave price out.",
            "Harga mengikuti kontrak; kosongkan price.",
        )
    if term["agreement_line_id"] is None:
        raise invalid(
            f"{pointer}/grade",
            "not_in_agreement",
            "The agreement has no line for this commodity and grade.",
            "Kontrak tidak memuat komoditas dan mutu ini.",
        )


def agreed_price(term: asyncpg.Record, together: Decimal, pointer: str) -> dict[str, Any]:
    """The columns of the agreement's price, which nobody may overrule, and what it was made of.

    *together* is what all lines of the order draw on the same line of the agreement: what the
    smallest call-off and the price's tiers are about. Raises Invalid for less than that, and
    PriceMissing.
    """
    least = term["min_call_off"]
    if least is not None and together < least:
        unit, lacks = term["base_unit"], plain(least - together)
        raise invalid(
            f"{pointer}/quantity",
            "min_call_off",
            f"The agreement's smallest call-off is {plain(least)} {unit}; {lacks} {unit} more.",
            f"Permintaan kirim terkecil di kontrak {plain(least)} {unit}; kurang {lacks} {unit}.",
        )
    price = priced(term, together)
    names = ("price_currency", "price_per_value", "price_per_unit", "price_per")
    tolerances = ("under_tolerance_pct", "over_tolerance_pct")
    made_of = price.inputs or {"rule": term["price_rule"], "amount": plain(price.amount)}
    return {name: term[name] for name in (*names, *tolerances)} | {
        "price_amount": price.amount,
        "price_inputs": made_of | {"terms_version": term["terms_version"]},
    }


def check_amount(amount: Decimal, pointer: str) -> None:
    """Raises Invalid for a line that costs more than any does: a slip of the pen."""
    if amount > MOST_TOTAL:
        raise invalid(
            f"{pointer}/price",
            "amount_range",
            f"This line would cost {rupiah(amount).en}; check quantity, price and its unit.",
            f"Baris ini menjadi {rupiah(amount).id}; periksa jumlah, harga, dan satuannya.",
        )
