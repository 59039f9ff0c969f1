"""What one side asks for, read from a request or from what was proposed: only what is different."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.core.consent import nothing_changes
from app.core.errors import invalid, missing
from app.core.money import Price, line_amount, per_base
from app.core.quantity import to_base
from app.orders.amendments.schemas import AmendedLineOut, AmendLineIn
from app.orders.amendments.terms import Change, Line, Wish
from app.orders.commands.terms import check_amount


def asked(lines: Sequence[AmendLineIn], of: Sequence[Line], sites: Collection[UUID]) -> list[Wish]:
    """What is asked of an order's lines *of*; *sites* are those of its buyer.

    Raises NotFound for a line or a site that is not there, Invalid for what nobody can agree on:
    another unit, a price that is not the order's to make.
    """
    by_id = {line["id"]: line for line in of}
    wishes: list[Wish] = []
    for n, said in enumerate(lines):
        line = by_id.pop(said.line_id, None)
        if line is None:
            raise missing(
                f"/lines/{n}/line_id",
                "This order has no such line, or it is named twice.",
                "Baris ini tidak ada dalam pesanan, atau disebut dua kali.",
            )
        wishes.append(_wish(said, line, f"/lines/{n}", sites))
    return wishes


def _wish(said: AmendLineIn, line: Line, pointer: str, sites: Collection[UUID]) -> Wish:
    if said.ship_to_site_id is not None and said.ship_to_site_id not in sites:
        raise missing(
            f"{pointer}/ship_to_site_id",
            "The buyer has no such site; make it with POST /v1/parties/…/sites.",
            "Pembeli tidak memiliki lokasi ini; buat dengan POST /v1/parties/…/sites.",
        )
    quantity = None
    if said.quantity is not None:
        quantity = to_base(said.quantity, line["base_unit"], f"{pointer}/quantity")
        if quantity == line["confirmed"]:
            quantity = None
    day = said.deliver_on if said.deliver_on != line["deliver_on"] else None
    site = said.ship_to_site_id if said.ship_to_site_id != line["ship_to_site_id"] else None
    price = None if said.price is None else _price(said.price, line, f"{pointer}/price")
    amount = quantity if quantity is not None else line["confirmed"]
    cost = price or line
    check_amount(line_amount(amount, cost["price_amount"], cost["price_per"]), pointer)
    as_said = None if quantity is None else said.quantity
    return Wish(pointer, line["id"], quantity, as_said, day, site, price)


def _price(price: Price, line: Line, pointer: str) -> Mapping[str, Any] | None:
    if line["agreement_line_id"] is not None or line["variant_id"] is not None:
        raise invalid(
            pointer,
            "price_agreed",
            "The price of an agreement or a listing holds as it was when the order was placed.",
            "Harga dari kontrak atau produk tayang tetap seperti saat pesanan dibuat.",
        )
    per = per_base(price, line["base_unit"], pointer)
    if price.amount * line["price_per"] == line["price_amount"] * per:
        return None
    return {
        "price_amount": price.amount,
        "price_currency": price.currency,
        "price_per_value": price.per.value,
        "price_per_unit": price.per.unit,
        "price_per": per,
    }


def check_changes(changes: Iterable[Change]) -> None:
    """Raises Invalid for a line that is already as it is wanted."""
    for change in changes:
        if change.before == change.after:
            raise nothing_changes(change.wish.pointer)


def proposed(row: Row[Any]) -> list[AmendLineIn]:
    """What an amendment that waits asks for: its lines after, where they differ from before.

    Nothing else changes these terms meanwhile: an order has one open amendment at a time.
    """
    found = []
    for change in row.changes:
        line = AmendedLineOut.model_validate(change)
        different = {
            name: value
            for name in ("quantity", "deliver_on", "ship_to_site_id", "price")
            if (value := getattr(line.after, name)) != getattr(line.before, name)
        }
        found.append(AmendLineIn.model_construct(line_id=line.line_id, **different))
    return found
