"""The worker's part: what happened becomes EPCIS events, in the feed's order, each exactly once.

The feed is read below the oldest transaction still running (see `webhooks.queries`), so nothing
that was passed can be added to. The cursor moves in the same transaction in which the events are
stored: a worker may be killed at any point, and of two workers one holds the cursor and the other
goes on to something else. Old events are told like new ones: the cursor begins at the beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.access.enter import acting_as_hub
from app.core.errors import DomainError
from app.core.ids import decode
from app.db.engine import Database
from app.db.tx import Tx
from app.epcis.builders import BUILDERS
from app.epcis.builders.said import Fed, Left, Said, Withdrawn
from app.epcis.facts import Asked, gather
from app.epcis.rows import COLUMNS, NAMES, row, store
from app.epcis.story import Happened, instant, told
from app.parties.bootstrap import find_hub

log = structlog.get_logger("epcis")

EVERY = 1.0
"""Seconds between two looks for work."""
BATCH = 300
"""How many events of the feed one transaction passes."""

_WAITS = """
SELECT EXISTS (SELECT FROM events e JOIN epcis_cursors c ON c.livemode = $1
  WHERE e.livemode = $1 AND (e.xid, e.seq) > (c.xid, c.seq)
    AND e.xid < pg_snapshot_xmin(pg_current_snapshot()))
"""
_HOLD = "SELECT xid::text, seq FROM epcis_cursors WHERE livemode = $1 FOR UPDATE SKIP LOCKED"
_NEXT = """
SELECT xid::text, seq, type, object_id, data, occurred_at FROM events e
WHERE livemode = $4 AND (xid, seq) > ($1::text::xid8, $2::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.xid, e.seq LIMIT $3
"""
_MOVE = "UPDATE epcis_cursors SET xid = $2::text::xid8, seq = $3 WHERE livemode = $1"
_TOLD = """
SELECT party_id, body, fact_id, lot_ids FROM epcis_events
WHERE fact_id = $1 AND NOT captured AND NOT declared ORDER BY id
"""
_REST = ", ".join(
    name for name in COLUMNS.split(", ") if name not in ("id", "party_id", "record_time")
)
# How a shipment's goods came to be: all that was told the hub of its lots and of their ancestors.
_REVEAL = f"""
WITH RECURSIVE up AS (
  SELECT lot_id FROM shipment_lots WHERE shipment_id = $1
  UNION SELECT k.parent_lot_id FROM lot_links k JOIN up ON k.child_lot_id = up.lot_id
  WHERE k.parent_lot_id IS NOT NULL
), said AS MATERIALIZED (
  SELECT {COLUMNS} FROM epcis_events e WHERE party_id IS NULL AND NOT captured AND livemode = $4
    AND id IN (SELECT row_id FROM epcis_names WHERE name = ANY(ARRAY(
      SELECT 'lot|' || lot_id FROM up)))
), copy AS MATERIALIZED (
  SELECT uuidv7() AS id, $2::uuid AS party_id, $3::timestamptz AS record_time, {_REST} FROM said
  ORDER BY said.id
), kept AS (
  INSERT INTO epcis_events (id, party_id, record_time, {_REST})
  SELECT id, party_id, record_time, {_REST} FROM copy ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO epcis_names (name, row_id, party_id, livemode)
SELECT DISTINCT name, id, party_id, livemode FROM copy JOIN kept USING (id), unnest({NAMES}) AS name
"""


async def loop(database: Database, prefix: str) -> None:
    """Tell what happened, for ever."""
    while True:
        try:
            await turn(database, prefix)
        except DomainError as error:
            log.warning("epcis_waits", code=error.code)
        except Exception as error:
            log.exception("defect", exc_info=error)
        await asyncio.sleep(EVERY)


async def turn(database: Database, prefix: str) -> int:
    """Tell all that has happened by now, in both worlds; how many events of the feed that were."""
    hub = await find_hub(database)
    if hub is None:
        return 0
    done = 0
    for livemode in (True, False):
        while count := await step(database, hub, prefix, livemode=livemode):
            done += count
    return done


async def step(database: Database, hub: UUID, prefix: str, *, livemode: bool) -> int:
    """Tell the next events of the feed; how many of it were passed. One transaction."""
    async with acting_as_hub(database, hub, livemode=livemode) as tx:
        # A look that locks nothing comes first: most of the time nothing has happened.
        if not await tx.sql_value(_WAITS, livemode):
            return 0
        cursor = await tx.sql_row(_HOLD, livemode)
        if cursor is None:
            return 0
        rows = await tx.sql(_NEXT, cursor["xid"], cursor["seq"], BATCH, livemode)
        if rows:
            await _tell(tx, hub, prefix, [_fed(one) for one in rows if one["type"] in BUILDERS])
            await tx.sql(_MOVE, livemode, rows[-1]["xid"], rows[-1]["seq"])
        return len(rows)


def _fed(one: asyncpg.Record) -> Fed:
    return Fed(one["type"], one["object_id"], one["occurred_at"], one["data"])


async def _tell(tx: Tx, hub: UUID, prefix: str, feed: Sequence[Fed]) -> None:
    if not feed:
        return
    facts = await gather(tx, hub, prefix, _asked(feed))
    waiting: list[dict[str, Any]] = []
    for fed in feed:
        for said in BUILDERS[fed.type](fed, facts):
            if isinstance(said, Happened):
                waiting += _rows(tx, said, hub)
                continue
            await store(tx, waiting)
            waiting = []
            await _also(tx, said)
    await store(tx, waiting)


def _asked(feed: Sequence[Fed]) -> Asked:
    by_object: dict[str, set[UUID]] = {}
    for fed in feed:
        by_object.setdefault(fed.type.partition(".")[0], set()).add(fed.object_id)
    named = (fed.data.get("event_id") for fed in feed if fed.type.startswith("lot."))
    return Asked(
        lots=frozenset((fed.object_id, fed.at) for fed in feed if fed.type.startswith("lot.")),
        done=frozenset(decode("lev", text) for text in named if text),
        shipments=frozenset(by_object.get("shipment", ())),
        receipts=frozenset(by_object.get("goods_receipt", ())),
        recalls=frozenset(by_object.get("recall", ())),
    )


def _rows(tx: Tx, happened: Happened, hub: UUID) -> list[dict[str, Any]]:
    return [
        row(
            told(happened, reader, hub),
            party_id=reader,
            captured=False,
            now=tx.now,
            livemode=tx.actor.livemode,
            fact_id=happened.fact_id,
            lot_ids=happened.lot_ids,
        )
        for reader in happened.readers
    ]


async def _also(tx: Tx, said: Said) -> None:
    """What is said of events that were told before."""
    if isinstance(said, Left):
        await tx.sql(_REVEAL, said.shipment_id, said.buyer_id, tx.now, tx.actor.livemode)
        return
    assert isinstance(said, Withdrawn)
    declaration = {"declarationTime": instant(said.at), "reason": said.reason}
    rows = [
        row(
            one["body"] | {"errorDeclaration": declaration},
            party_id=one["party_id"],
            captured=False,
            now=tx.now,
            livemode=tx.actor.livemode,
            fact_id=one["fact_id"],
            lot_ids=one["lot_ids"],
        )
        for one in await tx.sql(_TOLD, said.fact_id)
    ]
    await store(tx, rows)
