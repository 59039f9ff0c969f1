"""Where the sizes of photos lie in the file store.

Apart by world and by seller: the test world never shows the real one's files, and what one seller
uploaded can go without asking whether another had the same picture.
"""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple, get_args
from uuid import UUID

from app.files.images import SIZES, Rendered
from app.files.store import FileStore

SizeName = Literal["large", "medium", "thumb"]
assert get_args(SizeName) == tuple(SIZES)

MEDIA_TYPE = "image/jpeg"


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Files(NamedTuple):
    """The sizes of one picture: whose it is, and the SHA-256 of what was uploaded."""

    livemode: bool
    seller_id: UUID
    sha256: bytes

    def key(self, size: str) -> str:
        """Under which the store keeps one size."""
        world = "photos" if self.livemode else "test-photos"
        return f"{world}/{self.seller_id.hex}/{self.sha256.hex()}/{size}.jpg"

    def tag(self, size: str) -> str:
        """The strong entity tag of one size."""
        return f'"{self.sha256.hex()[:32]}-{size}"'

    async def put(self, files: FileStore, made: Rendered) -> Size:
        """Store all sizes; how large the largest is. Raises FilesUnavailable."""
        await asyncio.gather(
            *(files.put(self.key(one.name), one.data, MEDIA_TYPE) for one in made.sizes)
        )
        return Size(made.sizes[0].width, made.sizes[0].height)

    async def delete(self, files: FileStore) -> None:
        """Delete all sizes; those that are not there are gone already. Raises FilesUnavailable."""
        await asyncio.gather(*(files.delete(self.key(name)) for name in SIZES))
