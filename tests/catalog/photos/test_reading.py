"""What a storefront gets: bytes that caches may keep, and no connection held for them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncpg
import pytest
import structlog

from app.catalog.photos.picture import _filename
from app.db.engine import Database
from app.files.store import FileStore, FilesUnavailable
from app.settings import Settings
from tests.api import Api, Party
from tests.catalog.listing_helpers import in_test_world, listing
from tests.catalog.photos.uploading import Kept, opened, snapshot, uploaded
from tests.http.helpers import problem
from tests.statements import trips_of

pytestmark = pytest.mark.anyio

YEAR = "max-age=31536000, immutable"


@pytest.fixture
async def photo(seller: Party, hub: Api, draft: str) -> dict[str, Any]:
    """A photo on the shelf."""
    made = await uploaded(seller, draft, snapshot(2000, 1500))
    for who, action in ((seller, "submit"), (hub, "approve"), (seller, "publish")):
        await who.do(f"/v1/listings/{draft}/{action}")
    return made


async def test_three_sizes_that_caches_may_keep(api: Api, photo: dict[str, Any]) -> None:
    tags = set()
    for name, size in (("large", (1600, 1200)), ("medium", (800, 600)), ("thumb", (320, 240))):
        answer = await api.get(photo[name])
        assert answer.status_code == 200
        assert opened(answer.content).size == size
        headers = answer.headers
        assert headers["content-type"] == "image/jpeg"
        assert headers["content-length"] == str(len(answer.content))
        assert headers["cache-control"] == f"public, {YEAR}"
        assert headers["x-content-type-options"] == "nosniff"
        wanted = f'inline; filename="batik-tulis-koi-2-m-{name}.jpg"'
        assert headers["content-disposition"] == wanted
        assert "content-encoding" not in headers, "httpx offers gzip; a JPEG is as small as it gets"
        tags.add(headers["etag"])
    assert len(tags) == 3
    assert not any(tag.startswith("W/") for tag in tags)


async def test_with_a_key_only_the_callers_own_cache_keeps_it(
    seller: Party, hub: Api, photo: dict[str, Any]
) -> None:
    for who in (seller, hub, await hub.party("buyer")):
        answer = await who.get(photo["thumb"])
        assert answer.headers["cache-control"] == f"private, {YEAR}"


@pytest.mark.parametrize("sent", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
async def test_who_has_it_is_told_so_without_a_look_at_the_store(
    api: Api, photo: dict[str, Any], files: FileStore, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    tag = (await api.get(photo["medium"])).headers["etag"]
    monkeypatch.delattr(files, "_folder")
    answer = await api.get(photo["medium"], {"if-none-match": sent.format(tag=tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == f"public, {YEAR}"


async def test_who_has_another_one_gets_it(api: Api, photo: dict[str, Any]) -> None:
    tag = (await api.get(photo["medium"])).headers["etag"]
    assert (await api.get(photo["thumb"], {"if-none-match": tag})).status_code == 200


async def test_there_are_no_other_sizes(api: Api, photo: dict[str, Any]) -> None:
    answer = await api.get(photo["thumb"].replace("thumb", "original"))
    document = problem(answer, 422, "validation_failed")
    assert document["errors"][0]["pointer"] == "path:size"


async def test_the_test_world_is_nobody_elses(hub: Api, api: Api, seller: Party) -> None:
    practising = await in_test_world(hub, seller)
    made = await listing(practising, hub)
    photo = await uploaded(practising, made["id"])
    assert (await practising.get(photo["thumb"])).status_code == 200
    for who in (api, hub, seller):
        problem(await who.get(photo["thumb"]), 404, "not_found")


async def test_a_file_that_went_missing_is_missed_in_the_log(
    api: Api, seller: Party, draft: str, kept: Kept
) -> None:
    data = snapshot()
    photo = await uploaded(seller, draft, data)
    (thumb,) = [path for path in kept.of(data) if path.name == "thumb.jpg"]
    thumb.unlink()
    with structlog.testing.capture_logs() as lines:
        problem(await seller.get(photo["thumb"]), 404, "not_found")
    (line,) = [line for line in lines if line["event"] == "file_missing"]
    assert line["log_level"] == logging.getLevelName(logging.ERROR).lower()
    assert line["key"].endswith("thumb.jpg")
    assert (await seller.get(photo["large"])).status_code == 200


async def test_a_store_that_is_away_is_said_to_be_away(
    api: Api, photo: dict[str, Any], files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: str) -> None:
        raise FilesUnavailable

    monkeypatch.setattr(files, "get", away)
    problem(await api.get(photo["thumb"]), 503, "files_unavailable")


async def test_no_connection_is_held_while_a_slow_store_answers(
    api: Api,
    seller: Party,
    photo: dict[str, Any],
    files: FileStore,
    settings: Settings,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More readers than there are connections; others are answered meanwhile."""
    go, waiting, get = asyncio.Event(), asyncio.Semaphore(0), files.get

    async def slow(key: str) -> bytes | None:
        waiting.release()
        await go.wait()
        return await get(key)

    monkeypatch.setattr(files, "get", slow)
    readers = [
        asyncio.create_task(who.get(photo["thumb"]))
        for who in [api] * (settings.public_pool_size + 2) + [seller] * (settings.pool_size + 2)
    ]
    try:
        async with asyncio.timeout(20):
            for _ in readers:
                await waiting.acquire()
        in_transaction = (
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'btc_service' "
            "AND xact_start IS NOT NULL"
        )
        assert await owner.fetchval(in_transaction) == 0
        assert (await asyncio.wait_for(api.get("/v1/listings"), 5)).status_code == 200
        assert (await asyncio.wait_for(seller.get("/v1/listings"), 5)).status_code == 200
    finally:
        go.set()
    assert {(await reader).status_code for reader in readers} == {200}


