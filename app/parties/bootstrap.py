"""The first party: the hub itself, made once, and a fresh operator key for who runs it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert

from app.access.enter import acting_as_hub
from app.access.permissions import Role
from app.core import vault
from app.core.ids import new_id
from app.db.engine import Database
from app.db.tx import Tx
from app.events.record import Change, record
from app.parties.keys import insert_key
from app.parties.queries import PARTIES
from app.parties.states import PARTY, PartyStatus

HUB_NAME = "Blitar Trade Center"
_HUB_REFERENCE = "btc"
_NOBODY = UUID(int=0)  # before the hub exists, nobody acts for it
_LOCK = 0x627463_01  # one bootstrap at a time: two first keys must not make two hubs


async def operator_key(url: str, secret: str) -> str:
    """A fresh live operator key of the hub party, which is made if it is not there yet."""
    vault.unlock(secret)
    database = Database(url, size=1, public_size=1)
    try:
        async with acting_as_hub(database, _NOBODY, livemode=True) as tx:
            await tx.sql("SELECT pg_advisory_xact_lock($1)", _LOCK)
            hub = await hub_id(tx) or await _make_hub(tx)
            _, key = await insert_key(
                tx, party_id=hub, roles=[Role.OPERATOR], permissions=[], livemode=True
            )
        return key
    finally:
        await database.close()


async def hub_id(tx: Tx) -> UUID | None:
    """The hub party's id, once it has been made."""
    found: UUID | None = await tx.sql_value(
        "SELECT id FROM parties WHERE created_by = id AND external_reference = $1", _HUB_REFERENCE
    )
    return found


async def find_hub(database: Database) -> UUID | None:
    """The hub party's id, for who has no transaction yet."""
    async with acting_as_hub(database, _NOBODY, livemode=True) as tx:
        return await hub_id(tx)


async def _make_hub(tx: Tx) -> UUID:
    hub = new_id()
    await tx.run(
        insert(PARTIES).values(
            id=hub,
            status=PartyStatus.ACTIVE,
            name=HUB_NAME,
            roles=[Role.OPERATOR],
            external_reference=_HUB_REFERENCE,
            created_by=hub,
        )
    )
    change = Change(PARTY, "create", hub, 1, PartyStatus.ACTIVE, data={"name": HUB_NAME})
    await record(tx, [change])
    return hub
