"""What the projector has to know of our own tables, read in few round trips for a whole batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.db.tx import Tx
from app.epcis.references import Item, References, refer

_SHIPMENTS = """
SELECT s.id, s.number, s.buyer_id, s.from_site_id, f.party_id AS from_party, s.to_site_id,
  t.party_id AS to_party, s.dispatched_at,
  EXISTS (SELECT FROM history h WHERE h.object_id = s.id AND h.action = 'load') AS loaded
FROM shipments s JOIN sites f ON f.id = s.from_site_id JOIN sites t ON t.id = s.to_site_id
WHERE s.id = ANY($1)
"""
_CARRIED = """
SELECT shipment_id, lot_id, quantity FROM shipment_lots WHERE shipment_id = ANY($1)
ORDER BY shipment_id, lot_id
"""
_RECEIPTS = "SELECT id, number, shipment_id, status FROM goods_receipts WHERE id = ANY($1)"
_RECEIVED = """
SELECT receipt_id, lot_id, shipped, received, accepted, downgraded, rejected, short, reason
FROM goods_receipt_lines WHERE receipt_id = ANY($1) ORDER BY receipt_id, lot_id
"""
_RECALLED = """
SELECT k.recall_id, k.lot_id, k.quantity, r.number, r.reason
FROM recall_lots k JOIN recalls r ON r.id = k.recall_id WHERE k.recall_id = ANY($1)
ORDER BY k.recall_id, k.lot_id
"""
# What lots of a recall were when it had been lifted, but for those that another held then.
_LIFTED = """
SELECT k.recall_id, k.lot_id, w.to_status AS status
FROM recall_lots k
JOIN history e ON e.object = 'recall' AND e.object_id = k.recall_id AND e.action = 'lift'
CROSS JOIN LATERAL (SELECT h.to_status FROM history h WHERE h.object_id = k.lot_id AND h.at <= e.at
  ORDER BY h.version DESC LIMIT 1) w
WHERE k.recall_id = ANY($1) AND NOT EXISTS (
  SELECT FROM recall_lots o JOIN recalls x ON x.id = o.recall_id AND x.created_at <= e.at
  WHERE o.lot_id = k.lot_id AND x.id <> k.recall_id AND NOT EXISTS (
    SELECT FROM history g WHERE g.object = 'recall' AND g.object_id = x.id AND g.action = 'lift'
      AND g.id < e.id))
"""
_INSPECTED = """
SELECT i.id, i.lot_id, i.at, i.sample, i.sample_unit, i.verdict
FROM inspections i JOIN unnest($1::uuid[], $2::timestamptz[]) AS a(lot_id, at)
  ON a.lot_id = i.lot_id AND a.at = i.at
"""
_DONE = "SELECT id, kind, at, reason, undoes FROM lot_events WHERE id = ANY($1) ORDER BY id"
_LINKS = """
SELECT k.event_id, k.parent_lot_id, k.child_lot_id, a.seller_id, sum(k.quantity) AS quantity
FROM lot_links k JOIN allocations a ON a.id = k.allocation_id WHERE k.event_id = ANY($1)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_MOVED = """
SELECT event_id, lot_id, kind, sum(quantity) AS quantity FROM lot_movements
WHERE event_id = ANY($1) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_LOTS = """
SELECT l.id, l.number, l.commodity_id, l.grade, l.variant_id, l.title, l.base_unit, l.quantity,
  l.count, l.buyer_id, l.site_id, l.made_at, l.produced_on, l.best_before_on, l.seller_id,
  (SELECT min(h.at) FROM history h WHERE h.object_id = l.id AND h.action = 'receive')
    AS received_at,
  o.number AS order_number, c.name AS commodity, s.party_id AS site_party,
  (SELECT min(h.dispatched_at) FROM shipment_lots k JOIN shipments h ON h.id = k.shipment_id
   WHERE k.lot_id = l.id) AS left_at,
  (SELECT array_agg(seller_id ORDER BY seller_id) FROM lot_shares h WHERE h.lot_id = l.id)
    AS sellers
FROM lots l JOIN orders o ON o.id = l.order_id LEFT JOIN commodities c ON c.id = l.commodity_id
LEFT JOIN sites s ON s.id = l.site_id WHERE l.id = ANY($1)
"""
# What is there of a lot at an instant; of one that is used up by then, what went.
_BALANCES = """
SELECT a.lot_id, a.at,
  sum(CASE WHEN m.kind IN ('create', 'make', 'find', 'unload') THEN m.quantity
    ELSE -m.quantity END) AS left,
  sum(m.quantity) FILTER (WHERE m.at = a.at
    AND m.kind NOT IN ('create', 'make', 'find', 'unload')) AS gone
FROM unnest($1::uuid[], $2::timestamptz[]) AS a(lot_id, at)
JOIN lot_movements m ON m.lot_id = a.lot_id AND m.at <= a.at GROUP BY 1, 2
"""

At = tuple[UUID, datetime]


@dataclass(frozen=True)
class Lot:
    """A lot as events name it."""

    id: UUID
    number: str
    item: Item
    unit: str
    quantity: Decimal
    count: int | None
    buyer_id: UUID
    order_number: str
    home_id: UUID
    """its farm's site, or its seller where there is none; the hub for goods of many"""
    home_party: UUID
    made_at: str
    received_at: datetime | None
    produced_on: date
    best_before_on: date | None
    left_at: datetime | None
    sellers: tuple[UUID, ...]
    name: str
    grade: str | None


