"""Carrying out an amendment: sellers get back, the lines change, quota and stock follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from app.agreements.ledger import AgreementNotActive, QuotaExceeded
from app.catalog.variants import stock
from app.core.consent import AmendmentNotPossible
from app.core.ids import encode
from app.db.tx import Tx
from app.events.facts import announce
from app.events.move import move
from app.orders import holdings
from app.orders import queries as orders
from app.orders.amendments import queries, rules
from app.orders.amendments.rules import Plan
from app.orders.amendments.terms import Change
from app.orders.facts import SharesLeaving
from app.orders.queries import ORDERS
from app.orders.states import ORDER, ORDER_AMENDMENT

AMENDED = "order_amended"
"""The reason that the history gives for what sellers got back because an order needs less."""

_LINE = """id uuid, requested numeric, confirmed numeric, entered_value numeric, entered_unit text,
  unit_factor numeric, deliver_on date, ship_to_site_id uuid, quota_period_id uuid,
  stock_pool_id uuid, price_amount numeric, price_currency text, price_per_value numeric,
  price_per_unit text, price_per numeric, price_inputs jsonb, reason text, note text"""
_COLUMNS = [column.split()[0] for column in _LINE.split(",")]
_AMEND = f"""
UPDATE order_lines l SET {", ".join(f"{name} = c.{name}" for name in _COLUMNS[1:])}
FROM jsonb_to_recordset($1::jsonb) AS c({_LINE}) WHERE l.id = c.id
"""


async def carry_out(tx: Tx, order: Row[Any], row: Row[Any], plan: Plan) -> None:
    """Do what *plan* says of *order*, for its amendment *row*; both are locked, in the hub's scope.

    The plan was made under the locks of sellers' shares. Sellers' offers move before stock, stock
    before quota.
    """
    if plan.kept:
        await announce(tx, SharesLeaving(plan.kept, AMENDED))
    plan = await _opened(tx, plan)
    changed = {change.line["id"]: change.columns() for change in plan.changes}
    rows = [{name: line[name] for name in _COLUMNS} for line in changed.values()]
    await tx.sql(_AMEND, orjson.dumps(rows, default=str).decode())
    await _amend(tx, order, row, changed)
    # Last of all: everybody who orders these goods waits for the rows from here to COMMIT.
    tx.last.append(partial(_take, tx, plan))


async def _opened(tx: Tx, plan: Plan) -> Plan:
    """*plan* with the pools of stock that it takes from: opened now, where nobody asked before.

    What a kitchen can make is read again, now that nobody changes it any more.
    """
    taking = [c for c in plan.changes if c.line["variant_id"] is not None and c.moves()[1]]
    if not taking:
        return plan
    await queries.hold_variants(tx, {change.line["variant_id"] for change in taking})
    terms = await queries.listed(tx, [(c.line["id"], c.after.deliver_on) for c in taking])
    pools = await stock.pools(tx, [_want(c, terms[c.line["id"]]) for c in taking])
    by_line = {c.line["id"]: pool for c, pool in zip(taking, pools, strict=True)}
    return replace(plan, changes=[_settled(c, by_line.get(c.line["id"])) for c in plan.changes])


def _want(change: Change, term: Mapping[str, Any]) -> stock.Want:
    return stock.Want(
        change.line["variant_id"],
        change.line["seller_id"],
        change.after.deliver_on,
        term["capacity"],
        term["capacity_period"],
    )


def _settled(change: Change, pool_id: UUID | None) -> Change:
    there = change.ground.next_bucket
    if pool_id is None or there is None:
        return change
    return replace(change, ground=replace(change.ground, next_bucket=replace(there, id=pool_id)))


async def _amend(
    tx: Tx, order: Row[Any], row: Row[Any], changed: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """The order itself: its version, its own day and site, its history and event."""
    lines = [line._asdict() for line in await orders.lines(tx, order.id)]
    await move(
        tx,
        ORDER,
        ORDERS,
        order,
        "amend",
        order.status,
        audience=(order.buyer_id,),
        data={
            "number": order.number,
            "amendment_id": encode(ORDER_AMENDMENT.prefix, row.id),
            "lines": row.changes,
        },
        **rules.header(changed.get(line["id"], line) for line in lines),
    )


async def _take(tx: Tx, plan: Plan) -> None:
    """Give back and take stock and quota. What somebody else took a moment ago is a reason too."""
    try:
        await holdings.change(tx, plan.given_back, plan.taken)
    except (QuotaExceeded, AgreementNotActive, stock.OutOfStock) as refused:
        reasons = [{"pointer": "/lines", "code": refused.code, **refused.extra}]
        raise AmendmentNotPossible(refused.detail, reasons=reasons) from None
