"""What a photo says of itself in its first bytes: its type and its size, and nothing is decoded.

A file of a few kilobytes can unfold into gigabytes; who asks the header first never meets that.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

from app.core.errors import DomainError, Kind
from app.core.text import Text

MOST_PIXELS = 40_000_000
"""Three times what the phones in the field take; decoded it is 160 MB."""

_MOST_SEGMENTS = 2_000
"""More than any camera writes before a JPEG's size."""


class PhotoType(DomainError):
    """The file is no photo of a type that is read, or not of the type it was sent as."""

    kind = Kind.MEDIA_TYPE
    code = "photo_type"
    title = Text("Not a photo of this type", "Bukan foto jenis ini")
    advice = Text(
        "Send a JPEG, PNG or WebP photo, with Content-Type saying which of them it is.",
        "Kirim foto JPEG, PNG, atau WebP, dengan Content-Type sesuai jenisnya.",
    )


class PhotoTooLarge(DomainError):
    """The photo has more pixels than are read."""

    kind = Kind.TOO_LARGE
    code = "photo_too_large"
    title = Text("Photo too large", "Foto terlalu besar")
    advice = Text(
        "Send a photo of at most 40 megapixels; phone cameras can be set to less.",
        "Kirim foto paling besar 40 megapiksel; ukuran bisa dikecilkan di pengaturan kamera HP.",
    )


class PhotoUnreadable(DomainError):
    """The file begins like a photo, but is damaged or cut short."""

    kind = Kind.INVALID
    code = "photo_unreadable"
    title = Text("Photo cannot be read", "Foto tidak bisa dibaca")
    advice = Text(
        "The file is damaged or incomplete. Send it again, or take the photo anew.",
        "Berkas rusak atau tidak lengkap. Kirim ulang, atau ambil foto lagi.",
    )


class Header(NamedTuple):
    """What a photo's first bytes say."""

    media_type: str
    width: int
    height: int


def probe(file: BinaryIO) -> Header:
    """Type and size of the photo in *file*, from its header alone.

    Raises PhotoType, PhotoTooLarge above `MOST_PIXELS`, or PhotoUnreadable.
    """
    head = file.read(30)
    try:
        if head.startswith(b"\xff\xd8\xff"):
            header = Header("image/jpeg", *_jpeg(file))
        elif head.startswith(b"\x89PNG\r\n\x1a\n"):
            header = Header("image/png", *_png(head))
        elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            header = Header("image/webp", *_webp(head))
        else:
            raise PhotoType
    except (struct.error, IndexError):
        raise PhotoUnreadable from None
    if not (header.width and header.height):
        raise PhotoUnreadable
    if header.width * header.height > MOST_PIXELS:
        raise PhotoTooLarge
    return header


def _png(head: bytes) -> tuple[int, int]:
    if head[12:16] != b"IHDR":
        raise PhotoUnreadable
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _webp(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if kind == b"VP8X":  # extended: 24 bits each, less one
        wide, _, high, _ = struct.unpack("<HBHB", head[24:30])
        return wide + (head[26] << 16) + 1, high + (head[29] << 16) + 1
    if kind == b"VP8L" and head[20] == 0x2F:  # lossless: 14 bits each, less one
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise PhotoUnreadable


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    """Walk from segment to segment up to the one with the size (SOF)."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        mark, kind = struct.unpack(">BB", file.read(2))
        while kind == 0xFF:  # fill bytes
            kind = file.read(1)[0]
        if mark != 0xFF or kind in {0xD9, 0xDA}:  # the picture begins, its size was not said
            raise PhotoUnreadable
        (length,) = struct.unpack(">H", file.read(2))
        if 0xC0 <= kind <= 0xCF and kind not in {0xC4, 0xC8, 0xCC}:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(max(length - 2, 0), 1)
    raise PhotoUnreadable
