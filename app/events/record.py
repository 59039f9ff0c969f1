"""Recording a transition: its event, its audience and its history row.

Every command that moves an object calls `record`; what it says is kept with the transaction and
written at its end, all transitions in one statement. An event exists if and only if its effect
does, and a lock is not held a round trip longer for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.core.ids import encode, new_id
from app.core.states import NEW, Machine
from app.db.tx import Tx

RECORDED = """
change AS MATERIALIZED (
  SELECT c.*, pg_current_xact_id() AS xid, nextval('event_seq') AS seq
  FROM jsonb_to_recordset($1::jsonb) AS c(
    event_id uuid, history_id uuid, type text, object text, object_id uuid, version int,
    action text, from_status text, to_status text, reason text, note text, data jsonb,
    audience uuid[])
), event AS (
  INSERT INTO events (id, xid, seq, type, object, object_id, version, data, occurred_at, livemode)
  SELECT event_id, xid, seq, type, object, object_id, version, data, $2, $3 FROM change
), audience AS (
  INSERT INTO event_audience (party_id, livemode, xid, seq, event_id)
  SELECT DISTINCT party, $3::boolean, xid, seq, event_id FROM change, unnest(audience) AS party
), past AS (
  INSERT INTO history (id, object, object_id, version, action, from_status, to_status, reason, note,
                       key_id, party_id, at, livemode)
  SELECT history_id, object, object_id, version, action, from_status, to_status, reason, note,
         $4, $5, $2, $3 FROM change
)
"""
"""The parts of a statement that write what `recorded` hands them; ``$6`` and on are free."""

_WRITE = f"WITH {RECORDED} SELECT"

NO_ANSWER = "no_answer"
"""The reason that the history gives for what ended because nobody answered it in time."""


@dataclass(frozen=True)
class Change:
    """One transition of one object.

    `data` is what the event tells the `audience` (parties besides the hub) beside id, number and
    status: facts every one of them may know, ids as text, decimals as text.
    """

    machine: Machine
    action: str
    object_id: UUID
    version: int
    after: str
    before: str = NEW
    audience: tuple[UUID, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    note: str | None = None

    def row(self) -> dict[str, Any]:
        """The change as the statement reads it."""
        machine = self.machine
        return {
            "event_id": new_id(),
            "history_id": new_id(),
            "type": machine.event(self.action),
            "object": machine.name,
            "object_id": self.object_id,
            "version": self.version,
            "action": self.action,
            "from_status": self.before,
            "to_status": self.after,
            "reason": self.reason,
            "note": self.note,
            "data": {
                "id": encode(machine.prefix, self.object_id),
                "status": self.after,
                **self.data,
            },
            "audience": self.audience,
        }


async def record(tx: Tx, changes: Sequence[Change]) -> None:
    """Have the events and history of *changes* written when the transaction ends."""
    tx.transitions.extend(changes)


def recorded(tx: Tx) -> tuple[str, datetime, bool, UUID | None, UUID]:
    """What the transaction has recorded, as the parameters of `RECORDED`; nothing is left of it."""
    rows = orjson.dumps([change.row() for change in tx.transitions], default=str).decode()
    tx.transitions.clear()
    return rows, tx.now, tx.actor.livemode, tx.actor.key_id, tx.actor.party_id


async def close(tx: Tx) -> None:
    """Write what is still waiting, then do what comes last. Every edge calls this before COMMIT."""
    if tx.transitions:
        await tx.sql(_WRITE, *recorded(tx))
    for work in tx.last:
        await work()
