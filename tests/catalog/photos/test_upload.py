"""Uploading photos: stored once, small and clean, or refused with what to do next."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from PIL import Image

from app.catalog.photos.commands import MOST_UPLOADED
from app.core.ids import decode
from app.files import images
from app.files.sandbox import Sandbox
from app.files.store import FileStore, FilesUnavailable
from tests.access.calls import stored
from tests.api import Api, Party
from tests.catalog.listing_helpers import draft_body, in_test_world, listing, patch
from tests.catalog.photos.uploading import Kept, opened, snapshot, upload, uploaded
from tests.files.pictures import BLUE, GREEN, RED, WHITE, alike, corners, encoded, exif, quarters
from tests.files.pictures import png as huge_png
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio


class Rendering:
    """Counts what is rendered."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.run = sandbox.run
        self.count = 0

    async def __call__(self, *args: Any) -> Any:
        self.count += 1
        return await self.run(*args)


@pytest.fixture
def rendering(app: Any, monkeypatch: pytest.MonkeyPatch) -> Rendering:
    counted = Rendering(app.state.sandbox)
    monkeypatch.setattr(app.state.sandbox, "run", counted)
    return counted


async def test_a_photo_comes_last_on_a_draft(seller: Party, draft: str) -> None:
    first, second = await uploaded(seller, draft), await uploaded(seller, draft)
    assert first["shown"] and first["change_id"] is None
    seen = await seller.read(f"/v1/listings/{draft}")
    assert [photo["id"] for photo in seen["photos"]] == [first["id"], second["id"]]
    assert seen["version"] == 3
    same = {name: first[name] for name in ("id", "width", "height", "large", "medium", "thumb")}
    assert seen["photos"][0] == same
    events = [e["type"] for e in (await seller.read("/v1/events"))["data"]]
    assert events.count("listing.edited") == 2


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
async def test_what_is_kept_is_upright_small_and_tells_nothing(
    seller: Party, draft: str, kept: Kept, kind: str, media_type: str
) -> None:
    data = encoded(quarters(2000, 1000), kind, exif=exif(6))  # held on its side, with its place
    assert b"Contoh Ponsel" in data
    answer = await upload(seller, draft, data, content_type=media_type)
    assert answer.status_code == 201, answer.text
    photo = answer.json()
    assert (photo["width"], photo["height"]) == (800, 1600)
    assert [path.name for path in kept.of(data)] == ["large.jpg", "medium.jpg", "thumb.jpg"]
    for name, longest in images.SIZES.items():
        made = (await seller.get(photo[name])).content
        assert opened(made).size == (longest // 2, longest)
        turned = (BLUE, RED, WHITE, GREEN)
        assert all(alike(*pair) for pair in zip(corners(made), turned, strict=True))
        with Image.open(BytesIO(made)) as picture:
            assert not picture.getexif() and set(picture.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
        assert b"Contoh Ponsel" not in made


class TestTwice:
    """The same photo again is the same photo."""

    async def test_the_same_key_is_replayed(self, seller: Party, draft: str) -> None:
        data, key = snapshot(), uuid4().hex
        first = await upload(seller, draft, data, key=key)
        again = await upload(seller, draft, data, key=key)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"

    async def test_a_replay_does_not_ask_whether_it_would_be_possible_now(
        self, seller: Party, hub: Api, draft: str
    ) -> None:
        data, key = snapshot(), uuid4().hex
        first = await upload(seller, draft, data, key=key)
        await seller.do(f"/v1/listings/{draft}/submit")
        again = await upload(seller, draft, data, key=key)
        assert (again.status_code, again.json()) == (201, first.json())
        anew = await upload(seller, draft, data)
        assert (anew.status_code, anew.json()) == (201, first.json()), "it is shown already"

    async def test_another_key_finds_the_same_photo(
        self, seller: Party, draft: str, rendering: Rendering
    ) -> None:
        data = snapshot()
        first = await uploaded(seller, draft, data)
        assert await uploaded(seller, draft, data) == first
        assert (await seller.read(f"/v1/listings/{draft}"))["version"] == 2
        assert rendering.count == 1, "what is there already is not made again"

    @pytest.mark.parametrize("keys", [1, 4])
    async def test_double_taps_at_once_are_one_photo(
        self, seller: Party, draft: str, keys: int, owner: asyncpg.Connection
    ) -> None:
        data = snapshot(800, 600)
        names = [uuid4().hex for _ in range(keys)]
        taps = [upload(seller, draft, data, key=names[n % keys]) for n in range(4)]
        answers = await asyncio.gather(*taps)
        assert {answer.status_code for answer in answers} == {201}, [a.text for a in answers]
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len((await seller.read(f"/v1/listings/{draft}"))["photos"]) == 1
        rows = "SELECT count(*) FROM photos WHERE listing_id = $1"
        assert await owner.fetchval(rows, decode("lst", draft)) == 1

    async def test_another_listing_of_the_seller_has_its_own_of_the_same_files(
        self, seller: Party, hub: Api, draft: str, kept: Kept, rendering: Rendering
    ) -> None:
        data, other = snapshot(), await listing(seller, hub)
        photos = [await uploaded(seller, one, data) for one in (draft, other["id"])]
        assert photos[0]["id"] != photos[1]["id"]
        assert rendering.count == 1
        assert len(kept.of(data)) == 3

    async def test_worlds_and_sellers_share_no_files(
        self, seller: Party, hub: Api, draft: str, kept: Kept
    ) -> None:
        data = snapshot()
        practising = await in_test_world(hub, seller)
        other = await hub.party("seller")
        await uploaded(seller, draft, data)
        for who in (practising, other):
            made = await who.do("/v1/listings", draft_body())
            await uploaded(who, made["id"], data)
        assert len(kept.of(data)) == 9
        assert len({path.parts[-4] for path in kept.of(data)}) == 2

    async def test_what_was_taken_off_comes_back_when_it_is_sent_again(
        self, seller: Party, draft: str
    ) -> None:
        data = snapshot()
        first = await uploaded(seller, draft, data)
        await uploaded(seller, draft)
        second = (await seller.read(f"/v1/listings/{draft}"))["photos"][1]["id"]
        assert (await patch(seller, draft, {"photos": [second]}, 3)).status_code == 200
        back = await uploaded(seller, draft, data)
        assert back == first
        seen = await seller.read(f"/v1/listings/{draft}")
        assert [photo["id"] for photo in seen["photos"]] == [second, first["id"]]


class TestRefused:
    """Quickly, in the right words, and nothing is kept."""

    @pytest.mark.parametrize(
        ("data", "media_type", "status", "code"),
        [
            (b"", "image/jpeg", 400, "upload_incomplete"),
            (b"%PDF-1.7 not a photo", "image/jpeg", 415, "photo_type"),
            (snapshot(), "image/png", 415, "photo_type"),
            (snapshot(), "image/gif", 415, "upload_type"),
            (snapshot(), "multipart/form-data; boundary=x", 415, "upload_type"),
            (snapshot()[:300], "image/jpeg", 422, "photo_unreadable"),
            (huge_png(30_000, 30_000, 1), "image/png", 413, "photo_too_large"),
            (bytes(25 * 2**20), "image/jpeg", 413, "upload_too_large"),
        ],
        ids=["empty", "pdf", "lie", "gif", "form", "cut", "bomb", "25 MB"],
    )
    async def test_what_is_no_photo(
        self,
        seller: Party,
        draft: str,
        kept: Kept,
        data: bytes,
        media_type: str,
        status: int,
        code: str,
    ) -> None:
        answer = await upload(seller, draft, data, content_type=media_type)
        problem(answer, status, code)
        assert not kept.of(data)
        assert (await seller.read(f"/v1/listings/{draft}/photos"))["data"] == []

    async def test_a_strangers_listing_before_anything_is_computed(
        self,
        hub: Api,
        draft: str,
        seller: Party,
        rendering: Rendering,
        kept: Kept,
        owner: asyncpg.Connection,
    ) -> None:
        data, before = snapshot(), await stored(owner)
        stranger, buyer = await hub.party("seller"), await hub.party("buyer")
        before = await stored(owner)
        for who in (stranger, buyer):
            problem(await upload(who, draft, data), 404, "not_found")
        assert await stored(owner) == before
        shown = await listing(seller, hub, "published")
        problem(await upload(stranger, shown["id"], data), 403, "forbidden")
        assert not rendering.count
        assert not kept.of(data)

    @pytest.mark.parametrize("path", ["lst_nonsense", "ord_01m808kc7gf6pbmhsnthehbb9n"])
    async def test_a_path_that_names_no_listing(
        self, seller: Party, rendering: Rendering, path: str
    ) -> None:
        problem(await upload(seller, path), 422, "validation_failed")
        assert not rendering.count

    @pytest.mark.parametrize("status", ["submitted", "rejected", "archived"])
    async def test_a_listing_that_cannot_be_edited_now(
        self, seller: Party, hub: Api, status: str, rendering: Rendering
    ) -> None:
        made = await listing(seller, hub, status)
        document = problem(await upload(seller, made["id"]), 409, "wrong_state")
        assert document["current_status"] == status
        assert not rendering.count

    async def test_more_than_twelve(self, seller: Party, draft: str, rendering: Rendering) -> None:
        photos = [(await uploaded(seller, draft))["id"] for _ in range(12)]
        document = problem(await upload(seller, draft), 409, "photos_full")
        assert "12" in document["detail"] and "PATCH" in document["advice"]
        assert rendering.count == 12
        assert (await patch(seller, draft, {"photos": photos[1:]}, 13)).status_code == 200
        assert (await upload(seller, draft)).status_code == 201

    async def test_twelve_at_once_more_than_there_is_room_for(
        self, seller: Party, draft: str
    ) -> None:
        for _ in range(10):
            await uploaded(seller, draft)
        answers = await asyncio.gather(*(upload(seller, draft) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
        assert len((await seller.read(f"/v1/listings/{draft}"))["photos"]) == 12

    async def test_more_than_are_kept(
        self, seller: Party, draft: str, owner: asyncpg.Connection
    ) -> None:
        first = await uploaded(seller, draft)
        await owner.execute(_MANY, decode("lst", draft), MOST_UPLOADED - 1)
        document = problem(await upload(seller, draft), 409, "photos_full")
        assert str(MOST_UPLOADED) in document["detail"]
        listed = (await seller.read(f"/v1/listings/{draft}/photos"))["data"]
        assert len(listed) == MOST_UPLOADED
        assert listed[0] == first

    async def test_without_its_idempotency_key(self, seller: Party, draft: str) -> None:
        answer = await upload(seller, draft, idempotency_key="")
        problem(answer, 400, "idempotency_key_missing")

    async def test_a_store_that_is_away(
        self, seller: Party, draft: str, files: FileStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: Any) -> None:
            raise FilesUnavailable

        data, key = snapshot(), uuid4().hex
        with monkeypatch.context() as broken:
            broken.setattr(files, "put", away)
            answer = await upload(seller, draft, data, key=key)
        problem(answer, 503, "files_unavailable")
        assert answer.headers["retry-after"]
        assert (await seller.read(f"/v1/listings/{draft}"))["photos"] == []
        again = await upload(seller, draft, data, key=key)
        assert again.status_code == 201, "the same key works once the store is back"


_MANY = """
WITH f AS (
  INSERT INTO photo_files (seller_id, livemode, sha256, width, height, asked_at)
  SELECT p.seller_id, p.livemode, sha256(n::text::bytea || p.sha256), 1, 1, now()
  FROM photos p, generate_series(1, $2::int) n WHERE p.listing_id = $1 RETURNING *)
INSERT INTO photos (id, listing_id, seller_id, livemode, sha256, width, height)
SELECT uuidv7(), $1, seller_id, livemode, sha256, 1, 1 FROM f
"""


async def test_the_hub_uploads_for_a_seller(hub: Api, seller: Party, draft: str) -> None:
    photo = await uploaded(hub, draft)
    assert (await seller.get(photo["large"])).status_code == 200


async def test_all_photos_of_a_listing_are_its_sellers_and_the_hubs_to_list(
    hub: Api, seller: Party, draft: str, api: Api
) -> None:
    first, second, third = [(await uploaded(seller, draft))["id"] for _ in range(3)]
    await patch(seller, draft, {"photos": [third, first]}, 4)
    for who in (seller, hub):
        listed = (await who.read(f"/v1/listings/{draft}/photos"))["data"]
        seen = [(photo["id"], photo["shown"]) for photo in listed]
        assert seen == [(third, True), (first, True), (second, False)]
    stranger = await hub.party("seller")
    problem(await stranger.get(f"/v1/listings/{draft}/photos"), 404, "not_found")
    problem(await api.get(f"/v1/listings/{draft}/photos"), 401, "unauthenticated")
