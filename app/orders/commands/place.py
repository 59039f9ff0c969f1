"""Placing an order: the busiest write of the service.

Few statements, however many lines: read the terms, insert order and lines, record and keep the
answer, reserve the quota. The answer is made from what was written, not read again; and the quota
is taken when nothing else is left to do but COMMIT, so that the row is held as short as can be.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.agreements import ledger
from app.agreements.ledger import QuotaEntry
from app.agreements.models import QuotaMovementKind
from app.catalog.commodities.queries import unknown_goods
from app.core.errors import AlreadyExists, invalid, missing
from app.core.ids import encode, new_id
from app.core.money import line_amount
from app.core.quantity import factor, to_base
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import queries
from app.orders.commands.terms import (
    agreed_price,
    check_amount,
    check_day,
    check_terms,
    own_price,
)
from app.orders.rules import ANSWER_WITHIN
from app.orders.schemas import OrderIn, OrderLineIn, OrderOut, order_out
from app.orders.states import ORDER, OrderStatus

_INSERT = f"""
WITH placed AS (
  INSERT INTO orders (id, status, number, buyer_id, agreement_id, ship_to_site_id, deliver_on,
                      external_reference, respond_by, livemode, placed_at)
  VALUES ($1, 'placed', {number_sql("order")}, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (buyer_id, livemode, external_reference) DO NOTHING
  RETURNING id, buyer_id, livemode, number
), lines AS (
  INSERT INTO order_lines (id, order_id, buyer_id, livemode, position, commodity_id, grade,
    entered_value, entered_unit, unit_factor, price_amount, price_currency, price_per_value,
    price_per_unit, price_per, under_tolerance_pct, agreement_line_id, quota_period_id, requested)
  SELECT l.id, p.id, p.buyer_id, p.livemode, position, commodity_id, grade,
    entered_value, entered_unit, unit_factor, price_amount, price_currency, price_per_value,
    price_per_unit, price_per, under_tolerance_pct, agreement_line_id, quota_period_id, requested
  FROM placed p, jsonb_to_recordset($10::jsonb) AS l(id uuid, position int, commodity_id uuid,
    grade text, entered_value numeric, entered_unit text, unit_factor numeric,
    price_amount numeric, price_currency text, price_per_value numeric, price_per_unit text,
    price_per numeric, under_tolerance_pct numeric, agreement_line_id uuid, quota_period_id uuid,
    requested numeric)
)
SELECT number FROM placed
"""


async def place(tx: Tx, asked: OrderIn) -> OrderOut:
    """Place an order, reserving its quota when it draws on an agreement.

    Raises QuotaExceeded with what is left (two lines of the same goods count together), Invalid
    for terms that do not fit, NotFound for what the buyer may not name, AlreadyExists for a used
    external_reference. Whatever is raised, nothing is stored.
    """
    buyer_id = _buyer(tx, asked)
    check_day(tx, asked)
    terms = await queries.terms(
        tx,
        [(line.commodity_id, line.grade) for line in asked.lines],
        buyer_id=buyer_id,
        site_id=asked.ship_to_site_id,
        agreement_id=asked.agreement_id,
        deliver_on=asked.deliver_on,
    )
    check_terms(asked, terms[0], buyer_id)
    lines = [
        _line(asked, n, line, term)
        for n, (line, term) in enumerate(zip(asked.lines, terms, strict=True))
    ]
    order = await _insert(tx, asked, buyer_id, lines)
    # Last of all: everybody who orders these goods waits for the row from here to COMMIT.
    tx.last.append(partial(_reserve, tx, buyer_id, lines))
    await record(tx, [_placed(order, len(lines))])
    return order_out(order, lines, tx.actor)


def _buyer(tx: Tx, asked: OrderIn) -> UUID:
    if asked.buyer_id is None and tx.actor.hub:
        raise invalid(
            "/buyer_id",
            "missing",
            "The operator must say for which buyer this order is.",
            "Operator harus menyebutkan pembeli pesanan ini.",
        )
    if asked.buyer_id not in (None, tx.actor.party_id) and not tx.actor.hub:
        raise missing(
            "/buyer_id",
            "You can only order for yourself.",
            "Anda hanya bisa memesan untuk diri sendiri.",
        )
    return asked.buyer_id or tx.actor.party_id


def _line(asked: OrderIn, n: int, line: OrderLineIn, term: asyncpg.Record) -> dict[str, Any]:
    pointer = f"/lines/{n}"
    if term["grade"] is None:
        raise unknown_goods(pointer, commodity_known=term["commodity_id"] is not None)
    base = term["base_unit"]
    requested = to_base(line.quantity, base, f"{pointer}/quantity")
    price = (
        own_price(line.price, base, pointer)
        if asked.agreement_id is None
        else agreed_price(line.price, term, pointer)
    )
    check_amount(line_amount(requested, price["price_amount"], price["price_per"]), pointer)
    return {
        "id": new_id(),
        "position": n + 1,
        "commodity_id": term["commodity_id"],
        "grade": term["grade"],
        "base_unit": base,
        "entered_value": line.quantity.value,
        "entered_unit": line.quantity.unit,
        "unit_factor": factor(line.quantity.unit, base),
        "requested": requested,
        "agreement_line_id": term["agreement_line_id"],
        "quota_period_id": term["quota_period_id"],
        **price,
        **_NOTHING_YET,
    }


_NOTHING_YET: dict[str, Any] = {
    "confirmed": None,
    "done_at": None,
    "reason": None,
    "note": None,
} | {
    counter: Decimal(0)
    for counter in (
        "allocated",
        "shipped",
        "received",
        "accepted",
        "downgraded",
        "rejected",
        "short",
    )
}


async def _reserve(tx: Tx, buyer_id: UUID, lines: list[dict[str, Any]]) -> None:
    entries = [
        QuotaEntry(line["quota_period_id"], buyer_id, line["id"], line["requested"])
        for line in lines
        if line["quota_period_id"] is not None
    ]
    await ledger.move(tx, QuotaMovementKind.RESERVE, entries)


async def _insert(
    tx: Tx, asked: OrderIn, buyer_id: UUID, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    order = {
        "id": new_id(),
        "buyer_id": buyer_id,
        "agreement_id": asked.agreement_id,
        "ship_to_site_id": asked.ship_to_site_id,
        "deliver_on": asked.deliver_on,
        "external_reference": asked.external_reference,
        "respond_by": tx.now + ANSWER_WITHIN,
        "livemode": tx.actor.livemode,
        "placed_at": tx.now,
    }
    rows = orjson.dumps(lines, default=str).decode()
    number = await tx.sql_value(_INSERT, *order.values(), rows)
    if number is None:
        assert asked.external_reference is not None, "nothing else conflicts"
        existing = await queries.order_named(tx, buyer_id, asked.external_reference)
        assert existing is not None, "the conflicting order is the buyer's own"
        raise AlreadyExists(existing_id=encode(ORDER.prefix, existing))
    return order | {
        "number": number,
        "version": 1,
        "status": OrderStatus.PLACED,
        "reason": None,
        "note": None,
    }


def _placed(order: dict[str, Any], lines: int) -> Change:
    return Change(
        ORDER,
        "place",
        order["id"],
        1,
        OrderStatus.PLACED,
        audience=(order["buyer_id"],),
        data={
            "number": order["number"],
            "external_reference": order["external_reference"],
            "deliver_on": order["deliver_on"],
            "lines": lines,
        },
    )
