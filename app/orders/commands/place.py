"""Placing an order: the busiest write of the service.

Few statements, however many lines: read the terms, insert order and lines, record and keep the
answer, reserve stock and quota. The answer is made from what was written, not read again; and stock
and quota are taken when nothing else is left to do but COMMIT, so that their rows are held as short
as can be.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import AlreadyExists, invalid, missing
from app.core.ids import encode, new_id
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import holdings, queries
from app.orders.commands.lines import check_sorts, commodity_line
from app.orders.commands.listed import listed_lines
from app.orders.commands.terms import check_day, check_terms
from app.orders.rules import ANSWER_WITHIN
from app.orders.schemas import OrderIn, OrderOut, order_out
from app.orders.states import ORDER, OrderStatus

_LINE = """id uuid, position int, commodity_id uuid, grade text, variant_id uuid,
  listing_id uuid, seller_id uuid, stock_pool_id uuid, title text, base_unit text,
  entered_value numeric, entered_unit text, unit_factor numeric, price_amount numeric,
  price_currency text, price_per_value numeric, price_per_unit text, price_per numeric,
  under_tolerance_pct numeric, agreement_line_id uuid, quota_period_id uuid, requested numeric"""


def _names(columns: str, of: str = "") -> str:
    return ", ".join(of + column.split()[0] for column in columns.split(","))


_INSERT = f"""
WITH placed AS (
  INSERT INTO orders (id, status, number, buyer_id, agreement_id, ship_to_site_id, deliver_on,
                      external_reference, respond_by, livemode, placed_at)
  VALUES ($1, 'placed', {number_sql("order")}, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (buyer_id, livemode, external_reference) DO NOTHING
  RETURNING id, buyer_id, livemode, number
), lines AS (
  INSERT INTO order_lines (order_id, buyer_id, livemode, {_names(_LINE)})
  SELECT p.id, p.buyer_id, p.livemode, {_names(_LINE, "l.")}
  FROM placed p, jsonb_to_recordset($10::jsonb) AS l({_LINE})
)
SELECT number FROM placed
"""


async def place(tx: Tx, asked: OrderIn) -> OrderOut:
    """Place an order, reserving the quota of its agreement and the stock of listings it names.

    Raises QuotaExceeded and OutOfStock with what is left (two lines of the same goods count
    together), NotSellable and PriceChanged for listings that are not as the buyer thinks, Invalid
    for terms that do not fit, NotFound for what the buyer may not name, AlreadyExists for a used
    external_reference. Whatever is raised, nothing is stored.
    """
    buyer_id = _buyer(tx, asked)
    check_sorts(asked)
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
    listed = await listed_lines(tx, asked)
    lines = [
        listed.get(n) or commodity_line(asked, n, line, term)
        for n, (line, term) in enumerate(zip(asked.lines, terms, strict=True))
    ]
    for row in lines:
        row["buyer_id"] = buyer_id
    order = await _insert(tx, asked, buyer_id, lines)
    # Last of all: everybody who orders these goods waits for the rows from here to COMMIT.
    tx.last.append(partial(holdings.reserve, tx, lines))
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
