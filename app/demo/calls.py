"""Calling the API: as one party, safely repeatable, and loud when an answer is not as expected."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from app.demo.book import Doc

AT_ONCE = 8
"""How many calls are on their way at the same time."""

PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before a call is sent again to a service that is busy or just starting again."""

T = TypeVar("T")


class Unexpected(Exception):
    """An answer that the story does not know: the step, and what the service said."""

    def __init__(self, step: str, said: str) -> None:
        super().__init__(f"{step}: {said}")
        self.step = step
        self.said = said


@dataclass
class Tally:
    """What the calls came to. *effects* changed something now, *replays* had done so before."""

    effects: int = 0
    replays: int = 0
    refusals: int = 0


class Line:
    """The connection to the service, shared by everybody who calls; it counts what happened."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.tally = Tally()
        self._client = client
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send(
        self,
        method: str,
        path: str,
        key: str | None,
        *,
        json: Doc | None = None,
        content: str | bytes | None = None,
        params: dict[str, str | int] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one call and, while the service is busy, the very same again."""
        auth = {"authorization": f"Bearer {key}"} if key else {}
        request = self._client.build_request(
            method,
            path,
            json=json,
            content=content,
            params=params,
            headers=auth | (headers or {}),
        )
        async with self._places:
            for pause in PAUSES:
                try:
                    answer = await self._client.send(request)
                    if not _busy(answer):
                        return answer
                except httpx.TransportError:
                    pass
                await asyncio.sleep(pause)
            return await self._client.send(request)


Answer = httpx.Response


def _busy(answer: Answer) -> bool:
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE or (
        answer.status_code == httpx.codes.CONFLICT
        and answer.json().get("code") == "idempotency_key_in_progress"
    )


class Caller:
    """The API as one party uses it; without a key, as anybody does."""

    def __init__(self, line: Line, key: str | None = None) -> None:
        self.line = line
        self.key = key

    async def get(self, path: str, **params: str | int) -> Doc:
        """Read one object, or one page."""
        answer = await self.line.send("GET", path, self.key, params=params)
        return _said(f"GET {path}", answer)

    async def all(self, path: str, **params: str | int) -> list[Doc]:
        """Read a list to its end."""
        found: list[Doc] = []
        while True:
            page = await self.get(path, limit=100, **params)
            found += page["data"]
            cursor = page.get("next_cursor")
            if not cursor:
                return found
            params["cursor"] = cursor

    async def post(self, step: str, path: str, body: Doc | None = None) -> Doc:
        """Do something once: *step* names it, and is the Idempotency-Key of all tellings.

        What was done so long ago that its key is forgotten is found by its natural key.
        """
        answer = await self._post(step, path, body)
        if _code(answer) == "already_exists":
            self.line.tally.replays += 1
            return await self.get(f"{path}/{answer.json()['existing_id']}")
        return self._counted(step, answer)

    async def send(self, step: str, path: str, file: str | bytes, media_type: str) -> Doc:
        """Send a file once, as it is."""
        headers = {"idempotency-key": step_key(step), "content-type": media_type}
        answer = await self.line.send("POST", path, self.key, content=file, headers=headers)
        return self._counted(step, answer)

    async def report(self, step: str, path: str, body: Doc, *, counted: str) -> Doc:
        """Send a batch of facts, which needs no key: *counted* says how many of them were new."""
        said = _said(step, await self.line.send("POST", path, self.key, json=body))
        if said[counted]:
            self.line.tally.effects += 1
        else:
            self.line.tally.replays += 1
        return said

    async def ask(self, step: str, path: str, body: Doc) -> Doc:
        """Ask for something with a body; nothing is changed by it."""
        return _said(step, await self.line.send("POST", path, self.key, json=body))

    async def fetch(self, path: str) -> bytes:
        """Read what is not JSON: a document, a page."""
        answer = await self.line.send("GET", path, self.key)
        if answer.is_error:
            raise Unexpected(f"GET {path}", _text(answer))
        return answer.content

    async def preview(self, path: str, body: Doc) -> Doc:
        """What a command would come to; nothing is done."""
        return await self.ask(f"a preview of {path}", f"{path}/preview", body)

    async def refused(self, step: str, path: str, body: Doc, *, code: str) -> Doc:
        """Ask for something that must be refused with *code*; the problem document."""
        answer = await self._post(step, path, body)
        if _code(answer) != code:
            raise Unexpected(step, f"expected the refusal {code}, not {_text(answer)}")
        self.line.tally.refusals += 1
        problem: Doc = answer.json()
        return problem

    async def patch(self, step: str, path: str, body: Doc, version: int) -> Doc:
        """Correct an object that nobody has changed since *version*."""
        headers = {"if-match": f'"{version}"', "content-type": "application/merge-patch+json"}
        answer = await self.line.send("PATCH", path, self.key, json=body, headers=headers)
        self.line.tally.effects += 1
        return _said(step, answer)

    async def new_key(self, party_id: str) -> str:
        """A fresh API key of a party. It is shown once, so this alone cannot be repeated."""
        answer = await self.line.send("POST", "/v1/api-keys", self.key, json={"party_id": party_id})
        self.line.tally.effects += 1
        return str(_said("a key", answer)["key"])

    def _counted(self, step: str, answer: Answer) -> Doc:
        said = _said(step, answer)
        if answer.headers.get("idempotency-replayed") == "true":
            self.line.tally.replays += 1
        else:
            self.line.tally.effects += 1
        return said

    async def _post(self, step: str, path: str, body: Doc | None) -> Answer:
        headers = {"idempotency-key": step_key(step)}
        return await self.line.send("POST", path, self.key, json=body or {}, headers=headers)


def step_key(step: str) -> str:
    """The Idempotency-Key of a step: ``demo-site-kandang-01``."""
    return "demo-" + re.sub(r"[^a-z0-9_]+", "-", step.lower()).strip("-")


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """All results in the order of *work*; when one fails the others end with it."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _said(step: str, answer: Answer) -> Doc:
    if answer.is_error:
        raise Unexpected(step, _text(answer))
    said: Doc = answer.json()
    return said


def _code(answer: Answer) -> str | None:
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json().get("code")) if problem else None


def _text(answer: Answer) -> str:
    request = answer.request
    return f"{request.method} {request.url.path} -> {answer.status_code}\n{answer.text}"
