"""The gate: rules that take published listings off the shelf and put them back.

A listing is blocked while its category needs a licence its seller has no good one of, or while its
seller is suspended. Looked at when a seller's standing changes, and once a day for everybody: rules
begin, licences start and end by the calendar, and so do closures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.catalog.licences import lacking, telling
from app.catalog.shelf import refresh
from app.catalog.states import CURATED, LISTING
from app.core.ids import encode
from app.db.tx import Tx
from app.events.facts import handles
from app.events.record import Change, record
from app.parties.facts import StandingChanged
from app.parties.queries import held_by
from app.parties.states import PartyStatus

_WATCH = """
INSERT INTO seller_days (seller_id, livemode, checked_on) VALUES ($1, $2, $3)
ON CONFLICT (seller_id, livemode) DO NOTHING
"""
# Locked before anything is decided: a listing that moves to another category meanwhile is seen
# where it is then.
_KINDS_OF_GOODS = """
WITH held AS (
  SELECT seller_id, category FROM listings
  WHERE seller_id = ANY ($1) AND livemode = $2 AND status = ANY ($3)
    AND ($4::uuid IS NULL OR id = $4)
  ORDER BY id FOR NO KEY UPDATE)
SELECT DISTINCT h.seller_id, h.category, p.status FROM held h JOIN parties p ON p.id = h.seller_id
"""
_TURN = """
WITH said AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb)
    AS s(seller_id uuid, category text, blocked jsonb, licences text[])
), held AS (
  SELECT l.id, l.blocked AS before, s.blocked, s.licences FROM listings l
  JOIN said s ON s.seller_id = l.seller_id AND s.category = l.category
  WHERE l.livemode = $2 AND l.status = ANY ($3) AND ($5::uuid IS NULL OR l.id = $5)
    AND (l.blocked, l.licences) IS DISTINCT FROM (s.blocked, s.licences)
  ORDER BY l.id FOR NO KEY UPDATE OF l)
UPDATE listings l SET blocked = h.blocked, licences = h.licences, version = l.version + 1,
  updated_at = $4
FROM held h WHERE h.id = l.id
RETURNING l.id, l.version, l.status, l.seller_id, l.title, l.category, l.blocked, h.before
"""
_DUE = """
SELECT seller_id FROM seller_days WHERE checked_on < $1 AND livemode = $3
ORDER BY seller_id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
_CHECKED = """
UPDATE seller_days SET checked_on = $2 WHERE seller_id = ANY ($1) AND livemode = $3
"""
_LOCK = """
SELECT FROM listings WHERE seller_id = ANY ($1) AND livemode = $2 AND status = ANY ($3)
ORDER BY id FOR NO KEY UPDATE
"""
_OF_SELLERS = """
SELECT listing_id FROM shelf WHERE seller_id = ANY ($1) AND livemode = $2 AND card IS NOT NULL
"""


async def watch(tx: Tx, seller_id: UUID) -> None:
    """Look at this seller's listings every day from now on."""
    await tx.sql(_WATCH, seller_id, tx.actor.livemode, tx.today)


async def standing(tx: Tx, seller_id: UUID, category: str, held: frozenset[str]) -> dict[str, Any]:
    """``blocked`` and ``licences`` of a seller's goods of *category*, with the licences *held*.

    The listing must be locked before the licences are read: what changes later waits for it.
    """
    status = await tx.sql_value("SELECT status FROM parties WHERE id = $1", seller_id)
    return _said(category, status, held, tx.today)


async def hold(tx: Tx, seller_ids: Collection[UUID], *, only: UUID | None = None) -> int:
    """Hold the listings of *seller_ids* against what they may sell today; how many turned.

    *only* is the one listing of theirs to look at, when the others are as they were.
    """
    curated = [str(status) for status in CURATED]
    goods = await tx.sql(_KINDS_OF_GOODS, list(seller_ids), tx.actor.livemode, curated, only)
    if not goods:
        return 0
    held = await held_by(tx, seller_ids)
    said = [_standing(row, held.get(row["seller_id"], frozenset()), tx) for row in goods]
    rows = orjson.dumps(said, default=str).decode()
    turned = await tx.sql(_TURN, rows, tx.actor.livemode, curated, tx.now, only)
    if turned:
        refresh.touch(tx, [row["id"] for row in turned])
        await record(tx, [_turned(row) for row in turned if row["blocked"] != row["before"]])
    return len(turned)


def _standing(row: asyncpg.Record, held: frozenset[str], tx: Tx) -> dict[str, Any]:
    """What holds for a seller's goods of one category today."""
    said = _said(row["category"], row["status"], held, tx.today)
    return {"seller_id": row["seller_id"], "category": row["category"], **said}


def _said(category: str, status: str, held: frozenset[str], today: date) -> dict[str, Any]:
    blocked: list[dict[str, Any]] = [
        {"code": "licence_missing", "one_of": kinds} for kinds in lacking(category, held, today)
    ]
    if status != PartyStatus.ACTIVE:
        blocked.append({"code": "seller_suspended", "one_of": []})
    return {"blocked": blocked, "licences": telling(category, held)}


def _turned(row: asyncpg.Record) -> Change:
    blocked: Sequence[dict[str, Any]] = row["blocked"]
    return Change(
        LISTING,
        "block" if blocked else "unblock",
        row["id"],
        row["version"],
        row["status"],
        before=row["status"],
        audience=(row["seller_id"],),
        data={
            "title": row["title"],
            "category": row["category"],
            "seller_id": encode("pty", row["seller_id"]),
            "blocked": blocked,
        },
        reason=blocked[0]["code"] if blocked else None,
    )


@handles(StandingChanged)
async def standing_changed(tx: Tx, fact: StandingChanged) -> None:
    """A licence or a suspension says something else now than it did.

    In the caller's world at once; in the test world, which a live transaction does not see, when
    the worker looks next.
    """
    await hold(tx, fact.party_ids)
    if tx.actor.livemode:
        await tx.sql("SELECT btc_look_again($1)", list(fact.party_ids))


async def show_anew(tx: Tx, seller_ids: Collection[UUID]) -> None:
    """Have all that *seller_ids* have on the shelf made anew when the transaction ends.

    Waits for whoever is publishing something of theirs: it may not see what was just written here.
    """
    await tx.sql(_LOCK, list(seller_ids), tx.actor.livemode, [str(s) for s in CURATED])
    shown = await tx.sql(_OF_SELLERS, list(seller_ids), tx.actor.livemode)
    refresh.touch(tx, [row["listing_id"] for row in shown])


async def hold_daily(tx: Tx, most: int) -> int:
    """Hold the listings of at most *most* sellers whose day has not been looked at; how many.

    Their rows on the shelf are made anew too: a closure may have begun or ended.
    """
    due = [row["seller_id"] for row in await tx.sql(_DUE, tx.today, most, tx.actor.livemode)]
    if due:
        await hold(tx, due)
        await show_anew(tx, due)
        await tx.sql(_CHECKED, due, tx.today, tx.actor.livemode)
    return len(due)
