"""The terms of an order: may this buyer order this, here, then, and at which price?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.access.permissions import Role
from app.agreements.states import AgreementStatus
from app.core.errors import DomainError, Kind, invalid, missing
from app.core.money import MOST_TOTAL, Price, per_base
from app.core.text import Text
from app.db.tx import Tx
from app.orders.rules import DEFAULT_UNDER_TOLERANCE_PCT
from app.orders.schemas import OrderIn
from app.parties.states import PartyStatus

FURTHEST = timedelta(days=400)
"""How far ahead an order may ask for delivery."""


class AgreementNotActive(DomainError):
    """The agreement does not bind, or not any more, or not for now."""

    kind = Kind.CONFLICT
    code = "agreement_not_active"
    title = Text("Agreement not active", "Kontrak tidak aktif")
    advice = Text(
        "Only an active agreement can be drawn on. Order without agreement_id, or ask the hub.",
        "Hanya kontrak aktif yang bisa dipakai. Pesan tanpa agreement_id, atau hubungi BTC.",
    )


def check_day(tx: Tx, asked: OrderIn) -> None:
    """Raises Invalid for a day that is over, or too far ahead."""
    if not tx.today <= asked.deliver_on <= tx.today + FURTHEST:
        raise invalid(
            "/deliver_on",
            "day",
            f"Choose a day from {tx.today} to {tx.today + FURTHEST}.",
            f"Pilih hari dari {tx.today} sampai {tx.today + FURTHEST}.",
        )


def check_terms(asked: OrderIn, term: asyncpg.Record, buyer_id: UUID) -> None:
    """Raises for a buyer, a site or an agreement that this order cannot name."""
    if term["buyer_roles"] is None:
        raise missing("/buyer_id", "There is no such party.", "Pihak ini tidak ada.")
    if Role.BUYER not in term["buyer_roles"] or term["buyer_status"] != PartyStatus.ACTIVE:
        raise invalid(
            "/buyer_id",
            "not_a_buyer",
            "This party is not an active buyer.",
            "Pihak ini bukan pembeli yang aktif.",
        )
    if term["site_party"] != buyer_id:
        raise missing(
            "/ship_to_site_id",
            "The buyer has no such site; make it with POST /v1/parties/…/sites.",
            "Pembeli tidak memiliki lokasi ini; buat dengan POST /v1/parties/…/sites.",
        )
    if asked.agreement_id is not None:
        _check_agreement(asked, term)


def _check_agreement(asked: OrderIn, term: asyncpg.Record) -> None:
    status = term["agreement_status"]
    if status is None:
        raise missing(
            "/agreement_id", "You have no such agreement.", "Anda tidak memiliki kontrak ini."
        )
    if status != AgreementStatus.ACTIVE:
        raise AgreementNotActive(
            Text(f"This agreement is {status}.", f"Status kontrak ini {status}."),
            current_status=status,
        )
    if not term["starts_on"] <= asked.deliver_on <= term["ends_on"]:
        raise invalid(
            "/deliver_on",
            "outside_agreement",
            f"The agreement runs from {term['starts_on']} to {term['ends_on']}.",
            f"Kontrak berlaku dari {term['starts_on']} sampai {term['ends_on']}.",
        )


def own_price(price: Price | None, base: str, pointer: str) -> dict[str, Any]:
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
        "under_tolerance_pct": DEFAULT_UNDER_TOLERANCE_PCT,
    }


def agreed_price(price: Price | None, term: asyncpg.Record, pointer: str) -> dict[str, Any]:
    """The columns of the agreement's price, which nobody may overrule. Raises Invalid."""
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
    names = ("price_amount", "price_currency", "price_per_value", "price_per_unit", "price_per")
    return {name: term[name] for name in (*names, "under_tolerance_pct")}


def check_amount(amount: Decimal, pointer: str) -> None:
    """Raises Invalid for a line that costs more than any does: a slip of the pen."""
    if amount > MOST_TOTAL:
        raise invalid(
            f"{pointer}/price",
            "amount_range",
            f"This line would cost Rp {amount}; check quantity, price and the unit it is for.",
            f"Baris ini menjadi Rp {amount}; periksa jumlah, harga, dan satuannya.",
        )
