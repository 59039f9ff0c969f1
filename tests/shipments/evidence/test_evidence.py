"""Photos that show what was found: clean, for those concerned only, gone when nothing names them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from PIL import Image

from app import worker
from app.access.enter import acting_as_hub
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import decode
from app.db.engine import Database
from app.files.store import FileStore, FilesUnavailable
from app.parties.bootstrap import find_hub
from app.settings import Settings
from app.shipments.evidence import commands
from tests.access.calls import stored
from tests.api import Api, Party
from tests.catalog.photos.uploading import Kept, snapshot
from tests.files.pictures import BLUE, GREEN, RED, WHITE, alike, corners, encoded, exif, quarters
from tests.files.pictures import png as huge_png
from tests.http.helpers import problem
from tests.shipments.evidence.sending import send, upload

pytestmark = pytest.mark.anyio

LATER = commands.KEPT_UNUSED + timedelta(minutes=1)


@pytest.fixture
async def buyer(hub: Api) -> Party:
    return await hub.party("buyer")


@pytest.fixture
def kept(settings: Settings) -> Kept:
    class Flat(Kept):
        """One file per picture."""

        def of(self, data: bytes) -> list[Any]:
            from hashlib import sha256

            return sorted(self.folder.glob(f"*evidence/*/{sha256(data).hexdigest()}.jpg"))

    return Flat(settings.data_dir / "files")


async def as_hub(app: Any, later: timedelta = timedelta(0)) -> Any:
    """A transaction of the hub's, as it would be *later* than now."""
    database: Database = app.state.database
    party = await find_hub(database)
    assert party is not None
    return acting_as_hub(database, party, livemode=True, now=clock.now() + later)


async def attach(app: Any, by: Party | None, ids: list[str], *audience: Party) -> None:
    """Name photos, as an inspection or a claim of *by* (the hub unless said) does."""
    async with await as_hub(app) as tx:
        if by is not None:
            tx.actor = Actor(decode("pty", by.id), None, hub=False, livemode=True)
        found = [decode("evd", one) for one in ids]
        await commands.attach(tx, found, [decode("pty", party.id) for party in audience])


async def forget(app: Any, later: timedelta) -> None:
    """What the worker would do *later* than now, until nothing is left to do."""
    for _ in range(100):
        async with await as_hub(app, later) as tx:
            if not await commands.forget_unused(tx, app.state.files, worker.BATCH):
                return
    raise AssertionError("it never ends")


