"""The amendments of one kind of object: how one is answered, and how it ends unanswered.

Agreements and orders are amended alike (`core.consent`); here is what both do, told once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table

from app.core.consent import AmendmentStatus, check_side
from app.core.ids import encode
from app.core.states import Machine
from app.db.tx import Tx
from app.events.move import move
from app.events.record import NO_ANSWER, Change, record

_EXPIRE = """
WITH due AS (
  SELECT id FROM {table} WHERE status = 'proposed' AND livemode = $1 AND {which} ORDER BY id {some})
UPDATE {table} a SET status = 'expired', version = a.version + 1, reason = $2 FROM due
WHERE a.id = due.id RETURNING a.*
"""
_LATE = ("respond_by < $3", "LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED")
_OF = ("{column} = ANY($3)", "FOR NO KEY UPDATE")


class Amendments:
    """What amendments of *parent* have in common; *told* is what their events say besides."""

    def __init__(
        self,
        machine: Machine,
        table: Table,
        parent: Machine,
        told: Callable[[Any], dict[str, Any]] = lambda _: {},
    ) -> None:
        self.machine = machine
        self.table = table
        self._parent = parent
        self._column = f"{parent.name}_id"
        self._more = told

    def told(self, row: Any) -> dict[str, Any]:
        """What every event of an amendment says; *row* is its row, as a mapping."""
        parent = {self._column: encode(self._parent.prefix, row[self._column])}
        return parent | {"number": row["number"]} | self._more(row)

    def check(self, tx: Tx, row: Row[Any], action: str) -> None:
        """Raises unless *action* is the caller's to take, and possible now."""
        check_side(action, tx.actor, proposed_by=row.proposed_by, buyer_id=row.buyer_id)
        self.machine.check(action, row.status)

    async def turn(
        self,
        tx: Tx,
        row: Row[Any],
        action: str,
        to: AmendmentStatus,
        reason: str | None = None,
        note: str | None = None,
    ) -> Row[Any]:
        """*row* (locked) after its answer; both sides hear it."""
        return await move(
            tx,
            self.machine,
            self.table,
            row,
            action,
            to,
            audience=(row.buyer_id,),
            data=self.told(row._mapping),
            reason=reason,
            note=note,
        )

    async def expire_late(self, tx: Tx, most: int) -> int:
        """Expire at most *most* that were not answered in time; everything stays as it was."""
        return await self._expire(tx, _LATE, NO_ANSWER, tx.now, most)

    async def expire_of(self, tx: Tx, parent_ids: Collection[UUID], reason: str) -> None:
        """Expire what is open of objects (locked) that end: there is nothing left to amend."""
        if parent_ids:
            await self._expire(tx, _OF, reason, list(parent_ids))

    async def _expire(self, tx: Tx, which: tuple[str, str], reason: str, *args: Any) -> int:
        condition, some = which
        statement = _EXPIRE.format(
            table=self.table.name, which=condition.format(column=self._column), some=some
        )
        rows = await tx.sql(statement, tx.actor.livemode, reason, *args)
        await record(tx, self._expired(rows, reason))
        return len(rows)

    def _expired(self, rows: Sequence[Any], reason: str) -> list[Change]:
        return [
            Change(
                self.machine,
                "expire",
                row["id"],
                row["version"],
                AmendmentStatus.EXPIRED,
                before=AmendmentStatus.PROPOSED,
                audience=(row["buyer_id"],),
                data=self.told(row),
                reason=reason,
            )
            for row in rows
        ]
