"""Lines that name a variant of a listing: may it be sold, from which day, and at which price?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.catalog.variants import stock
from app.catalog.variants.rules import amount_at
from app.core.errors import DomainError, FieldError, Invalid, Kind, invalid, missing
from app.core.ids import encode
from app.core.money import Price, per_base
from app.core.quantity import Quantity, plain, to_base
from app.core.text import Text
from app.db.tx import Tx
from app.orders import queries
from app.orders.commands.lines import line_row
from app.orders.rules import DEFAULT_UNDER_TOLERANCE_PCT
from app.orders.schemas import OrderIn, OrderLineIn
from app.parties.states import PartyStatus

Terms = dict[int, asyncpg.Record]
"""What holds for the variants that lines name, by the lines' places in the order."""


class NotSellable(DomainError):
    """A rule keeps a listing from being sold now, or on the day asked for."""

    kind = Kind.CONFLICT
    code = "not_sellable"
    title = Text("Not for sale now", "Sedang tidak dijual")
    advice = Text(
        "reasons says why, per variant. Leave these lines out, or order for another day.",
        "Isian reasons menyebut alasan tiap varian. Hapus baris itu, atau pilih hari lain.",
    )


class PriceChanged(DomainError):
    """The price the buyer counts on is not the one that holds."""

    kind = Kind.CONFLICT
    code = "price_changed"
    title = Text("The price is another one now", "Harga sudah berubah")
    advice = Text(
        "prices says what holds now for each line, for this quantity; order again if you agree.",
        "Isian prices menyebut harga yang berlaku untuk tiap baris; pesan lagi bila setuju.",
    )


_REASONS = {
    "licence_missing": Text(
        "Its seller has no good licence for goods of this kind.",
        "Penjual belum memiliki izin yang berlaku untuk jenis barang ini.",
    ),
    "seller_suspended": Text(
        "Its seller is suspended.", "Penjualnya sedang dinonaktifkan oleh BTC."
    ),
    "closed_today": Text("Its seller is closed today.", "Penjualnya tutup hari ini."),
    "closed_then": Text(
        "Its seller is closed on the day of delivery.", "Penjualnya tutup pada hari pengiriman."
    ),
}


async def listed_lines(tx: Tx, asked: OrderIn) -> dict[int, dict[str, Any]]:
    """The rows of the lines that name a variant, by their places in the order.

    The variants stay as they are until this transaction ends. Raises NotFound for what is not on
    sale, NotSellable, PriceChanged, and Invalid for a day or a quantity that cannot be.
    """
    named = {n: line for n, line in enumerate(asked.lines) if line.variant_id is not None}
    if not named:
        return {}
    await tx.as_hub()  # listings, their stock and closures are their sellers'
    terms = await _terms(tx, named, asked)
    check_sellable(terms)
    check_lead_times(tx, asked, terms)
    lines = {n: _row(asked, n, line, terms[n]) for n, line in named.items()}
    check_steps(lines, terms)
    check_prices(named, lines)
    pools = await stock.pools(tx, [_want(lines[n], terms[n]) for n in named])
    for n, pool_id in zip(named, pools, strict=True):
        lines[n]["stock_pool_id"] = pool_id
    return lines


async def _terms(tx: Tx, named: Mapping[int, OrderLineIn], asked: OrderIn) -> Terms:
    wanted = {
        n: (line.variant_id, line.deliver_on or asked.deliver_on)
        for n, line in named.items()
        if line.variant_id is not None
    }
    found = await queries.variant_terms(tx, set(wanted.values()))
    terms: Terms = {}
    for n, goods in wanted.items():
        term = found.get(goods)
        if term is None:
            raise missing(
                f"/lines/{n}/variant_id",
                "Nothing on sale has this id; see GET /v1/listings.",
                "Tidak ada produk tayang dengan id ini; lihat GET /v1/listings.",
            )
        terms[n] = term
    return terms


def check_sellable(terms: Terms) -> None:
    """Raises NotSellable, with every reason for every line."""
    found = {n: reasons for n, term in terms.items() if (reasons := _reasons(term))}
    if not found:
        return
    errors = [
        FieldError(f"/lines/{n}/variant_id", reason, _REASONS[reason])
        for n, reasons in found.items()
        for reason in reasons
    ]
    said = {encode("var", terms[n]["variant_id"]): reasons for n, reasons in found.items()}
    raise NotSellable(errors[0].detail, errors=errors, reasons=said)


def _reasons(term: Mapping[str, Any]) -> list[str]:
    found = {rule["code"] for rule in term["blocked"]}
    if term["seller_status"] != PartyStatus.ACTIVE:
        found.add("seller_suspended")
    found.update(name for name in ("closed_today", "closed_then") if term[name])
    return sorted(found)


