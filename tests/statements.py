"""Counting round trips: an endpoint's budget is exact, so a test can hold it.

    async with round_trips() as trips:
        await api.read("/v1/listings")
    assert len(trips) == 1, trips

Counted is what the driver sends and waits for, so BEGIN, COMMIT and the pool's own questions are
in. A statement that a connection sees for the first time costs a trip more (it is prepared): `warm`
says how often to make a call before counting.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from app.db import engine

# What of the driver's protocol sends something and waits for the answer.
_ASKING = (
    "query",
    "prepare",
    "bind_execute",
    "bind_execute_many",
    "copy_in",
    "copy_out",
    "close_statement",
)


def _said(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    given = [*args, *kwargs.values()]
    what = given[1] if name == "prepare" else given[0]
    return f"({name}) " + " ".join(getattr(what, "query", what).split())


_LISTENERS: ContextVar[list[str] | None] = ContextVar("listeners", default=None)
"""Who counts: the worker, at its own task beside the API, is not asked by this call."""


class _Listening:
    """A driver's protocol that notes what is asked through it."""

    def __init__(self, protocol: Any, trips: list[str]) -> None:
        self._protocol = protocol
        self._trips = trips

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._protocol, name)
        if name not in _ASKING:
            return found

        def ask(*args: Any, **kwargs: Any) -> Any:
            if _LISTENERS.get() is self._trips:
                self._trips.append(_said(name, args, kwargs))
            return found(*args, **kwargs)

        return ask


@asynccontextmanager
async def round_trips() -> AsyncIterator[list[str]]:
    """What this task sends to the database on the service's connections, one entry a trip."""
    trips: list[str] = []
    heard: dict[Any, Any] = {}
    lent = engine.Connection

    class Lent(lent):  # type: ignore[misc,valid-type]
        def __init__(self, core: Any, driver: Any) -> None:
            super().__init__(core, driver)
            if driver not in heard:
                heard[driver] = driver._protocol
                driver._protocol = _Listening(driver._protocol, trips)

    engine.Connection = Lent  # type: ignore[misc]
    listening = _LISTENERS.set(trips)
    try:
        yield trips
    finally:
        _LISTENERS.reset(listening)
        engine.Connection = lent  # type: ignore[misc]
        for driver, protocol in heard.items():
            driver._protocol = protocol


async def trips_of(call: Callable[[], Awaitable[Any]], *, warm: int = 3) -> list[str]:
    """The round trips of one *call*, made *warm* times before so that its statements are known."""
    for _ in range(warm):
        await call()
    async with round_trips() as trips:
        await call()
    return trips
