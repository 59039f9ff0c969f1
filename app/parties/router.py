"""`/v1/parties` and `/v1/api-keys`: who trades here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import ApiKeyId, LicenceId, PartyId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Listed, NoteIn, Page, Reference
from app.idempotency.doors import Commands
from app.parties import commands, keys, queries
from app.parties.models import Licence, Member, Site
from app.parties.schemas import (
    ApiKeyIn,
    ApiKeyOut,
    LicenceIn,
    LicenceOut,
    MemberIn,
    MemberOut,
    NewApiKeyOut,
    PartyIn,
    PartyOut,
    SiteIn,
    SiteOut,
    VerifyIn,
    api_key_fields,
    licence_out,
    member_out,
    party_out,
)

router = APIRouter(route_class=Route, tags=["parties"])


@router.post("/v1/parties", status_code=201)
async def party_create(asked: PartyIn, tx: Annotated[Tx, Commands(P.PARTY_CREATE)]) -> PartyOut:
    """Register an organisation. It is active at once; give it a key with `POST /v1/api-keys`."""
    return party_out(await commands.create(tx, asked), tx.actor)


@router.get("/v1/parties")
async def party_list(
    tx: Annotated[Tx, Opens(P.PARTY_READ)],
    paging: Paged,
    external_reference: Annotated[Reference | None, Query()] = None,
) -> Page[PartyOut]:
    """Your own party; every party for the hub. Newest first."""
    rows, cursor = await queries.parties(tx, paging, external_reference)
    return Page(data=[party_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/parties/{party_id}")
async def party_read(party_id: PartyId, tx: Annotated[Tx, Opens(P.PARTY_READ)]) -> PartyOut:
    """One party."""
    return party_out(await authorized(tx, queries.party(tx, party_id)), tx.actor)


@router.post("/v1/parties/{party_id}/suspend")
async def party_suspend(
    party_id: PartyId,
    tx: Annotated[Tx, Commands(P.PARTY_SUSPEND)],
    asked: NoteIn | None = None,
) -> PartyOut:
    """Stop a party: its keys open nothing until it is resumed."""
    note = asked.note if asked else None
    return party_out(await commands.suspend(tx, party_id, note), tx.actor)


@router.post("/v1/parties/{party_id}/resume")
async def party_resume(
    party_id: PartyId,
    tx: Annotated[Tx, Commands(P.PARTY_RESUME)],
    asked: NoteIn | None = None,
) -> PartyOut:
    """Let a suspended party act again."""
    note = asked.note if asked else None
    return party_out(await commands.resume(tx, party_id, note), tx.actor)


@router.post("/v1/parties/{party_id}/members", status_code=201)
async def member_create(
    party_id: PartyId, asked: MemberIn, tx: Annotated[Tx, Commands(P.MEMBER_CREATE)]
) -> MemberOut:
    """Note a person who acts for the party; keys can be handed to a member."""
    return member_out(await commands.create_member(tx, party_id, asked))


@router.get("/v1/parties/{party_id}/members")
async def member_list(
    party_id: PartyId, tx: Annotated[Tx, Opens(P.MEMBER_READ)]
) -> Listed[MemberOut]:
    """The people who act for the party; phone numbers are masked."""
    await authorized(tx, queries.party(tx, party_id))
    return Listed(data=[member_out(r) for r in await queries.of_party(tx, Member, party_id)])


@router.post("/v1/parties/{party_id}/sites", status_code=201)
async def site_create(
    party_id: PartyId, asked: SiteIn, tx: Annotated[Tx, Commands(P.SITE_CREATE)]
) -> SiteOut:
    """Note a place of the party: where goods are made, kept or received."""
    return SiteOut.model_validate(await commands.create_site(tx, party_id, asked))


@router.get("/v1/parties/{party_id}/sites")
async def site_list(party_id: PartyId, tx: Annotated[Tx, Opens(P.SITE_READ)]) -> Listed[SiteOut]:
    """The places of the party."""
    await authorized(tx, queries.party(tx, party_id))
    rows = await queries.of_party(tx, Site, party_id)
    return Listed(data=[SiteOut.model_validate(row) for row in rows])


@router.post("/v1/parties/{party_id}/licences", status_code=201)
async def licence_create(
    party_id: PartyId, asked: LicenceIn, tx: Annotated[Tx, Commands(P.LICENCE_CREATE)]
) -> LicenceOut:
    """File a licence. It gates goods (eggs and chicken need an NKV) once the hub verified it.

    The same kind and number again, while one waits or is valid as long: 409 `already_exists`. A
    renewal of the same number holds longer.
    """
    return licence_out(await commands.create_licence(tx, party_id, asked), tx.actor, tx.today)


@router.get("/v1/parties/{party_id}/licences")
async def licence_list(
    party_id: PartyId, tx: Annotated[Tx, Opens(P.LICENCE_READ)]
) -> Listed[LicenceOut]:
    """The licences of the party."""
    await authorized(tx, queries.party(tx, party_id))
    rows = await queries.of_party(tx, Licence, party_id)
    return Listed(data=[licence_out(row, tx.actor, tx.today) for row in rows])


@router.post("/v1/parties/{party_id}/licences/{licence_id}/verify")
async def licence_verify(
    party_id: PartyId,
    licence_id: LicenceId,
    asked: VerifyIn,
    tx: Annotated[Tx, Commands(P.LICENCE_VERIFY)],
) -> LicenceOut:
    """Say what the hub found: valid, under official coaching, or rejected."""
    row = await commands.verify_licence(tx, party_id, licence_id, asked)
    return licence_out(row, tx.actor, tx.today)


@router.post("/v1/api-keys", status_code=201)
async def api_key_create(
    asked: ApiKeyIn, tx: Annotated[Tx, Opens(P.API_KEY_CREATE)]
) -> NewApiKeyOut:
    """Make a key for a party. The key is shown in this answer and never again.

    No Idempotency-Key: an answer that holds a secret is not kept. If it got lost, make another and
    revoke this one. To rotate, make the new key, move over, then revoke the old one.
    """
    row, key = await keys.create(tx, asked)
    return NewApiKeyOut(**api_key_fields(row), key=key)


@router.get("/v1/api-keys")
async def api_key_list(tx: Annotated[Tx, Opens(P.API_KEY_READ)], paging: Paged) -> Page[ApiKeyOut]:
    """The keys of your party: what they open and when they were last used, never the key."""
    rows, cursor = await queries.api_keys(tx, paging)
    return Page(data=[ApiKeyOut(**api_key_fields(row)) for row in rows], next_cursor=cursor)


@router.post("/v1/api-keys/{key_id}/revoke")
async def api_key_revoke(key_id: ApiKeyId, tx: Annotated[Tx, Opens(P.API_KEY_REVOKE)]) -> ApiKeyOut:
    """The key opens nothing from now on."""
    return ApiKeyOut(**api_key_fields(await keys.revoke(tx, key_id)))
