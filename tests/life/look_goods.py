"""What the database says of goods: lots and what was done to them, trucks, receipts, claims."""

from __future__ import annotations

from typing import Any

from app.core.ids import encode
from tests.life.book import ZERO, Book, Sums
from tests.life.goods import Claim, Event, Leg, Lot, Part, Recall, Receipt, Truck

_LOTS = """
SELECT l.*, coalesce((SELECT sum(c.count) FROM shipment_lots c JOIN shipments s
    ON s.id = c.shipment_id AND s.status NOT IN ('cancelled', 'returned')
  WHERE c.lot_id = l.id), 0) AS aboard
FROM lots l WHERE l.buyer_id = ANY($1) ORDER BY l.id
"""
_PARTS = """
SELECT s.* FROM lot_shares s JOIN lots l ON l.id = s.lot_id
WHERE l.buyer_id = ANY($1) AND s.quantity > 0 ORDER BY s.lot_id, s.allocation_id
"""
_EVENTS = """
SELECT e.id, e.kind, EXISTS (SELECT FROM lot_events u WHERE u.undoes = e.id) AS undone,
  (SELECT min(m.lot_id::text)::uuid FROM lot_movements m WHERE m.event_id = e.id) AS moved,
  (SELECT coalesce(k.parent_lot_id, k.child_lot_id) FROM lot_links k WHERE k.event_id = e.id LIMIT 1)
    AS linked
FROM lot_events e JOIN orders o ON o.id = e.order_id
WHERE o.buyer_id = ANY($1) AND e.undoes IS NULL ORDER BY e.id
"""
_LINKS = """
SELECT k.event_id, k.parent_lot_id, k.child_lot_id, k.allocation_id, sum(k.quantity) AS quantity
FROM lot_links k JOIN lot_events e ON e.id = k.event_id JOIN orders o ON o.id = e.order_id
WHERE o.buyer_id = ANY($1) GROUP BY 1, 2, 3, 4
"""
_TRUCKS = """
SELECT s.*, (SELECT array_agg(c.lot_id ORDER BY c.lot_id) FROM shipment_lots c
  WHERE c.shipment_id = s.id) AS lots
FROM shipments s WHERE s.buyer_id = ANY($1) ORDER BY s.id
"""
_LEGS = """
SELECT g.*, (SELECT array_agg(coalesce(k.shipment_id, k.allocation_id) ORDER BY
  coalesce(k.shipment_id, k.allocation_id)) FROM leg_loads k WHERE k.leg_id = g.id) AS rides
FROM legs g WHERE EXISTS (
  SELECT FROM leg_loads k LEFT JOIN shipments s ON s.id = k.shipment_id
  LEFT JOIN allocations a ON a.id = k.allocation_id
  WHERE k.leg_id = g.id AND (s.buyer_id = ANY($1) OR a.seller_id = ANY($1))) ORDER BY g.id
"""
_RECEIPTS = "SELECT * FROM goods_receipts WHERE buyer_id = ANY($1) ORDER BY id"
_JUDGED = """
SELECT r.shipment_id, i.* FROM goods_receipt_lines i JOIN goods_receipts r ON r.id = i.receipt_id
WHERE r.buyer_id = ANY($1) AND r.status <> 'reversed' ORDER BY i.lot_id
"""
_CLAIM_LINES = "SELECT * FROM claim_lines WHERE buyer_id = ANY($1) ORDER BY id"
_DEDUCTIONS = """
SELECT d.* FROM deductions d JOIN claims c ON c.id = d.claim_id WHERE c.buyer_id = ANY($1)
"""
_RECALLED = """
SELECT k.id, k.status, r.lot_id, r.held FROM recalls k JOIN recall_lots r ON r.recall_id = k.id
JOIN lots l ON l.id = r.lot_id WHERE l.buyer_id = ANY($1) ORDER BY k.id, r.lot_id
"""


async def goods(db: Any, ids: Any, book: Book, sums: Sums) -> None:
    """Read all of it into *book*, and the balances that are stored into *sums*."""
    await _lots(db, ids, book, sums)
    await _events(db, ids, book)
    await _road(db, ids, book)
    await _receipts(db, ids, book)
    await _claims(db, ids, book)
    for row in await db.fetch(_RECALLED, ids):
        name = encode("rcl", row["id"])
        found = book.recalls.setdefault(name, Recall(name, row["status"], {}))
        found.lots[encode("lot", row["lot_id"])] = row["held"]


