"""Taking an event back: goods are where they were, as if it had not been.

Only while every lot that it made is as it was made; its parents may have lived on meanwhile and get
back exactly what went. What follows for sellers and the order is taken back too, where that is
possible still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from app.access.authorize import authorized
from app.allocation import weighed
from app.allocation.weighed import Gone
from app.core.errors import DomainError, Kind
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.shipments import chain
from app.shipments.lots.graph import queries
from app.shipments.lots.graph.held import Held, aboard, check_open, taken
from app.shipments.lots.graph.schemas import UndoIn
from app.shipments.lots.graph.work import ZERO, Parts, Work
from app.shipments.lots.models import LotEventKind
from app.shipments.lots.models import LotMovementKind as Move
from app.shipments.lots.states import LOT, STANDING, LotStatus

L = LotStatus

_LINKS = """
SELECT parent_lot_id, child_lot_id, allocation_id, quantity, over FROM lot_links
WHERE event_id = $1
"""
_MOVEMENTS = "SELECT lot_id, kind, quantity, count FROM lot_movements WHERE event_id = $1"
# What the event did to the states of lots: nothing else did it to them at that instant, but for an
# inspection, which may do the same several times over, one event after the other.
_STATES = """
SELECT lot_id, from_status, to_status FROM (
  SELECT object_id AS lot_id, from_status, to_status, action,
    row_number() OVER (PARTITION BY object_id, action ORDER BY version) AS n
  FROM history WHERE object = 'lot' AND object_id = ANY($1) AND at = $2 AND action IN ($3, 'make')
) h WHERE action = 'make' OR n = $4
"""
_WHICH = """
SELECT count(*) FROM lot_events
WHERE inspection_id = $1 AND kind = $2 AND id <= $3
"""
# Recalled goods stay that, also where none were on hand when they were recalled.
_RECALLED = """
SELECT r.lot_id FROM recall_lots r JOIN recalls k ON k.id = r.recall_id AND k.status <> 'lifted'
WHERE r.lot_id = ANY($1)
"""
_UNDONE = "SELECT id FROM lot_events WHERE undoes = $1"
# Whether goods were taken out of a lot by something later that stands.
_SINCE = """
SELECT EXISTS (SELECT FROM lot_links k WHERE k.parent_lot_id = ANY($2) AND k.event_id > $1
  AND NOT EXISTS (SELECT FROM lot_events u WHERE u.undoes = k.event_id))
