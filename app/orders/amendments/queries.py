"""Every SELECT on order amendments, who may see which, and what a plan has to know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, and_, select, true

from app.catalog.variants.stock import SOLD
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.amendments.waiting import AMENDMENTS
from app.orders.models import OrderAmendment

# What an agreement says of lines on the days they are wanted for: terms, and the quota's period.
_AGREED = """
SELECT w.line_id, a.status, a.starts_on, a.ends_on, t.min_call_off, p.id AS period_id
FROM unnest($1::uuid[], $2::date[]) AS w(line_id, day)
JOIN order_lines o ON o.id = w.line_id
JOIN agreement_lines l ON l.id = o.agreement_line_id JOIN agreements a ON a.id = l.agreement_id
LEFT JOIN LATERAL (
  SELECT min_call_off FROM agreement_terms WHERE line_id = l.id AND valid_from <= w.day
  ORDER BY version DESC LIMIT 1) t ON true
LEFT JOIN quota_periods p ON p.line_id = l.id AND w.day BETWEEN p.period_start AND p.period_end
"""
_PERIODS = """
SELECT id, period_start, period_end, drawable,
  quota + carried_in + overdraw - reserved - consumed - carried_out AS left
FROM quota_periods WHERE id = ANY($1)
"""
# What is free in a pool: a kitchen that can make less now than it could keeps only its promises.
_FREE = f"""SELECT id, CASE WHEN v.capacity IS NULL THEN stock
  ELSE least(stock, greatest(v.capacity - {SOLD}, reserved)) END - reserved AS left
FROM stock_pools"""
# What holds for goods of listings on the days they are wanted for: `there` is that day's pool.
_LISTED = f"""
SELECT w.line_id, v.capacity, v.capacity_period, v.lead_days, l.min_order, l.order_step, l.blocked,
  v.status = 'active' AND l.status = 'published' AS on_sale, p.status AS seller_status,
  EXISTS (SELECT FROM closures c WHERE c.seller_id = v.seller_id AND c.livemode = o.livemode
    AND c.status = 'announced' AND w.day BETWEEN c.starts_on AND c.ends_on) AS closed_then,
  here.left AS left_here, there.id AS there_id, there.left AS left_there
FROM unnest($1::uuid[], $2::date[]) AS w(line_id, day)
JOIN order_lines o ON o.id = w.line_id
JOIN variants v ON v.id = o.variant_id JOIN listings l ON l.id = v.listing_id
JOIN parties p ON p.id = v.seller_id
JOIN LATERAL ({_FREE} WHERE id = o.stock_pool_id) here ON true
LEFT JOIN LATERAL ({_FREE} WHERE variant_id = v.id
  AND period_start IS NOT DISTINCT FROM CASE v.capacity_period
    WHEN 'day' THEN w.day WHEN 'week' THEN date_trunc('week', w.day)::date END) there ON true
"""
# Nobody changes what a kitchen can make, or when, until the line has its place in it.
_STEADY = "SELECT id FROM variants WHERE id = ANY($1) ORDER BY id FOR SHARE"
_LAST = """
SELECT coalesce(max(number), 0) AS number,
  (array_agg(id) FILTER (WHERE status = 'proposed'))[1] AS waiting
FROM order_amendments WHERE order_id = $1
"""
_SITES = "SELECT id FROM sites WHERE party_id = $1 AND id = ANY($2)"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees those of every order of its world, a buyer those of its own orders."""
    mine = true() if actor.hub else OrderAmendment.buyer_id == actor.party_id
    return and_(OrderAmendment.livemode == actor.livemode, mine)


async def amendment(tx: Tx, amendment_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The amendment, if the caller may see it. Its order is locked before it."""
    found = select(AMENDMENTS).where(OrderAmendment.id == amendment_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def amendments(
    tx: Tx, order_id: UUID, paging: Paging
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of an order's amendments, newest first."""
    found = select(AMENDMENTS).where(OrderAmendment.order_id == order_id, visible_to(tx.actor))
    return await page(tx, "order_amendments", found, OrderAmendment.id, paging)


async def last(tx: Tx, order_id: UUID) -> tuple[int, UUID | None]:
    """The number of an order's newest amendment (0: none), and the id of the one that waits."""
    row = await tx.sql_row(_LAST, order_id)
    assert row is not None, "an aggregate always has a row"
    return row["number"], row["waiting"]


async def sites(tx: Tx, buyer_id: UUID, site_ids: Collection[UUID]) -> set[UUID]:
    """Which of these are sites of the buyer."""
    return {row["id"] for row in await tx.sql(_SITES, buyer_id, list(site_ids))}


async def agreed(tx: Tx, wanted: Iterable[tuple[UUID, date]]) -> dict[UUID, asyncpg.Record]:
    """What agreements say of lines on days, by line; one round trip."""
    lines, days = zip(*wanted, strict=True)
    return {row["line_id"]: row for row in await tx.sql(_AGREED, list(lines), list(days))}


async def periods(tx: Tx, period_ids: Collection[UUID]) -> dict[UUID, asyncpg.Record]:
    """These quota periods, with what is ``left`` of each."""
    return {row["id"]: row for row in await tx.sql(_PERIODS, list(period_ids))}


async def listed(tx: Tx, wanted: Iterable[tuple[UUID, date]]) -> dict[UUID, asyncpg.Record]:
    """What holds for the listings that lines name, on days, by line; one round trip."""
    lines, days = zip(*wanted, strict=True)
    return {row["line_id"]: row for row in await tx.sql(_LISTED, list(lines), list(days))}


async def hold_variants(tx: Tx, variant_ids: Collection[UUID]) -> None:
    """These variants stay as they are until the transaction ends; locked in ascending id."""
    await tx.sql(_STEADY, list(variant_ids))
