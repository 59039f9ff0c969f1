"""Photos as phones take them, and files that only pretend to be photos."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

Corner = tuple[int, int, int]
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 30), (30, 30, 220), (250, 250, 250)
CORNERS: list[Corner] = [RED, GREEN, BLUE, WHITE]
"""Top left, top right, bottom left, bottom right of `quarters`."""


def quarters(width: int, height: int) -> Image.Image:
    """Four fields of four colours: shows which way up it is."""
    small = Image.new("RGB", (2, 2))
    for at, colour in zip([(0, 0), (1, 0), (0, 1), (1, 1)], CORNERS, strict=True):
        small.putpixel(at, colour)
    return small.resize((width, height), Image.Resampling.NEAREST)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    data = BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: how it was held, its maker, and where."""
    written = Image.Exif()
    written[0x0112] = orientation
    written[0x010F] = "Contoh Ponsel"
    written.get_ifd(0x8825).update({1: "S", 2: (8.0, 5.0, 42.0), 3: "E", 4: (112.0, 9.0, 36.0)})
    return written


def corners(data: bytes) -> list[Corner]:
    """The colours in the middle of the four quarters."""
    with Image.open(BytesIO(data)) as picture:
        seen = picture.convert("RGB")
    w, h = seen.size
    at = [(w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4)]
    return [seen.getpixel(point) for point in at]  # type: ignore[misc]


def alike(one: Corner, other: Corner) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(one, other, strict=True))


def png(width: int, height: int, rows: int) -> bytes:
    """A one-bit black PNG of that size, of which *rows* rows are really there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    squeezer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(squeezer.compress(row) for _ in range(rows)) + squeezer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
