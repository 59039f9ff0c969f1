"""Keeping files: a folder of this machine, or a bucket of any S3-compatible service.

A key never changes its content (callers name files by what is in them), so writing one twice is
harmless. Acknowledged means stored: a put that has returned survives a power cut. A file whose put
failed may be there or not, whole or not; whoever was not told that it is stored puts it again.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.settings import Settings

log = structlog.get_logger("files")

_KEY = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*(\.[a-z0-9]+)?")


class FilesUnavailable(DomainError):
    """The place where files are kept does not answer, or takes nothing more."""

    kind = Kind.UNAVAILABLE
    code = "files_unavailable"
    retry_after = 5
    title = Text("Files cannot be reached", "Berkas tidak bisa dijangkau")
    advice = Text(
        "Nothing was stored. Try again after the time in Retry-After.",
        "Tidak ada yang tersimpan. Coba lagi setelah waktu di Retry-After.",
    )


class FileStore:
    """Bytes under keys such as ``photos/3f9a….jpg``. Raises FilesUnavailable when it cannot."""

    def __init__(self, *, bucket: str | None = None, folder: Path | None = None) -> None:
        self._bucket = bucket
        self._folder = folder

    @classmethod
    def open(cls, settings: Settings) -> FileStore:
        """The store of *settings*: ``s3://bucket/prefix``, ``file:///folder`` or the data folder.

        A bucket's region, keys and endpoint come from the usual ``AWS_…`` variables. Nothing is
        connected yet; a folder is made when it is first needed, for its owner alone.
        """
        url = settings.file_store
        if url is None:
            return cls(folder=settings.data_dir.absolute() / "files")
        if url.startswith("s3://"):
            return cls(bucket=url)
        return cls(folder=Path(unquote(urlsplit(url).path)))

    @cached_property
    def _store(self) -> ObjectStore:
        if self._bucket is not None:
            return _bucket(self._bucket)
        assert self._folder is not None
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync(self._folder.parent)
        return LocalStore(self._folder)

    async def put(self, key: str, data: bytes | Path, media_type: str) -> None:
        """Store *data*, or the file at that path, under *key*; returns when it is safe."""
        assert _KEY.fullmatch(key), key
        with _translated("put", key):
            if self._folder is None:
                await obstore.put_async(
                    self._store, key, data, attributes={"Content-Type": media_type}
                )
            else:
                # Written beside and renamed: readers meet the whole file or none.
                await obstore.put_async(self._store, key, data)
                await asyncio.to_thread(_settle, self._folder, key)

    async def get(self, key: str) -> bytes | None:
        """What is stored under *key*; None when there is nothing."""
        assert _KEY.fullmatch(key), key
        with _translated("get", key):
            try:
                found = await obstore.get_async(self._store, key)
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                return None

    async def delete(self, key: str) -> None:
        """Forget what is stored under *key*; nothing there is fine too."""
        assert _KEY.fullmatch(key), key
        with _translated("delete", key):
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                return


def _bucket(url: str) -> S3Store:
    """The bucket of *url*, with the patience of somebody whose request is waiting."""
    return S3Store.from_url(
        url,
        # Which scheme is spoken is the endpoint's to say: one next door may be without TLS.
        client_options={"timeout": "20s", "connect_timeout": "3s", "allow_http": True},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )


def _settle(folder: Path, key: str) -> None:
    """Make the file under *key*, and every name on the way to it, survive a power cut."""
    path = folder / key
    _sync(path)
    while path != folder:
        path = path.parent
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated(action: str, key: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        log.exception("files", action=action, key=key)
        raise FilesUnavailable from error
