"""Asking the service things no well-behaved client would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx

from app.core.errors import REGISTRY

JSON = "application/json"


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of *answer*, which must be one of this *status* and *code*."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"/problems/{code}"
    assert code in REGISTRY
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["title"]
    assert document["detail"]
    assert answer.headers["cache-control"] == "no-store"
    return document


async def raw(
    client: httpx.AsyncClient,
    key: str,
    content: bytes | AsyncIterator[bytes],
    path: str = "/v1/parties",
    method: str = "POST",
    **headers: str,
) -> httpx.Response:
    """A request whose body is *content* as it stands."""
    sent = {
        "authorization": f"Bearer {key}",
        "idempotency-key": uuid4().hex,
        "content-type": JSON,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.request(method, path, content=content, headers=sent)
