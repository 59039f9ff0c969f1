"""Long work in short pieces: nobody else of the process waits for more than one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TypeVar

from app.catalog.imports.products import Product
from app.db.tx import Tx
from app.events.record import RECORDED, recorded

Item = TypeVar("Item")

AT_ONCE = 100
"""Products, pools or rows in one piece: a few milliseconds of this process."""

_WRITE = f"WITH {RECORDED} SELECT"


def batches(items: Sequence[Item], most: int = AT_ONCE) -> Iterator[Sequence[Item]]:
    """*items* in pieces of at most *most*."""
    return (items[n : n + most] for n in range(0, len(items), most))


async def products(lines: bytes) -> AsyncIterator[list[Product]]:
    """The products of a prepared file, in pieces; between them others have their turn."""
    start, found = 0, []
    while (end := lines.find(b"\n", start)) >= 0:
        found.append(Product.load(lines[start:end]))
        start = end + 1
        if len(found) == AT_ONCE:
            yield found
            found = []
            await asyncio.sleep(0)
    if found:
        yield found


async def flush(tx: Tx) -> None:
    """Write what the transaction has recorded so far."""
    if tx.transitions:
        await tx.sql(_WRITE, *recorded(tx))
