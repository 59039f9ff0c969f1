"""Photos as a seller's phone sends them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image, ImageFilter

from tests.api import Api
from tests.files.pictures import encoded, exif, quarters


def snapshot(width: int = 64, height: int = 48, seed: int | None = None) -> bytes:
    """A small JPEG that no other call makes, unless it names the same *seed*."""
    picture = quarters(width, height)
    mark = uuid4().bytes[:3] if seed is None else seed.to_bytes(3, "big")
    picture.putpixel((0, 0), tuple(mark))
    comment = mark if seed is not None else uuid4().bytes
    return encoded(picture, comment=comment)


def phone_photo(orientation: int = 6) -> bytes:
    """12 megapixels with some texture, as a phone takes them: held on its side, with its place."""
    width, height = 4000, 3000
    noise = Image.effect_noise((width // 8, height // 8), 60).resize((width, height))
    colours = quarters(width, height).filter(ImageFilter.BoxBlur(2))
    picture = Image.blend(colours, noise.convert("RGB"), 0.25)
    return encoded(picture, exif=exif(orientation), quality=90)


async def upload(
    who: Api, listing_id: str, data: Any = None, *, key: str | None = None, **headers: str
) -> httpx.Response:
    """The raw answer to uploading *data* (any photo) for a listing."""
    sent = {
        "content-type": "image/jpeg",
        "idempotency-key": key or uuid4().hex,
        **({"authorization": f"Bearer {who.key}"} if who.key else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    content = snapshot() if data is None else data
    return await who.client.post(f"/v1/listings/{listing_id}/photos", content=content, headers=sent)


async def uploaded(who: Api, listing_id: str, data: bytes | None = None) -> dict[str, Any]:
    """A photo of the listing, freshly uploaded."""
    answer = await upload(who, listing_id, data)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


class Kept:
    """The folder of the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, data: bytes) -> list[Path]:
        """The files that were made of the upload *data*, whoever sent it."""
        return sorted(self.folder.glob(f"*/*/{sha256(data).hexdigest()}/*"))


def opened(data: bytes) -> Image.Image:
    """The picture, decoded."""
    with Image.open(BytesIO(data)) as picture:
        picture.load()
        return picture
