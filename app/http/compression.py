"""Compression for who asks for it; who does not pays nothing for it."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send


class Compression(GZipMiddleware):
    """gzip of answers that are worth it. Answers that caches may keep say ``Vary`` themselves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress only when the request accepts it."""
        if scope["type"] == "http" and _accepts_gzip(scope):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
