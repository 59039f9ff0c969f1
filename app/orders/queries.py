"""Every SELECT on orders, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Table, and_, select, true

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.filters import OrderFilters, conditions
from app.orders.models import Order, OrderLine
from app.orders.states import OrderStatus
from app.prices.queries import READING

ORDERS: Table = Order.__table__  # type: ignore[assignment]
LINES: Table = OrderLine.__table__  # type: ignore[assignment]

# All that placing an order has to know, one row per line asked for. What is not there is null.
_TERMS = f"""
SELECT c.id AS commodity_id, g.code AS grade, c.base_unit, s.party_id AS site_party,
  b.roles AS buyer_roles, b.status AS buyer_status,
  a.status AS agreement_status, a.starts_on, a.ends_on, l.id AS agreement_line_id,
  t.version AS terms_version, t.price_amount, t.price_currency, t.price_per_value,
  t.price_per_unit, t.price_per, t.price_rule, t.price_tiers, t.price_index, t.series_id,
  t.under_tolerance_pct, t.over_tolerance_pct, t.min_call_off,
  reading.series_code, reading.series_per, reading.read_on, reading.reading_amount,
  reading.reading_revision, $7::date AS priced_on, p.id AS quota_period_id
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[]) WITH ORDINALITY
  AS w(commodity_id, grade, site_id, deliver_on, n)
LEFT JOIN commodities c ON c.id = w.commodity_id
LEFT JOIN grades g ON g.commodity_id = w.commodity_id AND g.code = w.grade
LEFT JOIN sites s ON s.id = w.site_id
LEFT JOIN parties b ON b.id = $5
LEFT JOIN agreements a ON a.id = $6 AND a.buyer_id = $5 AND a.livemode = $8 AND a.status <> 'draft'
LEFT JOIN agreement_lines l
  ON l.agreement_id = a.id AND l.commodity_id = w.commodity_id AND l.grade = w.grade
LEFT JOIN LATERAL (
  SELECT * FROM agreement_terms WHERE line_id = l.id AND valid_from <= w.deliver_on
  ORDER BY version DESC LIMIT 1) t ON true
{READING.format(terms="t", priced_on="$7")}
LEFT JOIN quota_periods p
  ON p.line_id = l.id AND w.deliver_on BETWEEN p.period_start AND p.period_end
ORDER BY w.n
"""

# Nobody changes the variants until the order is placed: a kitchen's capacity is for days or weeks.
_VARIANT_TERMS = """
SELECT v.id AS variant_id, w.deliver_on, v.listing_id, v.seller_id,
  v.size, v.colour, v.flavour, v.pack, v.capacity, v.capacity_period, v.lead_days, v.price_tiers,
  l.title, l.unit, l.min_order, l.order_step, l.blocked, p.status AS seller_status,
  coalesce(v.price_amount, l.price_amount) AS price_amount,
  coalesce(v.price_currency, l.price_currency) AS price_currency,
  coalesce(v.price_per_value, l.price_per_value) AS price_per_value,
  coalesce(v.price_per_unit, l.price_per_unit) AS price_per_unit,
  coalesce(v.price_per, l.price_per) AS price_per,
  coalesce(c.today, false) AS closed_today, coalesce(c.later, false) AS closed_then
FROM unnest($1::uuid[], $4::date[]) AS w(variant_id, deliver_on)
JOIN variants v ON v.id = w.variant_id
JOIN listings l ON l.id = v.listing_id JOIN parties p ON p.id = v.seller_id
LEFT JOIN LATERAL (
  SELECT bool_or($3 BETWEEN starts_on AND ends_on) AS today,
    bool_or(w.deliver_on BETWEEN starts_on AND ends_on) AS later
  FROM closures WHERE seller_id = v.seller_id AND livemode = $2 AND status = 'announced'
    AND ends_on >= $3) c ON true
