"""Bodies that are files: received whole, in pieces, before the operation's door is opened.

An endpoint says what it takes: ``photo: Annotated[Upload, Takes("image/png", most=20 * 2**20)]``.
The bytes go to a temporary file while they arrive, so memory stays flat and a slow phone holds no
database connection; the file is gone when the request is over.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.files.store import FilesUnavailable
from app.http.edge import BODY_LIMIT, Overloaded

UPLOAD = "btc.upload"
"""Key of the request's scope under which the received file stands."""

SECONDS: float = 120
"""How long a file may take to arrive; 20 MB at 1.4 Mbit/s."""
MOST_AT_ONCE = 32
"""Files arriving at the same time, per process; slow ones must leave places for other requests."""
_BLOCK = 2**20


class UploadType(DomainError):
    """The file's content type is not one this operation takes."""

    kind = Kind.MEDIA_TYPE
    code = "upload_type"
    title = Text("Not a type taken here", "Jenis berkas tidak diterima di sini")
    advice = Text(
        "Send the file itself as the body, with one of the types in accepted as Content-Type.",
        "Kirim berkas langsung sebagai isi, dengan Content-Type salah satu dari accepted.",
    )


class UploadTooLarge(DomainError):
    """The file has more bytes than this operation takes."""

    kind = Kind.TOO_LARGE
    code = "upload_too_large"
    title = Text("File too large", "Berkas terlalu besar")
    advice = Text(
        "Send a smaller file: a photo of lower resolution, a table in several parts.",
        "Kirim berkas yang lebih kecil: foto beresolusi lebih rendah, tabel dalam beberapa bagian.",
    )
    _exactly = Text("The file may have at most {most} MB.", "Ukuran berkas paling besar {most} MB.")

    @classmethod
    def above(cls, most: int) -> UploadTooLarge:
        """The refusal that says how much is taken: *most* bytes."""
        return cls(cls._exactly.filled(most=most // 2**20))


class UploadIncomplete(DomainError):
    """No file came, or only a part of it."""

    kind = Kind.MALFORMED
    code = "upload_incomplete"
    title = Text("File did not arrive", "Berkas tidak sampai")
    advice = Text(
        "The body is empty or ended early. Send the whole file again.",
        "Isi kosong atau terputus. Kirim ulang seluruh berkas.",
    )


class UploadTooSlow(DomainError):
    """The file took longer to arrive than is waited for."""

    kind = Kind.SLOW
    code = "upload_too_slow"
    title = Text("File took too long", "Berkas terlalu lama sampai")
    advice = Text(
        "Nothing was stored. Send it again over a better connection, or send a smaller file.",
        "Tidak ada yang tersimpan. Kirim ulang saat sinyal lebih baik, atau perkecil berkasnya.",
    )


@dataclass
class Upload:
    """A file that has arrived."""

    path: Path
    """where it lies until the request is over"""
    size: int
    sha256: bytes
    media_type: str
    filename: str | None
    """as its sender calls it, without folders; never used as a name here"""
    opened: Any = None
    """what `Takes`' *opened_by* made of it"""


Opener = Callable[[Request, Upload], Awaitable[Any]]


def Takes(*media_types: str, most: int, opened_by: Opener | None = None) -> Any:  # noqa: N802
    """A body that is one file of *media_types* and at most *most* bytes.

    *opened_by* runs when the file has arrived and before the operation's transaction begins: the
    place for what takes long, such as the sandbox. Its result is the upload's ``opened``.
    """
    return Depends(Intake(media_types, most, opened_by))


class Intake:
    """How one operation receives its file."""

    arriving: ClassVar[int] = 0

    def __init__(self, media_types: tuple[str, ...], most: int, opened_by: Opener | None) -> None:
        self.media_types = media_types
        self.most = most
        self.opened_by = opened_by

    async def __call__(self, request: Request) -> Upload:
        """The file that the route received."""
        upload: Upload = request.scope[UPLOAD]
        return upload

    @property
    def body(self) -> dict[str, Any]:
        """The request's body, as OpenAPI says it."""
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {
            "required": True,
            "description": f"The file itself, at most {self.most // 2**20} MB.",
            "content": dict.fromkeys(self.media_types, binary),
        }

    @property
    def schemas(self) -> dict[str, Any]:
        """What `body` refers to, by name."""
        return {}

    @asynccontextmanager
    async def receive(self, request: Request) -> AsyncIterator[None]:
        """Have the file of *request* lie in a temporary one, as long as the block runs.

        Raises UploadType, UploadTooLarge, UploadIncomplete, UploadTooSlow, Overloaded, or what
        the opener refuses with.
        """
        media_type = self._accepted(request)
        declared = declared_size(request)
        if declared is not None and declared > self.most:
            raise UploadTooLarge.above(self.most)  # before a single byte of it is read
        request.scope[BODY_LIMIT] = self.most
        path: Path | None = None
        try:
            handle, name = await asyncio.to_thread(tempfile.mkstemp, prefix="btc-upload-")
            path = Path(name)
            size, digest = await self._arrive(request, handle)
            if not size or declared not in {None, size}:
                raise UploadIncomplete
            upload = Upload(path, size, digest, media_type, _filename(request))
            if self.opened_by is not None:
                upload.opened = await self.opened_by(request, upload)
            request.scope[UPLOAD] = upload
            yield
        finally:
            if path is not None:
                path.unlink(missing_ok=True)

    def _accepted(self, request: Request) -> str:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in self.media_types:
            raise UploadType(accepted=list(self.media_types))
        return kind

    async def _arrive(self, request: Request, handle: int) -> tuple[int, bytes]:
        """Take all of the body into the open file *handle*; its size and its SHA-256."""
        with os.fdopen(handle, "wb") as file:
            if Intake.arriving >= MOST_AT_ONCE:
                raise Overloaded
            Intake.arriving += 1
            try:
                async with asyncio.timeout(SECONDS):
                    return await _spool(request, file)
            except TimeoutError:
                raise UploadTooSlow from None
            except ClientDisconnect:
                raise UploadIncomplete from None
            except HTTPException:  # the edge counts; what it refuses is said in a file's words
                raise UploadTooLarge.above(self.most) from None
            except OSError as error:
                raise FilesUnavailable from error
            finally:
                Intake.arriving -= 1


async def _spool(request: Request, file: BinaryIO) -> tuple[int, bytes]:
    """Write and hash block by block, in a thread: a busy disk must not stop other requests."""
    digest = sha256()
    size = 0

    def keep(block: bytes) -> None:
        file.write(block)
        digest.update(block)

    block = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            block += chunk
            if len(block) >= _BLOCK:
                await asyncio.to_thread(keep, bytes(block))
                block.clear()
    await asyncio.to_thread(keep, bytes(block))
    return size, digest.digest()


def declared_size(request: Request) -> int | None:
    """How long the body of *request* is going to be, as far as its sender says so."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else None


def _filename(request: Request) -> str | None:
    """The last part of the name in Content-Disposition, without what is not to be seen."""
    message = Message()
    message["content-disposition"] = request.headers.get("content-disposition", "")
    name = (message.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:200].strip() or None
