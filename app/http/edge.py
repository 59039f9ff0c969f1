"""The edge: the one middleware every request passes. Pure ASGI, a few microseconds.

It gives the request its id, refuses work beyond what can wait, counts and times what happened, and
writes one log line. Bodies, keys and query strings never reach the log.
"""

from __future__ import annotations

import asyncio
import re
from secrets import token_hex
from time import perf_counter

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.http.problems import STATUS, body

log = structlog.get_logger("request")

BODY_LIMIT = "btc.body_limit"
"""Key of the request's scope: the limit, in bytes, of a route that takes files."""

BODY_SECONDS: float = 60
"""How long a body may take to arrive, unless its route waits by itself. A phone that has lost its
signal in the middle says no more, not even that it is gone: it must not keep its place for ever."""

_SECRET_PATHS = {
    "/d/{token}",
    "/lacak/{code}",
    "/lacak/{code}/",
    "/t/{code}",
    "/t/{code}/",
    "/v1/tracking/{code}",
    "/v1/tracking/{code}/stream",
}
"""Paths that open something by themselves: the log knows them by their route only."""

_SENT_ID = re.compile(rb"[A-Za-z0-9._:-]{1,100}")

REQUESTS = Counter("btc_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "btc_request_seconds",
    "Time from request to answer",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
WAITING = Gauge("btc_requests_in_progress", "Requests being worked on or waiting")


class Overloaded(DomainError):
    """More requests are waiting than can be answered in reasonable time."""

    kind = Kind.UNAVAILABLE
    code = "overloaded"
    retry_after = 1
    title = Text("Too busy", "Terlalu sibuk")
    advice = Text(
        "Many requests are waiting. Try again after the time in Retry-After.",
        "Banyak permintaan sedang menunggu. Coba lagi setelah waktu di Retry-After.",
    )


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, max_waiting: int, max_body: int) -> None:
        self.app = app
        self.max_waiting = max_waiting
        self.max_body = max_body
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through; anything but HTTP passes untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        request_id = scope["request_id"] = _request_id(scope)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            if self.waiting >= self.max_waiting:
                await _refuse(scope, answer)
            else:
                await self._pass(scope, _limited(scope, receive, self.max_body), answer)
        except Exception:
            # Starlette raises a defect again after it was logged and answered with a 500 problem.
            if not status:
                raise
        finally:
            _note(scope, status or 500, perf_counter() - started)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        waits = True
        self._count(+1)

        async def sending(message: Message) -> None:
            nonlocal waits
            if waits and _begins_stream(message):
                waits = False  # it may stay for half an hour, and waits for nothing of ours
                self._count(-1)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if waits:
                self._count(-1)

    def _count(self, step: int) -> None:
        self.waiting += step
        WAITING.set(self.waiting)


def _begins_stream(message: Message) -> bool:
    return message["type"] == "http.response.start" and any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message["headers"]
    )


def _limited(scope: Scope, receive: Receive, most: int) -> Receive:
    """*receive*, refusing a body of more than *most* bytes, whatever length it said it has, and one
    that does not arrive.

    A route that takes files may have set another limit by the time it reads; it waits by itself.
    """
    received = 0
    whole = False
    until = asyncio.get_running_loop().time() + BODY_SECONDS

    async def limited() -> Message:
        nonlocal received, whole
        if whole or BODY_LIMIT in scope:
            message = await receive()
        else:
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
        whole = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > scope.get(BODY_LIMIT, most):
            raise HTTPException(413)  # in Starlette's words: FastAPI lets these pass as they are
        return message

    return limited


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SENT_ID.fullmatch(value):
            return str(value, "ascii")
    return token_hex(12)


async def _refuse(scope: Scope, send: Send) -> None:
    error = Overloaded()
    content = orjson.dumps(body(error, "en", scope["path"], scope["request_id"]))
    headers = [(b"content-type", b"application/problem+json"), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": STATUS[error.kind], "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "")  # unknown paths share one label
    method = scope["method"]
    REQUESTS.labels(method, route, status).inc()
    SECONDS.labels(method, route).observe(seconds)
    log.info(
        "request",
        id=scope["request_id"],
        method=method,
        path=route if route in _SECRET_PATHS else scope["path"],
        status=status,
        ms=round(seconds * 1000, 2),
    )
