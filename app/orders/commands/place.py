"""Placing an order: the busiest write of the service.

Few statements, however many lines: read the terms, insert order and lines, record and keep the
answer, reserve stock and quota. The answer is made from what was written, not read again; and stock
and quota are taken when nothing else is left to do but COMMIT, so that their rows are held as short
as can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import invalid, missing, reference_used
from app.core.ids import encode, new_id
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.orders import holdings, queries
from app.orders.commands.lines import check_sorts, commodity_lines
from app.orders.commands.listed import listed_lines
from app.orders.commands.terms import Tolerance, check_days, check_header, check_sites
from app.orders.rules import answer_by
from app.orders.schemas import OrderIn
from app.orders.shown import OrderOut, order_out
from app.orders.states import ORDER, OrderStatus

_LINE = """id uuid, position int, ship_to_site_id uuid, deliver_on date, commodity_id uuid,
  grade text, variant_id uuid, listing_id uuid, seller_id uuid, stock_pool_id uuid, title text,
  base_unit text,
  entered_value numeric, entered_unit text, unit_factor numeric, price_amount numeric,
  price_currency text, price_per_value numeric, price_per_unit text, price_per numeric,
  under_tolerance_pct numeric, over_tolerance_pct numeric, price_inputs jsonb,
  agreement_line_id uuid, quota_period_id uuid, requested numeric"""


def _names(columns: str, of: str = "") -> str:
    return ", ".join(of + column.split()[0] for column in columns.split(","))


_INSERT = f"""
WITH placed AS (
  INSERT INTO orders (id, status, number, buyer_id, agreement_id, quote_id, ship_to_site_id,
                      deliver_on, external_reference, respond_by, livemode, placed_at)
  VALUES ($1, 'placed', {number_sql("order")}, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (buyer_id, livemode, external_reference) DO NOTHING
  RETURNING id, buyer_id, livemode, number
), lines AS (
  INSERT INTO order_lines (order_id, buyer_id, livemode, {_names(_LINE)})
  SELECT p.id, p.buyer_id, p.livemode, {_names(_LINE, "l.")}
  FROM placed p, jsonb_to_recordset($11::jsonb) AS l({_LINE})
)
SELECT number FROM placed
"""


async def place(
    tx: Tx,
    asked: OrderIn,
    *,
    quote_id: UUID | None = None,
    tolerances: Sequence[Tolerance] | None = None,
) -> OrderOut:
    """Place an order, reserving the quota of its agreement and the stock of listings it names.

    *quote_id* is the quote that it accepts, *tolerances* what was quoted with each line. Raises
    QuotaExceeded and OutOfStock with what is left (two lines of the same goods count together),
    AgreementNotActive, NotSellable and PriceChanged for listings that are not as the buyer thinks,
    PriceMissing for an indexed price without its reading, Invalid for terms that do not fit,
    NotFound for what the buyer may not name, AlreadyExists for a used external_reference. Whatever
    is raised, nothing is stored.
    """
    buyer_id = _buyer(tx, asked)
    check_sorts(asked)
    header, *terms = await queries.terms(
        tx, _wanted(asked), buyer_id=buyer_id, agreement_id=asked.agreement_id
    )
    check_header(asked, header)
    check_sites(asked, header, terms, buyer_id)
    check_days(tx, asked, header)
    rows = await listed_lines(tx, asked) | commodity_lines(asked, terms, tolerances)
    lines = [rows[n] | {"buyer_id": buyer_id} for n in range(len(asked.lines))]
    order = await _insert(tx, asked, buyer_id, lines, quote_id)
    # Last of all: everybody who orders these goods waits for the rows from here to COMMIT.
    tx.last.append(partial(holdings.reserve, tx, [(line, line["requested"]) for line in lines]))
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


def _wanted(asked: OrderIn) -> list[queries.Asked]:
    """What the lines ask for; before them, of no goods, what the order itself says."""
    return [
        queries.Asked(None, None, asked.ship_to_site_id, asked.deliver_on),
        *(
            queries.Asked(
                line.commodity_id,
                line.grade,
                line.ship_to_site_id or asked.ship_to_site_id,
                line.deliver_on or asked.deliver_on,
            )
            for line in asked.lines
        ),
    ]


async def _insert(
    tx: Tx, asked: OrderIn, buyer_id: UUID, lines: list[dict[str, Any]], quote_id: UUID | None
) -> dict[str, Any]:
    order = {
        "id": new_id(),
        "buyer_id": buyer_id,
        "agreement_id": asked.agreement_id,
        "quote_id": quote_id,
        "ship_to_site_id": asked.ship_to_site_id,
        "deliver_on": asked.deliver_on,
        "external_reference": asked.external_reference,
        "respond_by": answer_by(tx.now, min(line["deliver_on"] for line in lines)),
        "livemode": tx.actor.livemode,
        "placed_at": tx.now,
    }
    rows = orjson.dumps(lines, default=str).decode()
    number = await tx.sql_value(_INSERT, *order.values(), rows)
    if number is None:
        assert asked.external_reference is not None, "nothing else conflicts"
        existing = await queries.order_named(tx, buyer_id, asked.external_reference)
        assert existing is not None, "the conflicting order is the buyer's own"
        raise reference_used(encode(ORDER.prefix, existing))
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
