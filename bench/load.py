"""A small load generator: keep-alive connections that each send the next request on an answer.

Plain asyncio protocols over uvloop, so that it costs little beside what it measures. It talks to
127.0.0.1 only and stops by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

Request = Callable[[], bytes]


@dataclass
class Result:
    """What one round saw."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second, whatever their status."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which *share* of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


class _Client(asyncio.Protocol):
    def __init__(self, request: Request, result: Result, until: float) -> None:
        self.request, self.result, self.until = request, result, until
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self.sent = perf_counter()
        if self.sent >= self.until:
            self.transport.close()
            return
        self.transport.write(self.request())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self.buffer.lower().find(b"content-length: ", 0, head) + 16
        length = int(self.buffer[start : self.buffer.find(b"\r\n", start)])
        if len(self.buffer) < head + 4 + length:
            return
        self.result.statuses[int(self.buffer[9:12])] += 1
        self.result.latencies.append(perf_counter() - self.sent)
        self.buffer = b""
        self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(port: int, request: Request, *, connections: int, seconds: float) -> Result:
    """Send what *request* makes over *connections* for *seconds*; what came back."""
    result = Result()
    loop = asyncio.get_running_loop()
    started = perf_counter()
    until = started + seconds
    clients = [
        (await loop.create_connection(lambda: _Client(request, result, until), "127.0.0.1", port))[
            1
        ]
        for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), seconds + 5)
    result.seconds = perf_counter() - started
    return result


def get(path: str) -> Request:
    """The same GET, again and again."""
    sent = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()
    return lambda: sent


def post(path: str, body: bytes, key: str | None) -> Request:
    """The same POST, each time with an Idempotency-Key of its own."""
    count = iter(range(10**12))
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"{authorization}content-length: {len(body)}\r\nidempotency-key: bench-{perf_counter()}-"
    ).encode()
    return lambda: head + f"{next(count)}\r\n\r\n".encode() + body
