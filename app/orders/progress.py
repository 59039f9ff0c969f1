"""How far an order has come: the quantities of its lines, moved by the packages above.

Each function moves many lines in one statement, together with the version of their orders (what an
order shows has changed). CHECKs on the line keep the quantities in order: rejected and accepted
within received, received within shipped, shipped within allocated, allocated within confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg

from app.agreements.ledger import AgreementNotActive, QuotaExceeded
from app.core.text import Text
from app.db.tx import Tx
from app.events.facts import announce
from app.events.record import Change, record
from app.orders import holdings
from app.orders.amendments.waiting import lapse
from app.orders.facts import LinesDone
from app.orders.rules import is_done
from app.orders.states import ANSWERED, ORDER, OrderStatus

_ALLOCATE = """
WITH delta AS (SELECT * FROM unnest($1::uuid[], $2::numeric[]) AS d(id, quantity)),
line AS (
  UPDATE order_lines l SET allocated = l.allocated + d.quantity FROM delta d WHERE l.id = d.id
  RETURNING l.order_id)
UPDATE orders SET version = version + 1 WHERE id IN (SELECT order_id FROM line)
"""
# Without an agreement there is no period, and `least` passes over what is null.
_ROOM = """
SELECT CASE WHEN l.done_at IS NOT NULL OR l.short_closed_at IS NOT NULL THEN 0 ELSE least(
  coalesce(l.confirmed, 0) * l.over_tolerance_pct / 100 - l.over,
  CASE WHEN p.drawable
    THEN p.quota + p.carried_in + p.overdraw - p.reserved - p.consumed - p.carried_out
    WHEN NOT p.drawable THEN 0 END) END
FROM order_lines l LEFT JOIN quota_periods p ON p.id = l.quota_period_id WHERE l.id = $1
"""
_BRING_OVER = """
WITH line AS (
  UPDATE order_lines SET over = over + $2, allocated = allocated + $2 WHERE id = $1 RETURNING *),
counted AS (UPDATE orders SET version = version + 1 WHERE id IN (SELECT order_id FROM line))
SELECT * FROM line
"""
_TAKE_BACK = """
WITH line AS (
  UPDATE order_lines SET over = over - $2, allocated = allocated - $2 WHERE id = $1 RETURNING *),
counted AS (UPDATE orders SET version = version + 1 WHERE id IN (SELECT order_id FROM line))
SELECT * FROM line
"""
_LACKING = """
SELECT confirmed + over - short_closed - allocated FROM order_lines WHERE id = $1
"""
_SHIP = """
WITH delta AS (SELECT * FROM unnest($1::uuid[], $2::numeric[]) AS d(id, quantity)),
line AS (
  UPDATE order_lines l SET shipped = l.shipped + d.quantity FROM delta d WHERE l.id = d.id
  RETURNING l.order_id),
before AS (
  SELECT id, status FROM orders WHERE id IN (SELECT order_id FROM line)
  ORDER BY id FOR NO KEY UPDATE)
UPDATE orders o SET version = o.version + 1,
  status = CASE WHEN o.status = ANY($3) THEN $4 ELSE o.status END
FROM before b WHERE b.id = o.id
RETURNING o.id, o.version, o.buyer_id, o.number, b.status AS before, o.status
"""
_UNSHIP = """
WITH delta AS (SELECT * FROM unnest($1::uuid[], $2::numeric[]) AS d(id, quantity)),
line AS (
  UPDATE order_lines l SET shipped = l.shipped - d.quantity FROM delta d WHERE l.id = d.id
  RETURNING l.order_id)
UPDATE orders SET version = version + 1 WHERE id IN (SELECT order_id FROM line)
"""
_SHORT_CLOSED = """
SELECT id FROM order_lines WHERE id = ANY($1) AND short_closed_at IS NOT NULL AND done_at IS NULL
"""
_LINES = "SELECT * FROM order_lines WHERE id = ANY($1)"
_GIVE_UP = """
UPDATE order_lines SET short_closed = confirmed + over - shipped WHERE id = ANY($1)
RETURNING *, short_closed - old.short_closed AS given_up
"""
_RECEIVE = """
WITH verdict AS (
  SELECT * FROM unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[])
    AS v(id, accepted, downgraded, rejected, short)),
line AS (
  UPDATE order_lines l SET received = l.received + v.accepted + v.downgraded + v.rejected,
    accepted = l.accepted + v.accepted, downgraded = l.downgraded + v.downgraded,
    rejected = l.rejected + v.rejected, short = l.short + v.short
  FROM verdict v WHERE l.id = v.id RETURNING l.order_id)
UPDATE orders SET version = version + 1 WHERE id IN (SELECT order_id FROM line)
"""
_OPEN_LINES = """
SELECT l.*, (l.id = ANY($1)) AS settling FROM order_lines l
WHERE l.order_id IN (SELECT order_id FROM order_lines WHERE id = ANY($1))
ORDER BY l.id FOR NO KEY UPDATE
"""
_DONE = "UPDATE order_lines SET done_at = $2 WHERE id = ANY($1)"
_COMPLETE = """
WITH before AS (
  SELECT id, status FROM orders WHERE id = ANY($1) AND status = $3 ORDER BY id FOR NO KEY UPDATE)
