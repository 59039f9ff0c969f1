"""Every SELECT on parties, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select, true

from app.access.models import ApiKey
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.parties.models import Licence, LicenceKind, Member, Party, Site
from app.parties.rules import Held
from app.parties.states import LicenceStatus

PARTIES: Table = Party.__table__  # type: ignore[assignment]
LICENCES: Table = Licence.__table__  # type: ignore[assignment]


def visible_to(actor: Actor, column: Any = Party.id) -> ColumnElement[bool]:
    """The hub sees every party; a party sees itself, and what *column* says is its own."""
    return true() if actor.hub else column == actor.party_id


async def party(tx: Tx, party_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The party, if the caller may see it."""
    found = select(PARTIES).where(Party.id == party_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def parties(
    tx: Tx, paging: Paging, external_reference: str | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The parties the caller may see, newest first."""
    found = select(PARTIES).where(visible_to(tx.actor))
    if external_reference is not None:
        found = found.where(Party.external_reference == external_reference)
    return await page(tx, "parties", found, Party.id, paging)


async def of_party(tx: Tx, model: type[Member | Site | Licence], party_id: UUID) -> Sequence[Any]:
    """All members, sites or licences of one party, oldest first."""
    table: Any = model.__table__
    return await tx.rows(select(table).where(table.c.party_id == party_id).order_by(table.c.id))


async def site(tx: Tx, site_id: UUID) -> Row[Any] | None:
    """The site, if the caller may see it."""
    return await tx.row(
        select(Site.__table__).where(Site.id == site_id, visible_to(tx.actor, Site.party_id))
    )


async def licence(tx: Tx, party_id: UUID, licence_id: UUID) -> Row[Any] | None:
    """The licence of that party, locked, if the caller may see it."""
    return await tx.row(
        select(LICENCES)
        .where(
            Licence.id == licence_id,
            Licence.party_id == party_id,
            visible_to(tx.actor, Licence.party_id),
        )
        .with_for_update(key_share=True)
    )


async def api_keys(tx: Tx, paging: Paging) -> tuple[Sequence[Row[Any]], str | None]:
    """The keys of the caller's party, of every party for the hub."""
    keys: Table = ApiKey.__table__  # type: ignore[assignment]
    found = select(keys).where(visible_to(tx.actor, ApiKey.party_id))
    return await page(tx, "api_keys", found, ApiKey.id, paging)


async def api_key(tx: Tx, key_id: UUID) -> Row[Any] | None:
    """The key, locked, if the caller may see it."""
    return await tx.row(
        select(ApiKey.__table__)
        .where(ApiKey.id == key_id, visible_to(tx.actor, ApiKey.party_id))
        .with_for_update(key_share=True)
    )


def good(tx: Tx) -> ColumnElement[bool]:
    """The licence is good today: valid by its status and its dates.

    For an NKV, being under official coaching toward one counts too (veterinary control units may
    trade meanwhile).
    """
    coached = and_(Licence.kind == LicenceKind.NKV, Licence.status == LicenceStatus.UNDER_COACHING)
    return and_(
        or_(Licence.status == LicenceStatus.VALID, coached),
        Licence.valid_from <= tx.today,
        or_(Licence.valid_to.is_(None), Licence.valid_to >= tx.today),
    )


def holders(kind: LicenceKind, tx: Tx) -> Select[Any]:
    """Ids of the parties that have a good licence of *kind* today."""
    return select(Licence.party_id).where(Licence.kind == kind, good(tx))


async def held_licences(tx: Tx, party_id: UUID) -> frozenset[str]:
    """The kinds of licence of which the party has a good one today; one round trip."""
    return (await held_by(tx, [party_id])).get(party_id, frozenset())


async def held_by(tx: Tx, party_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """For each of the parties that has any: the kinds of which it has a good licence today."""
    rows = await tx.rows(
        select(Licence.party_id, Licence.kind)
        .distinct()
        .where(Licence.party_id.in_(party_ids), good(tx))
    )
    held: dict[UUID, frozenset[str]] = {}
    for row in rows:
        held[row.party_id] = held.get(row.party_id, frozenset()) | {row.kind}
    return held


async def licences_of(tx: Tx, party_ids: Collection[UUID]) -> dict[UUID, list[Held]]:
    """All licences of each of the parties that has any, as they count; one round trip."""
    rows = await tx.rows(
        select(
            Licence.party_id, Licence.kind, Licence.status, Licence.valid_from, Licence.valid_to
        ).where(Licence.party_id.in_(party_ids))
    )
    found: dict[UUID, list[Held]] = {}
    for row in rows:
        held = Held(row.kind, row.status, row.valid_from, row.valid_to)
        found.setdefault(row.party_id, []).append(held)
    return found


async def missing_licences(tx: Tx, party_id: UUID, required: Iterable[str]) -> list[str]:
    """Those of the *required* kinds of licence that the party has no good one of today."""
    wanted = set(required)
    return sorted(wanted - await held_licences(tx, party_id)) if wanted else []
