"""Ledgers: counters that only move together with the movements that justify them.

A row (a day of a supply offer, a quota period, a pool of stock) has limits and a few counters; a
movement of a kind adds to some and takes from others. What the counters take together never exceeds
what the limits give together. A limit may itself be such a counter: stock that comes in, quota that
is carried over. One statement sums the demand per row, locks the rows in ascending
id, moves the counters of those whose limit allows it and writes the movements. Deciding and moving
are the same act, so nothing is ever given twice; the table's CHECK lies beneath.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import orjson

from app.core.ids import new_id
from app.db.tx import Tx

_MOVE = """
WITH entry AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb)
    AS e(id uuid, row_id uuid, owner_id uuid, cause_id uuid, quantity numeric)
), need AS (
  SELECT row_id, sum(quantity) AS quantity FROM entry GROUP BY row_id
){whole}, held AS (
  SELECT id FROM {table} WHERE id IN (SELECT row_id FROM need){first} ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE {table} r SET {sets} FROM need n JOIN held h ON h.id = n.row_id
  WHERE r.id = n.row_id AND {within} RETURNING r.id
), written AS (
  INSERT INTO {movements} (id, {row}, {owner}, {cause}, kind, quantity, at, livemode)
  SELECT e.id, e.row_id, e.owner_id, e.cause_id, $2, e.quantity, $3, $4
  FROM entry e JOIN moved m ON m.id = e.row_id
)
SELECT n.row_id FROM need n LEFT JOIN moved m ON m.id = n.row_id WHERE m.id IS NULL
"""
# What the whole shows changes with its part; it is locked before, as by everybody else.
_WHOLE = """, whole AS MATERIALIZED (
  SELECT id FROM {whole} WHERE id IN (
    SELECT p.{column} FROM {table} p JOIN need n ON n.row_id = p.id) ORDER BY id FOR NO KEY UPDATE
), counted AS (
  UPDATE {whole} u SET version = u.version + 1 FROM whole w WHERE u.id = w.id
)"""
_FIRST = " AND (SELECT count(*) FROM whole) > 0"
_LEFT = "SELECT id, {given} - {used} AS left FROM {table} WHERE id = ANY($1)"
_DRIFT = """
SELECT r.id FROM {table} r LEFT JOIN (
  SELECT {row} AS id, {sums} FROM {movements} GROUP BY {row}) m ON m.id = r.id
WHERE {differ} LIMIT $1
"""


class Entry(NamedTuple):
    """One movement: of which row, whose, because of what, how much (base units, more than 0)."""

    row_id: UUID
    owner_id: UUID
    cause_id: UUID | None
    quantity: Decimal


@dataclass(frozen=True)
class Ledger:
    """One ledger. `kinds` says what each kind of movement does to each counter.

    ``limits`` are the columns that give, all other counters take; ``notes`` are counters that only
    count. A kind in ``guarded`` moves only rows of which its condition (on ``r``) is true. Rows may
    be ``part_of`` a row of another table, named by a column; its version counts their movements.
    """

    table: str
    movements: str
    row: str
    owner: str
    cause: str
    limits: tuple[str, ...]
    kinds: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...] = ()
    guarded: Mapping[str, str] = field(default_factory=dict)
    part_of: tuple[str, str] | None = None

    async def move(self, tx: Tx, kind: str, entries: Sequence[Entry]) -> list[UUID]:
        """Move what can be moved; the rows whose limit did not allow it (nothing of those moved).

        One round trip for any number of entries. A caller that is told of rows must raise, so that
        the transaction takes back the rest.
        """
        if not entries:
            return []
        rows = [
            {
                "id": new_id(),
                "row_id": str(entry.row_id),
                "owner_id": str(entry.owner_id),
                "cause_id": entry.cause_id and str(entry.cause_id),
                "quantity": str(entry.quantity),
            }
            for entry in entries
        ]
        short = await tx.sql(
            self._statement(kind), orjson.dumps(rows).decode(), kind, tx.now, tx.actor.livemode
        )
        return [row["row_id"] for row in short]

    async def left(self, tx: Tx, rows: Collection[UUID]) -> dict[UUID, Decimal]:
        """What is free in each of *rows*."""
        query = _LEFT.format(table=self.table, given=self._given(""), used=self._used(""))
        return {row["id"]: row["left"] for row in await tx.sql(query, list(rows))}

    async def drifted(self, tx: Tx, most: int = 100) -> list[UUID]:
        """Rows whose counters are not the sum of their movements. There must never be any."""
        counters = self._counters()
        query = _DRIFT.format(
            table=self.table,
            movements=self.movements,
            row=self.row,
            sums=", ".join(f"{self._sum(counter)} AS {counter}" for counter in counters),
            differ=" OR ".join(f"r.{c} IS DISTINCT FROM coalesce(m.{c}, 0)" for c in counters),
        )
        return [row["id"] for row in await tx.sql(query, most)]

    def _statement(self, kind: str) -> str:
        effect = self.kinds[kind]
        sets = [
            f"{counter} = r.{counter} {sign:+d} * n.quantity" for counter, sign in effect.items()
        ]
        frees = sum(effect.get(limit, 0) for limit in self.limits)
        frees -= sum(effect.get(counter, 0) for counter in self._taken())
        within = [self.guarded[kind]] if kind in self.guarded else []
        if frees < 0:
            within.append(f"{self._used('r.')} + n.quantity <= {self._given('r.')}")
        return _MOVE.format(
            table=self.table,
            movements=self.movements,
            row=self.row,
            owner=self.owner,
            cause=self.cause,
            sets=", ".join(sets),
            within=" AND ".join(within) or "true",
            whole=self._whole(),
            first=_FIRST if self.part_of else "",
        )

    def _whole(self) -> str:
        if self.part_of is None:
            return ""
        whole, column = self.part_of
        return _WHOLE.format(whole=whole, column=column, table=self.table)

    def _counters(self) -> list[str]:
        return sorted({counter for effect in self.kinds.values() for counter in effect})

    def _taken(self) -> list[str]:
        return [c for c in self._counters() if c not in self.limits and c not in self.notes]

    def _used(self, alias: str) -> str:
        return _sum_of(alias, self._taken())

    def _given(self, alias: str) -> str:
        return _sum_of(alias, self.limits)

    def _sum(self, counter: str) -> str:
        cases = " ".join(
            f"WHEN '{kind}' THEN {effect[counter]} * quantity"
            for kind, effect in self.kinds.items()
            if counter in effect
        )
        return f"sum(CASE kind {cases} ELSE 0 END)"


def _sum_of(alias: str, columns: Sequence[str]) -> str:
    return "(" + " + ".join(f"{alias}{column}" for column in columns) + ")"
