"""Taking turns: who waits longest for a connection gets the next one.

The pools' own queues do not promise it: a request that arrives while a connection is on its way to
a waiting one takes it, and the waiting one starts to wait anew. Under load some then wait until
their patience ends while others pass them a thousand times. So nobody asks a pool for a connection
before it is their turn, and the pool always has one free.
"""

from __future__ import annotations

import asyncio


class Turns:
    """As many turns at a time as there are connections."""

    def __init__(self, size: int, wait: float) -> None:
        self._free = asyncio.Semaphore(size)
        self._wait = wait

    async def take(self) -> None:
        """Wait for a turn. Raises TimeoutError when it does not come within the patience."""
        if not self._free.locked():
            await self._free.acquire()  # at once: nobody waits in front of us
            return
        async with asyncio.timeout(self._wait):
            await self._free.acquire()

    def give_back(self) -> None:
        """The turn of whoever waits longest."""
        self._free.release()
