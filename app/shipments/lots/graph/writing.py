"""Writing what was worked out: new lots, changed ones, shares, links, movements. One statement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from app.core.ids import encode
from app.core.quantity import plain
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments.lots.graph.held import Held
from app.shipments.lots.states import LOT, LotStatus

if TYPE_CHECKING:
    from app.shipments.lots.graph.work import Work

# What a new lot has of its first parent (`like`) is copied there; all else is said.
_WRITE = f"""
WITH event AS (
  INSERT INTO lot_events (id, kind, order_id, undoes, inspection_id, loss, reason, note, party_id,
    at, livemode)
  SELECT id, kind, order_id, undoes, inspection_id, loss, reason, note, $8, $7, $9
  FROM jsonb_to_recordset($1::jsonb) AS e(id uuid, kind text, order_id uuid, undoes uuid,
    inspection_id uuid, loss numeric, reason text, note text)
), made AS (
  INSERT INTO lots (id, version, status, number, allocation_id, order_id, order_line_id, offer_id,
    seller_id, buyer_id, site_id, made_at, commodity_id, grade, variant_id, title, base_unit,
    quantity, balance, count, count_balance, produced_on, best_before_on, livemode, created_at)
  SELECT m.id, 1, m.status, {number_sql("lot")}, m.allocation_id, p.order_id, p.order_line_id,
    m.offer_id, m.seller_id, p.buyer_id, m.site_id, m.made_at, p.commodity_id, m.grade,
    p.variant_id, p.title, p.base_unit, m.quantity, m.balance, m.count, m.count_balance,
    m.produced_on, m.best_before_on, p.livemode, $7
  FROM jsonb_to_recordset($2::jsonb) AS m(id uuid, parent uuid, status text, allocation_id uuid,
    offer_id uuid, seller_id uuid, site_id uuid, made_at text, grade text, quantity numeric,
    balance numeric, count int, count_balance int, produced_on date, best_before_on date)
  JOIN lots p ON p.id = m.parent
  RETURNING id, number
), changed AS (
  UPDATE lots l SET status = c.status, quantity = c.quantity, balance = c.balance,
    count = c.count, count_balance = c.count_balance, version = l.version + c.steps
  FROM jsonb_to_recordset($3::jsonb) AS c(id uuid, status text, quantity numeric, balance numeric,
    count int, count_balance int, steps int) WHERE l.id = c.id
), sharing AS (
  INSERT INTO lot_shares (lot_id, allocation_id, seller_id, quantity, balance, livemode)
  SELECT lot_id, allocation_id, seller_id, quantity, balance, $9
  FROM jsonb_to_recordset($4::jsonb) AS s(lot_id uuid, allocation_id uuid, seller_id uuid,
    quantity numeric, balance numeric)
  ON CONFLICT (lot_id, allocation_id) DO UPDATE
  SET quantity = excluded.quantity, balance = excluded.balance
), link AS (
  INSERT INTO lot_links (id, event_id, parent_lot_id, child_lot_id, allocation_id, quantity, over,
    livemode)
  SELECT uuidv7(), event_id, parent_lot_id, child_lot_id, allocation_id, quantity, over, $9
  FROM jsonb_to_recordset($5::jsonb) AS k(event_id uuid, parent_lot_id uuid, child_lot_id uuid,
    allocation_id uuid, quantity numeric, over numeric)
), movement AS (
  INSERT INTO lot_movements (id, lot_id, seller_id, event_id, kind, quantity, count, at, livemode)
  SELECT uuidv7(), lot_id, seller_id, event_id, kind, quantity, count, $7, $9
  FROM jsonb_to_recordset($6::jsonb) AS v(lot_id uuid, seller_id uuid, event_id uuid, kind text,
    quantity numeric, count int)
)
SELECT id, number FROM made
"""
_SAID = (
    "parent",
    "allocation_id",
    "offer_id",
    "seller_id",
    "site_id",
    "made_at",
    "grade",
    "produced_on",
    "best_before_on",
)


@dataclass(frozen=True)
class Told:
    """One step of one lot, to be noted: *quantity* is what moved, *event* by which it did."""

    lot: Held
    action: str
    before: str
    after: LotStatus
    quantity: Decimal
    event: dict[str, Any] | None
    reason: str | None = None
    note: str | None = None


async def write(tx: Tx, work: Work) -> None:
    """Store *work*; events and history of all its lots are written when the transaction ends."""
    steps = Counter(told.lot.id for told in work.told)
    changed = [lot for lot in work.lots.values() if lot.id in steps and lot.row["version"]]
    numbers = await tx.sql(
        _WRITE,
        _json(list(work.events.values())),
        _json([_made(lot) for lot in work.made]),
        _json([_state(lot) | {"steps": steps[lot.id]} for lot in changed]),
        _json([share for lot in (*changed, *work.made) for share in _shares(lot)]),
        _json(work.links),
        _json(list(work.movements.values())),
        tx.now,
        tx.actor.party_id,
        tx.actor.livemode,
    )
    for row in numbers:
        work.lots[row["id"]].row["number"] = row["number"]
    versions = {told.lot.id: int(told.lot.row["version"]) for told in work.told}
    changes = []
    for told in work.told:
        versions[told.lot.id] += 1
        changes.append(_change(told, versions[told.lot.id]))
    await record(tx, changes)


def _change(told: Told, version: int) -> Change:
    lot = told.lot
    data = {
        "number": lot.row["number"],
        "order_id": encode("ord", lot.row["order_id"]),
        "quantity": plain(told.quantity),
    }
    if told.event:
        data["event_id"] = encode("lev", told.event["id"])
        if told.event["undoes"]:
            data["undoes"] = encode("lev", told.event["undoes"])
    return Change(
        LOT,
        told.action,
        lot.id,
        version,
        told.after,
        before=told.before,
        audience=lot.sellers,
        data=data,
        reason=told.reason,
        note=told.note,
    )


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()


def _made(lot: Held) -> dict[str, Any]:
    return {name: lot.row[name] for name in _SAID} | _state(lot)


def _state(lot: Held) -> dict[str, Any]:
    return {
        "id": lot.id,
        "status": lot.status,
        "quantity": lot.quantity,
        "balance": lot.balance,
        "count": lot.count,
        "count_balance": lot.count_balance,
    }


def _shares(lot: Held) -> list[dict[str, Any]]:
    return [
        {
            "lot_id": lot.id,
            "allocation_id": allocation,
            "seller_id": share.seller_id,
            "quantity": share.quantity,
            "balance": share.balance,
        }
        for allocation, share in lot.shares.items()
    ]
