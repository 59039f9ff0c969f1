"""A thin wire between the service and Postgres that fails where a test wants it to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

Fault = Literal["none", "hang", "cut before", "cut after"]


class Wire:
    """Passes bytes both ways until a COMMIT comes by and `fault` says otherwise.

    ``hang``: the COMMIT is never passed on and nobody says a word. ``cut before``: the connection
    breaks and the server never saw the COMMIT. ``cut after``: the server committed, its answer is
    lost. The last two look the same to the service.
    """

    def __init__(self, port: int) -> None:
        self.fault: Fault = "none"
        self.commits = 0
        self._server_port = port
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port to connect to instead of the server's."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(
        self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await self._pass(client_in, client_out)
        finally:
            client_out.close()
            self._tasks.discard(task)

    async def _pass(
        self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter
    ) -> None:
        server_in, server_out = await asyncio.open_connection("127.0.0.1", self._server_port)
        answering = asyncio.create_task(_pump(server_in, client_out))
        try:
            await self._watch(client_in, client_out, server_out)
        finally:
            answering.cancel()
            server_out.close()
            await asyncio.gather(answering, return_exceptions=True)

    async def _watch(
        self,
        client_in: asyncio.StreamReader,
        client_out: asyncio.StreamWriter,
        server_out: asyncio.StreamWriter,
    ) -> None:
        while data := await client_in.read(65_536):
            if b"COMMIT\x00" in data:
                self.commits += 1
                if self.fault == "cut before":
                    return
                if self.fault == "cut after":
                    client_out.close()
                    server_out.write(data)
                    await asyncio.sleep(0.2)  # let the server finish before it sees the cut
                    return
                if self.fault == "hang":
                    while await client_in.read(65_536):  # until the client gives up
                        pass
                    return
            server_out.write(data)
            await server_out.drain()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.close()