class TestBudget:
    """Round trips, exactly."""

    async def test_without_a_key_one(
        self, api: Api, photo: dict[str, Any], settings: Settings
    ) -> None:
        warm = settings.public_pool_size * 2
        trips = await trips_of(lambda: api.get(photo["thumb"]), warm=warm)
        assert len(trips) == 1, trips

    async def test_with_a_key_four_for_its_seller_and_five_for_others(
        self, seller: Party, hub: Api, photo: dict[str, Any], settings: Settings
    ) -> None:
        for who, most in ((seller, 4), (await hub.party("buyer"), 5)):
            trips = await trips_of(
                lambda who=who: who.get(photo["thumb"]),  # type: ignore[misc]
                warm=settings.pool_size * 2,
            )
            assert len(trips) == most, trips


async def test_the_public_role_sees_photos_that_the_shelf_shows_and_no_others(
    seller: Party, owner: asyncpg.Connection, photo: dict[str, Any], app: Any, hub: Api
) -> None:
    """The second wall: SQL without any filter."""
    hidden = await listing(seller, hub)
    await uploaded(seller, hidden["id"])
    database: Database = app.state.database
    async with database.public() as connection:
        rows = await connection.driver.fetch(
            "SELECT btc_id('pho', id) AS id, listing_id FROM photos"
        )
    listings = {row["listing_id"] for row in rows}
    shelf = await owner.fetch("SELECT listing_id FROM shelf WHERE card IS NOT NULL AND livemode")
    assert photo["id"] in {row["id"] for row in rows}
    assert listings <= {row["listing_id"] for row in shelf}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Keripik Belimbing Manis 200 g", "keripik-belimbing-manis-200-g-thumb.jpg"),
        ('Kopi "Luwak"\r\nX-Evil: 1', "kopi-luwak-x-evil-1-thumb.jpg"),
        ("Téh 茶", "teh-thumb.jpg"),
        ("茶", "foto-thumb.jpg"),
        ("a" * 200, "a" * 60 + "-thumb.jpg"),
    ],
)
def test_it_is_saved_under_the_name_of_the_goods(title: str, name: str) -> None:
    assert _filename(title, "thumb") == name
