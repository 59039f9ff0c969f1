"""Deciding: first whether the caller may know of a thing (404), then whether they may do it (403).

The route says which permission its operation needs; the transaction carries it. An operation on
one object is decided by `authorized`, once the object was found among what the caller may see; any
other at the door. A transaction that nobody decided on refuses to commit (see `access.doors`).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from app.core.errors import Forbidden, NotFound
from app.core.text import Text
from app.db.tx import Tx

Row = TypeVar("Row")


def permit(tx: Tx) -> None:
    """Raises Forbidden unless the caller's key carries the permission of this operation."""
    if tx.permission is not None and not tx.actor.may(tx.permission):
        raise Forbidden(
            Text(
                f"Your key does not carry the permission {tx.permission}.",
                f"Kunci Anda tidak memiliki izin {tx.permission}.",
            ),
            permission=tx.permission,
        )
    tx.permitted = True


async def authorized(tx: Tx, load: Awaitable[Row | None]) -> Row:
    """What *load* finds among the things the caller may see, if they may also do this to it.

    *load* must go through its package's ``visible_to``. Raises NotFound, then Forbidden.
    """
    row = await load
    if row is None:
        raise NotFound
    permit(tx)
    return row
