"""Entering: from a key to an actor, and to a transaction that sees only the actor's rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from app.access.grants import LIVE_ONLY, all_granted, granted
from app.access.keys import hashed, well_formed
from app.access.permissions import Role
from app.core.actor import Actor
from app.core.errors import DomainError, Kind
from app.core.text import Text
from app.db.engine import Connection, Database
from app.db.tx import Tx
from app.events.record import close


class Unauthenticated(DomainError):
    """No key, or one that opens nothing."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthenticated"
    title = Text("Who is calling?", "Siapa yang memanggil?")
    advice = Text(
        "Send a valid API key: Authorization: Bearer btc_live_… (the hub hands out keys). If yours "
        "worked before, it was revoked or has expired, or your account is suspended; ask the hub.",
        "Sertakan kunci API yang sah: Authorization: Bearer btc_live_… (minta kepada BTC). Kalau "
        "sebelumnya bisa, kuncinya sudah dicabut atau kedaluwarsa, atau akun Anda sedang "
        "dinonaktifkan; hubungi BTC.",
    )


async def enter(connection: Connection, authorization: str | None) -> Actor:
    """The actor behind an ``Authorization`` header; the transaction is its from here on.

    One round trip: the database function checks the key, its party and its expiry, notes the use,
    and sets party, scope and world for row-level security. Raises Unauthenticated.
    """
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not well_formed(key):
        raise Unauthenticated
    row = await connection.driver.fetchrow("SELECT * FROM btc_enter($1)", hashed(key))
    if row is None:
        raise Unauthenticated
    permissions = granted(tuple(row["roles"]), tuple(row["permissions"]))
    return Actor(
        party_id=row["party_id"],
        key_id=row["key_id"],
        hub=Role.OPERATOR in row["roles"],
        livemode=row["livemode"],
        permissions=permissions if row["livemode"] else permissions - LIVE_ONLY,
    )


@asynccontextmanager
async def acting_as_hub(
    database: Database, party_id: UUID, *, livemode: bool, now: datetime | None = None
) -> AsyncIterator[Tx]:
    """A transaction of the service itself, acting for the hub: the worker's edge."""
    async with database.transaction() as connection:
        actor = await enter_as_hub(connection, party_id, livemode=livemode)
        tx = Tx(connection, actor, now=now)
        yield tx
        await close(tx)


async def enter_as_hub(connection: Connection, party_id: UUID, *, livemode: bool) -> Actor:
    """The service itself as an actor for the hub; it sees all of one world."""
    await connection.driver.execute(
        "SELECT set_config('btc.scope', 'hub', true), set_config('btc.party', $1, true), "
        "set_config('btc.livemode', $2, true)",
        str(party_id),
        "on" if livemode else "off",
    )
    return Actor(party_id, None, True, livemode, all_granted([Role.OPERATOR]))
