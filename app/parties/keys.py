"""API keys: made, listed, revoked. Rotation is a second key, then revoking the first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from app.access.authorize import authorized
from app.access.keys import hashed, hint, new_key
from app.access.models import ApiKey
from app.access.permissions import Role, all_granted
from app.core.errors import Forbidden, NotFound, invalid
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.parties import queries
from app.parties.models import Member
from app.parties.schemas import ApiKeyIn

_TOO_WIDE = Text(
    "A key cannot open more than the key that makes it.",
    "Kunci baru tidak boleh membuka lebih banyak daripada kunci pembuatnya.",
)


async def create(tx: Tx, asked: ApiKeyIn) -> tuple[Row[Any], str]:
    """A fresh key of a party the caller acts for, and its row.

    Raises NotFound for a party the caller may not know, Invalid for scopes the party does not
    have, Forbidden for more than the caller's own key opens (its world included).
    """
    party = await queries.party(tx, asked.party_id)
    if party is None:
        raise NotFound
    roles, permissions = _scopes(asked, party.roles)
    opens = all_granted(roles) & frozenset(permissions) if permissions else all_granted(roles)
    if not tx.actor.hub and not (
        opens <= tx.actor.permissions and asked.livemode == tx.actor.livemode
    ):
        raise Forbidden(_TOO_WIDE)
    if asked.member_id is not None:
        await _check_member(tx, asked.member_id, party.id)
    return await insert_key(
        tx,
        party_id=party.id,
        member_id=asked.member_id,
        roles=roles,
        permissions=permissions,
        livemode=asked.livemode,
        expires_at=asked.expires_at,
    )


def _scopes(asked: ApiKeyIn, roles: list[str]) -> tuple[list[str], list[str]]:
    scopes = asked.scopes or roles
    named = sorted({s for s in scopes if s in set(Role)})
    single = sorted({s for s in scopes if s not in set(Role)})
    within = set(named) <= set(roles) and set(single) <= all_granted(roles)
    if not within or (named and single):
        raise invalid(
            "/scopes",
            "scopes",
            "Give roles that this party has, or single permissions its roles carry, not both.",
            "Isi peran yang dimiliki pihak ini, atau izin tunggal dari perannya, jangan keduanya.",
        )
    return named or sorted(roles), single


async def _check_member(tx: Tx, member_id: UUID, party_id: UUID) -> None:
    found = select(Member.id).where(Member.id == member_id, Member.party_id == party_id)
    if await tx.value(found) is None:
        raise invalid(
            "/member_id",
            "member_unknown",
            "This party has no such member.",
            "Pihak ini tidak memiliki anggota tersebut.",
        )


async def insert_key(
    tx: Tx,
    *,
    party_id: UUID,
    roles: list[str],
    permissions: list[str],
    livemode: bool,
    member_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[Row[Any], str]:
    """Store a fresh key's hash; the key itself is only in what this returns."""
    key = new_key(livemode=livemode)
    made = await tx.rows(
        insert(ApiKey.__table__)  # type: ignore[arg-type]
        .values(
            id=new_id(),
            party_id=party_id,
            member_id=member_id,
            hash=hashed(key),
            hint=hint(key),
            roles=roles,
            permissions=permissions,
            livemode=livemode,
            expires_at=expires_at,
        )
        .returning(*ApiKey.__table__.c)
    )
    return made[0], key


async def revoke(tx: Tx, key_id: UUID) -> Row[Any]:
    """The key opens nothing from now on. Revoking it again changes nothing."""
    row = await authorized(tx, queries.api_key(tx, key_id))
    changed = await tx.row(
        update(ApiKey.__table__)  # type: ignore[arg-type]
        .where(ApiKey.id == row.id)
        .values(revoked_at=row.revoked_at or tx.now)
        .returning(*ApiKey.__table__.c)
    )
    assert changed is not None
    return changed
