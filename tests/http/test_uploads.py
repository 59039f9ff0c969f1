"""Files as bodies: received whole and cheaply, or refused with what to do next."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
import httpx
import psutil
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request

from app.access.doors import Opens
from app.access.keys import new_key
from app.access.permissions import Permission as P
from app.core.errors import invalid
from app.db.engine import Database
from app.db.tx import Tx
from app.http import openapi, problems, uploads
from app.http.edge import Edge
from app.http.index import Index
from app.http.routes import Route
from app.http.uploads import Intake, Takes, Upload
from app.http.wire import Request as Body
from app.idempotency.doors import Commands
from app.settings import Settings
from tests.api import Api
from tests.http.helpers import problem

pytestmark = pytest.mark.anyio

MB = 2**20
MOST = 3 * MB
ASKING = asyncio.Lock()
router = APIRouter(route_class=Route)


class Seen(Body):
    """What the endpoint saw."""

    size: int
    sha256: str
    media_type: str
    filename: str | None
    there: bool
    opened: int | None


async def opened(request: Request, upload: Upload) -> int:
    if upload.path.read_bytes()[:4] == b"evil":
        raise invalid("", "evil", "Evil.", "Jahat.")
    return await open_transactions(request.app.state.owner)


File = Annotated[Upload, Takes("image/jpeg", "image/png", most=MOST, opened_by=opened)]


@router.post("/v1/files", status_code=201)
async def file_add(file: File, tx: Annotated[Tx, Commands(P.PARTY_CREATE)]) -> Seen:
    """Take a file."""
    return Seen(
        size=file.size,
        sha256=file.sha256.hex(),
        media_type=file.media_type,
        filename=file.filename,
        there=file.path.exists(),
        opened=file.opened,
    )


@router.post("/v1/words")
async def word_add(body: Seen, tx: Annotated[Tx, Opens(P.PARTY_READ)]) -> Seen:
    """Take JSON, beside it."""
    return body


ROUTES = [route for route in router.routes if isinstance(route, Route)]


async def open_transactions(owner: asyncpg.Connection) -> int:
    async with ASKING:  # one connection, many requests
        count = await owner.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'btc_service' "
            "AND xact_start IS NOT NULL"
        )
    return int(count)


@pytest.fixture
async def app(
    settings: Settings, operator: str, owner: asyncpg.Connection, monkeypatch: Any, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """A service with two operations, one of them for files, and a temporary folder of its own."""
    assert settings.database_url
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = FastAPI()
    problems.install(made)
    made.router.routes.append(Index(ROUTES))
    made.add_middleware(Edge, max_waiting=100, max_body=MB)
    made.state.owner = owner
    made.state.database = Database(settings.database_url.get_secret_value(), size=2, public_size=1)
    yield made
    await made.state.database.close()
    assert not files_in(tmp_path), "a temporary file was left behind"
    assert not Intake.arriving


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://btc.test") as made:
        yield made


@pytest.fixture
def hub(client: httpx.AsyncClient, operator: str) -> Api:
    return Api(client, operator)


def files_in(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def send(
    hub: Api, content: bytes | AsyncIterator[bytes], path: str = "/v1/files", **headers: str
) -> httpx.Response:
    sent = {"content-type": "image/jpeg", "idempotency-key": uuid4().hex} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if hub.key:
        sent = {"authorization": f"Bearer {hub.key}"} | sent
    return await hub.client.post(path, content=content, headers=sent)


async def pieces(count: int, piece: bytes = bytes(64 * 1024)) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece


async def test_a_file_arrives_whole_and_is_gone_afterwards(hub: Api, tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    answer = await send(
        hub, data, content_disposition='attachment; filename="C:\\\\foto\\\\keripik.jpg"'
    )
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "image/jpeg",
        "filename": "keripik.jpg",
        "there": True,
        "opened": 0,  # while it was looked into, nobody held a transaction
    }
    assert not files_in(tmp_path)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("", None),
        ("inline", None),
        ("attachment; filename*=UTF-8''keripik%20t%C3%A9lo.jpg", "keripik télo.jpg"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename=".."', ".."),
        ('attachment; filename="a/"', None),
    ],
)
async def test_its_name_is_only_a_name(hub: Api, said: str, name: str | None) -> None:
    answer = await send(hub, b"data", content_disposition=said)
    assert answer.json()["filename"] == name


async def test_another_type_is_refused_with_those_that_are_taken(hub: Api) -> None:
    for kind in ("application/json", "image/gif", "multipart/form-data; boundary=x", ""):
        document = problem(await send(hub, b"{}", content_type=kind), 415, "upload_type")
        assert document["accepted"] == ["image/jpeg", "image/png"]


async def test_a_declared_size_beyond_the_limit_is_refused_before_reading(hub: Api) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"x"

    answer = await send(hub, body(), content_length=str(MOST + 1))
    assert "3 MB" in problem(answer, 413, "upload_too_large")["detail"]
    assert not read


async def test_a_body_that_does_not_say_its_size_is_counted(hub: Api) -> None:
    """In pieces; of a gigabyte no more is taken than the limit, and memory stays flat."""
    before = psutil.Process().memory_info().rss
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        async for piece in pieces(16 * 1024):
            taken += len(piece)
            yield piece

    problem(await send(hub, body()), 413, "upload_too_large")
    assert MOST < taken <= MOST + 64 * 1024
    assert psutil.Process().memory_info().rss - before < 16 * MB
    exactly = await send(hub, pieces(MOST // (64 * 1024)))
    assert exactly.json()["size"] == MOST


async def test_other_operations_keep_the_common_limit(hub: Api) -> None:
    answer = await send(hub, pieces(17), "/v1/words", content_type="application/json")
    problem(answer, 413, "too_large")


async def test_an_empty_body_and_one_that_ends_early_are_refused(hub: Api) -> None:
    problem(await send(hub, b""), 400, "upload_incomplete")
    problem(await send(hub, pieces(1), content_length="100"), 400, "upload_incomplete")


async def test_a_sender_who_goes_away_leaves_nothing(app: FastAPI, operator: str) -> None:
    messages = [{"type": "http.request", "body": b"half", "more_body": True}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    headers = {"authorization": f"Bearer {operator}", "content-type": "image/png"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/files",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    await app(scope, receive, keep)
    assert sent[0]["status"] == 400


async def test_no_transaction_is_open_while_a_slow_phone_sends(
    hub: Api, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    """More of them than there are connections; meanwhile others are answered."""
    go, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        waiting.release()
        await go.wait()
        yield b"last"

    phones = [asyncio.create_task(send(hub, slow())) for _ in range(5)]
    for _ in phones:
        await waiting.acquire()
    assert files_in(tmp_path) == 5
    assert await open_transactions(owner) == 0
    other = await asyncio.wait_for(send(hub, b"quick"), 5)
    assert other.status_code == 201
    go.set()
    assert [(await phone).status_code for phone in phones] == [201] * 5


async def test_a_file_that_never_ends_arriving_is_given_up(
    hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(600)

    problem(await send(hub, stuck()), 408, "upload_too_slow")


async def test_slow_files_leave_places_for_other_requests(
    hub: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_AT_ONCE", 1)
    go, waiting = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        waiting.set()
        await go.wait()

    phone = asyncio.create_task(send(hub, slow()))
    await waiting.wait()
    problem(await send(hub, b"second"), 503, "overloaded")
    go.set()
    assert (await phone).status_code == 201
    assert (await send(hub, b"third")).status_code == 201


@pytest.mark.parametrize(
    "key", [None, "btc_live_typo", new_key(livemode=True)], ids=["none", "typo", "unknown"]
)
async def test_who_has_no_key_hears_that_before_anything_is_read(
    client: httpx.AsyncClient, key: str | None
) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("a stranger's body was read")
        yield b""

    answer = await send(Api(client, key), unread(), content_type="text/html")
    problem(answer, 401, "unauthenticated")


async def test_what_the_opener_refuses_is_the_answer(hub: Api) -> None:
    problem(await send(hub, b"evil bytes"), 422, "validation_failed")


async def test_the_same_file_again_is_replayed_and_another_one_refused(hub: Api) -> None:
    key = uuid4().hex
    first = await send(hub, b"photo", idempotency_key=key)
    again = await send(hub, b"photo", idempotency_key=key)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = await send(hub, b"other", idempotency_key=key)
    problem(other, 422, "idempotency_key_reused")


def test_the_document_says_what_is_taken() -> None:
    app = FastAPI()
    app.include_router(router)
    spec: dict[str, Any] = {"responses": {"422": {}}}
    openapi._operation(spec, ROUTES[0], "POST", {})
    assert list(spec["requestBody"]["content"]) == ["image/jpeg", "image/png"]
    for content in spec["requestBody"]["content"].values():
        assert content["schema"] == {"type": "string", "format": "binary"}
    assert spec["requestBody"]["required"] is True
    assert {"400", "408", "413", "415", "503"} <= set(spec["responses"])
    words: dict[str, Any] = {"responses": {}}
    openapi._operation(words, ROUTES[1], "POST", {})
    assert "408" not in words["responses"]