"""


class UndoneAlready(DomainError):
    """An event is taken back once; to do it again is a new event."""

    kind = Kind.CONFLICT
    code = "undone_already"
    title = Text("Taken back already", "Sudah dibatalkan")
    advice = Text(
        "This event was taken back already, or takes one back itself; do it anew instead.",
        "Kejadian ini sudah dibatalkan, atau memang pembatalan; lakukan lagi dari awal.",
    )


class LotMovedOn(DomainError):
    """Something else has happened to the goods since."""

    kind = Kind.CONFLICT
    code = "lot_moved_on"
    title = Text("The goods have moved on", "Barangnya sudah diproses lagi")
    advice = Text(
        "Take back what was done to the lots in lot_ids since, the latest first.",
        "Batalkan dulu yang dilakukan pada lot dalam lot_ids sesudah itu, dari yang terakhir.",
    )


@dataclass
class _Past:
    """What the event did: goods between lots, and movements and states by lot."""

    event: Any
    links: list[asyncpg.Record]
    movements: list[asyncpg.Record]
    since: bool = False
    states: dict[UUID, asyncpg.Record] = field(default_factory=dict)
    recalled: set[UUID] = field(default_factory=set)

    def lots(self) -> set[UUID]:
        """Every lot it touched."""
        ends = {link[end] for link in self.links for end in ("parent_lot_id", "child_lot_id")}
        return (ends | {move["lot_id"] for move in self.movements}) - {None}

    @cached_property
    def made(self) -> set[UUID]:
        """The lots that came into being by it."""
        return {move["lot_id"] for move in self.movements if move["kind"] == Move.MAKE}

    @cached_property
    def went(self) -> Parts:
        """How much went into each lot."""
        into: Parts = {}
        for link in self.links:
            if link["child_lot_id"] is not None:
                _add(into, link["child_lot_id"], link["quantity"])
        return into

    @cached_property
    def found(self) -> list[asyncpg.Record]:
        """Goods that came from nowhere."""
        return [link for link in self.links if link["parent_lot_id"] is None]


async def undo(tx: Tx, event_id: UUID, asked: UndoIn) -> str:
    """Take an event back; the unit of its goods.

    Raises UndoneAlready, LotMovedOn when the goods are not where it left them, LineFilled when
    others were asked meanwhile for what was lost, OfferExhausted when a seller promised to others
    what it was given back.
    """
    event = await authorized(tx, queries.event(tx, event_id))
    await chain.hold_open(tx, event.order_id)
    if event.undoes or await tx.sql_value(_UNDONE, event_id):
        raise UndoneAlready
    links, movements = await tx.sql(_LINKS, event_id), await tx.sql(_MOVEMENTS, event_id)
    past = _Past(event, links, movements)
    lots = await taken(tx, past.lots())
    if event.kind == LotEventKind.RECEIVE:
        past.since = await tx.sql_value(_SINCE, event_id, list(lots))
    which = await tx.sql_value(_WHICH, event.inspection_id, event.kind, event.id) or 1
    for row in await tx.sql(_STATES, list(lots), event.at, event.kind, which):
        past.states[row["lot_id"]] = row
    past.recalled = {row["lot_id"] for row in await tx.sql(_RECALLED, list(lots))}
    _check(past, lots)
    work = Work(tx, lots.values())
    undone = work.begin(LotEventKind.UNDO, note=asked.reason, undoes=event_id)
    _turn_back(work, past, undone)
    await work.write()
    first = next(iter(lots.values()))
    line_id = first.row["order_line_id"]
    await weighed.restore(tx, line_id, _gone(past))
    found, over = _found(past)
    if found:
        await weighed.unfind(tx, line_id, found, over)
    return first.unit


def _check(past: _Past, lots: dict[UUID, Held]) -> None:
    """Raises LotMovedOn unless what it made is as made, and the rest can take goods back."""
    made = past.made
    moved = []
    for lot in lots.values():
        check_open(lot)
        fresh = _as_made(past, lot) if lot.id in made else _takes_back(past, lot)
        if aboard(lot) or not fresh:
            moved.append(lot.id)
    if moved:
        raise LotMovedOn(lot_ids=[encode(LOT.prefix, lot_id) for lot_id in sorted(moved)])


def _as_made(past: _Past, lot: Held) -> bool:
    """Whether all that went into a new lot is in it still, and nothing else is."""
    first = past.states[lot.id]["to_status"]
    return (
        (lot.status, lot.balance, lot.count_balance) == (first, lot.quantity, lot.count)
        and lot.quantity == past.went[lot.id]
        and all(share.balance == share.quantity for share in lot.shares.values())
    )


def _takes_back(past: _Past, lot: Held) -> bool:
    """Whether goods can come back into a lot, or what was found in it be taken out again."""
    after = past.states[lot.id]["to_status"]
    if past.event.kind == LotEventKind.RECEIVE and (past.since or lot.status != after):
        return False
    found = [link for link in past.links if link["parent_lot_id"] is None]
    if any(lot.shares[link["allocation_id"]].balance <= link["quantity"] for link in found):
        return False  # an allocation, like a lot, is never about nothing
    finds = [move for move in past.movements if move["kind"] == Move.FIND]
    if any((move["count"] or 0) > (lot.count_balance or 0) for move in finds):
        return False
    if lot.status == L.REJECTED:
        return bool(after == L.REJECTED)
    return lot.status in STANDING or lot.status == L.DEPLETED


def _turn_back(work: Work, past: _Past, undone: UUID) -> None:
    """Goods lie where they lay, and lots are what they were."""
    whole = past.event.kind == LotEventKind.REJECT
    for link in past.links:
        parent, child = link["parent_lot_id"], link["child_lot_id"]
        allocation, quantity = link["allocation_id"], link["quantity"]
        if child is not None:
            share = work.lots[child].shares[allocation]
            share.balance -= quantity
            if parent is None:
                share.quantity -= quantity
        if parent is not None and not (whole and child is None):
            work.lots[parent].shares[allocation].balance += quantity
    for move in past.movements:
        _reverse(work, undone, move)
    for lot in list(work.lots.values()):
        if lot.id in past.made:
            work.tell(lot, "undo", L.DEPLETED, lot.quantity, undone)
        else:
            work.tell(lot, "undo", _state(past, lot), lot.balance, undone)


def _gone(past: _Past) -> Gone:
    """What was lost or rejected by it, per allocation."""
    gone = Gone()
    rejected = past.event.kind == LotEventKind.REJECT
    for link in past.links:
        if rejected:
            _add(gone.back, link["allocation_id"], link["quantity"])
        elif link["child_lot_id"] is None:
            _add(gone.lost, link["allocation_id"], link["quantity"])
    return gone


def _found(past: _Past) -> tuple[Parts, Parts]:
    """What was found by it, and how much of that was more than allocations had."""
    found: Parts = {}
    over: Parts = {}
    for link in past.found:
        _add(found, link["allocation_id"], link["quantity"])
        if link["over"]:
            _add(over, link["allocation_id"], link["over"])
    return found, over


_BACK = {Move.TAKE: Move.MAKE, Move.MAKE: Move.TAKE, Move.LOSE: Move.FIND, Move.FIND: Move.LOSE}


def _reverse(work: Work, undone: UUID, move: asyncpg.Record) -> None:
    """The movement the other way."""
    lot, kind = work.lots[move["lot_id"]], Move(move["kind"])
    sign = 1 if kind in (Move.TAKE, Move.LOSE) else -1
    lot.balance += sign * move["quantity"]
    if lot.count_balance is not None:
        lot.count_balance += sign * (move["count"] or 0)
    if kind == Move.FIND:
        lot.quantity -= move["quantity"]
        if lot.count is not None:
            lot.count -= move["count"] or 0
    work.move(undone, lot, _BACK[kind], move["quantity"], move["count"])


def _state(past: _Past, lot: Held) -> LotStatus:
    """The state in which a lot that has its goods back is: as before, unless it has moved on."""
    step = past.states[lot.id]
    if lot.status not in (step["to_status"], L.DEPLETED):
        return lot.status
    if lot.id in past.recalled:
        return L.RECALLED
    # A recall that was lifted meanwhile let go of what it held; of this nobody decided yet.
    return L.QUARANTINED if step["from_status"] == L.RECALLED else LotStatus(step["from_status"])


def _add(sums: Parts, key: UUID, part: Decimal) -> None:
    sums[key] = sums.get(key, ZERO) + part
