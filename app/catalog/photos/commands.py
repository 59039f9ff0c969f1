"""Uploading photos.

Nothing is stored in a transaction that holds locks: `expect` notes, in a short one, which files
will be there; they are made and stored; `create` then makes the photo. What was noted and never
became a photo is deleted by `forget_unused`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.changes import pending
from app.catalog.listings import queries as listings
from app.catalog.listings.commands.edit import apply, wire
from app.catalog.listings.schemas import MOST_PHOTOS
from app.catalog.photos import queries
from app.catalog.photos.files import Files, Size
from app.catalog.states import CURATED, LISTING
from app.core.errors import DomainError, Kind
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.tx import Tx
from app.files.store import FileStore

MOST_UPLOADED = 36
"""Photos that one listing has had, shown or not: three times what it shows."""

KEPT_UNUSED = timedelta(days=1)
"""How long files wait for their photo; no request takes nearly as long."""

_FORGOTTEN_AT_ONCE = 10
_SECONDS_TO_FORGET = 10  # less than the database lets a transaction sit idle

_EXPECT = """
INSERT INTO photo_files (seller_id, livemode, sha256, asked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (seller_id, livemode, sha256) DO UPDATE SET asked_at = excluded.asked_at
RETURNING width, height
"""
_CREATE = """
WITH used AS (
  UPDATE photo_files SET width = $6, height = $7
  WHERE seller_id = $3 AND livemode = $4 AND sha256 = $5 AND width IS NULL)
INSERT INTO photos (id, listing_id, seller_id, livemode, sha256, width, height, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FORGET = """
DELETE FROM photo_files WHERE (seller_id, livemode, sha256) IN (
  SELECT seller_id, livemode, sha256 FROM photo_files
  WHERE width IS NULL AND asked_at < $1 AND livemode = $3 LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING livemode, seller_id, sha256
"""


class PhotosFull(DomainError):
    """The listing has as many photos as it can have."""

    kind = Kind.CONFLICT
    code = "photos_full"
    title = Text("No room for another photo", "Foto sudah penuh")
    advice = Text(
        "Take one away first: PATCH /v1/listings/{id} with the photos that shall stay, in order.",
        "Hapus satu foto dulu: PATCH /v1/listings/{id} dengan photos yang tetap ditampilkan.",
    )
    SHOWN: Text = Text(
        f"A listing shows at most {MOST_PHOTOS} photos.",
        f"Satu produk tayang menampilkan paling banyak {MOST_PHOTOS} foto.",
    )
    UPLOADED: Text = Text(
        f"{MOST_UPLOADED} photos were uploaded for this listing, and no more are kept. "
        "Show one of those instead: GET /v1/listings/{id}/photos lists them.",
        f"Produk tayang ini sudah punya {MOST_UPLOADED} foto, batas yang disimpan. "
        "Pakai salah satunya: lihat GET /v1/listings/{id}/photos.",
    )


class _Place(NamedTuple):
    """What a photo would join."""

    photo_id: UUID | None
    """of the same bytes, uploaded for this listing before"""
    wanted: list[str]
    """what the listing shows, or will when its open change is approved"""
    taken: bool
    """whether the photo is among them"""


async def expect(tx: Tx, listing_id: UUID, sha256: bytes) -> tuple[Files, Size | None]:
    """Note that the files of a photo will be there; their size if they are already.

    Raises NotFound, Forbidden, WrongState or PhotosFull, before anything was made for nothing.
    """
    row = await authorized(tx, listings.own(tx, listing_id))
    await _place(tx, row, sha256)
    found = await tx.sql_row(_EXPECT, row.seller_id, row.livemode, sha256, tx.now)
    assert found is not None
    there = found["width"] is not None
    return Files(row.livemode, row.seller_id, sha256), Size(*found) if there else None


async def create(tx: Tx, listing_id: UUID, sha256: bytes, size: Size) -> asyncpg.Record:
    """The photo, whose files are in the store, at the end of those its listing shows.

    The same bytes are one photo, however often and under whatever key they come. On a listing that
    was approved it waits in the change request. Raises as `expect` does.
    """
    row = await authorized(tx, listings.own(tx, listing_id))
    place = await _place(tx, row, sha256)
    photo_id = place.photo_id or new_id()
    if place.photo_id is None:
        made = (photo_id, row.id, row.seller_id, row.livemode, sha256, *size, tx.now)
        await tx.sql(_CREATE, *made)
    if not place.taken:
        before = wire(row)
        after = before | {"photos": [*place.wanted, encode("pho", photo_id)]}
        await apply(tx, row, before, after, {"photos"})
    (found,) = await queries.photos(tx, row.id, photo_id)
    return found


async def _place(tx: Tx, row: Row, sha256: bytes) -> _Place:  # type: ignore[type-arg]
    """Where in *row* (locked) the photo would come. Raises WrongState, PhotosFull."""
    photo_id, uploaded = await queries.alike(tx, row.id, sha256)
    wanted: list[str] = [encode("pho", one) for one in row.photo_ids]
    taken = photo_id in row.photo_ids
    if row.status in CURATED and (change := await pending.waiting(tx, row.id)) is not None:
        wanted = change.after.get("photos", wanted)
        taken = taken or (photo_id is not None and encode("pho", photo_id) in wanted)
    if not taken:
        LISTING.check("edit", row.status)
        if len(wanted) >= MOST_PHOTOS:
            raise PhotosFull(PhotosFull.SHOWN)
    if photo_id is None and uploaded >= MOST_UPLOADED:
        raise PhotosFull(PhotosFull.UPLOADED)
    return _Place(photo_id, wanted, taken)


async def forget_unused(tx: Tx, files: FileStore, most: int) -> int:
    """Delete at most *most* pictures from *files* that never became a photo; how many there were.

    Their rows stay locked until the files are gone: who uploads the same picture meanwhile waits,
    and then stores it again. Raises FilesUnavailable, TimeoutError; then nothing is forgotten.
    """
    most = min(most, _FORGOTTEN_AT_ONCE)
    found = await tx.sql(_FORGET, tx.now - KEPT_UNUSED, most, tx.actor.livemode)
    async with asyncio.timeout(_SECONDS_TO_FORGET):
        await asyncio.gather(*(Files(*row).delete(files) for row in found))
    return len(found)
