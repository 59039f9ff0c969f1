"""A stored file as an answer: bytes that never change, read when no connection is held any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.core.errors import NotFound
from app.files.store import FileStore
from app.http.conditional import still_has

log = structlog.get_logger("stored")

_YEAR = 31_536_000

JPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What the API's document says of an answer that is a photo."""


Make = Callable[[], Awaitable[bytes]]
"""How a file is made that is not stored yet; always the same bytes."""


class Stored(Response):
    """One file of the store. Its bytes are fetched, or made, when the answer is sent, that is after
    the route has closed its door: a slow store holds no connection of the database."""

    def __init__(
        self,
        files: FileStore,
        key: str,
        media_type: str,
        headers: Mapping[str, str],
        make: Make | None = None,
    ) -> None:
        super().__init__(headers=headers, media_type=media_type)
        self._files = files
        self._key = key
        self._type = media_type
        self._make = make

    async def fetch(self) -> Response:
        """The answer, its bytes ready; made and stored when they were not there.

        Raises NotFound for a file that has gone missing, FilesUnavailable, what making it raises.
        """
        data = await self._files.get(self._key)
        if data is None and self._make is not None:
            data = await self._make()
            await self._files.put(self._key, data, self._type)
        if data is None:
            log.error("file_missing", key=self._key)
            raise NotFound
        headers = dict(self.headers)
        del headers["content-length"]  # that was of nothing, before the bytes were there
        return Response(data, headers=headers, media_type=self._type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Fetch and send it. Raises as `fetch` does."""
        await (await self.fetch())(scope, receive, send)


def unchanging(
    request: Request,
    key: str,
    media_type: str,
    *,
    tag: str,
    filename: str,
    shared: bool = False,
    make: Make | None = None,
) -> Response:
    """The answer with the file under *key*, whose strong entity tag is *tag*; 304 to who has it.

    *make* makes it when it is not stored yet. Caches may keep it for a year; those of many people
    only what is *shared* with anybody.
    """
    headers = {
        "etag": tag,
        "cache-control": f"{'public' if shared else 'private'}, max-age={_YEAR}, immutable",
    }
    if still_has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    headers |= {
        "content-disposition": f'inline; filename="{filename}"',
        "x-content-type-options": "nosniff",
    }
    return Stored(request.app.state.files, key, media_type, headers, make)
