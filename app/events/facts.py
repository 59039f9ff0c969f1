"""Facts announced inside the service: how something below moves something above it.

Calls go down the stack of packages; when cancelling an order must release its allocations, the
order package announces `OrderEnding` and the shipments package, which lies above, has a handler.
Handlers run at once and in the same transaction; the outside hears of it through the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from app.db.tx import Tx

F = TypeVar("F")
Handler = Callable[[Tx, F], Awaitable[None]]

_HANDLERS: dict[type[Any], list[Handler[Any]]] = defaultdict(list)


def handles(fact: type[F]) -> Callable[[Handler[F]], Handler[F]]:
    """Decorator: run the function whenever such a *fact* is announced."""

    def register(handler: Handler[F]) -> Handler[F]:
        _HANDLERS[fact].append(handler)
        return handler

    return register


async def announce(tx: Tx, fact: object) -> None:
    """Tell every handler of this kind of *fact*; somebody must have been there to hear it."""
    assert _HANDLERS[type(fact)], f"nobody handles {type(fact).__name__}"
    for handler in _HANDLERS[type(fact)]:
        await handler(tx, fact)
