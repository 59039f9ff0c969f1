"""What the database says: the same book, made from its rows, and the sums that it stores.

It looks behind the API, as a superuser, at everything of some parties in one snapshot.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from app.core.ids import decode, encode
from tests.life.book import (
    LIVE,
    ZERO,
    AgreedLine,
    Agreement,
    Amendment,
    Book,
    Line,
    Offer,
    Order,
    Period,
    Share,
    Sums,
)
from tests.life.look_goods import goods

_AGREED = """
SELECT l.id, l.agreement_id, l.commodity_id, l.period, l.carry_over, l.carry_over_pct, t.quota,
  t.overdraw_pct FROM agreement_lines l JOIN LATERAL (
    SELECT * FROM agreement_terms WHERE line_id = l.id ORDER BY version DESC LIMIT 1) t ON true
WHERE l.buyer_id = ANY($1) ORDER BY l.id
"""
_LINES = """
SELECT l.*, p.period_start FROM order_lines l LEFT JOIN quota_periods p ON p.id = l.quota_period_id
WHERE l.buyer_id = ANY($1) ORDER BY l.id
"""
_SHARES = """
SELECT a.*, p.starts_on FROM allocations a LEFT JOIN offer_periods p ON p.id = a.offer_period_id
WHERE a.seller_id = ANY($1) ORDER BY a.id
"""
_PROPOSED = """
SELECT id, 'oam' AS kind, 'ord' AS of, order_id AS of_id, proposed_by, status, respond_by, changes
FROM order_amendments WHERE buyer_id = ANY($1)
UNION ALL SELECT id, 'agm', 'agr', agreement_id, proposed_by, status, respond_by, changes
FROM agreement_amendments WHERE buyer_id = ANY($1) ORDER BY id
"""
# Every transition is told once, begins where the one before ended, and has its event.
_UNTOLD = """
SELECT * FROM (
  SELECT h.*, lag(h.to_status) OVER w AS before, lag(h.version) OVER w AS last, e.number
  FROM history h FULL JOIN (
    SELECT object, object_id, version, count(*) AS number FROM events GROUP BY 1, 2, 3
  ) e USING (object, object_id, version)
  WINDOW w AS (PARTITION BY object, object_id ORDER BY version, h.id)) h
WHERE id IS NULL OR number IS DISTINCT FROM 1 OR version <= coalesce(last, 0)
  OR from_status <> coalesce(before, 'new') OR (last IS NULL) <> (version = 1)
"""
# The last that was told of a thing is what it is.
_UNLIKE = " UNION ALL ".join(
    f"""
SELECT '{table}' AS object, t.id AS object_id, t.status, h.to_status FROM {table} t LEFT JOIN LATERAL (
  SELECT to_status FROM history WHERE object_id = t.id ORDER BY version DESC LIMIT 1) h ON true
WHERE h.to_status IS DISTINCT FROM t.status"""
    for table in (
        *("agreements", "agreement_amendments", "orders", "order_amendments", "allocations"),
        *("supply_offers", "lots", "shipments", "goods_receipts", "quotes", "quote_requests"),
        *("claims", "recalls", "legs"),
    )
)
# Of what has ended, every movement in has its movement out.
_OPEN_ENDS = """
SELECT 'quota' AS ledger, order_line_id AS id FROM quota_movements WHERE order_line_id IS NOT NULL
  AND buyer_id = ANY($1) GROUP BY order_line_id
HAVING sum(CASE WHEN kind = 'reserve' THEN quantity ELSE -quantity END) <> 0
UNION ALL SELECT 'offer', allocation_id FROM offer_movements WHERE seller_id = ANY($1) GROUP BY allocation_id
HAVING sum(CASE WHEN kind = 'reserve' THEN quantity
  WHEN kind = 'undeliver' THEN quantity
  WHEN kind IN ('release', 'uncommit', 'deliver') THEN -quantity ELSE 0 END) <> 0
UNION ALL SELECT 'stock', order_line_id FROM stock_movements WHERE order_line_id IS NOT NULL
  AND seller_id = ANY($1) GROUP BY order_line_id
HAVING sum(CASE WHEN kind IN ('reserve', 'unsell') THEN quantity ELSE -quantity END) <> 0
UNION ALL SELECT 'lot', m.lot_id FROM lot_movements m JOIN lots l ON l.id = m.lot_id
WHERE l.buyer_id = ANY($1) AND l.status <> 'rejected' GROUP BY m.lot_id
HAVING sum(CASE WHEN m.kind IN ('create', 'unload', 'make', 'find') THEN m.quantity
  ELSE -m.quantity END) <> 0
