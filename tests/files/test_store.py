"""Keeping files: in a folder that is private and survives a power cut, or in a bucket."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.files.store import FileStore, FilesUnavailable
from app.settings import Settings

pytestmark = pytest.mark.anyio

KEY = "photos/3f9a/large.jpg"


class Bucket(ThreadingHTTPServer):
    """As much of S3 as one bucket needs. Remembers what it holds and how it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.held: dict[str, tuple[bytes, str]] = {}
        self.signatures: list[str] = []
        self.broken = False


class _Answers(BaseHTTPRequestHandler):
    server: Bucket

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        if not self.server.broken:
            self.server.held[self.path] = data, self.headers["content-type"]
        self._answer()

    def do_GET(self) -> None:
        self._answer(self.server.held.get(self.path))

    def do_POST(self) -> None:  # several at once, as XML
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        bucket = self.path.partition("?")[0].rstrip("/")
        told = ""
        for key in re.findall("<Key>(.*?)</Key>", asked):
            self.server.held.pop(f"{bucket}/{key}", None)
            told += f"<Deleted><Key>{key}</Key></Deleted>"
        self._answer((f"<DeleteResult>{told}</DeleteResult>".encode(), "application/xml"))

    def _answer(self, found: tuple[bytes, str] | None = (b"", "text/plain")) -> None:
        self.server.signatures.append(self.headers.get("authorization", ""))
        self.send_response(500 if self.server.broken else 200 if found else 404)
        body = found[0] if found else b""
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"1"')
        self.send_header("last-modified", "Sat, 21 Nov 2026 01:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with Bucket() as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{served.server_address[1]}")
        monkeypatch.setenv("AWS_REGION", "ap-southeast-3")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "blitar")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rahasia")
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> FileStore:
    return FileStore.open(Settings(data_dir=tmp_path / "data"))


@pytest.fixture
def remote(bucket: Bucket, tmp_path: Path) -> FileStore:
    return FileStore.open(Settings(data_dir=tmp_path, file_store="s3://btc-files/blitar"))


@pytest.fixture(params=["folder", "remote"])
def store(request: pytest.FixtureRequest) -> FileStore:
    found: FileStore = request.getfixturevalue(request.param)
    return found


async def test_what_was_put_is_there_until_it_is_deleted(store: FileStore, tmp_path: Path) -> None:
    assert await store.get(KEY) is None
    await store.put(KEY, b"picture", "image/jpeg")
    assert await store.get(KEY) == b"picture"
    await store.put(KEY, b"picture", "image/jpeg")  # twice is once
    await store.delete(KEY)
    await store.delete(KEY)
    assert await store.get(KEY) is None
    (tmp_path / "sent").write_bytes(b"table")
    await store.put("tables/1.csv", tmp_path / "sent", "text/csv")
    assert await store.get("tables/1.csv") == b"table"


async def test_the_data_folder_keeps_files_when_nothing_is_said(
    folder: FileStore, tmp_path: Path
) -> None:
    await folder.put(KEY, b"picture", "image/jpeg")
    root = tmp_path / "data" / "files"
    assert (root / KEY).read_bytes() == b"picture"
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert [p.name for p in (root / KEY).parent.iterdir()] == ["large.jpg"]


async def test_another_folder_is_said_by_its_url(tmp_path: Path) -> None:
    place = tmp_path / "a place"
    url = place.as_uri()
    store = FileStore.open(Settings(data_dir=tmp_path, file_store=url))
    await store.put(KEY, b"picture", "image/jpeg")
    assert (place / KEY).read_bytes() == b"picture"


async def test_a_put_that_returned_is_on_the_disk(
    folder: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file and every folder on the way to it, before anybody is told."""
    synced: set[int] = set()
    fsync = os.fsync

    def noting(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    await folder.put(KEY, b"picture", "image/jpeg")
    path = tmp_path / "data" / "files" / KEY
    assert {p.stat().st_ino for p in (path, *list(path.parents)[:4])} <= synced


async def test_a_bucket_is_told_the_type_and_the_request_is_signed(
    remote: FileStore, bucket: Bucket
) -> None:
    await remote.put(KEY, b"picture", "image/jpeg")
    assert bucket.held == {f"/btc-files/blitar/{KEY}": (b"picture", "image/jpeg")}
    assert "Credential=blitar/" in bucket.signatures[-1]


async def test_a_bucket_that_fails_is_a_refusal_to_try_again(
    remote: FileStore, bucket: Bucket
) -> None:
    bucket.broken = True
    with pytest.raises(FilesUnavailable) as refused:
        await remote.put(KEY, b"picture", "image/jpeg")
    assert refused.value.retry_after
    bucket.broken = False
    assert await remote.get(KEY) is None


async def test_a_folder_that_cannot_be_made_is_a_refusal_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    store = FileStore.open(Settings(data_dir=tmp_path))
    with pytest.raises(FilesUnavailable):
        await store.put(KEY, b"picture", "image/jpeg")


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a//b", "Photo.jpg", ""])
async def test_keys_are_made_by_us_and_never_lead_elsewhere(folder: FileStore, key: str) -> None:
    with pytest.raises(AssertionError):
        await folder.get(key)


@pytest.mark.parametrize("url", ["relative/folder", "ftp://somewhere", "s3://", "gs://bucket"])
def test_other_places_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="file_store"):
        Settings(file_store=url)
