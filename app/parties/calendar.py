"""What the calendar does to licences: a warning 30 days ahead, and the day after the last one.

Licences belong to both worlds; the worker looks at them in the real one alone.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from app.db.tx import Tx
from app.events.facts import announce
from app.events.record import Change, record
from app.parties.facts import StandingChanged
from app.parties.rules import WARNING
from app.parties.states import LICENCE

# "lapsed_on IS NULL" in both: what is due is found by the index that has only those.
_WARN = """
UPDATE licences SET warned_on = $1, version = version + 1 WHERE id IN (
  SELECT id FROM licences WHERE status = 'valid' AND valid_to BETWEEN $1 AND $2
    AND warned_on IS NULL AND lapsed_on IS NULL
  ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, version, status, party_id, kind, valid_to
"""
_LAPSE = """
UPDATE licences SET lapsed_on = $1, version = version + 1 WHERE id IN (
  SELECT id FROM licences WHERE status = 'valid' AND valid_to < $1 AND lapsed_on IS NULL
  ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, version, status, party_id, kind, valid_to
"""


async def warn_of_expiry(tx: Tx, most: int) -> int:
    """Tell the holders of at most *most* licences that end within 30 days, once; how many."""
    if not tx.actor.livemode:
        return 0
    ending = await tx.sql(_WARN, tx.today, tx.today + WARNING, most)
    await record(tx, [_change("warn", row) for row in ending])
    return len(ending)


async def lapse(tx: Tx, most: int) -> int:
    """Note of at most *most* licences that their last day has passed; how many.

    Whoever sells what needs them is told (`StandingChanged`).
    """
    if not tx.actor.livemode:
        return 0
    ended = await tx.sql(_LAPSE, tx.today, most)
    if ended:
        await record(tx, [_change("lapse", row) for row in ended])
        holders = sorted({row["party_id"] for row in ended})
        await announce(tx, StandingChanged(tuple(holders)))
    return len(ended)


def _change(action: str, row: asyncpg.Record) -> Change:
    data: dict[str, Any] = {"kind": row["kind"], "valid_to": row["valid_to"].isoformat()}
    return Change(
        LICENCE,
        action,
        row["id"],
        row["version"],
        row["status"],
        before=row["status"],
        audience=(row["party_id"],),
        data=data,
    )