async def test_what_is_kept_is_upright_small_and_tells_nothing(buyer: Party) -> None:
    data = encoded(quarters(2000, 1000), exif=exif(6))  # held on its side, with its place
    photo = await send(buyer, data)
    assert (photo["width"], photo["height"], photo["media_type"]) == (800, 1600, "image/jpeg")
    assert photo["party_id"] == buyer.id
    assert photo["attached"] is False
    answer = await buyer.get(photo["file"])
    assert len(answer.content) == photo["bytes"]
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["x-content-type-options"] == "nosniff"
    turned = (BLUE, RED, WHITE, GREEN)
    assert all(alike(*pair) for pair in zip(corners(answer.content), turned, strict=True))
    with Image.open(BytesIO(answer.content)) as picture:
        assert not picture.getexif()
    assert b"Contoh Ponsel" not in answer.content
    again = await buyer.get(photo["file"], {"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_other_types_become_jpeg(buyer: Party, kind: str, media_type: str) -> None:
    answer = await upload(buyer, encoded(quarters(64, 48), kind), content_type=media_type)
    assert answer.status_code == 201, answer.text
    assert answer.json()["media_type"] == "image/jpeg"


async def test_the_same_picture_again_is_the_same_photo(buyer: Party, hub: Api) -> None:
    data, key = snapshot(), uuid4().hex
    first = await upload(buyer, data, key=key)
    again = await upload(buyer, data, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (await send(buyer, data))["id"] == first.json()["id"]
    other = await hub.party("buyer")
    assert (await send(other, data))["id"] != first.json()["id"], "each party has its own"


class TestRefused:
    """Nothing is stored of what is no photo."""

    @pytest.mark.parametrize(
        ("data", "headers", "status", "code"),
        [
            (b"%PDF-1.7 not a photo", {}, 415, "photo_type"),
            (b"", {}, 400, "upload_incomplete"),
            (b"<svg/>", {"content_type": "image/svg+xml"}, 415, "upload_type"),
            (b"{}", {"content_type": "application/json"}, 415, "upload_type"),
            (encoded(quarters(8, 8), "PNG"), {}, 415, "photo_type"),
            (snapshot(seed=1)[:200], {}, 422, "photo_unreadable"),
            (huge_png(50_000, 50_000, 10), {"content_type": "image/png"}, 413, "photo_too_large"),
        ],
        ids=["pdf", "empty", "svg", "json", "other type", "cut short", "huge"],
    )
    async def test_what_is_no_photo(
        self,
        buyer: Party,
        owner: asyncpg.Connection,
        data: bytes,
        headers: dict[str, str],
        status: int,
        code: str,
    ) -> None:
        before = await stored(owner)
        problem(await upload(buyer, data, **headers), status, code)
        assert await stored(owner) == before

    async def test_more_bytes_than_are_taken(self, buyer: Party) -> None:
        problem(await upload(buyer, bytes(20 * 2**20 + 1)), 413, "upload_too_large")

    async def test_without_a_key(self, api: Api) -> None:
        problem(await upload(api), 401, "unauthenticated")


class TestWhoSees:
    """Its uploader and the hub; others once something they may see names it."""

    async def test_a_stranger_does_not(self, buyer: Party, hub: Api) -> None:
        photo = await send(buyer)
        for path in (f"/v1/evidence/{photo['id']}", photo["file"]):
            assert (await hub.get(path)).status_code == 200
            problem(await (await hub.party("buyer")).get(path), 404, "not_found")

    async def test_the_audience_does_but_not_whose_it_is(
        self, app: Any, buyer: Party, hub: Api
    ) -> None:
        photo, seller = await send(hub), await hub.party("seller")
        await attach(app, None, [photo["id"]], buyer)
        await attach(app, None, [photo["id"]], seller, buyer)
        for party in (buyer, seller):
            seen = await party.read(f"/v1/evidence/{photo['id']}")
            assert (seen["attached"], seen["party_id"]) == (True, None)
            assert (await party.get(photo["file"])).status_code == 200
        problem(await (await hub.party("carrier")).get(photo["file"]), 404, "not_found")

    async def test_nobody_names_somebody_elses(self, app: Any, buyer: Party, hub: Api) -> None:
        mine, theirs = await send(buyer), await send(await hub.party("buyer"))
        missing = f"evd_{'0' * 26}"
        with pytest.raises(Invalid) as refused:
            await attach(app, buyer, [mine["id"], theirs["id"], missing, mine["id"]], buyer)
        assert [(e.pointer, e.code) for e in refused.value.errors] == [
            ("/photo_ids/1", "not_found"),
            ("/photo_ids/2", "not_found"),
            ("/photo_ids/3", "duplicate"),
        ]
        assert (await buyer.read(f"/v1/evidence/{mine['id']}"))["attached"] is False

    async def test_what_one_was_shown_is_not_ones_own(
        self, app: Any, buyer: Party, hub: Api
    ) -> None:
        """Who sees a photo may not hand it on to others."""
        photo = await send(hub)
        await attach(app, None, [photo["id"]], buyer)
        with pytest.raises(Invalid):
            await attach(app, buyer, [photo["id"]], await hub.party("seller"))


class TestForgetting:
    """What nothing names goes after a week, file and all."""

    async def test_after_a_week_and_not_before(self, app: Any, buyer: Party, kept: Kept) -> None:
        data = snapshot()
        photo = await send(buyer, data)
        await forget(app, commands.KEPT_UNUSED - timedelta(minutes=1))
        assert len(kept.of(data)) == 1
        await forget(app, LATER)
        assert kept.of(data) == []
        problem(await buyer.get(f"/v1/evidence/{photo['id']}"), 404, "not_found")
        anew = await send(buyer, data)
        assert (await buyer.get(anew["file"])).status_code == 200

    async def test_what_is_named_stays(self, app: Any, buyer: Party) -> None:
        photo = await send(buyer)
        await attach(app, buyer, [photo["id"]], buyer)
        await forget(app, LATER)
        assert (await buyer.get(photo["file"])).status_code == 200

    async def test_an_upload_that_failed_leaves_nothing_for_long(
        self,
        app: Any,
        buyer: Party,
        kept: Kept,
        owner: asyncpg.Connection,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        files: FileStore = app.state.files
        put, data = files.put, snapshot()

        async def away(key: str, *rest: Any) -> None:
            await put(key, *rest)
            raise FilesUnavailable

        with monkeypatch.context() as broken:
            broken.setattr(files, "put", away)
            problem(await upload(buyer, data), 503, "files_unavailable")
        assert len(kept.of(data)) == 1
        await forget(app, LATER)
        assert kept.of(data) == []
        left = "SELECT count(*) FROM evidence WHERE party_id = $1"
        assert await owner.fetchval(left, decode("pty", buyer.id)) == 0

    async def test_the_worker_does_it_in_both_worlds(
        self, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worlds = []

        async def look(tx: Any, store: FileStore, _: int) -> int:
            worlds.append(tx.actor.livemode)
            return 0

        monkeypatch.setattr(commands, "forget_unused", look)
        await worker.clear(app.state.database, app.state.files)
        assert worlds == [True, False]

    async def test_the_service_cannot_delete_what_is_named(
        self, app: Any, buyer: Party, owner: asyncpg.Connection
    ) -> None:
        photo = await send(buyer)
        await attach(app, buyer, [photo["id"]], buyer)
        async with await as_hub(app) as tx:
            await tx.sql("DELETE FROM evidence WHERE id = $1", decode("evd", photo["id"]))
        assert (await buyer.get(photo["file"])).status_code == 200
