"""Everything that changes a party, its people, places and licences."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.access.authorize import authorized
from app.core import vault
from app.core.errors import AlreadyExists, Invalid, invalid, reference_used
from app.core.ids import encode, new_id
from app.db.tx import Tx
from app.events.facts import announce
from app.events.move import move
from app.events.record import Change, record
from app.parties import queries
from app.parties.facts import StandingChanged
from app.parties.models import Licence, Member, Party, Site
from app.parties.queries import LICENCES, PARTIES
from app.parties.schemas import LicenceIn, MemberIn, PartyIn, SiteIn, VerifyIn
from app.parties.states import LICENCE, PARTY, LicenceStatus, PartyStatus
from app.regions.models import Region


async def create(tx: Tx, asked: PartyIn) -> Row[Any]:
    """Register a party, active at once. Raises AlreadyExists for a used external_reference."""
    row = await tx.row(
        upsert(PARTIES)
        .values(
            id=new_id(),
            status=PartyStatus.ACTIVE,
            name=asked.name,
            roles=sorted(asked.roles),
            seller_kind=asked.seller_kind,
            external_reference=asked.external_reference,
            created_by=tx.actor.party_id,
        )
        .on_conflict_do_nothing()
        .returning(*PARTIES.c)
    )
    if row is None:
        existing = await tx.value(
            select(Party.id).where(
                Party.created_by == tx.actor.party_id,
                Party.external_reference == asked.external_reference,
            )
        )
        raise reference_used(encode(PARTY.prefix, existing))
    data = {"name": row.name, "roles": row.roles}
    await record(
        tx,
        [Change(PARTY, "create", row.id, row.version, row.status, audience=(row.id,), data=data)],
    )
    return row


async def suspend(tx: Tx, party_id: UUID, note: str | None) -> Row[Any]:
    """Stop a party: its keys open nothing from now on."""
    return await _turn(tx, party_id, "suspend", PartyStatus.SUSPENDED, note)


async def resume(tx: Tx, party_id: UUID, note: str | None) -> Row[Any]:
    """Let a suspended party act again."""
    return await _turn(tx, party_id, "resume", PartyStatus.ACTIVE, note)


async def _turn(tx: Tx, party_id: UUID, action: str, to: PartyStatus, note: str | None) -> Row[Any]:
    row = await authorized(tx, queries.party(tx, party_id, lock=True))
    turned = await move(tx, PARTY, PARTIES, row, action, to, audience=(row.id,), note=note)
    await announce(tx, StandingChanged((party_id,)))
    return turned


async def create_member(tx: Tx, party_id: UUID, asked: MemberIn) -> Row[Any]:
    """Note a person who acts for the party."""
    await authorized(tx, queries.party(tx, party_id))
    made = await tx.rows(
        insert(Member.__table__)  # type: ignore[arg-type]
        .values(
            id=new_id(),
            party_id=party_id,
            name=asked.name,
            phone=vault.seal(asked.phone) if asked.phone else None,
        )
        .returning(*Member.__table__.c)
    )
    return made[0]


async def create_site(tx: Tx, party_id: UUID, asked: SiteIn) -> Row[Any]:
    """Note a place of the party. Raises Invalid for a region that does not exist."""
    await authorized(tx, queries.party(tx, party_id))
    if not await tx.value(select(Region.code).where(Region.code == asked.region_code)):
        raise unknown_region("/region_code")
    made = await tx.rows(
        insert(Site.__table__)  # type: ignore[arg-type]
        .values(id=new_id(), party_id=party_id, **asked.model_dump())
        .returning(*Site.__table__.c)
    )
    return made[0]


def unknown_region(pointer: str) -> Invalid:
    """The refusal of a region code that is not Kemendagri's."""
    return invalid(
        pointer,
        "region_unknown",
        "There is no region with this code; see GET /v1/regions.",
        "Kode wilayah ini tidak ada; lihat GET /v1/regions.",
    )


async def create_licence(tx: Tx, party_id: UUID, asked: LicenceIn) -> Row[Any]:
    """File a licence; it counts once the hub has verified it.

    Raises AlreadyExists for one that is filed already and holds as long: not for a renewal.
    """
    await authorized(tx, queries.party(tx, party_id, lock=True))
    existing = await _filed(tx, party_id, asked)
    if existing is not None:
        raise AlreadyExists(existing_id=encode(LICENCE.prefix, existing))
    values = asked.model_dump() | {"number": vault.seal(asked.number)}
    made = await tx.rows(
        insert(LICENCES)
        .values(id=new_id(), party_id=party_id, status=LicenceStatus.IN_PROCESS, **values)
        .returning(*LICENCES.c)
    )
    row = made[0]
    change = Change(
        LICENCE,
        "create",
        row.id,
        row.version,
        row.status,
        audience=(party_id,),
        data={"kind": row.kind},
    )
    await record(tx, [change])
    return row


async def _filed(tx: Tx, party_id: UUID, asked: LicenceIn) -> UUID | None:
    """The licence of this kind and number that waits or is valid, to the same day or longer.

    Numbers are sealed, each time differently, so that they are compared one by one.
    """
    last = asked.valid_to or date.max
    for row in await queries.of_party(tx, Licence, party_id):
        if (
            row.kind == asked.kind
            and row.status in (LicenceStatus.IN_PROCESS, LicenceStatus.VALID)
            and (row.valid_to or date.max) >= last
            and vault.unseal(row.number) == asked.number
        ):
            found: UUID = row.id
            return found
    return None


async def verify_licence(tx: Tx, party_id: UUID, licence_id: UUID, asked: VerifyIn) -> Row[Any]:
    """Say what the hub found: valid, under official coaching toward it, or rejected."""
    row = await authorized(tx, queries.licence(tx, party_id, licence_id))
    verified = await move(
        tx,
        LICENCE,
        LICENCES,
        row,
        "verify",
        asked.outcome,
        audience=(party_id,),
        note=asked.note,
        data={"kind": row.kind},
        warned_on=None,
        lapsed_on=None,
    )
    await announce(tx, StandingChanged((party_id,)))
    return verified