def check_lead_times(tx: Tx, asked: OrderIn, terms: Terms) -> None:
    """Raises Invalid for days before goods can be made, naming the first possible one for each.

    Lines without a day of their own share the order's, and so wait for the slowest among them.
    """
    lead: dict[str, int] = {}
    for n, term in terms.items():
        own = asked.lines[n].deliver_on is not None
        pointer = f"/lines/{n}/deliver_on" if own else "/deliver_on"
        if term["deliver_on"] < tx.today + timedelta(days=term["lead_days"] or 0):
            lead[pointer] = max(lead.get(pointer, 0), term["lead_days"])
    errors = []
    for pointer, days in lead.items():
        first = tx.today + timedelta(days=days)
        said = Text(
            f"This is made to order; the first day on which it can be ready is {first}.",
            f"Barang ini dibuat sesuai pesanan; paling cepat siap pada {first}.",
        )
        errors.append(FieldError(pointer, "lead_time", said))
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _row(asked: OrderIn, n: int, line: OrderLineIn, term: Mapping[str, Any]) -> dict[str, Any]:
    quantity = to_base(line.quantity, term["unit"], f"/lines/{n}/quantity")
    price = {
        "price_amount": amount_at(term["price_amount"], term["price_tiers"], quantity),
        "price_currency": term["price_currency"],
        "price_per_value": term["price_per_value"],
        "price_per_unit": term["price_per_unit"],
        "price_per": term["price_per"],
        "under_tolerance_pct": DEFAULT_UNDER_TOLERANCE_PCT,
    }
    options = (term[name] for name in ("size", "colour", "flavour", "pack"))
    return {
        **line_row(asked, n, term["unit"], quantity, price),
        "variant_id": term["variant_id"],
        "listing_id": term["listing_id"],
        "seller_id": term["seller_id"],
        "title": ", ".join([term["title"], *(option for option in options if option)]),
    }


def check_steps(lines: Mapping[int, Mapping[str, Any]], terms: Terms) -> None:
    """Raises Invalid for less than a listing's smallest order, or for parts of its step.

    The smallest order is met by all lines of the listing together: five of each flavour are ten.
    """
    together: dict[UUID, Decimal] = {}
    for line in lines.values():
        listing = line["listing_id"]
        together[listing] = together.get(listing, Decimal(0)) + line["requested"]
    for n, line in lines.items():
        term = terms[n]
        if term["min_order"] is not None and together[line["listing_id"]] < term["min_order"]:
            raise _quantity(n, "min_order", term)
        if term["order_step"] is not None and line["requested"] % term["order_step"]:
            raise _quantity(n, "order_step", term)


def _quantity(n: int, code: str, term: Mapping[str, Any]) -> Invalid:
    unit = term["unit"]
    en, id = [], []
    if term["min_order"] is not None:
        en.append(f"at least {plain(term['min_order'])} {unit} of this listing")
        id.append(f"minimal {plain(term['min_order'])} {unit} dari produk ini")
    if term["order_step"] is not None:
        en.append(f"in multiples of {plain(term['order_step'])} {unit}")
        id.append(f"kelipatan {plain(term['order_step'])} {unit}")
    return invalid(
        f"/lines/{n}/quantity", code, f"Order {', '.join(en)}.", f"Pesan {', '.join(id)}."
    )


def check_prices(named: Mapping[int, OrderLineIn], lines: Mapping[int, Mapping[str, Any]]) -> None:
    """Raises PriceChanged when the buyer says another price than the one that holds.

    Rp 16 000 for one and Rp 160 000 for ten are the same price.
    """
    changed = [n for n, line in named.items() if line.price and not _holds(n, line.price, lines[n])]
    if changed:
        raise PriceChanged(
            errors=[FieldError(f"/lines/{n}/price", "price_changed", _NOW) for n in changed],
            prices=[_current(n, lines[n]) for n in changed],
        )


_NOW = Text("The price is another one; see prices.", "Harganya sudah lain; lihat prices.")


def _holds(n: int, said: Price, line: Mapping[str, Any]) -> bool:
    per = per_base(said, line["base_unit"], f"/lines/{n}/price")
    return bool(said.amount * line["price_per"] == line["price_amount"] * per)


def _current(n: int, line: Mapping[str, Any]) -> dict[str, Any]:
    per = Quantity.model_construct(value=line["price_per_value"], unit=line["price_per_unit"])
    price = Price.model_construct(
        amount=line["price_amount"], currency=line["price_currency"], per=per
    )
    return {
        "pointer": f"/lines/{n}/price",
        "variant_id": encode("var", line["variant_id"]),
        "price": price.model_dump(mode="json"),
    }


def _want(line: Mapping[str, Any], term: Mapping[str, Any]) -> stock.Want:
    return stock.Want(
        line["variant_id"],
        line["seller_id"],
        line["deliver_on"],
        term["capacity"],
        term["capacity_period"],
    )