async def _lots(db: Any, ids: Any, book: Book, sums: Sums) -> None:
    for row in await db.fetch(_LOTS, ids):
        name, pieces = encode("lot", row["id"]), row["count_balance"]
        book.lots[name] = Lot(
            name,
            encode("oln", row["order_line_id"]),
            row["grade"],
            row["best_before_on"],
            {},
            None if pieces is None else pieces + row["aboard"],
            row["count"],
            row["status"],
        )
        sums["lot", name] = (row["balance"], row["quantity"])
    for row in await db.fetch(_PARTS, ids):
        share = encode("alc", row["allocation_id"])
        part = Part(row["quantity"], row["balance"])
        book.lots[encode("lot", row["lot_id"])].parts[share] = part


async def _events(db: Any, ids: Any, book: Book) -> None:
    for row in await db.fetch(_EVENTS, ids):
        name = encode("lev", row["id"])
        if not (row["moved"] or row["linked"]):
            continue
        line = book.lots[encode("lot", row["moved"] or row["linked"])].line
        book.events[name] = Event(name, row["kind"], line, {}, row["undone"])
    for row in await db.fetch(_LINKS, ids):
        parent, child = (row[end] and encode("lot", row[end]) for end in _ENDS)
        event = book.events[encode("lev", row["event_id"])]
        share = encode("alc", row["allocation_id"])
        event.link(parent, child, share, row["quantity"])
        if child is None and event.kind != "reject" and not event.undone:
            book.shares[share].lost += row["quantity"]


_ENDS = ("parent_lot_id", "child_lot_id")


async def _road(db: Any, ids: Any, book: Book) -> None:
    for row in await db.fetch(_TRUCKS, ids):
        name = encode("shp", row["id"])
        lots = [encode("lot", lot) for lot in row["lots"]]
        way = encode("sit", row["from_site_id"]), encode("sit", row["to_site_id"])
        book.trucks[name] = Truck(name, encode("pty", row["buyer_id"]), lots, row["status"], way)
    for row in await db.fetch(_LEGS, ids):
        name = encode("leg", row["id"])
        prefix = "alc" if row["kind"] == "collection" else "shp"
        rides = [encode(prefix, each) for each in row["rides"]]
        book.legs[name] = Leg(name, row["kind"], rides, row["status"])


async def _receipts(db: Any, ids: Any, book: Book) -> None:
    for row in await db.fetch(_RECEIPTS, ids):
        truck = encode("shp", row["shipment_id"])
        if row["status"] == "reversed":
            book.reversed[truck] = book.reversed.get(truck, 0) + 1
        else:
            book.receipts[truck] = Receipt(truck, row["status"], {}, encode("grc", row["id"]))
    for row in await db.fetch(_JUDGED, ids):
        said = row["accepted"], row["downgraded"], row["rejected"]
        book.receipts[encode("shp", row["shipment_id"])].lines[encode("lot", row["lot_id"])] = said


async def _claims(db: Any, ids: Any, book: Book) -> None:
    for row in await db.fetch("SELECT * FROM claims WHERE buyer_id = ANY($1) ORDER BY id", ids):
        name, truck = encode("clm", row["id"]), encode("shp", row["shipment_id"])
        book.claims[name] = Claim(name, truck, row["status"], {})
    for row in await db.fetch(_CLAIM_LINES, ids):
        claim, name = book.claims[encode("clm", row["claim_id"])], encode("cll", row["id"])
        lot = encode("lot", row["lot_id"])
        claim.lines[name] = (lot, row["about"], row["quantity"], row["amount"], row["remedy"])
        if row["granted_quantity"] is not None:
            claim.granted[name] = (row["granted_quantity"], row["granted_amount"])
    for row in await db.fetch(_DEDUCTIONS, ids):
        share = row["allocation_id"] and encode("alc", row["allocation_id"])
        key = encode("cll", row["claim_line_id"]), encode("pty", row["party_id"]), share
        assert key not in book.deductions, "a party bears each part once"
        book.deductions[key] = (row["quantity"] or ZERO, row["amount"])
