"""Everything that moves a recall.

The goods of a lot belong to one order, and so does all that came of it: whoever holds the orders of
the lots that are named holds every way on, into other lots and onto trucks. So a truck either left
before, and is listed, or it does not leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import invalid, missing
from app.core.ids import new_id
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.lots.states import LOT, STANDING, LotStatus
from app.shipments.recalls import queries, rules
from app.shipments.recalls.schemas import RecallCloseIn, RecallIn, RecallLiftIn
from app.shipments.recalls.states import RECALL, RecallStatus

R, L = RecallStatus, LotStatus

_STOPPED = STANDING - {L.RECALLED}
"""What is there and would go on."""

_ORDERS = "SELECT id FROM orders WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_ORDERS_OF = """
SELECT id FROM orders WHERE id IN (
  SELECT l.order_id FROM recall_lots r JOIN lots l ON l.id = r.lot_id WHERE r.recall_id = $1)
ORDER BY id FOR NO KEY UPDATE
"""
_INSERT = f"""
INSERT INTO recalls (id, status, number, reason, note, seller_id, commodity_id, produced_from,
  produced_until, livemode, created_at)
VALUES ($1, $2, {number_sql("recall")}, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING number, version
"""
_INSERT_LOTS = """
INSERT INTO recall_lots (recall_id, lot_id, source, quantity, held, livemode)
SELECT $1, w.lot_id, w.lot_id = ANY($2), w.quantity, w.held, $3
FROM unnest($4::uuid[], $5::numeric[], $6::text[]) AS w (lot_id, quantity, held)
"""
_TURN = """
UPDATE lots l SET status = w.status, version = l.version + 1
FROM unnest($1::uuid[], $2::text[]) AS w (id, status) WHERE l.id = w.id
"""
_END = """
UPDATE recalls SET status = $2, end_reason = $3, end_note = $4, version = version + 1
WHERE id = $1 RETURNING version
"""


async def create(tx: Tx, asked: RecallIn) -> UUID:
    """Recall goods and all that came of them; the id. Only the hub's own scope may.

    Raises Invalid for a request that does not say which, NotFound for a lot or a seller's goods
    that are not there.
    """
    sources = await _sources(tx, asked)
    await tx.sql(_ORDERS, sorted({row["order_id"] for row in sources}))
    named = {row["id"] for row in sources}
    lots = await queries.held_down_from(tx, named)
    ids = [row["id"] for row in lots]
    shares = await queries.shares(tx, ids)
    quantities = rules.recalled(
        named,
        {(row["lot_id"], row["allocation_id"]): row["quantity"] for row in shares},
        [rules.Way(*row) for row in await queries.ways(tx, ids)],
    )
    lots = [row for row in lots if row["id"] in quantities]
    recall_id = await _insert(tx, asked, ids)
    others = await queries.holding(tx, ids, recall_id)
    await tx.sql(
        _INSERT_LOTS,
        recall_id,
        list(named),
        tx.actor.livemode,
        [row["id"] for row in lots],
        [quantities[row["id"]] for row in lots],
        [row["status"] if row["status"] in _STOPPED else others.get(row["id"]) for row in lots],
    )
    stopped = [(row, L.RECALLED) for row in lots if row["status"] in _STOPPED]
    await _turn(tx, "recall", stopped, shares, asked.reason)
    return recall_id


async def _insert(tx: Tx, asked: RecallIn, lot_ids: Sequence[UUID]) -> UUID:
    """The recall itself; everybody who drives or receives some of it hears."""
    recall_id = new_id()
    made = await tx.sql_row(
        _INSERT,
        recall_id,
        R.OPEN,
        asked.reason,
        asked.note,
        asked.seller_id,
        asked.commodity_id,
        asked.produced_from,
        asked.produced_until,
        tx.actor.livemode,
        tx.now,
    )
    assert made is not None
    change = Change(
        RECALL,
        "create",
        recall_id,
        made["version"],
        R.OPEN,
        audience=await queries.concerned(tx, lot_ids),
        data={"number": made["number"], "reason": asked.reason},
        reason=asked.reason,
        note=asked.note,
    )
    await record(tx, [change])
    return recall_id


async def _sources(tx: Tx, asked: RecallIn) -> list[asyncpg.Record]:
    if (asked.lot_ids is None) == (asked.seller_id is None):
        raise invalid(
            "/lot_ids",
            "lots_or_seller",
            "Say lot_ids, or else seller_id and the days; one of the two.",
            "Isi lot_ids, atau seller_id dan tanggalnya; salah satu saja.",
        )
    if asked.lot_ids is not None:
        _check_no_days(asked)
        found = await queries.named(tx, asked.lot_ids)
        there = {row["id"] for row in found}
        for n, lot_id in enumerate(asked.lot_ids):
            if lot_id not in there:
                raise missing(f"/lot_ids/{n}", "There is no such lot.", "Lot ini tidak ada.")
        return found
    assert asked.seller_id is not None
    if asked.produced_from is None or asked.produced_until is None:
        name = "produced_from" if asked.produced_from is None else "produced_until"
        raise invalid(f"/{name}", "missing", "Which days?", "Tanggal berapa?")
    if asked.produced_from > asked.produced_until:
        raise invalid(
            "/produced_until",
            "period",
            "This day is before the first one.",
            "Tanggal ini sebelum tanggal pertama.",
        )
    days = asked.produced_from, asked.produced_until
    found = await queries.made_by(tx, asked.seller_id, days, asked.commodity_id)
    if not found:
        raise missing(
            "/seller_id",
            "There are no lots of this seller from these days.",
            "Tidak ada lot penjual ini dari tanggal tersebut.",
        )
    return found


def _check_no_days(asked: RecallIn) -> None:
    for name in ("produced_from", "produced_until", "commodity_id"):
        if getattr(asked, name) is not None:
            raise invalid(
                f"/{name}",
                "lots_or_seller",
                "Only together with seller_id.",
                "Hanya bersama seller_id.",
            )


async def close(tx: Tx, recall_id: UUID, asked: RecallCloseIn) -> None:
    """Everybody concerned has answered; what is at the hub stays recalled."""
    await authorized(tx, queries.recall(tx, recall_id))
    row = await _held(tx, recall_id)
    ids = [lot["id"] for lot in await queries.lots_of(tx, row.id)]
    await _end(tx, row, "close", R.CLOSED, None, asked.note, ids)


async def lift(tx: Tx, recall_id: UUID, asked: RecallLiftIn) -> None:
    """The goods may go on: lots at the hub are again what they were.

    What came back from a truck meanwhile waits for a decision; what another recall holds stays.
    """
    await authorized(tx, queries.recall(tx, recall_id))
    await tx.sql(_ORDERS_OF, recall_id)
    row = await _held(tx, recall_id)
    lots = await queries.lots_of(tx, row.id)
    ids = [lot["id"] for lot in lots]
    await _end(tx, row, "lift", R.LIFTED, asked.reason, asked.note, ids)
    others = await queries.holding(tx, ids, row.id)
    freed = [
        (lot, lot["held"] or L.QUARANTINED)
        for lot in lots
        if lot["status"] == L.RECALLED and lot["id"] not in others
    ]
    await _turn(tx, "lift", freed, await queries.shares(tx, ids), asked.reason)


async def _held(tx: Tx, recall_id: UUID) -> Row[Any]:
    """The recall, locked; whoever comes here may see it."""
    row = await queries.recall(tx, recall_id, lock=True)
    assert row is not None
    return row


async def _end(
    tx: Tx,
    row: Row[Any],
    action: str,
    to: RecallStatus,
    reason: str | None,
    note: str | None,
    lot_ids: Sequence[UUID],
) -> None:
    RECALL.check(action, row.status)
    version = await tx.sql_value(_END, row.id, to, reason, note)
    change = Change(
        RECALL,
        action,
        row.id,
        version,
        to,
        before=row.status,
        audience=await queries.concerned(tx, lot_ids),
        data={"number": row.number},
        reason=reason,
        note=note,
    )
    await record(tx, [change])


async def _turn(
    tx: Tx,
    action: str,
    lots: Sequence[tuple[asyncpg.Record, str]],
    shares: Iterable[asyncpg.Record],
    reason: str,
) -> None:
    """Bring *lots* (locked) into the status beside each; their sellers hear it."""
    await tx.sql(_TURN, [row["id"] for row, _ in lots], [to for _, to in lots])
    sellers: dict[UUID, set[UUID]] = {}
    for share in shares:
        sellers.setdefault(share["lot_id"], set()).add(share["seller_id"])
    changes = [
        Change(
            LOT,
            action,
            row["id"],
            row["version"] + 1,
            to,
            before=row["status"],
            audience=tuple(sorted(sellers[row["id"]])),
            data={"number": row["number"], "reason": reason},
            reason=reason,
        )
        for row, to in lots
    ]
    await record(tx, changes)
