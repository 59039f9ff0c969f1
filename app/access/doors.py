"""Doors: what an operation asks of its caller, and the transaction it opens.

Every endpoint takes exactly one: ``tx: Annotated[Tx, Opens(Permission.ORDER_READ)]``. The route
opens its door, runs the endpoint inside, and closes it before the answer is sent: a door with a key
begins a transaction, enters it as the caller, and commits when it is closed. (FastAPI's own way, a
dependency that yields, would by default commit *after* answering; see `tests/concurrency`.)
`idempotency.doors.Commands` is the door of everything that changes something.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from app.access.authorize import permit
from app.access.enter import enter
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.errors import WrongState
from app.db.engine import Database
from app.db.tx import Tx
from app.events.record import close

ANYBODY = Actor(UUID(int=0), None, hub=False, livemode=True)
"""A caller without a key: sees what is public of the real world."""

_TX = "btc.tx"


class Door:
    """A key is needed; the key must carry *permission*."""

    public = False
    idempotent = False

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Tx:
        """The transaction that the route opened through this door."""
        tx: Tx = request.scope[_TX]
        return tx

    async def glance(self, request: Request) -> None:
        """Ask for a valid key before a long body is read, in a transaction of its own.

        Raises Unauthenticated. What the key may do is decided when the door is opened.
        """
        database: Database = request.app.state.database
        async with database.transaction() as connection:
            await enter(connection, request.headers.get("authorization"))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[None]:
        """Open the transaction, decide at the door where there is no object to decide on."""
        database: Database = request.app.state.database
        async with database.transaction() as connection:
            actor = await enter(connection, request.headers.get("authorization"))
            tx = Tx(connection, actor, permission=self.permission)
            if not request.path_params:
                permit(tx)
            await self.begin(request, tx)
            request.scope[_TX] = tx
            try:
                yield
            except WrongState as refused:
                refused.narrow(actor.may)
                raise
            await close(tx)
            assert tx.permitted, f"{request.scope['path']} was never authorized"

    async def begin(self, request: Request, tx: Tx) -> None:
        """What a door of another kind does before its endpoint runs."""


class PublicDoor(Door):
    """Anybody may call; whoever shows a key sees what it opens besides."""

    public = True

    async def glance(self, request: Request) -> None:
        """Whoever shows a key must show a valid one."""
        if "authorization" in request.headers:
            await super().glance(request)

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[None]:
        """Without a key: an autocommitting read-only connection, one round trip a statement."""
        if "authorization" in request.headers:
            async with super().open(request):
                yield
            return
        database: Database = request.app.state.database
        async with database.public() as connection:
            request.scope[_TX] = Tx(connection, ANYBODY)
            yield


def Opens(permission: Permission) -> Any:  # noqa: N802 - reads like the class it makes
    """A read with a key."""
    return Depends(Door(permission))


def OpensToAnybody(permission: Permission | None = None) -> Any:  # noqa: N802
    """A read without a key; with one, *permission* is what the key must carry."""
    return Depends(PublicDoor(permission))