WHERE v.livemode = $2 AND v.status = 'active' AND l.status = 'published'
ORDER BY v.id FOR SHARE OF v
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every order of its world, a buyer its own; sellers see their allocations."""
    mine = true() if actor.hub else Order.buyer_id == actor.party_id
    return and_(Order.livemode == actor.livemode, mine)


async def order(tx: Tx, order_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The order, if the caller may see it."""
    found = select(ORDERS).where(Order.id == order_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def whole(tx: Tx, order_id: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """The order and its lines as `order_out` takes them, in one round trip."""
    rows = await tx.rows(
        select(*(c.label(f"header_{c.name}") for c in ORDERS.c), *LINES.c)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.id == order_id, visible_to(tx.actor))
        .order_by(OrderLine.position)
    )
    if not rows:
        return None
    found = [row._asdict() for row in rows]
    return {c.name: found[0][f"header_{c.name}"] for c in ORDERS.c}, found


async def orders(
    tx: Tx, paging: Paging, asked: OrderFilters
) -> tuple[Sequence[Row[Any]], str | None]:
    """The orders the caller may see that are as *asked*, newest first."""
    found = select(ORDERS).where(visible_to(tx.actor), *conditions(tx, asked))
    return await page(tx, "orders", found, Order.id, paging)


async def lines(tx: Tx, order_id: UUID, *, lock: bool = False) -> Sequence[Row[Any]]:
    """The lines of one order, by position."""
    return await lines_of(tx, [order_id], lock=lock)


async def lines_of(tx: Tx, order_ids: Sequence[UUID], *, lock: bool = False) -> Sequence[Row[Any]]:
    """The lines of several orders, by order and position; locked in ascending id."""
    found = select(LINES).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.id)
    rows = await tx.rows(found.with_for_update(key_share=True) if lock else found)
    return sorted(rows, key=lambda row: (row.order_id, row.position))


async def unanswered(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """At most *most* orders past their respond_by, locked; those being answered are skipped."""
    return await tx.rows(
        select(ORDERS)
        .where(
            Order.status == OrderStatus.PLACED,
            Order.respond_by < tx.now,
            Order.livemode == tx.actor.livemode,
        )
        .order_by(Order.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def of_agreement(tx: Tx, agreement_id: UUID, statuses: Collection[str]) -> Sequence[Row[Any]]:
    """The orders of an agreement in one of *statuses*, locked in ascending id."""
    return await tx.rows(
        select(ORDERS)
        .where(Order.agreement_id == agreement_id, Order.status.in_(sorted(statuses)))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )


class Asked(NamedTuple):
    """What one line asks for; commodity and grade are null where it names a variant."""

    commodity_id: UUID | None
    grade: str | None
    site_id: UUID
    deliver_on: date


async def terms(
    tx: Tx, lines: Sequence[Asked], *, buyer_id: UUID, agreement_id: UUID | None
) -> list[asyncpg.Record]:
    """What placing an order has to know about each line's commodity, in one round trip.

    Of the agreement each line has the terms that hold on its own day of delivery; an indexed price
    has the reading of today (`prices.rules.priced`).
    """
    return await tx.sql(
        _TERMS,
        [line.commodity_id for line in lines],
        [line.grade for line in lines],
        [line.site_id for line in lines],
        [line.deliver_on for line in lines],
        buyer_id,
        agreement_id,
        tx.today,
        tx.actor.livemode,
    )


async def variant_terms(
    tx: Tx, wanted: Collection[tuple[UUID, date]]
) -> dict[tuple[UUID, date], asyncpg.Record]:
    """What placing an order has to know about variants on days; those that are on sale.

    In the hub's scope, in one round trip. ``blocked`` and ``closed_…`` say why one may not be sold
    all the same; a price is the variant's own or else its listing's.
    """
    rows = await tx.sql(
        _VARIANT_TERMS,
        [variant_id for variant_id, _ in wanted],
        tx.actor.livemode,
        tx.today,
        [day for _, day in wanted],
    )
    return {(row["variant_id"], row["deliver_on"]): row for row in rows}


async def order_named(tx: Tx, buyer_id: UUID, external_reference: str) -> UUID | None:
    """The id of the buyer's order with this reference."""
    found: UUID | None = await tx.value(
        select(Order.id).where(
            Order.buyer_id == buyer_id,
            Order.livemode == tx.actor.livemode,
            Order.external_reference == external_reference,
        )
    )
    return found