"""


async def untold(db: asyncpg.Connection) -> list[Any]:
    """Transitions that were told twice, not at all, or do not follow from the one before."""
    return [dict(row) for row in (*await db.fetch(_UNTOLD), *await db.fetch(_UNLIKE))]


async def open_ends(db: asyncpg.Connection, parties: Collection[str]) -> list[Any]:
    """Whatever of these parties still holds something of a ledger."""
    ids = [decode("pty", party) for party in parties]
    return [dict(row) for row in await db.fetch(_OPEN_ENDS, ids)]


async def look(db: asyncpg.Connection, parties: Collection[str]) -> tuple[Book, Sums]:
    """The book of these parties as it stands in the database, and the sums stored there."""
    ids = [decode("pty", party) for party in parties]
    book, sums = Book(), Sums()
    async with db.transaction(isolation="repeatable_read", readonly=True):
        await _agreements(db, ids, book, sums)
        await _orders(db, ids, book, sums)
        await _offers(db, ids, book, sums)
        await _shares(db, ids, book)
        await goods(db, ids, book, sums)
    return book, sums


async def _agreements(db: Any, ids: Any, book: Book, sums: Sums) -> None:
    for row in await db.fetch("SELECT * FROM agreements WHERE buyer_id = ANY($1)", ids):
        name = encode("agr", row["id"])
        buyer = encode("pty", row["buyer_id"])
        book.agreements[name] = Agreement(
            name, buyer, row["status"], row["starts_on"], row["ends_on"], {}
        )
    for row in await db.fetch(_AGREED, ids):
        name = encode("agl", row["id"])
        book.agreements[encode("agr", row["agreement_id"])].lines[name] = AgreedLine(
            name,
            encode("com", row["commodity_id"]),
            row["period"],
            row["carry_over"],
            row["carry_over_pct"] or ZERO,
            row["quota"],
            row["overdraw_pct"],
        )
    for row in await db.fetch("SELECT * FROM quota_periods WHERE buyer_id = ANY($1)", ids):
        name, start = encode("agl", row["line_id"]), row["period_start"]
        book.agreed_line(name).periods[start] = Period(
            start,
            row["period_end"],
            row["quota"],
            row["overdraw"],
            row["carrying"],
            row["drawable"],
            row["carried_in"],
            row["carried_out"],
        )
        sums["quota", name, start] = (row["reserved"], row["consumed"])


async def _orders(db: Any, ids: Any, book: Book, sums: Sums) -> None:
    rows = await db.fetch("SELECT * FROM orders WHERE buyer_id = ANY($1) ORDER BY id", ids)
    for row in rows:
        name, agreed = encode("ord", row["id"]), row["agreement_id"]
        book.orders[name] = Order(
            name,
            encode("pty", row["buyer_id"]),
            agreed and encode("agr", agreed),
            row["status"],
            row["respond_by"],
        )
    for row in await db.fetch(_LINES, ids):
        name = encode("oln", row["id"])
        book.lines[name] = Line(
            name,
            encode("ord", row["order_id"]),
            row["commodity_id"] and encode("com", row["commodity_id"]),
            row["variant_id"] and encode("var", row["variant_id"]),
            row["agreement_line_id"] and encode("agl", row["agreement_line_id"]),
            row["period_start"],
            row["deliver_on"],
            row["under_tolerance_pct"],
            row["over_tolerance_pct"],
            row["requested"],
            row["confirmed"],
            row["over"],
            row["short_closed"],
            row["short_closed_at"] is not None,
            row["shipped"],
            row["accepted"],
            row["downgraded"],
            row["rejected"],
            row["short"],
            row["done_at"] is not None,
        )
        sums["line", name] = (row["allocated"], row["received"])
    for row in await db.fetch(_PROPOSED, ids):
        name, by = encode(row["kind"], row["id"]), encode("pty", row["proposed_by"])
        of = encode(row["of"], row["of_id"])
        book.amendments[name] = Amendment(name, of, by, row["status"], row["respond_by"])


async def _offers(db: Any, ids: Any, book: Book, sums: Sums) -> None:
    rows = await db.fetch("SELECT * FROM supply_offers WHERE seller_id = ANY($1) ORDER BY id", ids)
    for row in rows:
        name = encode("off", row["id"])
        book.offers[name] = Offer(
            name,
            encode("pty", row["seller_id"]),
            encode("com", row["commodity_id"]),
            row["kind"],
            row["status"],
            row["available_until"],
            row["pack_size"],
            {},
        )
    for row in await db.fetch("SELECT * FROM offer_periods WHERE seller_id = ANY($1)", ids):
        name, start = encode("off", row["offer_id"]), row["starts_on"]
        book.offers[name].periods[start] = (row["ends_on"], row["offered"])
        sums["offer", name, start] = (row["reserved"], row["committed"], row["delivered"])
    for row in await db.fetch("SELECT * FROM stock_pools WHERE seller_id = ANY($1)", ids):
        name = encode("var", row["variant_id"])
        sums["stock", name] = (row["stock"], row["reserved"])


async def _shares(db: Any, ids: Any, book: Book) -> None:
    for row in await db.fetch(_SHARES, ids):
        name, live = encode("alc", row["id"]), row["status"] in LIVE
        book.shares[name] = Share(
            name,
            encode("oln", row["order_line_id"]),
            encode("pty", row["seller_id"]),
            row["offer_id"] and encode("off", row["offer_id"]),
            row["starts_on"],
            row["status"],
            row["quantity"] if live else ZERO,
            row["weighed"] if live else ZERO,
            row["respond_by"],
        )
