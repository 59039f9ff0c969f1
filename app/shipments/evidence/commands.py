"""Uploading photos of what was found, naming them, and forgetting those that nothing names.

A photo's row is written before its file is stored, in a short transaction that holds nothing: so
no file is ever without a row, and what came of an upload that failed is deleted like everything
that nothing names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from app.core.errors import FieldError, Invalid
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.files.images import Rendition
from app.files.store import FileStore

MEDIA_TYPE = "image/jpeg"

KEPT_UNUSED = timedelta(days=7)
"""How long a photo waits for somebody to name it: the time in which a claim can be made."""

_FORGOTTEN_AT_ONCE = 20
_SECONDS_TO_FORGET = 10  # less than the database lets a transaction sit idle

# The same picture of the same party again is the same photo, and waits anew.
_EXPECT = """
INSERT INTO evidence (id, party_id, livemode, file_key, media_type, width, height, bytes,
  created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (file_key) DO UPDATE SET created_at =
  CASE WHEN evidence.attached THEN evidence.created_at ELSE excluded.created_at END
RETURNING id
"""
# $2 is who may see the photo beside it in $1, once for each; nobody for null.
_ATTACH = """
WITH shown AS MATERIALIZED (
  SELECT id, array_agg(party) FILTER (WHERE party IS NOT NULL) AS parties
  FROM unnest($1::uuid[], $2::uuid[]) AS w(id, party) GROUP BY id
), held AS (
  SELECT e.id, shown.parties FROM evidence e JOIN shown USING (id)
  WHERE e.livemode = $3 AND ($4 OR e.party_id = $5) ORDER BY e.id FOR NO KEY UPDATE OF e)
UPDATE evidence e SET attached = true, audience = ARRAY(
  SELECT DISTINCT party FROM unnest(e.audience || held.parties) AS party ORDER BY party)
FROM held WHERE e.id = held.id RETURNING e.id
"""
_FORGET = """
DELETE FROM evidence WHERE id IN (
  SELECT id FROM evidence WHERE NOT attached AND created_at < $1 AND livemode = $3
  LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING file_key
"""
_NOT_THERE = Text(
    "You have no such photo; upload it at POST /v1/evidence first.",
    "Foto ini tidak ada; unggah dulu lewat POST /v1/evidence.",
)
_TWICE = Text("This photo is named twice.", "Foto ini disebut dua kali.")


def file_key(party_id: UUID, sha256: bytes, *, livemode: bool) -> str:
    """Under which the store keeps the picture that a party uploaded with this hash."""
    world = "evidence" if livemode else "test-evidence"
    return f"{world}/{party_id.hex}/{sha256.hex()}.jpg"


async def expect(tx: Tx, sha256: bytes, made: Rendition) -> tuple[UUID, str]:
    """Note that the file of the caller's photo will be there; its id, and the file's key."""
    actor = tx.actor
    key = file_key(actor.party_id, sha256, livemode=actor.livemode)
    size = made.width, made.height, len(made.data)
    row = await tx.sql_row(
        _EXPECT, new_id(), actor.party_id, actor.livemode, key, MEDIA_TYPE, *size, tx.now
    )
    assert row is not None
    return row["id"], key


class Named(NamedTuple):
    """Photos that something names at *pointer*, and who may see them from now on."""

    photo_ids: Sequence[UUID]
    audience: Collection[UUID]
    pointer: str = "/photo_ids"


async def attach(
    tx: Tx, ids: Sequence[UUID], audience: Collection[UUID], pointer: str = "/photo_ids"
) -> None:
    """Let *audience* see these photos of the caller's, as `attach_all`."""
    await attach_all(tx, [Named(ids, audience, pointer)])


async def attach_all(tx: Tx, names: Iterable[Named]) -> None:
    """Let people see photos of the caller's, which something names from now on.

    The hub may name anybody's. One statement for any number, so that photos are always locked in
    ascending id. Raises Invalid at the pointers for photos that are not there, or that are somebody
    else's, or are named twice at one place.
    """
    names = [named for named in names if named.photo_ids]
    if not names:
        return
    shown: dict[UUID, set[UUID | None]] = {}
    for named in names:
        for photo_id in named.photo_ids:
            shown.setdefault(photo_id, {None}).update(named.audience)
    actor = tx.actor
    rows = await tx.sql(
        _ATTACH,
        [photo_id for photo_id, parties in shown.items() for _ in parties],
        [party for parties in shown.values() for party in parties],
        actor.livemode,
        actor.hub,
        actor.party_id,
    )
    there = {row["id"] for row in rows}
    wrong = [error for named in names for error in _wrong(named, there)]
    if wrong:
        raise Invalid(wrong[0].detail, errors=wrong)


def _wrong(named: Named, there: Collection[UUID]) -> Iterator[FieldError]:
    for n, photo_id in enumerate(named.photo_ids):
        if photo_id not in there:
            yield FieldError(f"{named.pointer}/{n}", "not_found", _NOT_THERE)
        elif photo_id in named.photo_ids[:n]:
            yield FieldError(f"{named.pointer}/{n}", "duplicate", _TWICE)


async def forget_unused(tx: Tx, files: FileStore, most: int) -> int:
    """Delete at most *most* photos that nothing has named for long, file and all; how many.

    Their rows stay locked until the files are gone: who uploads the same picture meanwhile waits,
    and then stores it again. Raises FilesUnavailable, TimeoutError; then nothing is forgotten.
    """
    most = min(most, _FORGOTTEN_AT_ONCE)
    found = await tx.sql(_FORGET, tx.now - KEPT_UNUSED, most, tx.actor.livemode)
    async with asyncio.timeout(_SECONDS_TO_FORGET):
        await asyncio.gather(*(files.delete(row["file_key"]) for row in found))
    return len(found)
