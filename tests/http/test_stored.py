"""Stored files as answers: whoever asks gets all of the bytes, and is told how many they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from starlette.requests import Request

from app.files.store import FileStore
from app.http.stored import unchanging


class _Shelf:
    """A store of one file."""

    async def get(self, key: str) -> bytes | None:
        return b"%PDF-1.7" if key == "there" else None

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        assert (key, data, media_type) == ("new", b"made", "application/pdf")


async def _headers_and_bytes(key: str) -> tuple[str, bytes]:
    async def make() -> bytes:
        return b"made"

    app = SimpleNamespace(state=SimpleNamespace(files=cast(FileStore, _Shelf())))
    request = Request({"type": "http", "headers": [], "app": app})
    answer = unchanging(request, key, "application/pdf", tag='"t"', filename="f.pdf", make=make)
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await answer(request.scope, None, send)  # type: ignore[arg-type]
    start, body = sent
    headers = dict(cast(list[tuple[bytes, bytes]], start["headers"]))
    return headers[b"content-length"].decode(), cast(bytes, body["body"])


async def test_an_answer_says_how_long_the_file_is() -> None:
    """A server cuts off what goes beyond: with a length of nothing, nobody would get anything."""
    assert await _headers_and_bytes("there") == ("8", b"%PDF-1.7")
    assert await _headers_and_bytes("new") == ("4", b"made")
