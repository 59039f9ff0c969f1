"""Files whose photo never came are deleted after a day; those of photos never are."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import worker
from app.access.enter import acting_as_hub
from app.catalog.photos import commands
from app.core import clock
from app.core.errors import DomainError
from app.db.engine import Database
from app.files.store import FileStore, FilesUnavailable
from app.parties.bootstrap import find_hub
from tests.api import Party
from tests.catalog.photos.uploading import Kept, snapshot, upload, uploaded
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

LATER = commands.KEPT_UNUSED + timedelta(minutes=1)


async def forget(app: Any, later: timedelta, *, livemode: bool = True) -> int:
    """Run the worker's job as it would run *later* than now; how many pictures went."""
    database: Database = app.state.database
    hub = await find_hub(database)
    assert hub is not None
    async with acting_as_hub(database, hub, livemode=livemode, now=clock.now() + later) as tx:
        return await commands.forget_unused(tx, app.state.files, worker.BATCH)


async def forget_all(app: Any) -> None:
    """All of them: also those that other tests left behind."""
    for _ in range(100):
        if not await forget(app, LATER):
            return
    raise AssertionError("it never ends")


async def noted(owner: asyncpg.Connection, data: bytes) -> int:
    """In how many rows the files of *data* are remembered."""
    query = "SELECT count(*) FROM photo_files WHERE sha256 = $1"
    return int(await owner.fetchval(query, sha256(data).digest()))


@pytest.fixture
async def abandoned(
    seller: Party, draft: str, monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> bytes:
    """An upload whose transaction failed after its files were stored."""

    async def refuse(*_: Any) -> None:
        raise FilesUnavailable

    data = snapshot()
    with monkeypatch.context() as broken:
        broken.setattr(commands, "create", refuse)
        problem(await upload(seller, draft, data), 503, "files_unavailable")
    assert len(kept.of(data)) == 3
    return data


async def test_files_without_a_photo_go_after_a_day(
    app: Any, abandoned: bytes, kept: Kept, owner: asyncpg.Connection
) -> None:
    await forget(app, timedelta(0))
    assert len(kept.of(abandoned)) == 3, "its sender may be trying again"
    await forget_all(app)
    assert kept.of(abandoned) == []
    assert not await noted(owner, abandoned)


async def test_those_of_photos_stay_whatever_became_of_the_listing(
    app: Any, seller: Party, draft: str, kept: Kept, owner: asyncpg.Connection
) -> None:
    data = snapshot()
    photo = await uploaded(seller, draft, data)
    await seller.do(f"/v1/listings/{draft}/archive")
    await forget_all(app)
    assert len(kept.of(data)) == 3
    assert (await seller.get(photo["large"])).status_code == 200
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await owner.execute("DELETE FROM photo_files WHERE sha256 = $1", sha256(data).digest())


async def test_a_later_attempt_makes_a_photo_of_them(
    app: Any, seller: Party, draft: str, abandoned: bytes, kept: Kept
) -> None:
    photo = await uploaded(seller, draft, abandoned)
    await forget_all(app)
    assert (await seller.get(photo["thumb"])).status_code == 200


async def test_an_attempt_after_they_went_stores_them_again(
    app: Any, seller: Party, draft: str, abandoned: bytes, kept: Kept
) -> None:
    await forget_all(app)
    photo = await uploaded(seller, draft, abandoned)
    assert len(kept.of(abandoned)) == 3
    assert (await seller.get(photo["thumb"])).status_code == 200


async def test_an_attempt_under_way_keeps_files_that_were_old_before_it(
    app: Any,
    seller: Party,
    draft: str,
    abandoned: bytes,
    files: FileStore,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await owner.execute(
        "UPDATE photo_files SET asked_at = asked_at - $2::interval WHERE sha256 = $1",
        sha256(abandoned).digest(),
        LATER,
    )
    stored: list[str] = []
    put = files.put

    async def overtaken(key: str, *rest: Any) -> None:
        await put(key, *rest)
        stored.append(key)
        if len(stored) == 3:
            await forget(app, timedelta(0))

    monkeypatch.setattr(files, "put", overtaken)
    photo = await uploaded(seller, draft, abandoned)
    assert len(stored) == 3
    for size in ("large", "medium", "thumb"):
        assert (await seller.get(photo[size])).status_code == 200


async def test_who_uploads_while_they_are_being_deleted_waits_and_loses_nothing(
    app: Any,
    seller: Party,
    draft: str,
    abandoned: bytes,
    files: FileStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, deleting, delete = asyncio.Event(), asyncio.Event(), files.delete

    async def slow(key: str) -> None:
        deleting.set()
        await go.wait()
        await delete(key)

    monkeypatch.setattr(files, "delete", slow)
    job = asyncio.create_task(forget(app, LATER))
    await deleting.wait()
    attempt = asyncio.create_task(upload(seller, draft, abandoned))
    await asyncio.wait([attempt], timeout=0.2)
    assert not attempt.done()
    go.set()
    assert await job
    answer = await attempt
    assert answer.status_code == 201, answer.text
    for size in ("large", "medium", "thumb"):
        assert (await seller.get(answer.json()[size])).status_code == 200


async def test_a_store_that_is_away_forgets_nothing(
    app: Any,
    abandoned: bytes,
    files: FileStore,
    owner: asyncpg.Connection,
    kept: Kept,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(_: str) -> None:
        raise FilesUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(files, "delete", away)
        with pytest.raises(DomainError):
            await forget(app, LATER)
    assert await noted(owner, abandoned) == 1
    await forget_all(app)
    assert kept.of(abandoned) == []


async def test_the_worker_does_it_in_both_worlds(
    app: Any, monkeypatch: pytest.MonkeyPatch, files: FileStore
) -> None:
    worlds = []

    async def look(tx: Any, store: FileStore, _: int) -> int:
        assert store is files
        worlds.append(tx.actor.livemode)
        return 0

    monkeypatch.setattr(worker, "forget_unused", look)
    await worker.clear(app.state.database, files)
    assert worlds == [True, False]


async def test_each_world_forgets_its_own(app: Any, abandoned: bytes, kept: Kept) -> None:
    await forget(app, LATER, livemode=False)
    assert len(kept.of(abandoned)) == 3


def test_a_picture_has_a_folder_of_its_own() -> None:
    from app.catalog.photos.files import Files

    live, test = (Files(mode, UUID(int=7), b"\xab" * 32).key("large") for mode in (True, False))
    assert live == f"photos/{'0' * 31}7/{'ab' * 32}/large.jpg"
    assert test == f"test-{live}"
