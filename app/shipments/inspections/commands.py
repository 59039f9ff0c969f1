"""Inspecting a lot: what was found, and what the verdict does, in one transaction."""

from __future__ import annotations

from uuid import UUID

import orjson

from app.access.authorize import authorized
from app.core.ids import new_id
from app.core.quantity import plain
from app.db.tx import Tx
from app.shipments.evidence.commands import attach
from app.shipments.inspections import queries, rules
from app.shipments.inspections.schemas import LotInspectIn
from app.shipments.lots import queries as lots
from app.shipments.lots.graph.judging import judge
from app.shipments.lots.states import LOT

_INSERT = """
INSERT INTO inspections (id, lot_id, inspector, sample, sample_unit, readings, verdict, photo_ids,
  note, party_id, at, livemode)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11, $12)
"""


async def inspect(tx: Tx, lot_id: UUID, asked: LotInspectIn) -> UUID:
    """Write down an inspection and do what it says; its id. Only the hub's own scope may.

    Raises WrongState for a lot that is not on hand, Invalid for a verdict that is not on exactly
    what is there, or names photos that are not.
    """
    row = await authorized(tx, lots.lot(tx, lot_id))
    LOT.check("inspect", row.status)
    rules.check_sample(asked.sample, row.balance, row.base_unit)
    parts = rules.parts(asked.verdict, row.base_unit)
    said = [
        line.model_dump(mode="json", include={"verdict", "count", "grade", "reason", "note"})
        | {"quantity": plain(part.quantity)}
        for line, part in zip(asked.verdict, parts, strict=True)
    ]
    inspection_id = new_id()
    await tx.sql(
        _INSERT,
        inspection_id,
        row.id,
        asked.inspector,
        asked.sample.value,
        asked.sample.unit,
        orjson.dumps([reading.model_dump() for reading in asked.readings]).decode(),
        orjson.dumps(said).decode(),
        asked.photo_ids,
        asked.note,
        tx.actor.party_id,
        tx.now,
        tx.actor.livemode,
    )
    await judge(tx, row.id, parts, inspection_id=inspection_id, note=asked.note)
    await attach(tx, asked.photo_ids, await queries.concerned(tx, row.id))
    return inspection_id
