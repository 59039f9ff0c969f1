"""Photos over a real connection, as a phone in the field has one: slow, cut, tapped twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from PIL import Image

from app.http.uploads import Intake
from tests.api import Api, Party
from tests.catalog.photos.uploading import Kept, opened, phone_photo, snapshot, upload, uploaded
from tests.cli.service import free_port
from tests.files.pictures import BLUE, GREEN, RED, WHITE, alike
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio


async def until(true: Callable[[], object]) -> None:
    """Wait until the server has come so far."""
    for _ in range(3000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


class Line:
    """A bare connection that has announced a photo of *size* bytes."""

    def __init__(self, address: tuple[str, int], phone: Party, listing_id: str, size: int) -> None:
        self.address = address
        self.key = uuid4().hex
        self.head = (
            f"POST /v1/listings/{listing_id}/photos HTTP/1.1\r\nhost: btc\r\n"
            f"content-type: image/jpeg\r\nauthorization: Bearer {phone.key}\r\n"
            f"idempotency-key: {self.key}\r\ncontent-length: {size}\r\n\r\n"
        )

    async def send(self, data: bytes = b"") -> None:
        self.reader, self.writer = await asyncio.open_connection(*self.address)
        self.writer.write(self.head.encode() + data)
        await self.writer.drain()

    def cut(self) -> None:
        self.writer.transport.abort()


@pytest.fixture
async def address(app: Any) -> AsyncIterator[tuple[str, int]]:
    """Where the service listens, through the real server and its parser."""
    port = free_port()
    config = uvicorn.Config(
        app, "127.0.0.1", port, lifespan="off", log_config=None, ws="none", access_log=False
    )
    server = uvicorn.Server(config)
    served = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield "127.0.0.1", port
    server.should_exit = True
    await served


@pytest.fixture
async def phone(address: tuple[str, int], seller: Party) -> AsyncIterator[Party]:
    """The seller's own client, over the network."""
    host, port = address
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=30) as client:
        yield Party(client, seller.key or "", seller.id)


async def test_a_phones_photo_arrives_upright_and_without_its_place(
    phone: Party, draft: str, hub: Api, api: Api
) -> None:
    data = phone_photo(orientation=6)
    assert opened(data).size == (4000, 3000)
    assert b"Contoh Ponsel" in data
    photo = await uploaded(phone, draft, data)
    assert (photo["width"], photo["height"]) == (1200, 1600)
    for who, action in ((phone, "submit"), (hub, "approve"), (phone, "publish")):
        await who.do(f"/v1/listings/{draft}/{action}")
    for name in ("large", "medium", "thumb"):
        seen = await Api(phone.client).get(photo[name])
        assert seen.status_code == 200
        assert not opened(seen.content).getexif()
        assert b"Contoh Ponsel" not in seen.content
        turned = (BLUE, RED, WHITE, GREEN)
        pale = [tuple((3 * c + 128) // 4 for c in colour) for colour in turned]
        middle = opened(seen.content).resize((2, 2), Image.Resampling.BOX)
        found = [middle.getpixel((x, y)) for y in (0, 1) for x in (0, 1)]
        assert all(alike(one, other) for one, other in zip(found, pale, strict=True)), found  # type: ignore[arg-type]


async def test_a_slow_sender_is_waited_for_and_others_are_answered(
    phone: Party, draft: str, seller: Party
) -> None:
    data = snapshot(1200, 900)
    go, halfway = asyncio.Event(), asyncio.Event()

    async def dribbling() -> AsyncIterator[bytes]:
        step = len(data) // 8
        for at in range(0, len(data), step):
            yield data[at : at + step]
            await asyncio.sleep(0.01)
            if at >= len(data) // 2 and not halfway.is_set():
                halfway.set()
                await go.wait()

    sending = asyncio.create_task(upload(phone, draft, dribbling()))
    await halfway.wait()
    for _ in range(5):
        assert (await phone.get("/v1/listings")).status_code == 200
        assert (await uploaded(phone, draft))["shown"]
    assert not sending.done()
    go.set()
    answer = await sending
    assert answer.status_code == 201, answer.text
    listed = (await seller.read(f"/v1/listings/{draft}/photos"))["data"]
    assert [photo["id"] for photo in listed][-1] == answer.json()["id"]


async def test_a_cut_connection_leaves_nothing_and_the_same_key_works_afterwards(
    address: tuple[str, int], phone: Party, draft: str, kept: Kept
) -> None:
    data = snapshot(1200, 900)
    line = Line(address, phone, draft, len(data))
    await line.send(data[: len(data) // 2])
    await until(lambda: Intake.arriving)
    line.cut()
    await until(lambda: not Intake.arriving)
    assert not kept.of(data)
    assert (await phone.read(f"/v1/listings/{draft}/photos"))["data"] == []
    again = await upload(phone, draft, data, key=line.key)
    assert again.status_code == 201, again.text
    assert "idempotency-replayed" not in again.headers


async def test_an_answer_that_was_lost_is_given_again(
    address: tuple[str, int], phone: Party, draft: str
) -> None:
    """All of it was sent, the signal went before the answer came."""
    data = snapshot()
    line = Line(address, phone, draft, len(data))
    await line.send(data)
    line.cut()
    again = await upload(phone, draft, data, key=line.key)
    assert again.status_code == 201, again.text
    listed = (await phone.read(f"/v1/listings/{draft}/photos"))["data"]
    assert [photo["id"] for photo in listed] == [again.json()["id"]]


@pytest.mark.parametrize("keys", [1, 3])
async def test_double_taps_at_once(phone: Party, draft: str, keys: int) -> None:
    data, names = snapshot(1200, 900), [uuid4().hex for _ in range(keys)]
    answers = await asyncio.gather(
        *(upload(phone, draft, data, key=names[n % keys]) for n in range(3))
    )
    assert {answer.status_code for answer in answers} == {201}, [a.text for a in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await phone.read(f"/v1/listings/{draft}"))["photos"]) == 1


async def test_25_mb_are_refused_before_they_are_sent(
    address: tuple[str, int], phone: Party, draft: str
) -> None:
    line = Line(address, phone, draft, 25 * 2**20)
    await line.send()
    assert b" 413 " in await line.reader.readline()
    line.cut()
    problem(await upload(phone, draft, b"\xff\xd8\xff no photo"), 422, "photo_unreadable")
