"""The API as a caller sees it: a small client that tests and helpers share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx


class Refused(AssertionError):
    """The service refused a call that the test expected to succeed."""


class Api:
    """Calls with one key. `post` sends a fresh Idempotency-Key unless told otherwise."""

    def __init__(self, client: httpx.AsyncClient, key: str | None = None) -> None:
        self.client = client
        self.key = key

    def _headers(self, extra: dict[str, str] | None) -> dict[str, str]:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return headers | (extra or {})

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """The raw answer to a GET."""
        return await self.client.get(path, params=params or None, headers=self._headers(headers))

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        idempotency_key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The raw answer to a POST."""
        sent = self._headers({"idempotency-key": idempotency_key or uuid4().hex} | (headers or {}))
        return await self.client.post(path, json={} if body is None else body, headers=sent)

    async def read(self, path: str, **params: Any) -> Any:
        """The body of a GET that must succeed."""
        return _body(await self.get(path, **params))

    async def do(self, path: str, body: Any = None) -> Any:
        """The body of a POST that must succeed."""
        return _body(await self.post(path, body))

    async def party(self, *roles: str, name: str = "Contoh", **fields: Any) -> Party:
        """A fresh party made by the operator, with a live key of its own."""
        kind = {"seller_kind": "producer"} if "seller" in roles else {}
        body = {"name": name, "roles": list(roles)} | kind | fields
        party = await self.do("/v1/parties", body)
        key = await self.do("/v1/api-keys", {"party_id": party["id"]})
        return Party(self.client, key["key"], party["id"])


class Party(Api):
    """A party's own client."""

    def __init__(self, client: httpx.AsyncClient, key: str, party_id: str) -> None:
        super().__init__(client, key)
        self.id = party_id

    async def site(self, kind: str = "farm", region_code: str = "35.05.01") -> str:
        """A fresh site of this party; its id."""
        body = {"name": "Lokasi contoh", "kind": kind, "region_code": region_code}
        made = await self.do(f"/v1/parties/{self.id}/sites", body)
        return str(made["id"])


def _body(answer: httpx.Response) -> Any:
    if answer.status_code >= 400:
        request = answer.request
        raise Refused(f"{request.method} {request.url} -> {answer.status_code} {answer.text}")
    return answer.json()


def money(amount: int, per: str = "1", unit: str = "kg") -> dict[str, Any]:
    """A price on the wire."""
    return {"amount": str(amount), "currency": "IDR", "per": {"value": per, "unit": unit}}


def kg(value: float | str) -> dict[str, str]:
    """A quantity on the wire."""
    return {"value": str(value), "unit": "kg"}