UPDATE orders o SET status = $2, version = o.version + 1 FROM before b WHERE b.id = o.id
RETURNING o.id, o.version, o.buyer_id, o.number, b.status AS before, o.status
"""

_TAKEN = Text(
    "The buyer can take less over what was ordered than a moment ago. Weigh again.",
    "Pembeli kini bisa menerima kelebihan lebih sedikit daripada tadi. Timbang lagi.",
)


@dataclass(frozen=True)
class Verdict:
    """What was found of goods shipped, in base units. The first three together are received."""

    accepted: Decimal
    downgraded: Decimal
    rejected: Decimal
    short: Decimal = Decimal(0)


async def allocate(tx: Tx, deltas: Mapping[UUID, Decimal]) -> None:
    """Add to what is allocated per line; negative when sellers gave something back."""
    if deltas:
        await tx.sql(_ALLOCATE, list(deltas), list(deltas.values()))


async def room(tx: Tx, line_id: UUID) -> Decimal:
    """How much more than confirmed may still be brought of a line; its order is locked.

    Its tolerance, or what its quota has left if that is less: nothing of one that is shut.
    """
    found: Decimal = await tx.sql_value(_ROOM, line_id)
    return found


async def bring_over(tx: Tx, line_id: UUID, excess: Decimal) -> None:
    """A seller brings *excess* more of a line than it was allocated; the buyer's quota gives it.

    The caller holds the order for itself, and asked for the `room`. Raises QuotaExceeded when
    somebody else took that a moment ago, without saying of what: the agreement is the buyer's.
    """
    (line,) = await tx.sql(_BRING_OVER, line_id, excess)
    try:
        await holdings.reserve(tx, [(line, excess)])
    except (QuotaExceeded, AgreementNotActive):
        raise QuotaExceeded(_TAKEN) from None


async def take_back(tx: Tx, line_id: UUID, excess: Decimal) -> None:
    """The inverse of `bring_over`: so much was not brought over the line after all."""
    (line,) = await tx.sql(_TAKE_BACK, line_id, excess)
    await holdings.release(tx, [(line, excess)])


async def lacking(tx: Tx, line_id: UUID) -> Decimal:
    """How much of what a line is about nobody brings; its order is locked."""
    found: Decimal = await tx.sql_value(_LACKING, line_id)
    return found


async def ship(tx: Tx, quantities: Mapping[UUID, Decimal]) -> None:
    """Add to what is on the road per line; the first dispatch starts an order."""
    orders = await tx.sql(
        _SHIP,
        list(quantities),
        list(quantities.values()),
        [str(status) for status in ANSWERED],
        OrderStatus.IN_PROGRESS,
    )
    await _record(tx, "start", [order for order in orders if order["before"] in ANSWERED])


async def unship(tx: Tx, quantities: Mapping[UUID, Decimal]) -> None:
    """Take back from what is on the road per line: it came back. An order stays begun."""
    await tx.sql(_UNSHIP, list(quantities), list(quantities.values()))


async def short_closed(tx: Tx, line_ids: Collection[UUID]) -> list[UUID]:
    """Those of *line_ids* that were given up but for what had left, and are not done yet."""
    return [row["id"] for row in await tx.sql(_SHORT_CLOSED, list(line_ids))]


async def give_up(tx: Tx, closed: Collection[UUID], line_ids: Collection[UUID]) -> None:
    """What came back of *closed* lines is given up as well: no quota or stock is kept for it.

    The quota of all *line_ids* that the caller may settle is locked at once with that.
    """
    await holdings.lock_quota(tx, await tx.sql(_LINES, list(line_ids)))
    lines = await tx.sql(_GIVE_UP, list(closed))
    await holdings.release(tx, [(line, line["given_up"]) for line in lines])


async def receive(tx: Tx, verdicts: Mapping[UUID, Verdict]) -> None:
    """Add what arrived, and how it was found, per line."""
    found = list(verdicts.values())
    await tx.sql(
        _RECEIVE,
        list(verdicts),
        [verdict.accepted for verdict in found],
        [verdict.downgraded for verdict in found],
        [verdict.rejected for verdict in found],
        [verdict.short for verdict in found],
    )


async def settle(tx: Tx, line_ids: Collection[UUID]) -> int:
    """Close the lines of *line_ids* of which enough was received, and orders all of whose are.

    How many lines were closed. The orders are locked.

    The caller says which lines have all their receipts signed. A line is done when accepted and
    downgraded goods reach what was confirmed, less its tolerance; then that much of its quota is
    consumed, and the rest of what it held released. Lines that were done before stay as they are.
    """
    lines = await tx.sql(_OPEN_LINES, list(line_ids))
    done = [line for line in lines if line["settling"] and not line["done_at"] and is_done(line)]
    if not done:
        return 0
    closed = {line["id"] for line in done}
    await tx.as_hub()  # what nobody brought any more is held in sellers' offers
    await announce(tx, LinesDone(tuple(sorted(closed))))
    await holdings.settle(tx, done)
    await tx.sql(_DONE, list(closed), tx.now)
    still_open = {
        line["order_id"]
        for line in lines
        if line["confirmed"] and not line["done_at"] and line["id"] not in closed
    }
    complete = {line["order_id"] for line in done} - still_open
    orders = await tx.sql(
        _COMPLETE, sorted(complete), OrderStatus.COMPLETED, OrderStatus.IN_PROGRESS
    )
    await _record(tx, "complete", orders)
    await lapse(tx, [order["id"] for order in orders])
    return len(closed)


async def _record(tx: Tx, action: str, orders: Sequence[asyncpg.Record]) -> None:
    changes = [
        Change(
            ORDER,
            action,
            order["id"],
            order["version"],
            order["status"],
            before=order["before"],
            audience=(order["buyer_id"],),
            data={"number": order["number"]},
        )
        for order in orders
    ]
    await record(tx, changes)
