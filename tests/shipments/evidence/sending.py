"""Photos of what was found, as they are sent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.api import Api
from tests.catalog.photos.uploading import snapshot


async def upload(
    who: Api, data: Any = None, *, key: str | None = None, **headers: str
) -> httpx.Response:
    """The raw answer to uploading *data* (any photo)."""
    sent = {
        "content-type": "image/jpeg",
        "idempotency-key": key or uuid4().hex,
        **({"authorization": f"Bearer {who.key}"} if who.key else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    content = snapshot() if data is None else data
    return await who.client.post("/v1/evidence", content=content, headers=sent)


async def send(who: Api, data: bytes | None = None) -> dict[str, Any]:
    """A photo, freshly uploaded."""
    answer = await upload(who, data)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