@dataclass
class Facts:
    """All that a batch of feed events is about."""

    hub: UUID
    lots: dict[UUID, Lot] = field(default_factory=dict)
    balances: dict[At, Decimal] = field(default_factory=dict)
    done: dict[UUID, asyncpg.Record] = field(default_factory=dict)
    links: dict[UUID, list[asyncpg.Record]] = field(default_factory=dict)
    moved: dict[UUID, list[asyncpg.Record]] = field(default_factory=dict)
    inspections: dict[At, asyncpg.Record] = field(default_factory=dict)
    shipments: dict[UUID, asyncpg.Record] = field(default_factory=dict)
    carried: dict[UUID, list[asyncpg.Record]] = field(default_factory=dict)
    receipts: dict[UUID, asyncpg.Record] = field(default_factory=dict)
    received: dict[UUID, list[asyncpg.Record]] = field(default_factory=dict)
    recalled: dict[UUID, list[asyncpg.Record]] = field(default_factory=dict)
    lifted: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    """by recall and lot: what a lot was when that recall was lifted and no other held it"""
    references: References | None = None

    @property
    def refer(self) -> References:
        """The GS1 references of all that is in here."""
        assert self.references is not None
        return self.references


@dataclass(frozen=True)
class Asked:
    """Which objects a batch of feed events names."""

    lots: frozenset[At]
    done: frozenset[UUID]
    """what was done to goods: lot events"""
    shipments: frozenset[UUID]
    receipts: frozenset[UUID]
    recalls: frozenset[UUID]


async def gather(tx: Tx, hub: UUID, prefix: str, asked: Asked) -> Facts:
    """Everything the events of *asked* need, with references for all of it."""
    facts = Facts(hub)
    if asked.lots:
        await _of_lots(tx, facts, asked)
    if asked.receipts:
        facts.receipts = _by(await tx.sql(_RECEIPTS, list(asked.receipts)), "id")
        facts.received = _many(await tx.sql(_RECEIVED, list(asked.receipts)), "receipt_id")
    shipments = asked.shipments | {row["shipment_id"] for row in facts.receipts.values()}
    if shipments:
        facts.shipments = _by(await tx.sql(_SHIPMENTS, list(shipments)), "id")
        facts.carried = _many(await tx.sql(_CARRIED, list(shipments)), "shipment_id")
    if asked.recalls:
        facts.recalled = _many(await tx.sql(_RECALLED, list(asked.recalls)), "recall_id")
        lifted = await tx.sql(_LIFTED, list(asked.recalls))
        facts.lifted = {(row["recall_id"], row["lot_id"]): row["status"] for row in lifted}
    wanted = {lot_id for lot_id, _ in asked.lots} | set(_lots_named(facts))
    rows = await tx.sql(_LOTS, list(wanted)) if wanted else []
    facts.lots = {row["id"]: _lot(row, hub) for row in rows}
    facts.references = await refer(
        tx,
        prefix,
        (lot.item for lot in facts.lots.values()),
        {hub, *(lot.home_id for lot in facts.lots.values()), *_places(facts)},
        facts.shipments,
    )
    return facts


async def _of_lots(tx: Tx, facts: Facts, asked: Asked) -> None:
    pairs = [list(column) for column in zip(*sorted(asked.lots), strict=True)]
    if asked.done:
        ids = list(asked.done)
        facts.done = _by(await tx.sql(_DONE, ids), "id")
        facts.links = _many(await tx.sql(_LINKS, ids), "event_id")
        facts.moved = _many(await tx.sql(_MOVED, ids), "event_id")
    inspected = await tx.sql(_INSPECTED, *pairs)
    facts.inspections = {(row["lot_id"], row["at"]): row for row in inspected}
    for row in await tx.sql(_BALANCES, *pairs):
        facts.balances[row["lot_id"], row["at"]] = row["left"] or row["gone"] or Decimal(0)


def _lots_named(facts: Facts) -> Iterable[UUID]:
    for groups in (facts.moved, facts.carried, facts.received, facts.recalled):
        yield from (row["lot_id"] for rows in groups.values() for row in rows)
    for rows in facts.links.values():
        for row in rows:
            yield from (lot for lot in (row["parent_lot_id"], row["child_lot_id"]) if lot)


def _places(facts: Facts) -> Iterable[UUID]:
    for row in facts.shipments.values():
        yield from (row["from_site_id"], row["to_site_id"], row["buyer_id"])


def _lot(row: Mapping[str, Any], hub: UUID) -> Lot:
    home = row["site_id"] or row["seller_id"] or hub
    return Lot(
        id=row["id"],
        number=row["number"],
        item=(row["commodity_id"], row["grade"], row["variant_id"]),
        unit=row["base_unit"],
        quantity=row["quantity"],
        count=row["count"],
        buyer_id=row["buyer_id"],
        order_number=row["order_number"],
        home_id=home,
        home_party=row["site_party"] or row["seller_id"] or hub,
        made_at=row["made_at"],
        received_at=row["received_at"],
        produced_on=row["produced_on"],
        best_before_on=row["best_before_on"],
        left_at=row["left_at"],
        sellers=tuple(row["sellers"] or ()),
        name=row["title"] or row["commodity"],
        grade=row["grade"],
    )


def _by(rows: Iterable[asyncpg.Record], column: str) -> dict[UUID, asyncpg.Record]:
    return {row[column]: row for row in rows}


def _many(rows: Iterable[asyncpg.Record], column: str) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
